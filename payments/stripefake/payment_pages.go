package stripefake

import "net/http"

// The payment page of a session, as Stripe's own page and its command line call
// it. These two calls are not documented; what they answer is not either, and
// the command line reads nothing of it.

// retrievePaymentPage answers GET /v1/payment_pages/{session}.
func (s *Server) retrievePaymentPage(c *call) (object, *apiError) {
	ss, ok := s.st.Sessions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "session", "payment_page", c.id)
	}
	return paymentPage(c, ss), nil
}

func paymentPage(c *call, ss *session) object {
	return object{"id": "ppage_" + ss.ID, "object": "payment_page", "session_id": ss.ID, "session": c.view.session(ss, nil)}
}

// confirmPaymentPage pays an open session with a payment method that was made
// before: POST /v1/payment_pages/{session}/confirm.
func (s *Server) confirmPaymentPage(c *call) (object, *apiError) {
	ss, ok := s.st.Sessions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "session", "payment_page", c.id)
	}
	if ss.Status != sessionOpen {
		return nil, invalid("", "payment_intent_unexpected_state", "This Checkout Session is %s and can no longer be paid.", ss.Status)
	}
	if expected, given := c.integer("expected_amount"); given && expected != ss.Total {
		return nil, invalid("expected_amount", "checkout_amount_mismatch", "The amount is %d, not the expected %d.", ss.Total, expected)
	}
	m, err := s.methodOf("payment_method", c.text("payment_method"))
	if err != nil {
		return nil, err
	}
	if !ss.takes(m.Type) {
		return nil, invalid("payment_method", "", "This Checkout Session takes %v, not %s.", ss.MethodTypes, m.Type)
	}
	who := m.Payer
	if email := s.knownEmail(ss); email != "" {
		who.Email = email
	}
	if problem := who.problem(); problem != "" {
		return nil, invalid("payment_method", "", "%s", problem)
	}
	if done := s.submit(c.why, ss, who, m); done.Declined != "" {
		return nil, cardDeclined(s.st.Intents.at(ss.Intent).Failure)
	}
	return paymentPage(c, ss), nil
}

func (ss *session) takes(kind string) bool {
	for _, known := range ss.MethodTypes {
		if known == kind {
			return true
		}
	}
	return false
}

// cardDeclined is the answer to a request whose payment failed.
// https://docs.stripe.com/api/errors#errors-card_error
func cardDeclined(f *failure) *apiError {
	return &apiError{Status: http.StatusPaymentRequired, Type: typeCard, Code: f.Code, Message: f.Message}
}
