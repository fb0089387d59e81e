package stripefake

import "time"

// How long the parties have. Stripe shows the days of the card's network.
// https://docs.stripe.com/disputes/how-disputes-work
const (
	answerWithin    = 9 * 24 * time.Hour
	inquiryLasts    = 120 * 24 * time.Hour
	bankJudgesAfter = 24 * time.Hour
)

// endOfDay is the last second of a UTC day, when Stripe's deadlines end.
func endOfDay(t time.Time) time.Time {
	return t.UTC().Truncate(24 * time.Hour).Add(24*time.Hour - time.Second)
}

// disputeAsForeseen does what a test card was made for.
func (s *Server) disputeAsForeseen(why cause, id string) {
	ch, ok := s.st.Charges.get(id)
	if !ok || s.disputable(ch, ch.Amount-ch.Refunded) != nil {
		return
	}
	if ch.Dispute == "inquiry" {
		s.openDispute(why, ch, ch.Amount-ch.Refunded, "general", true)
		return
	}
	s.openDispute(why, ch, ch.Amount-ch.Refunded, ch.Dispute, false)
}

// disputable says why a charge cannot be disputed.
func (s *Server) disputable(ch *charge, amount int64) *apiError {
	cur, left := rulesOf(ch.Currency), ch.Amount-ch.Refunded
	d, disputed := s.st.Disputes.get(ch.Disputed)
	switch {
	case ch.Status != succeeded || ch.Uncaptured:
		return invalid("charge", "", "Charge %s brought no money (it is %s): only a payment that succeeded can be disputed.", ch.ID, ch.Status)
	case disputed && (d.open() || d.inquiry() || d.Withdrawn > 0):
		return invalid("charge", "", "Charge %s is disputed already, by %s, which is %s.", ch.ID, d.ID, d.Status)
	case amount <= 0 || amount > left:
		return invalid("amount", "", "Of charge %s an amount up to %s can be disputed, not %s.", ch.ID, cur.display(left), cur.display(amount))
	}
	return nil
}

// openDispute begins a dispute or an inquiry about part or all of a charge.
func (s *Server) openDispute(why cause, ch *charge, amount int64, reason string, inquiry bool) *dispute {
	s.booked(why, ch)
	d := &dispute{
		ID: s.st.newID("dp_1", 23), Status: inquiryOpen, Amount: amount, Currency: ch.Currency, Charge: ch.ID, Intent: ch.Intent,
		Reason: reason, DueBy: endOfDay(s.now().Add(answerWithin)).Unix(), Created: s.unix(),
	}
	s.st.Disputes.add(d)
	ch.Disputed = d.ID
	if inquiry {
		s.schedule(job{Due: s.now().Add(inquiryLasts), Kind: jobDisputeDue, Ref: d.ID})
		s.emitDispute(why, "charge.dispute.created", nil, d)
		s.actedOn(why, ch)
		return d
	}
	d.Status = needsResponse
	s.withdraw(why, d)
	s.schedule(job{Due: time.Unix(d.DueBy+1, 0), Kind: jobDisputeDue, Ref: d.ID})
	s.emitDispute(why, "charge.dispute.created", nil, d)
	s.emitDispute(why, "charge.dispute.funds_withdrawn", nil, d)
	s.actedOn(why, ch)
	s.closeReview(why, ch, "disputed")
	return d
}

// withdraw takes amount and fee from the balance. A refund that is still on its
// way fails: the payer gets the money from the bank.
func (s *Server) withdraw(why cause, d *dispute) {
	for _, re := range s.st.Refunds.rows {
		if re.Charge == d.Charge && (re.Status == refundPending || re.Status == needsAction) {
			s.failRefund(why, re.ID, "charge_for_pending_refund_disputed")
		}
	}
	d.Withdrawn = d.Amount
	d.Transactions = append(d.Transactions, s.move(s.settleLike(s.paidBy(d), &transaction{
		Type: "adjustment", Category: categoryDispute, Amount: -d.Amount, Fee: disputeFee, Currency: d.Currency, Source: d.ID,
		Description: "Chargeback withdrawal for " + d.Charge,
	})))
}

// paidBy is the balance transaction of the payment that a dispute is about.
func (s *Server) paidBy(d *dispute) *transaction {
	return s.st.Transactions.at(s.st.Charges.at(d.Charge).Transaction)
}

// endDispute closes a dispute as won, lost or, an inquiry, as warning_closed.
// What is won comes back, fee included. One that was lost can still be won
// later, where the bank thinks again.
func (s *Server) endDispute(why cause, d *dispute, status string) {
	s.cancelJobs(jobDisputeDue, d.ID)
	s.cancelJobs(jobJudge, d.ID)
	before := s.view().dispute(d, nil)
	kind := "charge.dispute.closed"
	if d.Status == disputeLost {
		kind = "charge.dispute.updated" // it was closed before
	}
	d.Status = status
	reinstated := status == disputeWon && d.Withdrawn > 0
	if reinstated {
		d.Transactions = append(d.Transactions, s.move(s.settleLike(s.paidBy(d), &transaction{
			Type: "adjustment", Category: categoryDisputeReversal, Amount: d.Withdrawn, Fee: -disputeFee, Currency: d.Currency,
			Source: d.ID, Description: "Chargeback reversal for " + d.Charge,
		})))
		d.Withdrawn = 0
	}
	s.emitDispute(why, kind, before, d)
	if reinstated {
		s.emitDispute(why, "charge.dispute.funds_reinstated", nil, d)
	}
}

// escalateDispute makes a dispute of an inquiry: the same object, with money in
// it from now on.
func (s *Server) escalateDispute(why cause, d *dispute) {
	s.cancelJobs(jobDisputeDue, d.ID)
	s.cancelJobs(jobJudge, d.ID)
	before := s.view().dispute(d, nil)
	d.Status, d.Verdict, d.DueBy = needsResponse, "", endOfDay(s.now().Add(answerWithin)).Unix()
	s.withdraw(why, d)
	s.schedule(job{Due: time.Unix(d.DueBy+1, 0), Kind: jobDisputeDue, Ref: d.ID})
	s.emitDispute(why, "charge.dispute.updated", before, d)
	s.emitDispute(why, "charge.dispute.funds_withdrawn", nil, d)
	s.closeReview(why, s.st.Charges.at(d.Charge), "disputed")
}

// disputeDue ends what was not answered in time, and an inquiry, answered or
// not, that never became a dispute.
func (s *Server) disputeDue(why cause, id string) {
	d, ok := s.st.Disputes.get(id)
	switch {
	case !ok:
	case d.inquiry():
		s.endDispute(why, d, inquiryClosed)
	case d.Status == needsResponse:
		s.endDispute(why, d, disputeLost)
	}
}
