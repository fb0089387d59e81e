package stripefake

import (
	"net/http"
	"time"
)

// How a refund goes where it does not simply succeed: Stripe's test cards for
// asynchronous refunds. https://docs.stripe.com/testing#refunds
const (
	refundWaits = "waits" // pending at first, then succeeded
	refundFails = "fails" // succeeded at first, then failed
)

// How long things take that Stripe only gives ranges for.
// https://docs.stripe.com/refunds
const (
	cardRefundSettles  = 24 * time.Hour
	debitRefundSettles = 5 * 24 * time.Hour
	refundComesBack    = 2 * 24 * time.Hour
	payerAnswers       = 3 * 24 * time.Hour
	instructionsLast   = 45 * 24 * time.Hour
)

func (s *Server) createRefund(c *call) (object, *apiError) {
	ch, failure := s.chargeToRefund(c)
	if failure != nil {
		return nil, failure
	}
	re, failure := s.refund(c, ch)
	if failure != nil {
		return nil, failure
	}
	return c.view.refund(re, c.expand), nil
}

// createChargeRefund is POST /v1/charges/{id}/refunds, which answers with the
// refund.
func (s *Server) createChargeRefund(c *call) (object, *apiError) {
	_, re, failure := s.refundNamed(c)
	if failure != nil {
		return nil, failure
	}
	return c.view.refund(re, c.expand), nil
}

// refundCharge is POST /v1/charges/{id}/refund, which answers with the charge.
func (s *Server) refundCharge(c *call) (object, *apiError) {
	ch, _, failure := s.refundNamed(c)
	if failure != nil {
		return nil, failure
	}
	return c.view.charge(ch, c.expand), nil
}

// refundNamed refunds the charge that the path names.
func (s *Server) refundNamed(c *call) (*charge, *refund, *apiError) {
	ch, ok := s.st.Charges.get(c.id)
	if !ok {
		return nil, nil, missing(http.StatusNotFound, "id", "charge", c.id)
	}
	re, failure := s.refund(c, ch)
	return ch, re, failure
}

