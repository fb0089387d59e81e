package stripefake

// olderShapes are the changes that 2023-10-16 and the versions before it made,
// undone, the newest first. Fields that Stripe added between two versions
// without breaking anything are left out of the older one: an event that was
// frozen then did not have them, and events are kept for long.
func olderShapes() []change {
	return []change{
		{v2022Nov, "payment_intent", chargesOfIntent},
		{v2022Nov, "charge", refundsOfCharge},
		{v2022August, "checkout.session", sessionWithoutStatus},
		{v2022August, "invoice", invoiceBefore2022},
		{v2022August, "subscription", subscriptionBefore2022},
		{v2020August, "checkout.session", displayItems},
		{v2020August, "customer", embeddedInCustomer},
		{v2020August, "charge", threeDSecure},
		{v2020August, "subscription", subscriptionOf2020},
		{v2020August, "subscription_item", planOnly},
		{v2020August, "line_item", lineOf2020},
		{v2020August, "invoice", invoiceOf2020},
	}
}

// https://docs.stripe.com/changelog/2022-11-15/removes-charges-attribute-paymentintent
func chargesOfIntent(t telling, o object, x expansion) {
	if o.text("id") == "" {
		return
	}
	o["charges"] = t.chargesOf(o, x["charges"]["data"])
	o.drop("latest_charge")
}

// https://docs.stripe.com/changelog/2022-11-15/deprecates-charges-auto-expand
func refundsOfCharge(t telling, o object, x expansion) {
	if _, ok := o["refunds"]; !ok {
		o["refunds"] = t.refundsOf(o.text("id"), x["refunds"]["data"])
	}
}

// A session's status came in November 2021 (stripe-go 72.74), with or after it
// the other fields here. payment_status was there already.
func sessionWithoutStatus(_ telling, o object, _ expansion) {
	o.drop("status", "created", "customer_creation", "currency_conversion", "custom_fields", "custom_text", "invoice",
		"invoice_creation", "ui_mode", "payment_method_collection", "payment_method_configuration_details", "payment_link",
		"client_secret")
}

// What an invoice says of its subscription's metadata came in 2023.
func invoiceBefore2022(_ telling, o object, _ expansion) {
	o.drop("subscription_details", "effective_at", "from_invoice", "latest_revision", "issuer", "rendering", "shipping_cost",
		"shipping_details", "amount_shipping", "total_excluding_tax", "subtotal_excluding_tax")
}

// The reasons for the end of a subscription came in 2023.
func subscriptionBefore2022(_ telling, o object, _ expansion) {
	o.drop("cancellation_details", "trial_settings", "billing_cycle_anchor_config", "description", "currency", "on_behalf_of")
}

// https://docs.stripe.com/changelog/2020-08-27/removes-display-items-checkout-session
// The fields that stay are those of stripe-go 70 (2020-03-02): neither a
// payment_status nor an amount is among them.
func displayItems(t telling, o object, _ expansion) {
	o["display_items"] = t.displayItemsOf(o.text("id"))
	o.keep("id", "object", "billing_address_collection", "cancel_url", "client_reference_id", "customer", "customer_email", "display_items",
		"livemode", "locale", "metadata", "mode", "payment_intent", "payment_method_types", "setup_intent", "shipping",
		"shipping_address_collection", "submit_type", "subscription", "success_url")
	o.ensure(object{"shipping": nil})
}

// https://docs.stripe.com/changelog/2020-08-27/deprecates-auto-expansion-customer-sources
// https://docs.stripe.com/changelog/2020-08-27/deprecates-auto-expansion-customer-subscriptions
func embeddedInCustomer(t telling, o object, _ expansion) {
	if id := o.text("id"); id != "" {
		o["sources"] = counted("/v1/customers/"+id+"/sources", nil)
		o["subscriptions"] = t.subscriptionsOf(id)
	}
}

// https://docs.stripe.com/changelog/2020-08-27/updates-3d-scure-charge-object
func threeDSecure(_ telling, o object, _ expansion) {
	details, _ := o["payment_method_details"].(object)
	card, _ := details["card"].(object)
	if secure, ok := card["three_d_secure"].(object); ok {
		agreed := secure["result"] == "authenticated"
		card["three_d_secure"] = object{"authenticated": agreed, "succeeded": agreed, "version": secure["version"]}
	}
}

// https://docs.stripe.com/changelog/2020-08-27/removes-tax-percent-attribute
// The fields that stay are those of stripe-go 70.
func subscriptionOf2020(_ telling, o object, _ expansion) {
	o["tax_percent"] = nil
	o.keep("id", "object", "application_fee_percent", "billing_cycle_anchor", "billing_thresholds", "cancel_at", "cancel_at_period_end",
		"canceled_at", "collection_method", "created", "current_period_end", "current_period_start", "customer", "days_until_due",
		"default_payment_method", "default_source", "default_tax_rates", "discount", "ended_at", "items", "latest_invoice", "livemode",
		"metadata", "next_pending_invoice_item_invoice", "pause_collection", "pending_invoice_item_interval", "pending_setup_intent",
		"pending_update", "plan", "quantity", "schedule", "start_date", "status", "tax_percent", "transfer_data", "trial_end",
		"trial_start")
}

// Prices came in April 2020; before, an item had a plan only (stripe-go 70).
func planOnly(_ telling, o object, _ expansion) { o.drop("price") }

// lineOf2020 keeps the fields that a line of an invoice has in stripe-go 70.
func lineOf2020(_ telling, o object, _ expansion) {
	o.keep("id", "object", "amount", "currency", "description", "discountable", "invoice_item", "livemode", "metadata", "period", "plan",
		"proration", "quantity", "subscription", "subscription_item", "tax_amounts", "tax_rates", "type")
}

// invoiceOf2020 keeps the fields that an invoice has in stripe-go 70, tax_percent
// among them.
func invoiceOf2020(_ telling, o object, _ expansion) {
	o["tax_percent"] = nil
	o.keep("id", "object", "account_country", "account_name", "amount_due", "amount_paid", "amount_remaining", "application_fee_amount",
		"attempt_count", "attempted", "auto_advance", "billing_reason", "charge", "collection_method", "created", "currency",
		"custom_fields", "customer", "customer_address", "customer_email", "customer_name", "customer_phone", "customer_shipping",
		"customer_tax_exempt", "customer_tax_ids", "default_payment_method", "default_source", "default_tax_rates", "description",
		"discount", "due_date", "ending_balance", "footer", "hosted_invoice_url", "invoice_pdf", "lines", "livemode", "metadata",
		"next_payment_attempt", "number", "paid", "payment_intent", "period_end", "period_start", "post_payment_credit_notes_amount",
		"pre_payment_credit_notes_amount", "receipt_number", "starting_balance", "statement_descriptor", "status", "status_transitions",
		"subscription", "subscription_proration_date", "subtotal", "tax", "tax_percent", "threshold_reason", "total",
		"total_tax_amounts", "transfer_data", "webhooks_delivered_at")
}
