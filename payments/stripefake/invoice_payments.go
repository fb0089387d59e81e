package stripefake

import "net/http"

// invoicePayment says that a payment intent is there to pay an invoice, and
// whether it did. Stripe has such objects since 2025-03-31.basil, where they
// replace invoice.payment_intent; the stand-in keeps them at any version.
// https://docs.stripe.com/api/invoice-payment
type invoicePayment struct {
	ID         string
	Invoice    string
	Intent     string
	Status     string // open, paid or canceled
	Currency   string
	Requested  int64
	Paid       int64
	Created    int64
	PaidAt     int64
	CanceledAt int64
}

func (ip *invoicePayment) key() string   { return ip.ID }
func (ip *invoicePayment) madeAt() int64 { return ip.Created }

func (v view) invoicePayment(ip *invoicePayment, x expansion) object {
	var amountPaid any
	if ip.Status == paid {
		amountPaid = ip.Paid
	}
	return object{
		"id": ip.ID, "object": "invoice_payment", "amount_paid": amountPaid, "amount_requested": ip.Requested, "created": ip.Created,
		"currency": ip.Currency, "invoice": ref(x, "invoice", &v.st.Invoices, ip.Invoice, v.invoice), "is_default": true, "livemode": false,
		"payment": object{
			"type":           "payment_intent",
			"payment_intent": ref(x["payment"], "payment_intent", &v.st.Intents, ip.Intent, v.intent),
		},
		"status":             ip.Status,
		"status_transitions": object{"canceled_at": timeOrNull(ip.CanceledAt), "paid_at": timeOrNull(ip.PaidAt)},
	}
}

// invoicePaymentsOf are those of one invoice, as a list object.
func (v view) invoicePaymentsOf(inv *invoice, x expansion) object {
	var found []object
	for _, ip := range v.st.InvoicePayments.rows {
		if ip.Invoice == inv.ID {
			found = append(found, v.invoicePayment(ip, x["data"]))
		}
	}
	return inlineList("/v1/invoice_payments?invoice="+inv.ID, found)
}

// expectPayment notes which intent an invoice is to be paid by.
func (s *Server) expectPayment(inv *invoice, pi *intent) {
	s.st.InvoicePayments.add(&invoicePayment{
		ID: s.st.newID("inpay_1", 23), Invoice: inv.ID, Intent: pi.ID, Status: invoiceOpen, Currency: inv.Currency,
		Requested: pi.Amount, Created: s.unix(),
	})
}

// settlePayment notes that the intent of an invoice paid it, or never will.
func (s *Server) settlePayment(why cause, inv *invoice, status string) {
	for _, ip := range s.st.InvoicePayments.rows {
		if ip.Invoice != inv.ID || ip.Status != invoiceOpen {
			continue
		}
		if ip.Status = status; status != paid {
			ip.CanceledAt = s.unix()
			continue
		}
		ip.Paid, ip.PaidAt = ip.Requested, s.unix()
		s.emit(why, "invoice_payment.paid", nil, func(v view) object { return v.invoicePayment(ip, nil) })
	}
}

func (s *Server) listInvoicePayments(c *call) (object, *apiError) {
	payment := c.sub("payment")
	keep := func(ip *invoicePayment) bool {
		return c.matches("invoice", ip.Invoice) && c.matches("status", ip.Status) &&
			(!payment.has("payment_intent") || payment.text("payment_intent") == ip.Intent)
	}
	return page(c, "/v1/invoice_payments", &s.st.InvoicePayments, keep, c.view.invoicePayment)
}

func (s *Server) retrieveInvoicePayment(c *call) (object, *apiError) {
	ip, ok := s.st.InvoicePayments.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "invoice_payment", "invoice_payment", c.id)
	}
	return c.view.invoicePayment(ip, c.expand), nil
}
