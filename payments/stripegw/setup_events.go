package stripegw

// Events are the types that tell something of gifts and that Stripe has at API
// version 2023-10-16. invoice_payment.paid and refund.failed came later: at this
// version the invoice itself and charge.refund.updated tell the same.
// https://docs.stripe.com/api/events/types
func Events() []string {
	return []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded",
		"checkout.session.async_payment_failed", "checkout.session.expired",
		"payment_intent.processing", "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled",
		"charge.succeeded", "charge.failed", "charge.updated", "charge.refunded", "charge.refund.updated",
		"refund.created", "refund.updated",
		"charge.dispute.created", "charge.dispute.updated", "charge.dispute.funds_withdrawn", "charge.dispute.closed",
		"charge.dispute.funds_reinstated",
		"radar.early_fraud_warning.created", "radar.early_fraud_warning.updated", "review.opened", "review.closed",
		"invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed", "invoice.payment_action_required",
		"invoice.finalization_failed", "invoice.voided", "invoice.marked_uncollectible", "invoice.upcoming",
		"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
		"customer.subscription.paused", "customer.subscription.resumed",
		"customer.created", "customer.updated", "customer.deleted", "mandate.updated",
		"payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled", "payout.reconciliation_completed",
	}
}
