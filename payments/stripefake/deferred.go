package stripefake

// Since 2025-03-31.basil a session makes its subscription only once the payer
// paid: a payment that fails leaves none behind, and the payment intent names no
// invoice before.
// https://docs.stripe.com/changelog/basil/2025-03-31/checkout-legacy-subscription-upgrade

// deferred says whether a session was made so.
func (ss *session) deferred() bool {
	return ss.Mode == modeSubscription && ss.Version != "" && since(ss.Version, vBasil)
}

// deferredIntent is the intent of a session whose subscription is still to
// come.
func (s *Server) deferredIntent(why cause, ss *session) *intent {
	if ss.Intent != "" {
		return s.st.Intents.at(ss.Intent)
	}
	pi := s.newIntent(why, &intent{
		Amount: ss.Total, Currency: ss.Currency, Description: "Subscription creation", Customer: ss.Customer, Session: ss.ID,
		MethodTypes: ss.MethodTypes, CaptureMethod: "automatic", FutureUsage: "off_session", Metadata: map[string]string{},
	})
	ss.Intent = pi.ID
	return pi
}

// subscribePaid makes the subscription of a session that is being completed,
// and the invoice that its payment was for. A debit is still on its way then.
func (s *Server) subscribePaid(why cause, ss *session) {
	if !ss.deferred() || ss.Subscription != "" || ss.Intent == "" {
		return
	}
	pi := s.st.Intents.at(ss.Intent)
	ch := s.st.Charges.at(pi.Charge)
	sub := s.newSubscription(why, sessionSubscription(ss, s.st.Methods.at(pi.Method)), 0)
	inv := s.newInvoice(why, sub, "subscription_create", sub.PeriodStart)
	ss.Subscription, ss.Invoice = sub.ID, inv.ID
	pi.Invoice, ch.Invoice, inv.Intent = inv.ID, inv.ID, pi.ID
	s.number(inv)
	s.expectPayment(inv, pi)
	s.emitInvoice(why, "invoice.finalized", inv)
	if pi.Status == succeeded {
		s.payInvoice(why, inv, ch)
		return
	}
	inv.Charge = ch.ID
	s.activate(why, sub)
}
