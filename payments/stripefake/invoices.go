package stripefake

import "net/http"

// The states of an invoice; paid is shared with sessions.
const (
	invoiceDraft  = "draft"
	invoiceOpen   = "open"
	invoiceVoid   = "void"
	uncollectible = "uncollectible"
)

// invoice asks for one period of a subscription, for a change in the middle of
// one, or for what a program put together.
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
	WrittenOff   int64  // when it was marked uncollectible
	Credit       int64  // what the customer's balance took of the amount; below 0 it was added
	StartBalance int64  // the customer's, before that
	NextAttempt  int64  // Unix seconds; 0 where no try is planned
	Retries      int    // how many were planned so far
	Stopped      bool   // auto_advance is off: nothing happens to it by itself
	Hold         string // the pause_collection behavior under which it was made
	OutOfBand    bool   // paid elsewhere
	Sent         bool   // collection_method is send_invoice
	Due          int64  // due_date of one that is sent
	Unfinished   string // why it could not be finalized
	Description  string
	Metadata     map[string]string
}

// due is what is to be paid once the customer's balance is taken into account,
// minor units.
func (inv *invoice) due() int64 { return max(0, inv.Amount-inv.Credit) }

type invoiceLine struct {
	ID          string
	Item        string // subscription item
	InvoiceItem string // where the line comes from one
	Proration   bool
	Price       string // may be empty
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
	amountPaid, remaining := int64(0), inv.due()
	if settled {
		amountPaid, remaining = inv.due(), 0
	}
	var address, page, ending, details any
	if inv.Payer.Country != "" {
		address = addressOf(inv.Payer.Country)
	}
	next := timeOrNull(inv.NextAttempt)
	if inv.Status != invoiceDraft {
		page, ending = v.baseURL+"/invoices/"+inv.ID, inv.StartBalance+inv.Credit
	} else if !inv.Stopped && !inv.Sent {
		next = inv.Created + int64(draftFor.Seconds())
	}
	if inv.Subscription != "" {
		details = object{"metadata": rendered(inv.SubMetadata)}
	}
	method := "charge_automatically"
	if inv.Sent {
		method = "send_invoice"
	}
	o := object{
		"id": inv.ID, "object": "invoice", "account_country": "US", "account_name": "Readerfund stand-in", "amount_due": inv.due(),
		"amount_paid": amountPaid, "amount_remaining": remaining, "amount_shipping": 0, "attempt_count": inv.Attempts,
		"attempted": inv.Attempts > 0 || settled, "auto_advance": !inv.Stopped && (inv.Status == invoiceDraft || inv.Status == invoiceOpen),
		"automatic_tax":  object{"enabled": false, "liability": nil, "status": nil},
		"billing_reason": inv.Reason, "charge": ref(x, "charge", &v.st.Charges, inv.Charge, v.charge),
		"collection_method": method, "created": inv.Created, "currency": inv.Currency,
		"customer": ref(x, "customer", &v.st.Customers, inv.Customer, v.customer), "customer_address": address,
		"customer_email": orNull(inv.Payer.Email), "customer_name": orNull(inv.Payer.Name), "customer_tax_exempt": "none",
		"customer_tax_ids": []any{}, "default_tax_rates": []any{}, "discounts": []any{},
		"effective_at": timeOrNull(inv.FinalizedAt), "hosted_invoice_url": page, "invoice_pdf": nil,
		"issuer": object{"type": "self"}, "lines": v.invoiceLines(inv), "livemode": false, "metadata": rendered(inv.Metadata),
		"next_payment_attempt": next, "number": orNull(inv.Number), "paid": settled, "paid_out_of_band": inv.OutOfBand,
		"payment_intent":   ref(x, "payment_intent", &v.st.Intents, inv.Intent, v.intent),
		"payment_settings": object{}.withNulls("default_mandate", "payment_method_options", "payment_method_types"),
		"period_end":       inv.PeriodEnd, "period_start": inv.PeriodStart, "post_payment_credit_notes_amount": 0,
		"pre_payment_credit_notes_amount": 0, "starting_balance": inv.StartBalance, "ending_balance": ending, "status": inv.Status,
		"status_transitions": object{
			"finalized_at": timeOrNull(inv.FinalizedAt), "marked_uncollectible_at": timeOrNull(inv.WrittenOff),
			"paid_at": timeOrNull(inv.PaidAt), "voided_at": timeOrNull(inv.VoidedAt),
		},
		"subscription":         ref(x, "subscription", &v.st.Subscriptions, inv.Subscription, v.subscription),
		"subscription_details": details, "subtotal": inv.Amount,
		"subtotal_excluding_tax": inv.Amount, "total": inv.Amount, "total_discount_amounts": []any{},
		"total_excluding_tax": inv.Amount, "total_tax_amounts": []any{}, "webhooks_delivered_at": inv.Created,
		"description": orNull(inv.Description), "due_date": timeOrNull(inv.Due), "last_finalization_error": inv.unfinished(),
	}
	if deeper, ok := x["payments"]; ok {
		o["payments"] = v.invoicePaymentsOf(inv, deeper)
	}
	return o.withNulls("account_tax_ids", "application", "application_fee_amount", "custom_fields", "customer_phone", "customer_shipping",
		"default_payment_method", "default_source", "discount", "footer", "from_invoice", "latest_revision", "on_behalf_of", "quote", "receipt_number", "rendering", "rendering_options",
		"shipping_cost", "shipping_details", "statement_descriptor", "tax", "test_clock", "transfer_data")
}

