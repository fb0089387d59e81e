package stripefake

import "net/http"

// Stripe's reporting categories of what moves the balance.
// https://docs.stripe.com/reports/reporting-categories
const (
	categoryCharge          = "charge"
	categoryFee             = "fee"
	categoryRefund          = "refund"
	categoryRefundFailure   = "refund_failure"
	categoryDispute         = "dispute"
	categoryDisputeReversal = "dispute_reversal"
	categoryPayout          = "payout"
	categoryPayoutReversal  = "payout_reversal"
)

// moneyEndpoints are those of the balance, and of money that goes back and out.
func (s *Server) moneyEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"GET /v1/balance":                         s.retrieveBalance,
		"GET /v1/balance_transactions":            s.listTransactions,
		"GET /v1/balance_transactions/{id}":       s.retrieveTransaction,
		"POST /v1/refunds":                        s.createRefund,
		"GET /v1/refunds":                         s.listRefunds,
		"GET /v1/refunds/{id}":                    s.retrieveRefund,
		"POST /v1/refunds/{id}":                   s.updateRefund,
		"POST /v1/refunds/{id}/cancel":            s.cancelRefund,
		"POST /v1/charges/{id}/refund":            s.refundCharge,
		"POST /v1/charges/{id}/refunds":           s.createChargeRefund,
		"GET /v1/charges/{id}/refunds":            s.listChargeRefunds,
		"GET /v1/charges/{charge}/refunds/{id}":   s.retrieveRefund,
		"POST /v1/charges/{charge}/refunds/{id}":  s.updateRefund,
		"GET /v1/disputes":                        s.listDisputes,
		"GET /v1/disputes/{id}":                   s.retrieveDispute,
		"POST /v1/disputes/{id}":                  s.updateDispute,
		"POST /v1/disputes/{id}/close":            s.acceptDispute,
		"GET /v1/charges/{id}/dispute":            ofCharge(s, s.retrieveDispute),
		"POST /v1/charges/{id}/dispute":           ofCharge(s, s.updateDispute),
		"POST /v1/charges/{id}/dispute/close":     ofCharge(s, s.acceptDispute),
		"GET /v1/radar/early_fraud_warnings":      s.listWarnings,
		"GET /v1/radar/early_fraud_warnings/{id}": s.retrieveWarning,
		"GET /v1/reviews":                         s.listReviews,
		"GET /v1/reviews/{id}":                    s.retrieveReview,
		"POST /v1/reviews/{id}/approve":           s.approveReview,
		"POST /v1/payouts":                        s.createPayout,
		"GET /v1/payouts":                         s.listPayouts,
		"GET /v1/payouts/{id}":                    s.retrievePayout,
		"POST /v1/payouts/{id}":                   s.updatePayout,
		"POST /v1/payouts/{id}/cancel":            s.cancelPayout,
		"POST /v1/payouts/{id}/reverse":           s.reversePayout,
	}
}

// moneyControls are the controls by which a test makes a bank act.
func (s *Server) moneyControls(mux *http.ServeMux) {
	mux.HandleFunc("GET /_control/settlement", s.controlShowSettlement)
	mux.HandleFunc("POST /_control/settlement", s.controlSettlement)
	mux.HandleFunc("POST /_control/refunds/{id}/fail", s.controlFailRefund)
	mux.HandleFunc("POST /_control/disputes", s.controlDispute)
	mux.HandleFunc("POST /_control/disputes/{id}", s.controlDisputeStatus)
	mux.HandleFunc("POST /_control/early_fraud_warnings", s.controlWarning)
	mux.HandleFunc("GET /_control/payouts", s.controlShowPayouts)
	mux.HandleFunc("POST /_control/payouts", s.controlPayouts)
	mux.HandleFunc("POST /_control/fees", s.controlFee)
	mux.HandleFunc("GET /_control/report/payout_reconciliation.csv", s.controlPayoutReport)
	mux.HandleFunc("GET /_control/report/balance_change_from_activity.csv", s.controlActivityReport)
	mux.HandleFunc("POST /_control/payouts/{id}/fail", s.controlFailPayout)
}

// runMoney runs the jobs of this group of resources.
func (s *Server) runMoney(why cause, j job) {
	switch j.Kind {
	case jobSettleRefund:
		s.settleRefund(why, j.Ref)
	case jobFailRefund:
		s.failRefund(why, j.Ref, "expired_or_canceled_card")
	case jobDispute:
		s.disputeAsForeseen(why, j.Ref)
	case jobDisputeDue:
		s.disputeDue(why, j.Ref)
	case jobJudge:
		s.judge(why, j.Ref)
	case jobWarn:
		s.warn(why, j.Ref, "unauthorized_use_of_card")
	case jobOpenReview:
		s.emitReview(why, "review.opened", s.st.Reviews.at(j.Ref))
	case jobSendPayout:
		s.sendPayout(why, j.Ref)
	case jobReconcile:
		s.reconcilePayout(why, j.Ref)
	case jobArrive:
		s.payoutArrives(why, j.Ref)
	case jobDailyPayouts:
		s.payOutDaily(why)
	}
}

// foresee arranges what will become of a card's charge that has just succeeded.
// It comes as a job of its own, after everything that paying itself tells.
func (s *Server) foresee(ch *charge, ends outcome) {
	due := s.now()
	if ch.Transaction == "" {
		due = due.Add(bookedAfter) // a job of the same moment, and made before
	}
	if ends.Dispute != "" {
		s.schedule(job{Due: due, Kind: jobDispute, Ref: ch.ID})
	}
	if ends.Warning {
		s.schedule(job{Due: due, Kind: jobWarn, Ref: ch.ID})
	}
	if ends.Review {
		s.schedule(job{Due: due, Kind: jobOpenReview, Ref: s.newReview(ch).ID})
	}
}

// move books a movement of the balance that is no charge. It is available at
// once where tx does not say later.
func (s *Server) move(tx *transaction) string {
	tx.ID, tx.Created = s.st.newID("txn_1", 23), s.unix()
	tx.Available = max(tx.Available, tx.Created)
	s.st.Transactions.add(tx)
	return tx.ID
}

// source renders what moved the balance, where it is to be expanded.
func (v view) source(x expansion, id string) any {
	if _, ok := v.st.Refunds.get(id); ok {
		return ref(x, "source", &v.st.Refunds, id, v.refund)
	}
	if _, ok := v.st.Disputes.get(id); ok {
		return ref(x, "source", &v.st.Disputes, id, v.dispute)
	}
	if _, ok := v.st.Payouts.get(id); ok {
		return ref(x, "source", &v.st.Payouts, id, v.payout)
	}
	return ref(x, "source", &v.st.Charges, id, v.charge)
}

// booked makes sure that a charge has its balance transaction before money of
// it goes back.
func (s *Server) booked(why cause, ch *charge) *transaction {
	s.bookCharge(why, ch.ID)
	return s.st.Transactions.at(ch.Transaction)
}
