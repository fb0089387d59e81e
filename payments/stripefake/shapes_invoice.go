package stripefake

import "fmt"

// The changes of 2025-03-31.basil to invoices, their lines and invoice items.

// invoiceParent moves what an invoice came of into parent.
// https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects
func invoiceParent(_ telling, o object, _ expansion) {
	var parent any
	if sub := o["subscription"]; sub != nil {
		details := object{"subscription": sub, "metadata": nil}
		if old, ok := o["subscription_details"].(object); ok {
			details["metadata"] = old["metadata"]
		}
		if date := o["subscription_proration_date"]; date != nil {
			details["subscription_proration_date"] = date
		}
		parent = object{"type": "subscription_details", "quote_details": nil, "subscription_details": details}
	}
	o["parent"] = parent
	o.drop("subscription", "subscription_details", "subscription_proration_date", "quote")
}

// invoicePayments takes away what said how an invoice was paid: since then it
// may be paid by several payments, which are listed where that is expanded.
// https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
func invoicePayments(t telling, o object, x expansion) {
	o.drop("charge", "payment_intent", "paid", "paid_out_of_band", "application_fee_amount", "transfer_data")
	o.ensure(object{"amount_overpaid": 0})
	if _, ok := x["confirmation_secret"]; ok {
		o["confirmation_secret"] = t.secretOf(o.text("id"))
	}
}

// invoiceTaxes renames the taxes.
// stripe-go 82.0.0, for 2025-03-31.basil: TotalTaxes for TotalTaxAmounts and Tax;
// Discount is removed for Discounts.
func invoiceTaxes(_ telling, o object, _ expansion) {
	o.ensure(object{"total_taxes": orNone(o["total_tax_amounts"])})
	o.drop("tax", "total_tax_amounts", "discount")
}

// lineParent moves what a line came of into parent; the source is that of
// invoiceParent. The line's subscription stays where it was.
func lineParent(_ telling, o object, _ expansion) {
	details := object{
		"invoice_item": o["invoice_item"], "proration": o["proration"] == true, "proration_details": o["proration_details"],
		"subscription": orNull(idOf(o["subscription"])),
	}
	if o["type"] == "subscription" {
		details["subscription_item"] = o["subscription_item"]
		o["parent"] = object{"type": "subscription_item_details", "invoice_item_details": nil, "subscription_item_details": details}
	} else {
		o["parent"] = object{"type": "invoice_item_details", "invoice_item_details": details, "subscription_item_details": nil}
	}
	o.drop("type", "invoice_item", "proration", "proration_details", "subscription_item")
}

// https://docs.stripe.com/changelog/basil/2025-03-31/invoice-pricing-configurations
func linePricing(_ telling, o object, _ expansion) {
	o["pricing"] = pricing(o)
	o.drop("price", "plan", "amount_excluding_tax", "unit_amount_excluding_tax")
}

// lineTaxes renames a line's taxes; the source is that of invoiceTaxes.
func lineTaxes(_ telling, o object, _ expansion) {
	o.ensure(object{"taxes": orNone(o["tax_amounts"]), "pretax_credit_amounts": []any{}})
	o.drop("tax_amounts", "tax_rates")
}

// itemParent moves what an invoice item came of into parent; the source is
// that of invoiceParent.
func itemParent(_ telling, o object, _ expansion) {
	var parent any
	if sub := idOf(o["subscription"]); sub != "" {
		details := object{"subscription": sub}
		if item := o["subscription_item"]; item != nil {
			details["subscription_item"] = item
		}
		parent = object{"type": "subscription_details", "subscription_details": details}
	}
	o["parent"] = parent
	o.drop("subscription", "subscription_item")
}

// itemPricing is linePricing for an invoice item.
func itemPricing(_ telling, o object, _ expansion) {
	o["pricing"] = pricing(o)
	o.drop("price", "plan", "unit_amount", "unit_amount_decimal")
}

// pricing says what a line or an invoice item costs.
func pricing(o object) any {
	each := o["unit_amount_decimal"]
	p, ok := o["price"].(object)
	if !ok {
		if each == nil {
			return nil
		}
		return object{"type": "price_details", "price_details": nil, "unit_amount_decimal": each}
	}
	return object{
		"type": "price_details", "unit_amount_decimal": p["unit_amount_decimal"],
		"price_details": object{"price": p["id"], "product": idOf(p["product"])},
	}
}

// orNone turns a missing array into an empty one.
func orNone(list any) any {
	if list == nil {
		return []any{}
	}
	return list
}

// decimal writes a number as the decimal string that Stripe has beside some.
func decimal(n any) any {
	if n == nil {
		return nil
	}
	return fmt.Sprint(n)
}
