package stripefake

import "time"

// bookedAfter is how long booking takes where nobody waits for it.
const bookedAfter = time.Second

// draftFor is how long a renewal stays a draft before it is charged.
// https://docs.stripe.com/billing/invoices/subscription
const draftFor = time.Hour

// openSubscription returns the intent of a session's first invoice. The first
// try makes customer, subscription and invoice; a second one with another card
// uses them again.
func (s *Server) openSubscription(why cause, ss *session, m *method) *intent {
	if ss.Customer == "" {
		ss.Customer = s.newCustomer(why, customerOf(ss.Payer)).ID
	}
	s.attach(why, m, ss.Customer)
	if ss.Subscription != "" {
		sub := s.st.Subscriptions.at(ss.Subscription)
		s.updateSub(why, sub, func() { sub.Method = m.ID })
		return s.st.Intents.at(ss.Intent)
	}
	cu := s.st.Customers.at(ss.Customer)
	if cu.Currency == "" {
		before := s.view().customer(cu, nil)
		cu.Currency = ss.Currency
		s.emit(why, "customer.updated", before, func(v view) object { return v.customer(cu, nil) })
	}
	sub := s.newSubscription(ss, m)
	s.emit(why, "customer.subscription.created", nil, func(v view) object { return v.subscription(sub, nil) })
	inv := s.newInvoice(why, sub, "subscription_create", sub.PeriodStart)
	pi := s.finalize(why, inv, sub, ss.MethodTypes)
	ss.Subscription, ss.Invoice, ss.Intent = sub.ID, inv.ID, pi.ID
	return pi
}

func (s *Server) newSubscription(ss *session, m *method) *subscription {
	sub := &subscription{
		ID: s.st.newID("sub_1", 23), Status: incomplete, Customer: ss.Customer, Currency: ss.Currency, Method: m.ID,
		Description: ss.SubData.Description, Metadata: ss.SubData.Metadata, Session: ss.ID,
		Created: s.unix(), Anchor: s.unix(), Periods: 1, PeriodStart: s.unix(),
	}
	for _, item := range ss.Items {
		sub.Items = append(sub.Items, subscriptionItem{ID: s.st.newID("si_", 14), Price: item.Price, Quantity: item.Quantity})
	}
	sub.PeriodEnd = s.periodEnd(sub)
	s.st.Subscriptions.add(sub)
	s.schedule(job{Due: s.now().Add(firstPaymentWithin), Kind: jobExpireFirst, Ref: sub.ID})
	return sub
}

// periodEnd is when the current period ends, Unix seconds.
func (s *Server) periodEnd(sub *subscription) int64 {
	p := s.st.Prices.at(sub.Items[0].Price)
	return nextPeriod(time.Unix(sub.Anchor, 0).UTC(), p.Interval, p.Count, sub.Periods).Unix()
}

// payInvoice notes that a charge paid an invoice, and that its subscription
// runs.
func (s *Server) payInvoice(why cause, inv *invoice, ch *charge) {
	inv.Attempts++
	inv.Status, inv.PaidAt, inv.Charge = paid, s.unix(), ch.ID
	s.emitInvoice(why, "invoice.paid", inv)
	s.emitInvoice(why, "invoice.payment_succeeded", inv)
	s.activate(why, s.st.Subscriptions.at(inv.Subscription))
}

// activate starts a subscription that was waiting for its first payment.
func (s *Server) activate(why cause, sub *subscription) {
	if sub.Status == active || sub.EndedAt != 0 {
		return
	}
	s.cancelJobs(jobExpireFirst, sub.ID)
	s.updateSub(why, sub, func() { sub.Status = active })
	s.scheduleRenewal(sub)
}

func (s *Server) scheduleRenewal(sub *subscription) {
	s.cancelJobs(jobRenew, sub.ID)
	s.schedule(job{Due: time.Unix(sub.PeriodEnd, 0).UTC(), Kind: jobRenew, Ref: sub.ID})
}

// expireUnpaidSubscription gives up on a subscription whose first payment never
// came.
func (s *Server) expireUnpaidSubscription(why cause, id string) {
	sub, ok := s.st.Subscriptions.get(id)
	if !ok || sub.Status != incomplete {
		return
	}
	s.cancelJobs(jobExpireFirst, sub.ID)
	inv := s.st.Invoices.at(sub.LatestInvoice)
	s.cancelIntent(why, s.st.Intents.at(inv.Intent), "void_invoice")
	inv.Status, inv.VoidedAt = invoiceVoid, s.unix()
	s.emitInvoice(why, "invoice.voided", inv)
	s.updateSub(why, sub, func() { sub.Status, sub.EndedAt = incompleteExpired, s.unix() })
	// A payer who comes back to the page begins anew.
	if ss, ok := s.st.Sessions.get(sub.Session); ok && ss.Status == sessionOpen {
		ss.Subscription, ss.Invoice, ss.Intent, ss.Waiting = "", "", "", ""
	}
}

// renew begins the next period of a subscription: the invoice is a draft for an
// hour, then charged.
func (s *Server) renew(why cause, id string) {
	sub, ok := s.st.Subscriptions.get(id)
	if !ok || sub.Status != active {
		return
	}
	if sub.CancelAtEnd {
		s.endSubscription(why, sub, "cancellation_requested")
		return
	}
	began := sub.PeriodStart
	var inv *invoice
	s.updateSub(why, sub, func() {
		sub.Periods++
		sub.PeriodStart, sub.PeriodEnd = sub.PeriodEnd, 0
		sub.PeriodEnd = s.periodEnd(sub)
		inv = s.newInvoice(why, sub, "subscription_cycle", began)
	})
	s.schedule(job{Due: s.now().Add(draftFor), Kind: jobFinalize, Ref: inv.ID})
	s.scheduleRenewal(sub)
}

// finalizeRenewal charges a renewal with the method on file. Where that fails
// the subscription is past due and stays so: retries of failed renewals are not
// played here.
func (s *Server) finalizeRenewal(why cause, id string) {
	inv, ok := s.st.Invoices.get(id)
	if !ok || inv.Status != invoiceDraft {
		return
	}
	sub := s.st.Subscriptions.at(inv.Subscription)
	if sub.EndedAt != 0 {
		return // drafts of a canceled subscription stay drafts
	}
	m := s.st.Methods.at(sub.Method)
	pi := s.finalize(why, inv, sub, []string{m.Type})
	if m.debit() {
		s.beginDebit(why, nil, pi, m)
		return
	}
	if s.chargeCard(why, pi, m, false) != "" {
		s.fallBehind(why, sub)
	}
}

// fallBehind notes that an invoice of a running subscription is unpaid.
func (s *Server) fallBehind(why cause, sub *subscription) {
	if sub.Status != active {
		return
	}
	s.cancelJobs(jobRenew, sub.ID)
	s.updateSub(why, sub, func() { sub.Status = pastDue })
}
