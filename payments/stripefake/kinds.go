package stripefake

// kindSpan is the time in which an event type was told: from a version on, up
// to but without another; empty is no bound.
type kindSpan struct{ since, until string }

// spanOf is the time of an event type that not every version has; the zero span
// for all the others.
func spanOf(kind string) kindSpan {
	switch kind {
	case "refund.created", "refund.updated", "refund.failed":
		// For every refund since then; before, only for refunds that have no charge,
		// which a donation never is.
		// https://docs.stripe.com/changelog/acacia/2024-10-28/refund-webhook-update
		return kindSpan{since: vAcacia}
	case "invoice_payment.paid", "invoice.overpaid":
		// Invoice payments exist since then. (Their event came in the same release,
		// with 2025-05-28.basil.)
		// https://docs.stripe.com/changelog/basil/2025-05-28/partial-payments
		return kindSpan{since: vBasil}
	case "payment_method.card_automatically_updated":
		// One type under two names.
		// https://docs.stripe.com/changelog/2020-08-27/renames-automatically-updated-event-type
		return kindSpan{until: v2020August}
	case "payment_method.automatically_updated":
		return kindSpan{since: v2020August}
	}
	return kindSpan{}
}

// told says whether Stripe tells events of that type at a version.
func told(kind, version string) bool {
	span := spanOf(kind)
	return (span.since == "" || since(version, span.since)) && (span.until == "" || !since(version, span.until))
}
