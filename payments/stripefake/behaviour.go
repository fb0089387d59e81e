package stripefake

// What a version changes in the way things happen. It goes by the version of
// the request that begins them, as with Stripe, and is seen by everybody alike.

// createsIntentAtOnce says whether a session in payment mode has its payment
// intent from the start.
// https://docs.stripe.com/changelog/2022-08-01/deferred-paymentintent-checkout-session
func createsIntentAtOnce(version string) bool { return !since(version, v2022August) }

// usualCustomerCreation is the default of customer_creation in payment mode.
// https://docs.stripe.com/changelog/2022-08-01/default-customer-creation-checkout-session
func usualCustomerCreation(version string) string {
	if since(version, v2022August) {
		return "if_required"
	}
	return "always"
}

// usualCapture is the default of capture_method. Since 2024-04-10 Stripe does
// not wait for the booking: a charge that succeeded has no balance transaction
// until charge.updated brings it.
// https://docs.stripe.com/changelog/2024-04-10/automatic-sync-default-paymentintents
func usualCapture(version string) string {
	if since(version, v2024April) {
		return "automatic_async"
	}
	return "automatic"
}
