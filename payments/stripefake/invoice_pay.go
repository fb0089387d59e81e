package stripefake

import (
	"slices"
	"time"
)

// chargeInvoice tries to take an open invoice's money: from m, or where it is nil from
// what is on file. It is always the invoice's one intent that is tried again.
func (s *Server) chargeInvoice(why cause, inv *invoice, m *method) {
	pi := s.st.Intents.at(inv.Intent)
	if inv.Status == paid || pi.Status == processing || pi.Status == succeeded || pi.Status == canceled {
		return
	}
	if m == nil {
		sub, _ := s.st.Subscriptions.get(inv.Subscription)
		m = s.payingMethod(sub, s.st.Customers.at(inv.Customer))
	}
	switch {
	case m == nil:
		s.invoiceFailed(why, inv, pi)
	case m.debit():
		s.beginDebit(why, nil, pi, m)
	case m.Ends.Always:
		pi.Status, pi.Method, pi.Failure = needsAction, m.ID, nil
		s.emitIntent(why, "payment_intent.requires_action", pi)
		s.invoiceFailed(why, inv, pi)
		s.emitInvoice(why, "invoice.payment_action_required", inv)
	default:
		s.chargeCard(why, pi, m, false)
	}
}

// payInvoice notes that a charge paid an invoice.
func (s *Server) payInvoice(why cause, inv *invoice, ch *charge) {
	inv.Attempts++
	inv.Charge = ch.ID
	s.settleInvoice(why, inv)
}

// settleInvoice notes that nothing is left to pay of an invoice, and lets its
// subscription follow.
func (s *Server) settleInvoice(why cause, inv *invoice) {
	s.cancelJobs(jobRetryInvoice, inv.ID)
	s.cancelJobs(jobFinalize, inv.ID)
	inv.Status, inv.PaidAt, inv.NextAttempt = paid, s.unix(), 0
	s.emitInvoice(why, "invoice.paid", inv)
	if !inv.OutOfBand {
		s.emitInvoice(why, "invoice.payment_succeeded", inv)
		s.settlePayment(why, inv, paid)
	}
	s.recover(why, inv)
}

// recover lets subscription and customer follow an invoice that is paid, or
// that nobody waits for any more.
func (s *Server) recover(why cause, inv *invoice) {
	if sub, ok := s.st.Subscriptions.get(inv.Subscription); ok {
		switch {
		case sub.Status == incomplete && inv.Status == paid:
			s.activate(why, sub)
		case sub.Status == subPaused && sub.LatestInvoice == inv.ID && inv.Status != invoiceVoid:
			s.takeUp(why, sub)
		case (sub.Status == pastDue || sub.Status == subUnpaid) && !s.owes(func(other *invoice) bool { return other.Subscription == sub.ID }):
			s.updateSub(why, sub, func() { sub.Status = active })
		}
	}
	cu := s.st.Customers.at(inv.Customer)
	if cu.Delinquent && !s.owes(func(other *invoice) bool { return other.Customer == cu.ID }) {
		s.changeCustomer(why, cu, func() { cu.Delinquent = false })
	}
}

// owes says whether an invoice of those is open.
func (s *Server) owes(of func(*invoice) bool) bool {
	return slices.ContainsFunc(s.st.Invoices.rows, func(inv *invoice) bool { return inv.Status == invoiceOpen && of(inv) })
}

// invoiceFailed notes that an attempt to pay an invoice failed, plans the next
// one, and where there is none gives the subscription up.
func (s *Server) invoiceFailed(why cause, inv *invoice, pi *intent) {
	inv.Attempts++
	inv.Charge = pi.Charge
	sub, subscribed := s.st.Subscriptions.get(inv.Subscription)
	// A first payment is the payer's to try again, within its day.
	if subscribed && (sub.Status == incomplete || sub.Status == incompleteExpired || sub.EndedAt != 0) {
		s.emitInvoice(why, "invoice.payment_failed", inv)
		return
	}
	over := s.planAttempt(inv)
	s.emitInvoice(why, "invoice.payment_failed", inv)
	if !subscribed || inv.Status != invoiceOpen { // nobody waits for one that was written off
		return
	}
	if sub.Status == active || sub.Status == trialing {
		s.updateSub(why, sub, func() { sub.Status = pastDue })
	}
	if cu := s.st.Customers.at(inv.Customer); !cu.Delinquent && !cu.Deleted {
		s.changeCustomer(why, cu, func() { cu.Delinquent = true })
	}
	switch {
	case !over || sub.Status == subPaused:
	case s.opts.LeaveUnpaid:
		s.stopCollecting(why, inv)
		if sub.Status != subUnpaid {
			s.updateSub(why, sub, func() { sub.Status = subUnpaid })
		}
	default:
		s.endSubscription(why, sub, "payment_failed")
	}
}

// planAttempt sets when an invoice is tried again and says whether that is never.
// A try in between, asked for by a program, leaves the plan as it is.
func (s *Server) planAttempt(inv *invoice) (over bool) {
	waits := retryWaits()
	switch {
	case inv.NextAttempt > s.unix():
		return false
	case inv.Status != invoiceOpen:
		return false
	case inv.Stopped || inv.Retries >= len(waits):
		inv.NextAttempt = 0
		return inv.Retries >= len(waits)
	}
	next := s.now().Add(waits[inv.Retries])
	inv.Retries, inv.NextAttempt = inv.Retries+1, next.Unix()
	s.schedule(job{Due: time.Unix(inv.NextAttempt, 0).UTC(), Kind: jobRetryInvoice, Ref: inv.ID})
	return false
}

// retryInvoice tries an invoice again, with what is on file by now.
func (s *Server) retryInvoice(why cause, id string) {
	inv, ok := s.st.Invoices.get(id)
	if !ok || inv.Status != invoiceOpen || inv.Stopped {
		return
	}
	inv.NextAttempt = 0
	if s.st.Intents.at(inv.Intent).Status == processing { // a debit is under way; its end decides
		return
	}
	s.chargeInvoice(why, inv, nil)
}

// stopCollecting leaves an invoice to people: nothing happens to it by itself.
func (s *Server) stopCollecting(why cause, inv *invoice) {
	s.cancelJobs(jobRetryInvoice, inv.ID)
	s.cancelJobs(jobFinalize, inv.ID)
	if !inv.Stopped {
		s.changeInvoice(why, inv, func() { inv.Stopped, inv.NextAttempt = true, 0 })
	}
}

// voidOpen makes an open invoice void: nobody owes it.
func (s *Server) voidOpen(why cause, inv *invoice) {
	s.cancelJobs(jobRetryInvoice, inv.ID)
	if pi, ok := s.st.Intents.get(inv.Intent); ok {
		s.cancelIntent(why, pi, "void_invoice")
	}
	s.settlePayment(why, inv, canceled)
	inv.Status, inv.VoidedAt, inv.NextAttempt = invoiceVoid, s.unix(), 0
	s.emitInvoice(why, "invoice.voided", inv)
	s.recover(why, inv)
}

// writeOff marks an open invoice as one that will hardly be paid. It still can
// be.
func (s *Server) writeOff(why cause, inv *invoice) {
	s.cancelJobs(jobRetryInvoice, inv.ID)
	inv.Status, inv.WrittenOff, inv.NextAttempt = uncollectible, s.unix(), 0
	s.emitInvoice(why, "invoice.marked_uncollectible", inv)
	s.recover(why, inv)
}
