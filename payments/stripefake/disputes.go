package stripefake

import "net/http"

// The states of a dispute. https://docs.stripe.com/api/disputes/object
const (
	needsResponse = "needs_response"
	underReview   = "under_review"
	disputeWon    = "won"
	disputeLost   = "lost"
	inquiryOpen   = "warning_needs_response"
	inquiryReview = "warning_under_review"
	inquiryClosed = "warning_closed"
)

// disputeFee is what a dispute costs in minor units, here of any currency. It
// comes back with a dispute that is won. https://docs.stripe.com/disputes
const disputeFee = 1500

// disputeEscalate is the verdict on an inquiry that it becomes a dispute.
const disputeEscalate = "escalate"

// dispute is a payer's complaint to the bank about a charge, or the bank's
// inquiry before it becomes one. https://docs.stripe.com/disputes
type dispute struct {
	ID           string
	Status       string
	Amount       int64
	Currency     string
	Charge       string
	Intent       string
	Reason       string
	Metadata     map[string]string
	Evidence     map[string]string
	Submissions  int
	Late         bool   // the last submission came after DueBy
	Verdict      string // what the evidence that was submitted leads to; empty until then or for evidence without magic
	DueBy        int64
	Transactions []string // what was withdrawn and reinstated
	Withdrawn    int64    // what is withdrawn now, without the fee
	Created      int64
}

func (d *dispute) key() string   { return d.ID }
func (d *dispute) madeAt() int64 { return d.Created }

// inquiry says whether it is an inquiry that is still open: no money moved.
func (d *dispute) inquiry() bool { return d.Status == inquiryOpen || d.Status == inquiryReview }

// open says whether a dispute with money in it waits for its end.
func (d *dispute) open() bool { return d.Status == needsResponse || d.Status == underReview }

// refundable says whether the charge can still be refunded: not while the bank
// holds its money.
func (d *dispute) refundable() bool { return d.Withdrawn == 0 }

func (v view) dispute(d *dispute, x expansion) object {
	ch := v.st.Charges.at(d.Charge)
	moved := []object{}
	for _, id := range d.Transactions {
		moved = append(moved, v.transaction(v.st.Transactions.at(id), x["balance_transactions"]))
	}
	o := object{
		"id": d.ID, "object": "dispute", "amount": d.Amount, "balance_transactions": moved,
		"charge": ref(x, "charge", &v.st.Charges, d.Charge, v.charge), "created": d.Created, "currency": d.Currency,
		"evidence": d.evidence(), "evidence_details": object{
			"due_by": timeOrNull(d.DueBy), "has_evidence": len(d.Evidence) > 0, "past_due": d.Late, "submission_count": d.Submissions,
		},
		"is_charge_refundable": d.refundable() && ch.Refunded < ch.Amount, "livemode": false, "metadata": rendered(d.Metadata),
		"payment_intent": ref(x, "payment_intent", &v.st.Intents, d.Intent, v.intent), "reason": d.Reason, "status": d.Status,
	}
	if m := v.st.Methods.at(ch.Method); !m.debit() {
		o["payment_method_details"] = object{"type": "card", "card": object{"brand": m.Brand, "network_reason_code": reasonCode(d.Reason)}}
	}
	return o
}

// reasonCode is Visa's code for a reason.
// https://docs.stripe.com/disputes/reason-codes-defense-requirements
func reasonCode(reason string) string {
	switch reason {
	case "fraudulent":
		return "10.4"
	case "duplicate":
		return "12.6"
	case "product_not_received":
		return "13.1"
	case "subscription_canceled":
		return "13.2"
	case "product_unacceptable":
		return "13.3"
	case "credit_not_processed":
		return "13.6"
	}
	return "10.5"
}

// evidence renders every field that Stripe has, null where it was not given.
func (d *dispute) evidence() object {
	o := object{}
	for name, text := range d.Evidence {
		o[name] = text
	}
	return o.withNulls("access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
		"cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name", "customer_purchase_ip",
		"customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
		"product_description", "receipt", "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation",
		"service_date", "service_documentation", "shipping_address", "shipping_carrier", "shipping_date",
		"shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text")
}

func (s *Server) emitDispute(why cause, kind string, before object, d *dispute) {
	s.emit(why, kind, before, func(v view) object { return v.dispute(d, nil) })
}

func (s *Server) findDispute(c *call) (*dispute, *apiError) {
	d, ok := s.st.Disputes.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "dispute", "dispute", c.id)
	}
	return d, nil
}

func (s *Server) retrieveDispute(c *call) (object, *apiError) {
	d, failure := s.findDispute(c)
	if failure != nil {
		return nil, failure
	}
	return c.view.dispute(d, c.expand), nil
}

func (s *Server) listDisputes(c *call) (object, *apiError) {
	keep := func(d *dispute) bool { return c.matches("charge", d.Charge) && c.matches("payment_intent", d.Intent) }
	return page(c, "/v1/disputes", &s.st.Disputes, keep, c.view.dispute)
}

// ofCharge lets an endpoint of a dispute be reached by its charge.
func ofCharge(s *Server, do endpointFunc) endpointFunc {
	return func(c *call) (object, *apiError) {
		ch, ok := s.st.Charges.get(c.id)
		if !ok || ch.Disputed == "" {
			return nil, missing(http.StatusNotFound, "charge", "dispute for charge", c.id)
		}
		c.id = ch.Disputed
		return do(c)
	}
}