// chargeToRefund finds the charge by itself or by its payment intent.
func (s *Server) chargeToRefund(c *call) (*charge, *apiError) {
	id, intent := c.text("charge"), c.text("payment_intent")
	if id == "" && intent == "" {
		return nil, invalid("", "parameter_missing", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	if id != "" {
		ch, ok := s.st.Charges.get(id)
		if !ok {
			return nil, missing(http.StatusNotFound, "id", "charge", id)
		}
		if intent != "" && ch.Intent != intent {
			return nil, invalid("payment_intent", "", "The charge %s does not belong to the payment intent %s.", id, intent)
		}
		return ch, nil
	}
	pi, ok := s.st.Intents.get(intent)
	if !ok {
		return nil, missing(http.StatusNotFound, "payment_intent", "payment_intent", intent)
	}
	if ch, ok := s.st.Charges.get(pi.Charge); ok && ch.Status == succeeded {
		return ch, nil
	}
	return nil, invalid("payment_intent", "", "This PaymentIntent (%s) does not have a successful charge to refund.", intent)
}

// refund checks a request and gives the money back.
func (s *Server) refund(c *call, ch *charge) (*refund, *apiError) {
	amount, given := c.integer("amount")
	if !given {
		amount = ch.Amount - ch.Refunded
	}
	if failure := s.refundable(ch, amount); failure != nil {
		return nil, failure
	}
	if c.has("origin") || c.has("customer") {
		return nil, invalid("origin", "", "Refunds of a customer's cash balance are not part of this stand-in.")
	}
	metadata, failure := c.metadata("metadata")
	if failure != nil {
		return nil, failure
	}
	return s.giveBack(c.why, ch, &refund{
		Amount: amount, Reason: c.text("reason"), Metadata: metadata, Instructions: c.text("instructions_email"),
	}), nil
}

// refundable refuses what cannot be given back, with Stripe's error codes.
// https://docs.stripe.com/error-codes
func (s *Server) refundable(ch *charge, amount int64) *apiError {
	cur, left := rulesOf(ch.Currency), ch.Amount-ch.Refunded
	d, disputed := s.st.Disputes.get(ch.Disputed)
	switch {
	case ch.Status != succeeded:
		return invalid("charge", "charge_not_refundable", "Charge %s is %s: only a payment that succeeded can be refunded.", ch.ID, ch.Status)
	case ch.Uncaptured:
		return invalid("charge", "charge_not_refundable", "Charge %s was not captured: cancel its PaymentIntent (%s) instead.", ch.ID, firstOf(ch.Intent, "none"))
	case disputed && !d.refundable():
		return invalid("charge", "charge_disputed", "Charge %s has been charged back; cannot issue a refund.", ch.ID)
	case left == 0:
		return invalid("charge", "charge_already_refunded", "Charge %s has already been refunded.", ch.ID)
	case amount <= 0:
		return invalid("amount", "parameter_invalid_integer", "Invalid positive integer: a refund is of more than nothing, not of %d.", amount)
	case amount > left && ch.Refunded == 0:
		return invalid("amount", "amount_too_large", "Refund amount (%s) is greater than charge amount (%s)", cur.display(amount), cur.display(left))
	case amount > left:
		return invalid("amount", "amount_too_large", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", cur.display(amount), cur.display(left))
	case amount%cur.step != 0:
		return invalid("amount", "", "Invalid amount: %d. The smallest amount of %s in use is %s.", amount, cur.code, cur.display(cur.step))
	}
	return nil
}

// giveBack makes a refund that was found right, books it and tells of it.
func (s *Server) giveBack(why cause, ch *charge, re *refund) *refund {
	paid, m := s.booked(why, ch), s.st.Methods.at(ch.Method)
	before := s.view().charge(ch, nil)
	re.ID, re.Status, re.Created = s.st.newID("re_3", 23), succeeded, s.unix()
	re.Charge, re.Intent, re.Currency = ch.ID, ch.Intent, ch.Currency
	kind := "refund"
	if m.debit() {
		re.ID, kind = "pyr_1"+re.ID[4:], "payment_refund"
	}
	// What is not available yet goes back out of what is not available yet.
	re.Transaction = s.move(s.settleLike(paid, &transaction{
		Type: kind, Category: categoryRefund, Amount: -re.Amount, Currency: re.Currency, Source: re.ID,
		Description: "REFUND FOR CHARGE", Available: paid.Available,
	}))
	s.st.Refunds.add(re)
	ch.Refunded += re.Amount
	ch.FraudReport = ch.FraudReport || re.Reason == "fraudulent"
	s.foreseeRefund(re, m)
	s.emitRefund(why, nil, re, "refund.created")
	s.emit(why, "charge.refunded", before, func(v view) object { return v.charge(ch, nil) })
	if ch.Refunded == ch.Amount {
		s.settledByRefund(why, ch, re)
	}
	return re
}

// foreseeRefund sets a refund's first state and arranges its next.
func (s *Server) foreseeRefund(re *refund, m *method) {
	after := func(kind jobKind, wait time.Duration) {
		s.schedule(job{Due: s.now().Add(wait), Kind: kind, Ref: re.ID})
	}
	switch {
	case m.debit() && re.Instructions != "":
		re.Status = needsAction
		after(jobSettleRefund, payerAnswers)
	case m.debit():
		re.Status = refundPending
		after(jobSettleRefund, debitRefundSettles)
	case m.Ends.Refund == refundWaits:
		re.Status = refundPending
		after(jobSettleRefund, cardRefundSettles)
	case m.Ends.Refund == refundFails:
		after(jobFailRefund, refundComesBack)
	}
}

// settledByRefund lets go of what a full refund makes pointless: a warning to
// act on, a review, an inquiry.
func (s *Server) settledByRefund(why cause, ch *charge, re *refund) {
	reason := "refunded"
	if re.Reason == "fraudulent" {
		reason = "refunded_as_fraud"
	}
	s.closeReview(why, ch, reason)
	s.actedOn(why, ch)
	if d, ok := s.st.Disputes.get(ch.Disputed); ok && d.inquiry() {
		s.endDispute(why, d, inquiryClosed)
	}
}
