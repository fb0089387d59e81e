package stripefake

// newerShapes are the changes since 2023-10-16, in their order. What a version
// changed in the way things happen, not in what they look like, is in
// behaviour.go; which event types it brought, in kinds.go.
func newerShapes() []change {
	return []change{
		{v2024April, "product", marketingFeatures},
		{v2024April, "invoice", renderingOfInvoice},
		{v2024April, "subscription", severalDiscounts},
		{v2024April, "subscription_item", discountsOfItem},
		{vAcacia, "dispute", enhancedEligibility},
		{vBasil, "charge", withoutInvoice},
		{vBasil, "payment_intent", withoutInvoice},
		{vBasil, "invoice", invoiceParent},
		{vBasil, "invoice", invoicePayments},
		{vBasil, "invoice", invoiceTaxes},
		{vBasil, "line_item", lineParent},
		{vBasil, "line_item", linePricing},
		{vBasil, "line_item", lineTaxes},
		{vBasil, "invoiceitem", itemParent},
		{vBasil, "invoiceitem", itemPricing},
		{vBasil, "subscription", periodsOfItems},
		{vBasil, "subscription", withoutDiscount},
		{vBasil, "subscription", withoutThresholds},
		{vBasil, "subscription_item", withoutThresholds},
		{vBasil, "checkout.session", collectedInformation},
		{vBasil, "price", withoutAggregateUsage},
		{vBasil, "plan", withoutAggregateUsage},
		{vBasil, "list", withoutTotal},
		{vClover, "discount", sourceOfDiscount},
		{vClover, "checkout.session", withoutConversion},
		{vClover, "subscription", billingMode},
		{vClover, "subscription_item", thresholdsAgain},
		{vDahlia, "checkout.session", pageModes},
		{vDahlia, "invoice", paidOffStripe},
		{vDahlia, "line_item", quantityInDecimal},
		{vDahlia, "invoiceitem", quantityInDecimal},
		{vDahlia, "subscription", billingSchedules},
		{vDahlia, "balance_transaction", balanceType},
	}
}

// stripe-go 78.0.0, for 2024-04-10: Features of a product are MarketingFeatures.
func marketingFeatures(_ telling, o object, _ expansion) {
	o["marketing_features"] = o["features"]
	o.drop("features")
}

// stripe-go 78.0.0, for 2024-04-10: InvoiceRenderingOptions is removed for
// InvoiceRendering.
func renderingOfInvoice(_ telling, o object, _ expansion) {
	o.drop("rendering_options")
	o.ensure(object{"rendering": nil, "automatically_finalizes_at": nil, "total_pretax_credit_amounts": []any{}})
}

// stripe-go 81.0.0, for 2024-10-28.acacia: EnhancedEligibilityTypes of a dispute,
// with EnhancedEligibility and EnhancedEvidence.
func enhancedEligibility(_ telling, o object, _ expansion) {
	o.ensure(object{"enhanced_eligibility_types": []any{}})
	if details, ok := o["evidence_details"].(object); ok {
		details.ensure(object{"enhanced_eligibility": object{}})
	}
	if evidence, ok := o["evidence"].(object); ok {
		evidence.ensure(object{"enhanced_evidence": object{}})
	}
}

// Neither charge nor payment intent names its invoice any more.
// https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
func withoutInvoice(_ telling, o object, _ expansion) { o.drop("invoice") }

// Lists no longer count themselves: no list of the OpenAPI documents since
// 2025-03-31.basil does, nor one of stripe-go 82's.
func withoutTotal(_ telling, o object, _ expansion) { o.drop("total_count") }

// https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end
func periodsOfItems(_ telling, o object, _ expansion) {
	for _, item := range items(o["items"]) {
		item.ensure(object{
			"current_period_start": o["current_period_start"], "current_period_end": o["current_period_end"],
		})
	}
	o.drop("current_period_start", "current_period_end")
}

// Several discounts came beside the one within 2024, as the OpenAPI document of
// 2024-09-30.acacia shows.
func severalDiscounts(_ telling, o object, _ expansion) {
	discounts := []any{}
	if one := idOf(o["discount"]); one != "" {
		discounts = append(discounts, one)
	}
	o.ensure(object{
		"discounts":        discounts,
		"invoice_settings": object{"account_tax_ids": nil, "issuer": object{"type": "self"}},
	})
}

