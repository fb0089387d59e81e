package stripefake

import "net/http"

// The states of a charge; succeeded is shared with intents.
const (
	chargePending = "pending"
	chargeFailed  = "failed"
)

// charge is one attempt to move money. https://docs.stripe.com/api/charges
type charge struct {
	ID            string
	Status        string
	Amount        int64
	Currency      string
	Intent        string
	Customer      string
	Invoice       string
	Method        string
	Transaction   string // balance transaction; empty until it is booked
	Description   string
	Metadata      map[string]string
	ReceiptEmail  string
	Descriptor    string
	Suffix        string
	Failure       *failure
	Authenticated bool
	Uncaptured    bool   // the money is only held
	Sourced       bool   // made of a token, without a payment intent
	Dispute       string // the reason for which the payer means to dispute it
	Refunded      int64  // what refunds hold now; one that fails gives back
	Disputed      string // the latest dispute
	Review        string
	FraudReport   bool // a refund said that it was fraud
	Created       int64
}

func (ch *charge) key() string   { return ch.ID }
func (ch *charge) madeAt() int64 { return ch.Created }

func (v view) charge(ch *charge, x expansion) object {
	m := v.st.Methods.at(ch.Method)
	captured := int64(0)
	if ch.Status == succeeded && !ch.Uncaptured {
		captured = ch.Amount
	}
	o := object{
		"id": ch.ID, "object": "charge", "amount": ch.Amount, "amount_captured": captured, "amount_refunded": ch.Refunded,
		"balance_transaction": ref(x, "balance_transaction", &v.st.Transactions, ch.Transaction, v.transaction),
		"billing_details":     m.Payer.billing(), "calculated_statement_descriptor": statement(ch),
		"captured": ch.Status == succeeded && !ch.Uncaptured, "created": ch.Created, "currency": ch.Currency,
		"customer":    ref(x, "customer", &v.st.Customers, ch.Customer, v.customer),
		"description": orNull(ch.Description), "disputed": ch.Disputed != "",
		"dispute": ref(x, "dispute", &v.st.Disputes, ch.Disputed, v.dispute), "failure_code": nil, "failure_message": nil,
		"fraud_details": ch.fraudDetails(), "invoice": ref(x, "invoice", &v.st.Invoices, ch.Invoice, v.invoice),
		"livemode": false, "metadata": rendered(ch.Metadata), "outcome": chargeOutcome(ch), "paid": ch.Status == succeeded,
		"payment_intent": ref(x, "payment_intent", &v.st.Intents, ch.Intent, v.intent), "payment_method": ch.Method,
		"payment_method_details": object{"type": m.Type, m.Type: m.charged(ch.Authenticated)},
		"radar_options":          object{}, "receipt_email": orNull(ch.ReceiptEmail), "receipt_url": nil, "refunded": ch.Refunded > 0 && ch.Refunded == ch.Amount,
		"review":               ref(x, "review", &v.st.Reviews, ch.Review, v.review),
		"statement_descriptor": orNull(ch.Descriptor), "statement_descriptor_suffix": orNull(ch.Suffix), "status": ch.Status,
	}
	if ch.Failure != nil {
		o["failure_code"], o["failure_message"] = ch.Failure.Code, ch.Failure.Message
	}
	if ch.Sourced {
		o["source"] = m.source()
	}
	if _, asked := x["refunds"]; asked {
		o["refunds"] = v.refundsOf(ch, x["refunds"]["data"])
	}
	if ch.Status == succeeded {
		o["receipt_url"] = v.baseURL + "/receipts/" + ch.ID
	}
	return o.withNulls("application", "application_fee", "application_fee_amount", "destination",
		"failure_balance_transaction", "on_behalf_of", "order", "receipt_number", "shipping", "source",
		"source_transfer", "transfer_data", "transfer_group")
}

// statement is what the payer's statement shows.
func statement(ch *charge) string {
	if ch.Suffix != "" {
		return "STAND-IN* " + ch.Suffix
	}
	return firstOf(ch.Descriptor, "STAND-IN")
}

// chargeOutcome renders Radar's and the bank's verdict.
func chargeOutcome(ch *charge) any {
	o := object{
		"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 32,
		"seller_message": "Payment complete.", "type": "authorized",
	}
	switch {
	case ch.Review != "":
		o["type"], o["risk_level"], o["risk_score"] = "manual_review", "elevated", 74
		o["seller_message"] = "Stripe evaluated this payment as having elevated risk, and placed it in your manual review queue."
	case ch.Failure == nil:
	case ch.Failure.Decline == "fraudulent":
		o["network_status"], o["type"], o["reason"] = "not_sent_to_network", "blocked", "highest_risk_level"
		o["risk_level"], o["risk_score"], o["seller_message"] = "highest", 95, "Stripe blocked this payment as too risky."
	default:
		o["network_status"], o["type"], o["reason"] = "declined_by_network", "issuer_declined", firstOf(ch.Failure.Decline, ch.Failure.Code)
		o["seller_message"] = "The bank did not return any further details with this decline."
	}
	return o
}

// newCharge stores an attempt at an intent, with the metadata the intent has at
// this time: Stripe copies it once.
func (s *Server) newCharge(pi *intent, m *method, status string) *charge {
	ch := &charge{
		ID: s.st.newID("ch_3", 23), Status: status, Amount: pi.Amount, Currency: pi.Currency, Intent: pi.ID,
		Customer: pi.Customer, Invoice: pi.Invoice, Method: m.ID, Description: pi.Description, Metadata: pi.Metadata,
		ReceiptEmail: pi.ReceiptEmail, Descriptor: pi.Descriptor, Suffix: pi.Suffix, Created: s.unix(),
	}
	if m.debit() {
		ch.ID = "py_" + ch.ID[3:] // what Stripe calls payments that are not by card
	}
	s.st.Charges.add(ch)
	pi.Charge, pi.Method = ch.ID, m.ID
	return ch
}

func (s *Server) emitCharge(why cause, kind string, ch *charge) {
	s.emit(why, kind, nil, func(v view) object { return v.charge(ch, nil) })
}

func (s *Server) retrieveCharge(c *call) (object, *apiError) {
	ch, ok := s.st.Charges.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "charge", c.id)
	}
	return c.view.charge(ch, c.expand), nil
}

func (s *Server) listCharges(c *call) (object, *apiError) {
	keep := func(ch *charge) bool {
		return c.matches("customer", ch.Customer) && c.matches("payment_intent", ch.Intent)
	}
	return page(c, "/v1/charges", &s.st.Charges, keep, c.view.charge)
}
