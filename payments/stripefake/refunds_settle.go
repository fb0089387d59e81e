package stripefake

import (
	"net/http"
	"slices"
)

// settleRefund takes a refund one step on: a payer who was asked has answered,
// a bank that was told has paid.
func (s *Server) settleRefund(why cause, id string) {
	re, ok := s.st.Refunds.get(id)
	if !ok || re.Status != refundPending && re.Status != needsAction {
		return
	}
	before := s.view().refund(re, nil)
	if re.Status == needsAction {
		re.Status = refundPending
		s.schedule(job{Due: s.now().Add(debitRefundSettles), Kind: jobSettleRefund, Ref: re.ID})
	} else {
		re.Status = succeeded
	}
	s.emitRefund(why, before, re, "charge.refund.updated", "refund.updated")
}

// failRefund ends a refund that the payer's bank sends back, whether it had
// succeeded or not. https://docs.stripe.com/refunds#failed-refunds
func (s *Server) failRefund(why cause, id, reason string) {
	re, ok := s.st.Refunds.get(id)
	if !ok || !re.stands() {
		return
	}
	before := s.view().refund(re, nil)
	re.FailureReason = reason
	s.takeBack(re, chargeFailed)
	s.emitRefund(why, before, re, "charge.refund.updated", "refund.updated", "refund.failed")
}

// stands says whether a refund's money is away or on its way.
func (re *refund) stands() bool { return re.Status != chargeFailed && re.Status != canceled }

// takeBack ends a refund with its money back in the balance and on the charge.
func (s *Server) takeBack(re *refund, status string) {
	s.cancelJobs(jobSettleRefund, re.ID)
	s.cancelJobs(jobFailRefund, re.ID)
	re.Status = status
	given := s.st.Transactions.at(re.Transaction)
	re.FailureTransaction = s.move(s.settleLike(given, &transaction{
		Type: "refund_failure", Category: categoryRefundFailure, Amount: re.Amount, Currency: re.Currency, Source: re.ID,
		Description: "REFUND FAILURE", Available: given.Available,
	}))
	s.st.Charges.at(re.Charge).Refunded -= re.Amount
}

// cancelRefund cancels a refund for which the payer has still to do something;
// Stripe cancels no other. https://docs.stripe.com/api/refunds/cancel
func (s *Server) cancelRefund(c *call) (object, *apiError) {
	re, failure := s.findRefund(c)
	if failure != nil {
		return nil, failure
	}
	if re.Status != needsAction {
		return nil, invalid("", "", "Refund %s is %s: only one whose status is requires_action can be canceled.", re.ID, re.Status)
	}
	before := c.view.refund(re, nil)
	re.FailureReason = "merchant_request"
	s.takeBack(re, canceled)
	s.emitRefund(c.why, before, re, "charge.refund.updated", "refund.updated")
	return c.view.refund(re, c.expand), nil
}

// refundFailures are the reasons that Stripe gives.
// https://docs.stripe.com/api/refunds/object#refund_object-failure_reason
func refundFailures() []string {
	return []string{
		"charge_for_pending_refund_disputed", "declined", "expired_or_canceled_card", "insufficient_funds",
		"lost_or_stolen_card", "merchant_request", "unknown",
	}
}

// controlFailRefund makes a bank send a refund back.
func (s *Server) controlFailRefund(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Reason string `json:"reason"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	reason := firstOf(ask.Reason, "unknown")
	s.control(w, func() (object, *apiError) {
		id := r.PathValue("id")
		re, ok := s.st.Refunds.get(id)
		switch {
		case !ok:
			return nil, missing(http.StatusNotFound, "id", "refund", id)
		case !slices.Contains(refundFailures(), reason):
			return nil, invalid("reason", "", "A refund does not fail for the reason %q; Stripe knows %v.", reason, refundFailures())
		case !re.stands():
			return nil, invalid("", "", "Refund %s is %s already.", id, re.Status)
		}
		s.failRefund(cause{}, id, reason)
		return s.view().refund(re, nil), nil
	})
}

// control carries a control out under the lock and answers it.
func (s *Server) control(w http.ResponseWriter, do func() (object, *apiError)) {
	s.mu.Lock()
	s.runDue()
	result, failure := do()
	s.mu.Unlock()
	if failure != nil {
		s.answerError(w, failure)
		return
	}
	s.answer(w, http.StatusOK, pretty(result))
}