// discountsOfItem is severalDiscounts for an item.
func discountsOfItem(_ telling, o object, _ expansion) { o.ensure(object{"discounts": []any{}}) }

// https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-singular-coupon-promotion-code
func withoutDiscount(_ telling, o object, _ expansion) { o.drop("discount") }

// stripe-go 82.0.0, for 2025-03-31.basil: BillingThresholds is removed.
func withoutThresholds(_ telling, o object, _ expansion) { o.drop("billing_thresholds") }

// withoutAggregateUsage applies to a plan, and to the recurring part of a price.
// stripe-go 82.0.0, for 2025-03-31.basil: AggregateUsage is removed from both.
func withoutAggregateUsage(_ telling, o object, _ expansion) {
	if recurring, ok := o["recurring"].(object); ok {
		o = recurring
	}
	if _, ok := o["aggregate_usage"]; ok {
		o.drop("aggregate_usage")
		o.ensure(object{"meter": nil})
	}
}

// https://docs.stripe.com/changelog/basil/2025-03-31/checkout-session-remove-shipping-details
// (presentment_details came at the same time; it is only there where the payer
// was shown another currency, which does not happen here.)
func collectedInformation(_ telling, o object, _ expansion) {
	var collected any
	if shipping := o["shipping_details"]; shipping != nil {
		collected = object{"shipping_details": shipping}
	}
	o.drop("shipping_details")
	o.ensure(object{"collected_information": collected, "permissions": nil, "discounts": nil, "optional_items": nil})
}

// https://docs.stripe.com/changelog/clover/2025-09-30/remove-checkout-session-currency-conversion-field
func withoutConversion(_ telling, o object, _ expansion) { o.drop("currency_conversion") }

// https://docs.stripe.com/changelog/clover/2025-09-30/add-discount-source-property
func sourceOfDiscount(_ telling, o object, _ expansion) {
	o["source"] = object{"type": "coupon", "coupon": orNull(idOf(o["coupon"]))}
	o.drop("coupon")
}

// billingMode tells in which mode a subscription was made: flexible is the
// default since then. (The field itself came with 2025-06-30.basil.)
// https://docs.stripe.com/changelog/clover/2025-09-30/billing-mode-default-flexible
func billingMode(t telling, o object, _ expansion) {
	mode := object{"type": "classic"}
	if t.madeSince(vClover, o) {
		mode = object{"type": "flexible", "flexible": object{"proration_discounts": "included"}, "updated_at": o["created"]}
	}
	o.ensure(object{"billing_mode": mode, "billing_thresholds": nil})
}

// Thresholds came back, as the OpenAPI document of 2025-11-17.clover shows.
func thresholdsAgain(_ telling, o object, _ expansion) { o.ensure(object{"billing_thresholds": nil}) }

// https://docs.stripe.com/changelog/dahlia/2026-03-25/updates-available-checkout-session-ui-modes
func pageModes(_ telling, o object, _ expansion) {
	if newer := map[string]string{"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}[o.text("ui_mode")]; newer != "" {
		o["ui_mode"] = newer
	}
}

// https://docs.stripe.com/changelog/dahlia/2026-05-27/invoice-object-amount-paid-off-stripe-property
func paidOffStripe(_ telling, o object, _ expansion) { o.ensure(object{"amount_paid_off_stripe": 0}) }

// stripe-go 85.0.0, for 2026-03-25.dahlia: QuantityDecimal beside Quantity. (A
// line's subtotal came with 2025-12-15.clover.)
func quantityInDecimal(_ telling, o object, _ expansion) {
	o.ensure(object{"quantity_decimal": decimal(o["quantity"])})
	if o["object"] == "line_item" {
		o.ensure(object{"subtotal": o["amount"]})
	}
}

// https://docs.stripe.com/changelog/dahlia/2026-05-27/subscriptions-billing-schedules
func billingSchedules(_ telling, o object, _ expansion) {
	o.ensure(object{"billing_schedules": []any{}})
}

// Which balance a transaction moved is always told in the OpenAPI document of
// 2026-08-26.dahlia.
func balanceType(_ telling, o object, _ expansion) { o.ensure(object{"balance_type": "payments"}) }
