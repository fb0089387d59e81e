package stripefake

import "time"

// bookedAfter is how long booking takes where nobody waits for it.
const bookedAfter = time.Second

// draftFor is how long a renewal stays a draft before it is charged.
// https://docs.stripe.com/billing/invoices/subscription
const draftFor = time.Hour

// openSubscription returns the intent of a session's first invoice. The first
// try makes customer, subscription and invoice; a second one with another card
// uses them again. It returns nil where the customer's credit paid the invoice.
func (s *Server) openSubscription(why cause, ss *session, m *method) *intent {
	s.readyCustomer(why, ss)
	s.attach(why, m, ss.Customer)
	if ss.deferred() {
		return s.deferredIntent(why, ss)
	}
	if ss.Subscription != "" {
		sub := s.st.Subscriptions.at(ss.Subscription)
		s.updateSub(why, sub, func() { sub.Method = m.ID })
		return s.st.Intents.at(ss.Intent)
	}
	sub := s.newSubscription(why, sessionSubscription(ss, m), 0)
	inv := s.newInvoice(why, sub, "subscription_create", sub.PeriodStart)
	ss.Subscription, ss.Invoice = sub.ID, inv.ID
	pi := s.finalize(why, inv, ss.MethodTypes)
	if pi == nil {
		return nil
	}
	pi.Session, ss.Intent = ss.ID, pi.ID
	return pi
}

// readyCustomer makes the customer of a session that has none yet.
func (s *Server) readyCustomer(why cause, ss *session) {
	if ss.Customer == "" {
		ss.Customer = s.newCustomer(why, customerOf(ss.Payer)).ID
	}
}

// sessionSubscription is what a session sells, paid by m; m is nil where a
// trial begins without a method.
func sessionSubscription(ss *session, m *method) *subscription {
	sub := &subscription{
		Customer: ss.Customer, Currency: ss.Currency, Description: ss.SubData.Description, Metadata: ss.SubData.Metadata,
		Session: ss.ID, Version: ss.Version, WithoutMethod: ss.SubData.WithoutMethod,
	}
	if m != nil {
		sub.Method = m.ID
	}
	for _, item := range ss.Items {
		sub.Items = append(sub.Items, subscriptionItem{Price: item.Price, Quantity: item.Quantity})
	}
	return sub
}

// newSubscription stores a subscription that begins now, with a trial where
// trialEnd, in Unix seconds, is not 0. Without one it waits for its first
// payment.
func (s *Server) newSubscription(why cause, sub *subscription, trialEnd int64) *subscription {
	sub.ID, sub.Status, sub.Created = s.st.newID("sub_1", 23), incomplete, s.unix()
	sub.Anchor, sub.Periods, sub.PeriodStart = sub.Created, 1, sub.Created
	for i := range sub.Items {
		sub.Items[i].ID = s.st.newID("si_", 14)
	}
	cu := s.st.Customers.at(sub.Customer)
	if cu.Currency == "" {
		s.changeCustomer(why, cu, func() { cu.Currency = sub.Currency })
	}
	if trialEnd != 0 {
		sub.Status = trialing
		s.putOnTrial(sub, trialEnd)
	} else {
		sub.PeriodEnd = s.periodEnd(sub)
		s.schedule(job{Due: s.now().Add(firstPaymentWithin), Kind: jobExpireFirst, Ref: sub.ID})
	}
	s.st.Subscriptions.add(sub)
	s.emit(why, "customer.subscription.created", nil, func(v view) object { return v.subscription(sub, nil) })
	if trialEnd != 0 {
		s.scheduleRenewal(sub)
	}
	return sub
}

// periodEnd is when the current period ends, Unix seconds.
func (s *Server) periodEnd(sub *subscription) int64 {
	p := s.st.Prices.at(sub.Items[0].Price)
	return nextPeriod(time.Unix(sub.Anchor, 0).UTC(), p.Interval, p.Count, sub.Periods).Unix()
}

// activate starts a subscription that was waiting for its first payment.
func (s *Server) activate(why cause, sub *subscription) {
	if sub.Status != incomplete {
		return
	}
	s.cancelJobs(jobExpireFirst, sub.ID)
	s.updateSub(why, sub, func() { sub.Status = active })
	s.scheduleRenewal(sub)
}

// scheduleRenewal plans the end of the current period and what is told before.
func (s *Server) scheduleRenewal(sub *subscription) {
	for _, kind := range []jobKind{jobRenew, jobUpcoming, jobTrialWillEnd} {
		s.cancelJobs(kind, sub.ID)
	}
	end := time.Unix(sub.PeriodEnd, 0).UTC()
	notice := end.Add(-upcomingBefore)
	switch {
	case sub.Status == trialing:
		// A trial that is shorter than the notice is announced at once.
		s.schedule(job{Due: end.Add(-trialNoticeBefore), Kind: jobTrialWillEnd, Ref: sub.ID})
	case notice.After(time.Unix(sub.PeriodStart, 0)) && notice.After(s.now()):
		s.schedule(job{Due: notice, Kind: jobUpcoming, Ref: sub.ID})
	}
	s.schedule(job{Due: end, Kind: jobRenew, Ref: sub.ID})
}

// expireUnpaidSubscription gives up on a subscription whose first payment never
// came.
func (s *Server) expireUnpaidSubscription(why cause, id string) {
	sub, ok := s.st.Subscriptions.get(id)
	if !ok || sub.Status != incomplete {
		return
	}
	s.cancelJobs(jobExpireFirst, sub.ID)
	if inv, ok := s.st.Invoices.get(sub.LatestInvoice); ok && inv.Status == invoiceOpen {
		s.voidOpen(why, inv)
	}
	s.updateSub(why, sub, func() { sub.Status, sub.EndedAt = incompleteExpired, s.unix() })
	// A payer who comes back to the page begins anew.
	if ss, ok := s.st.Sessions.get(sub.Session); ok && ss.Status == sessionOpen {
		ss.Subscription, ss.Invoice, ss.Intent, ss.Waiting = "", "", "", ""
	}
}

// renew begins the next period of a subscription: the invoice is a draft for an
// hour, then charged. One that is past due goes on; one that is unpaid makes
// drafts that nobody collects.
func (s *Server) renew(why cause, id string) {
	sub, ok := s.st.Subscriptions.get(id)
	if !ok || sub.EndedAt != 0 || sub.Status == incomplete || sub.Status == subPaused {
		return
	}
	if sub.CancelAtEnd {
		s.endSubscription(why, sub, "cancellation_requested")
		return
	}
	if sub.Status == trialing && s.payingMethod(sub, s.st.Customers.at(sub.Customer)) == nil {
		switch sub.WithoutMethod {
		case "cancel":
			s.endSubscription(why, sub, "cancellation_requested")
			return
		case "pause":
			s.rest(why, sub)
			return
		}
	}
	began := sub.PeriodStart
	var inv *invoice
	s.updateSub(why, sub, func() {
		if sub.Status == trialing {
			sub.Status = active
		}
		sub.Periods++
		sub.PeriodStart, sub.PeriodEnd = sub.PeriodEnd, 0
		sub.PeriodEnd = s.periodEnd(sub)
		inv = s.newInvoice(why, sub, "subscription_cycle", began)
	})
	s.collectLater(inv)
	s.scheduleRenewal(sub)
}
