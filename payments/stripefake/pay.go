package stripefake

// submission says what came of a payer's press of the button.
type submission struct {
	Complete     bool   // there is nothing more to do
	Authenticate bool   // the bank asks first
	Declined     string // the sentence for the payer
}

// submit pays a session with a method, as far as that goes: a bank may ask
// first. A session that is complete stays as it is, so that a second press of
// the button pays nothing.
func (s *Server) submit(why cause, ss *session, who payer, m *method) submission {
	if ss.Status != sessionOpen {
		return submission{Complete: ss.Status == sessionComplete}
	}
	ss.Payer = who
	if m != nil {
		s.st.Methods.add(m)
	}
	if ss.SubData.trial() {
		return s.submitTrial(why, ss, m, false)
	}
	pi := s.openIntent(why, ss, m)
	if pi == nil { // the customer's credit was enough
		s.completeSession(why, ss, paid)
		return submission{Complete: true}
	}
	if pi.Status == processing || pi.Status == succeeded {
		return submission{Complete: true}
	}
	if m.Ends.Authenticate {
		pi.Status, pi.Method, pi.Failure, ss.Waiting = needsAction, m.ID, nil, m.ID
		s.emitIntent(why, "payment_intent.requires_action", pi)
		if pi.Invoice != "" {
			s.emitInvoice(why, "invoice.payment_action_required", s.st.Invoices.at(pi.Invoice))
		}
		return submission{Authenticate: true}
	}
	return s.attempt(why, ss, pi, m, false)
}

// authenticate goes on after the bank asked.
func (s *Server) authenticate(why cause, ss *session, agreed bool) submission {
	if ss.Status != sessionOpen || ss.Waiting == "" {
		return submission{Complete: ss.Status == sessionComplete}
	}
	m, pi := s.st.Methods.at(ss.Waiting), s.st.Intents.at(ss.Intent)
	ss.Waiting = ""
	if ss.SubData.trial() {
		return s.authenticateTrial(why, ss, m, agreed)
	}
	if agreed {
		return s.attempt(why, ss, pi, m, true)
	}
	s.failIntent(why, pi, &failure{Code: "payment_intent_authentication_failure", Message: saysUnauthorized, Method: m.ID})
	return submission{Declined: saysUnauthorized}
}

// openIntent returns the session's intent, made on the first try and used again
// by the next ones. (Since version 2022-08-01 no intent exists before.)
func (s *Server) openIntent(why cause, ss *session, m *method) *intent {
	if ss.Mode == modeSubscription {
		return s.openSubscription(why, ss, m)
	}
	if ss.Customer == "" && ss.Creation == "always" {
		ss.Customer = s.newCustomer(why, customerOf(ss.Payer)).ID
	}
	if ss.Customer != "" && ss.PaymentData.FutureUsage != "" {
		s.attach(why, m, ss.Customer)
	}
	if ss.Intent != "" {
		return s.st.Intents.at(ss.Intent)
	}
	return s.newSessionIntent(why, ss)
}

// newSessionIntent makes the intent of a session in payment mode.
func (s *Server) newSessionIntent(why cause, ss *session) *intent {
	data := ss.PaymentData
	pi := s.newIntent(why, &intent{
		Amount: ss.Total, Currency: ss.Currency, Description: data.Description, Metadata: data.Metadata, Customer: ss.Customer,
		Session: ss.ID, MethodTypes: ss.MethodTypes, CaptureMethod: data.CaptureMethod, FutureUsage: data.FutureUsage,
		ReceiptEmail: data.ReceiptEmail, Descriptor: data.Descriptor, Suffix: data.Suffix,
	})
	ss.Intent = pi.ID
	return pi
}

func customerOf(who payer) *customer {
	return &customer{Email: who.Email, Name: who.Name, Country: who.Country, Metadata: map[string]string{}}
}

func (s *Server) attach(why cause, m *method, customer string) {
	m.Customer = customer
	s.emit(why, "payment_method.attached", nil, func(v view) object { return v.method(m, nil) })
}

// attempt charges and lets the session follow.
func (s *Server) attempt(why cause, ss *session, pi *intent, m *method, authenticated bool) submission {
	if m.debit() {
		s.beginDebit(why, ss, pi, m)
		return submission{Complete: true}
	}
	if problem := s.chargeCard(why, pi, m, authenticated); problem != "" {
		return submission{Declined: problem}
	}
	s.completeSession(why, ss, paid)
	return submission{Complete: true}
}

// chargeCard tries to take an intent's money from a card and returns, where
// that fails, the sentence for the payer. Intent and invoice follow.
func (s *Server) chargeCard(why cause, pi *intent, m *method, authenticated bool) string {
	if ends := m.Ends; ends.declined() && !(ends.Later && s.beginning(pi)) {
		ch := s.newCharge(pi, m, chargeFailed)
		ch.Failure = &failure{Code: ends.Code, Decline: ends.Decline, Message: ends.Message, Charge: ch.ID, Method: m.ID}
		s.emitCharge(why, "charge.failed", ch)
		s.failIntent(why, pi, ch.Failure)
		return ends.Message
	}
	ch := s.newCharge(pi, m, succeeded)
	ch.Authenticated, ch.Dispute = authenticated, m.Ends.Dispute
	if pi.CaptureMethod == "automatic_async" {
		// Stripe then books after the answer; charge.updated brings it.
		s.schedule(job{Due: s.now().Add(bookedAfter), Kind: jobBookCharge, Ref: ch.ID})
	} else {
		s.book(ch)
	}
	s.foresee(ch, m.Ends)
	s.succeed(why, pi, ch)
	return ""
}

// succeed tells that a charge brought the money its intent was for.
func (s *Server) succeed(why cause, pi *intent, ch *charge) {
	pi.Status, pi.Failure = succeeded, nil
	s.emitCharge(why, "charge.succeeded", ch)
	s.emitIntent(why, "payment_intent.succeeded", pi)
	if pi.Invoice != "" {
		s.payInvoice(why, s.st.Invoices.at(pi.Invoice), ch)
	}
}

// failIntent tells that an attempt failed; another method may be tried.
func (s *Server) failIntent(why cause, pi *intent, f *failure) {
	pi.Status, pi.Failure, pi.Method = needsMethod, f, ""
	s.emitIntent(why, "payment_intent.payment_failed", pi)
	if pi.Invoice != "" {
		s.invoiceFailed(why, s.st.Invoices.at(pi.Invoice), pi)
	}
}
