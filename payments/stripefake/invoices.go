package stripefake

import (
	"fmt"
	"net/http"
)

// The states of an invoice; paid is shared with sessions.
const (
	invoiceDraft = "draft"
	invoiceOpen  = "open"
	invoiceVoid  = "void"
)

// invoice asks for one period of a subscription.
// https://docs.stripe.com/api/invoices
type invoice struct {
	ID           string
	Status       string
	Number       string
	Reason       string // billing_reason
	Subscription string
	Customer     string
	Payer        payer
	Currency     string
	Amount       int64
	Intent       string
	Charge       string
	Lines        []invoiceLine
	SubMetadata  map[string]string // the subscription's, as it was at the time
	Attempts     int
	Created      int64
	PeriodStart  int64 // the time before it was made; its lines have their own
	PeriodEnd    int64
	FinalizedAt  int64
	PaidAt       int64
	VoidedAt     int64
}

type invoiceLine struct {
	ID          string
	Item        string // subscription item
	Price       string
	Quantity    int64
	Amount      int64
	Description string
	Start       int64
	End         int64
}

func (inv *invoice) key() string   { return inv.ID }
func (inv *invoice) madeAt() int64 { return inv.Created }

func (v view) invoice(inv *invoice, x expansion) object {
	settled := inv.Status == paid
	amountPaid, remaining := int64(0), inv.Amount
	if settled {
		amountPaid, remaining = inv.Amount, 0
	}
	var address, page, next any
	if inv.Payer.Country != "" {
		address = addressOf(inv.Payer.Country)
	}
	if inv.Status != invoiceDraft {
		page = v.baseURL + "/invoices/" + inv.ID
	} else {
		next = inv.Created + 3600
	}
	return object{
		"id": inv.ID, "object": "invoice", "account_country": "US", "account_name": "Readerfund stand-in", "amount_due": inv.Amount,
		"amount_paid": amountPaid, "amount_remaining": remaining, "amount_shipping": 0, "attempt_count": inv.Attempts,
		"attempted": inv.Attempts > 0, "auto_advance": inv.Status == invoiceDraft,
		"automatic_tax":  object{"enabled": false, "liability": nil, "status": nil},
		"billing_reason": inv.Reason, "charge": ref(x, "charge", &v.st.Charges, inv.Charge, v.charge),
		"collection_method": "charge_automatically", "created": inv.Created, "currency": inv.Currency,
		"customer": ref(x, "customer", &v.st.Customers, inv.Customer, v.customer), "customer_address": address,
		"customer_email": orNull(inv.Payer.Email), "customer_name": orNull(inv.Payer.Name), "customer_tax_exempt": "none",
		"customer_tax_ids": []any{}, "default_tax_rates": []any{}, "discounts": []any{},
		"effective_at": timeOrNull(inv.FinalizedAt), "hosted_invoice_url": page, "invoice_pdf": nil,
		"issuer": object{"type": "self"}, "lines": v.invoiceLines(inv), "livemode": false, "metadata": object{},
		"next_payment_attempt": next, "number": orNull(inv.Number), "paid": settled, "paid_out_of_band": false,
		"payment_intent":   ref(x, "payment_intent", &v.st.Intents, inv.Intent, v.intent),
		"payment_settings": object{}.withNulls("default_mandate", "payment_method_options", "payment_method_types"),
		"period_end":       inv.PeriodEnd, "period_start": inv.PeriodStart, "post_payment_credit_notes_amount": 0,
		"pre_payment_credit_notes_amount": 0, "starting_balance": 0, "ending_balance": endingBalance(inv), "status": inv.Status,
		"status_transitions": object{
			"finalized_at": timeOrNull(inv.FinalizedAt), "marked_uncollectible_at": nil,
			"paid_at": timeOrNull(inv.PaidAt), "voided_at": timeOrNull(inv.VoidedAt),
		},
		"subscription":         ref(x, "subscription", &v.st.Subscriptions, inv.Subscription, v.subscription),
		"subscription_details": object{"metadata": rendered(inv.SubMetadata)}, "subtotal": inv.Amount,
		"subtotal_excluding_tax": inv.Amount, "total": inv.Amount, "total_discount_amounts": []any{},
		"total_excluding_tax": inv.Amount, "total_tax_amounts": []any{}, "webhooks_delivered_at": inv.Created,
	}.withNulls("account_tax_ids", "application", "application_fee_amount", "custom_fields", "customer_phone", "customer_shipping",
		"default_payment_method", "default_source", "description", "discount", "due_date", "footer", "from_invoice",
		"last_finalization_error", "latest_revision", "on_behalf_of", "quote", "receipt_number", "rendering", "rendering_options",
		"shipping_cost", "shipping_details", "statement_descriptor", "tax", "test_clock", "transfer_data")
}