// unfinished renders why an invoice could not be finalized.
func (inv *invoice) unfinished() any {
	if inv.Unfinished == "" {
		return nil
	}
	return object{"type": typeInvalidRequest, "code": "customer_tax_location_invalid", "message": inv.Unfinished}
}

func (v view) invoiceLines(inv *invoice) object {
	var lines []object
	for _, line := range inv.Lines {
		lines = append(lines, v.invoiceLine(inv, line))
	}
	list := inlineList("/v1/invoices/"+inv.ID+"/lines", lines)
	list["total_count"] = len(lines)
	return list
}

func (v view) invoiceLine(inv *invoice, line invoiceLine) object {
	o := object{
		"id": line.ID, "object": "line_item", "amount": line.Amount, "amount_excluding_tax": line.Amount, "currency": inv.Currency,
		"description": orNull(line.Description), "discount_amounts": []any{}, "discountable": !line.Proration, "discounts": []any{},
		"invoice": inv.ID, "livemode": false, "metadata": rendered(inv.SubMetadata),
		"period": object{"start": line.Start, "end": line.End}, "plan": nil, "price": nil,
		"proration": line.Proration, "proration_details": object{"credited_items": nil}, "quantity": line.Quantity,
		"subscription": orNull(inv.Subscription), "tax_amounts": []any{}, "tax_rates": []any{},
		"type": "subscription", "unit_amount_excluding_tax": decimal(line.Amount),
	}
	if p, ok := v.st.Prices.get(line.Price); ok {
		o["price"], o["unit_amount_excluding_tax"] = v.price(p, nil), decimal(p.Amount)
		if p.recurring() {
			o["plan"] = v.plan(p)
		}
	}
	if line.Item != "" {
		o["subscription_item"] = line.Item
	}
	if line.InvoiceItem != "" {
		o["type"], o["invoice_item"] = "invoiceitem", line.InvoiceItem
		if ii, ok := v.st.InvoiceItems.get(line.InvoiceItem); ok {
			o["metadata"], o["subscription"] = rendered(ii.Metadata), orNull(ii.Subscription)
		}
	}
	return o
}

func (s *Server) emitInvoice(why cause, kind string, inv *invoice) {
	s.emit(why, kind, nil, func(v view) object { return v.invoice(inv, nil) })
}

// changeInvoice changes an invoice and says what was changed.
func (s *Server) changeInvoice(why cause, inv *invoice, change func()) {
	before := s.view().invoice(inv, nil)
	change()
	s.emit(why, "invoice.updated", before, func(v view) object { return v.invoice(inv, nil) })
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
