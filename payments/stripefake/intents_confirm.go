package stripefake

import "net/http"

// The states of a payment that a program takes itself.
const (
	needsConfirmation = "requires_confirmation"
	needsCapture      = "requires_capture"
)

// confirmIntent tries a payment: POST /v1/payment_intents/{id}/confirm.
func (s *Server) confirmIntent(c *call) (object, *apiError) {
	pi, ok := s.st.Intents.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "payment_intent", c.id)
	}
	if pi.Status != needsMethod && pi.Status != needsConfirmation && pi.Status != needsAction {
		return nil, unexpectedState(pi, "confirmed")
	}
	if err := s.readIntentTexts(c, pi); err != nil {
		return nil, err
	}
	m, err := s.readIntentMethod(c, pi)
	if err != nil {
		return nil, err
	}
	if m == nil {
		if m, ok = s.st.Methods.get(pi.Method); !ok {
			return nil, invalid("payment_method", "payment_intent_unexpected_state",
				"You cannot confirm this PaymentIntent because it's missing a payment method.")
		}
	}
	return s.confirm(c, pi, m)
}

// confirm tries a payment with a method and answers with what came of it.
func (s *Server) confirm(c *call, pi *intent, m *method) (object, *apiError) {
	pi.Method = m.ID
	if pi.FutureUsage != "" && pi.Customer != "" && m.Customer == "" {
		s.attach(c.why, m, pi.Customer)
	}
	if m.Ends.Authenticate && c.truth("off_session") {
		s.failIntent(c.why, pi, &failure{
			Code: "authentication_required", Decline: "authentication_required", Method: m.ID,
			Message: "Your card was declined. This transaction requires authentication.",
		})
		return nil, cardDeclined(pi.Failure)
	}
	if m.Ends.Authenticate {
		pi.Status, pi.Failure = needsAction, nil
		s.emitIntent(c.why, "payment_intent.requires_action", pi)
		return c.view.intent(pi, c.expand), nil
	}
	if failed := s.tryIntent(c.why, pi, m, false); failed != nil {
		return nil, cardDeclined(failed)
	}
	return c.view.intent(pi, c.expand), nil
}

// tryIntent charges a method for a payment that has no payment page; the
// failure, where it fails, is the payment's own too.
func (s *Server) tryIntent(why cause, pi *intent, m *method, authenticated bool) *failure {
	switch {
	case m.debit():
		s.beginDebit(why, nil, pi, m)
	case pi.CaptureMethod == "manual" && !m.Ends.declined():
		s.authorize(why, pi, m, authenticated)
	case s.chargeCard(why, pi, m, authenticated) != "":
		return pi.Failure
	}
	return nil
}

// authorize holds a card's money for a payment that is captured later.
// https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
func (s *Server) authorize(why cause, pi *intent, m *method, authenticated bool) {
	ch := s.newCharge(pi, m, succeeded)
	ch.Uncaptured, ch.Authenticated, ch.Dispute = true, authenticated, m.Ends.Dispute
	pi.Status, pi.Failure = needsCapture, nil
	s.emitCharge(why, "charge.succeeded", ch)
	s.emitIntent(why, "payment_intent.amount_capturable_updated", pi)
}

// captureIntent takes the money that was held: POST …/capture.
func (s *Server) captureIntent(c *call) (object, *apiError) {
	pi, ok := s.st.Intents.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "payment_intent", c.id)
	}
	if pi.Status != needsCapture {
		return nil, unexpectedState(pi, "captured")
	}
	if amount, given := c.integer("amount_to_capture"); given && amount != pi.Amount {
		return nil, invalid("amount_to_capture", "", "This stand-in captures a payment as a whole, which is %d.", pi.Amount)
	}
	ch := s.st.Charges.at(pi.Charge)
	s.capture(c.why, ch)
	pi.Status = succeeded
	s.emitIntent(c.why, "payment_intent.succeeded", pi)
	return c.view.intent(pi, c.expand), nil
}

func (s *Server) capture(why cause, ch *charge) {
	ch.Uncaptured = false
	s.book(ch)
	s.foresee(ch, s.st.Methods.at(ch.Method).Ends)
	s.emitCharge(why, "charge.captured", ch)
}

// endIntent gives a payment up: POST /v1/payment_intents/{id}/cancel. Money
// that was only held is let go.
func (s *Server) endIntent(c *call) (object, *apiError) {
	pi, ok := s.st.Intents.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "payment_intent", c.id)
	}
	switch {
	case pi.Status == succeeded, pi.Status == processing, pi.Status == canceled:
		return nil, unexpectedState(pi, "canceled")
	case pi.Session != "":
		if ss, ok := s.st.Sessions.get(pi.Session); ok && ss.Status == sessionOpen {
			return nil, invalid("", "", "You cannot cancel the PaymentIntent of an open Checkout Session. Expire the session.")
		}
	case pi.Invoice != "":
		return nil, invalid("", "", "You cannot cancel the PaymentIntent of an invoice. Void the invoice.")
	}
	if pi.Status == needsCapture {
		s.letGo(c.why, s.st.Charges.at(pi.Charge))
	}
	s.cancelIntent(c.why, pi, c.text("cancellation_reason"))
	return c.view.intent(pi, c.expand), nil
}

// letGo gives up money that was only held. Stripe tells of it as of a refund of
// all, though nothing was taken and no balance moves.
// https://docs.stripe.com/refunds#cancel-payment
func (s *Server) letGo(why cause, ch *charge) {
	before := s.view().charge(ch, nil)
	ch.Refunded = ch.Amount
	s.emit(why, "charge.refunded", before, func(v view) object { return v.charge(ch, nil) })
}
