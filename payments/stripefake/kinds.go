package stripefake

// kindSpan is the time in which an event type was told: from a version on, up
// to but without another; empty is no bound.
type kindSpan struct{ since, until string }

// kindSpans are the event types that not every version has. A type that is not
// here is told at every version.
func kindSpans() map[string]kindSpan {
	return map[string]kindSpan{
		// For every refund since then; before, only for refunds that have no charge,
		// which a donation never is.
		// https://docs.stripe.com/changelog/acacia/2024-10-28/refund-webhook-update
		"refund.created": {since: vAcacia},
		"refund.updated": {since: vAcacia},
		"refund.failed":  {since: vAcacia},
		// Invoice payments exist since then. (Their event came in the same release,
		// with 2025-05-28.basil.)
		// https://docs.stripe.com/changelog/basil/2025-05-28/partial-payments
		"invoice_payment.paid": {since: vBasil},
		"invoice.overpaid":     {since: vBasil},
		// One type under two names.
		// https://docs.stripe.com/changelog/2020-08-27/renames-automatically-updated-event-type
		"payment_method.card_automatically_updated": {until: v2020August},
		"payment_method.automatically_updated":      {since: v2020August},
	}
}

// told says whether Stripe tells events of that type at a version.
func told(kind, version string) bool {
	span, ok := kindSpans()[kind]
	return !ok || (span.since == "" || since(version, span.since)) && (span.until == "" || !since(version, span.until))
}