func endingBalance(inv *invoice) any {
	if inv.Status == invoiceDraft {
		return nil
	}
	return 0
}

func (v view) invoiceLines(inv *invoice) object {
	var lines []object
	for _, line := range inv.Lines {
		p := v.st.Prices.at(line.Price)
		lines = append(lines, object{
			"id": line.ID, "object": "line_item", "amount": line.Amount, "amount_excluding_tax": line.Amount, "currency": inv.Currency,
			"description": line.Description, "discount_amounts": []any{}, "discountable": true, "discounts": []any{},
			"invoice": inv.ID, "livemode": false, "metadata": rendered(inv.SubMetadata),
			"period": object{"start": line.Start, "end": line.End}, "plan": v.plan(p), "price": v.price(p, nil),
			"proration": false, "proration_details": object{"credited_items": nil}, "quantity": line.Quantity,
			"subscription": inv.Subscription, "subscription_item": line.Item, "tax_amounts": []any{}, "tax_rates": []any{},
			"type": "subscription", "unit_amount_excluding_tax": fmt.Sprint(p.Amount),
		})
	}
	list := inlineList("/v1/invoices/"+inv.ID+"/lines", lines)
	list["total_count"] = len(lines)
	return list
}

// newInvoice makes the draft for a subscription's current period. since is when
// the period before it began, Unix seconds.
func (s *Server) newInvoice(why cause, sub *subscription, reason string, since int64) *invoice {
	cu := s.st.Customers.at(sub.Customer)
	inv := &invoice{
		ID: s.st.newID("in_1", 23), Status: invoiceDraft, Reason: reason, Subscription: sub.ID, Customer: sub.Customer,
		Payer: payer{Email: cu.Email, Name: cu.Name, Country: cu.Country}, Currency: sub.Currency, Amount: s.total(sub),
		SubMetadata: sub.Metadata, Created: s.unix(), PeriodStart: since, PeriodEnd: sub.PeriodStart,
	}
	for _, item := range sub.Items {
		p := s.st.Prices.at(item.Price)
		inv.Lines = append(inv.Lines, invoiceLine{
			ID: s.st.newID("il_1", 23), Item: item.ID, Price: item.Price, Quantity: item.Quantity, Amount: item.Quantity * p.Amount,
			Description: fmt.Sprintf("%d × %s (at %s / %s)", item.Quantity, s.st.Products.at(p.Product).Name, rulesOf(p.Currency).display(p.Amount), p.Interval),
			Start:       sub.PeriodStart, End: sub.PeriodEnd,
		})
	}
	s.st.Invoices.add(inv)
	sub.LatestInvoice = inv.ID
	s.emitInvoice(why, "invoice.created", inv)
	return inv
}

func (s *Server) emitInvoice(why cause, kind string, inv *invoice) {
	s.emit(why, kind, nil, func(v view) object { return v.invoice(inv, nil) })
}

// finalize numbers an invoice and makes the intent by which it is paid.
func (s *Server) finalize(why cause, inv *invoice, sub *subscription, types []string) *intent {
	cu := s.st.Customers.at(inv.Customer)
	cu.Invoices++
	inv.Status, inv.FinalizedAt, inv.Number = invoiceOpen, s.unix(), fmt.Sprintf("%s-%04d", cu.Prefix, cu.Invoices)
	description := "Subscription update"
	if inv.Reason == "subscription_create" {
		description = "Subscription creation"
	}
	pi := s.newIntent(why, &intent{
		Amount: inv.Amount, Currency: inv.Currency, Description: description, Customer: inv.Customer, Invoice: inv.ID,
		MethodTypes: types, CaptureMethod: "automatic", FutureUsage: "off_session", Metadata: map[string]string{},
	})
	if inv.Reason == "subscription_create" {
		pi.Session = sub.Session
	}
	inv.Intent = pi.ID
	s.emitInvoice(why, "invoice.finalized", inv)
	return pi
}

func (s *Server) retrieveInvoice(c *call) (object, *apiError) {
	inv, ok := s.st.Invoices.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "invoice", "invoice", c.id)
	}
	return c.view.invoice(inv, c.expand), nil
}

func (s *Server) listInvoices(c *call) (object, *apiError) {
	keep := func(inv *invoice) bool {
		return c.matches("customer", inv.Customer) && c.matches("subscription", inv.Subscription) && c.matches("status", inv.Status)
	}
	return page(c, "/v1/invoices", &s.st.Invoices, keep, c.view.invoice)
}

func (s *Server) listInvoiceLines(c *call) (object, *apiError) {
	inv, ok := s.st.Invoices.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "invoice", "invoice", c.id)
	}
	return c.view.invoiceLines(inv), nil
}
