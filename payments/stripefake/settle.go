package stripefake

// beginDebit takes a payer's agreement to a bank debit. The money is certain
// only when it settles, days later; until then the charge is pending, the
// session complete and unpaid. ss is nil for a renewal.
func (s *Server) beginDebit(why cause, ss *session, pi *intent, m *method) {
	s.agree(m, pi.FutureUsage == "", pi.Amount, pi.Currency)
	ch := s.newCharge(pi, m, chargePending)
	pi.Status, pi.Failure = processing, nil
	s.emitIntent(why, "payment_intent.processing", pi)
	s.emitCharge(why, "charge.pending", ch)
	s.schedule(job{Due: s.now().Add(m.settlesAfter()), Kind: jobSettleDebit, Ref: ch.ID})
	if pi.Invoice != "" {
		inv := s.st.Invoices.at(pi.Invoice)
		inv.Charge = ch.ID
		if sub, ok := s.st.Subscriptions.get(inv.Subscription); ok {
			s.activate(why, sub)
		}
	}
	if ss != nil {
		ss.Pending = ch.ID
		s.completeSession(why, ss, unpaid)
	}
}

// settleDebit ends a bank debit as its account was made to.
func (s *Server) settleDebit(why cause, id string) {
	ch, ok := s.st.Charges.get(id)
	if !ok || ch.Status != chargePending {
		return
	}
	pi, m := s.st.Intents.at(ch.Intent), s.st.Methods.at(ch.Method)
	ss, paidHere := s.st.Sessions.get(pi.Session)
	if paidHere && ss.Pending != "" && ss.Pending != ch.ID {
		paidHere = false // a later try of the invoice is not the session's any more
	}
	s.mandateAfter(why, m, m.Ends.Code)
	kind := "checkout.session.async_payment_succeeded"
	if m.Ends.declined() {
		kind = "checkout.session.async_payment_failed"
		ch.Status = chargeFailed
		ch.Failure = &failure{Code: m.Ends.Code, Decline: m.Ends.Decline, Message: m.Ends.Message, Charge: ch.ID, Method: m.ID}
		s.emitCharge(why, "charge.failed", ch)
		s.failIntent(why, pi, ch.Failure)
	} else {
		ch.Status = succeeded
		s.book(ch)
		s.succeed(why, pi, ch)
		if paidHere {
			ss.PaymentStatus = paid
		}
	}
	if paidHere {
		s.emit(why, kind, nil, func(v view) object { return v.session(ss, nil) })
	}
}
