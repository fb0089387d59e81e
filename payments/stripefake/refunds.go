package stripefake

import "net/http"

// refund gives money of a charge back. https://docs.stripe.com/api/refunds
type refund struct {
	ID                 string
	Status             string // pending, requires_action, succeeded, failed or canceled
	Amount             int64
	Currency           string
	Charge             string
	Intent             string
	Reason             string
	FailureReason      string
	Instructions       string // where the payer is asked by mail for a bank account
	Metadata           map[string]string
	Transaction        string
	FailureTransaction string // what came back of a refund that did not go through
	Created            int64
}

// The state of a refund that waits; the others it shares with charges and
// intents.
const refundPending = "pending"

func (re *refund) key() string   { return re.ID }
func (re *refund) madeAt() int64 { return re.Created }

func (v view) refund(re *refund, x expansion) object {
	o := object{
		"id": re.ID, "object": "refund", "amount": re.Amount,
		"balance_transaction": ref(x, "balance_transaction", &v.st.Transactions, re.Transaction, v.transaction),
		"charge":              ref(x, "charge", &v.st.Charges, re.Charge, v.charge), "created": re.Created, "currency": re.Currency,
		"metadata":       rendered(re.Metadata),
		"payment_intent": ref(x, "payment_intent", &v.st.Intents, re.Intent, v.intent), "reason": orNull(re.Reason), "status": re.Status,
	}
	if m := v.st.Methods.at(v.st.Charges.at(re.Charge).Method); !m.debit() {
		details := object{"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
		if re.Status == refundPending {
			details = object{"type": "pending"}
		}
		o["destination_details"] = object{"type": "card", "card": details}
	}
	// These stand only where they say something.
	if re.FailureReason != "" {
		o["failure_reason"] = re.FailureReason
	}
	if re.FailureTransaction != "" {
		o["failure_balance_transaction"] = ref(x, "failure_balance_transaction", &v.st.Transactions, re.FailureTransaction, v.transaction)
	}
	if re.Instructions != "" {
		o["instructions_email"] = re.Instructions
	}
	if re.Status == needsAction {
		o["next_action"] = object{"type": "display_details", "display_details": object{
			"email_sent": object{"email_sent_at": re.Created, "email_sent_to": re.Instructions},
			"expires_at": re.Created + int64(instructionsLast.Seconds()),
		}}
	}
	return o.withNulls("receipt_number", "source_transfer_reversal", "transfer_reversal")
}

// refundsOf lists a charge's refunds, the newest first, as a charge shows them
// where they are expanded.
func (v view) refundsOf(ch *charge, x expansion) object {
	var items []object
	for i := len(v.st.Refunds.rows) - 1; i >= 0; i-- {
		if re := v.st.Refunds.rows[i]; re.Charge == ch.ID {
			items = append(items, v.refund(re, x))
		}
	}
	return inlineList("/v1/charges/"+ch.ID+"/refunds", items)
}

// fraudDetails is what the account itself reported about a charge.
func (ch *charge) fraudDetails() object {
	if ch.FraudReport {
		return object{"user_report": "fraudulent"}
	}
	return object{}
}

// emitRefund tells of a refund: kind names it among the refund.* events, which
// Stripe sends for all refunds since 2024-10-28.acacia, and changes of one that
// belongs to a charge have been charge.refund.updated all along.
// https://docs.stripe.com/changelog/acacia/2024-10-28/refund-event-types
func (s *Server) emitRefund(why cause, before object, re *refund, kinds ...string) {
	for _, kind := range kinds {
		s.emit(why, kind, before, func(v view) object { return v.refund(re, nil) })
	}
}

func (s *Server) retrieveRefund(c *call) (object, *apiError) {
	re, failure := s.findRefund(c)
	if failure != nil {
		return nil, failure
	}
	return c.view.refund(re, c.expand), nil
}

func (s *Server) findRefund(c *call) (*refund, *apiError) {
	re, ok := s.st.Refunds.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "refund", c.id)
	}
	return re, nil
}

func (s *Server) listRefunds(c *call) (object, *apiError) {
	keep := func(re *refund) bool {
		return c.matches("charge", re.Charge) && c.matches("payment_intent", re.Intent)
	}
	return page(c, "/v1/refunds", &s.st.Refunds, keep, c.view.refund)
}

func (s *Server) listChargeRefunds(c *call) (object, *apiError) {
	ch, ok := s.st.Charges.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "charge", c.id)
	}
	keep := func(re *refund) bool { return re.Charge == ch.ID }
	return page(c, "/v1/charges/"+ch.ID+"/refunds", &s.st.Refunds, keep, c.view.refund)
}

// updateRefund changes a refund's metadata, the one thing that can be changed.
func (s *Server) updateRefund(c *call) (object, *apiError) {
	re, failure := s.findRefund(c)
	if failure != nil {
		return nil, failure
	}
	metadata, failure := mergeMetadata(re.Metadata, c.params)
	if failure != nil {
		return nil, failure
	}
	before := c.view.refund(re, nil)
	re.Metadata = metadata
	s.emitRefund(c.why, before, re, "charge.refund.updated", "refund.updated")
	return c.view.refund(re, c.expand), nil
}
