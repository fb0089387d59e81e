package stripefake

import (
	"net/http"
	"time"
)

// longestTrial is Stripe's limit on a trial.
// https://docs.stripe.com/billing/subscriptions/trials
const longestTrial = 2 * 366 * 24 * time.Hour

// putOnTrial lets a subscription begin to be paid at end, Unix seconds.
func (s *Server) putOnTrial(sub *subscription, end int64) {
	if sub.TrialStart == 0 {
		sub.TrialStart = s.unix()
	}
	sub.TrialEnd, sub.PeriodEnd, sub.Anchor, sub.Periods = end, end, end, 0
}

// readTrial reads when a trial ends from trial_period_days and trial_end: 0
// where there is none. prefix is the name of the group they are in.
func (s *Server) readTrial(p params, prefix string) (int64, *apiError) {
	name := func(field string) string {
		if prefix == "" {
			return field
		}
		return prefix + "[" + field + "]"
	}
	days, byDays := p.integer("trial_period_days")
	end, byTime := p.integer("trial_end")
	switch {
	case byDays && p.has("trial_end"):
		return 0, invalid(name("trial_end"), "", "Only one of trial_end and trial_period_days can be given.")
	case byDays && days < 1:
		return 0, invalid(name("trial_period_days"), "", "A trial is at least one day long.")
	case byDays:
		end = s.now().Add(time.Duration(min(days, 1000)) * 24 * time.Hour).Unix()
	case !byTime: // absent, or the word now
		return 0, nil
	}
	if end <= s.unix() {
		return 0, invalid(name("trial_end"), "", "The trial's end must lie in the future: %d is past. Send now to end a trial.", end)
	}
	if end > s.now().Add(longestTrial).Unix() {
		return 0, invalid(name("trial_end"), "", "A trial can be two years long at most.")
	}
	return end, nil
}

// announceTrialEnd tells that a trial will end.
func (s *Server) announceTrialEnd(why cause, id string) {
	sub, ok := s.st.Subscriptions.get(id)
	if ok && sub.Status == trialing {
		s.emit(why, "customer.subscription.trial_will_end", nil, func(v view) object { return v.subscription(sub, nil) })
	}
}

// rest pauses a subscription whose trial ended and that nothing pays for.
// https://docs.stripe.com/billing/subscriptions/trials/free-trials
func (s *Server) rest(why cause, sub *subscription) {
	for _, kind := range []jobKind{jobRenew, jobUpcoming, jobTrialWillEnd} {
		s.cancelJobs(kind, sub.ID)
	}
	s.updateSub(why, sub, func() { sub.Status = subPaused })
	s.emit(why, "customer.subscription.paused", nil, func(v view) object { return v.subscription(sub, nil) })
}

// takeUp makes a paused subscription active.
func (s *Server) takeUp(why cause, sub *subscription) {
	s.updateSub(why, sub, func() { sub.Status = active })
	s.emit(why, "customer.subscription.resumed", nil, func(v view) object { return v.subscription(sub, nil) })
	s.scheduleRenewal(sub)
}

// resumeSubscription ends the pause of a subscription once its invoice is paid:
// a period begins now, or with billing_cycle_anchor=unchanged the running one
// goes on. https://docs.stripe.com/api/subscriptions/resume
func (s *Server) resumeSubscription(c *call) (object, *apiError) {
	sub, ok := s.st.Subscriptions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "subscription", c.id)
	}
	if sub.Status != subPaused {
		return nil, invalid("", "", "Only a paused subscription can be resumed; this one is %s.", sub.Status)
	}
	cu := s.st.Customers.at(sub.Customer)
	m := s.payingMethod(sub, cu)
	if m == nil {
		return nil, noMethod()
	}
	if c.text("billing_cycle_anchor") == "unchanged" && sub.PeriodEnd > s.unix() {
		s.takeUp(c.why, sub)
		return c.view.subscription(sub, c.expand), nil
	}
	s.beginPeriod(sub)
	s.collect(c.why, s.newInvoice(c.why, sub, "subscription_update", sub.PeriodStart))
	return c.view.subscription(sub, c.expand), nil
}

// noMethod is the error of a charge that has nothing to charge.
func noMethod() *apiError {
	return invalid("", "resource_missing", "This customer has no attached payment source or default payment method. Please consider adding a default payment method.")
}

// beginPeriod begins a period now, which later ones follow.
func (s *Server) beginPeriod(sub *subscription) {
	sub.Anchor, sub.Periods, sub.PeriodStart = s.unix(), 1, s.unix()
	sub.PeriodEnd = s.periodEnd(sub)
}

// submitTrial takes a payer's method for later: nothing is due today.
func (s *Server) submitTrial(why cause, ss *session, m *method, authenticated bool) submission {
	s.readyCustomer(why, ss)
	if m != nil {
		si, ok := s.st.Setups.get(ss.Setup)
		if !ok {
			si = s.newSetup(why, &setup{Customer: ss.Customer, MethodTypes: ss.MethodTypes, Session: ss.ID})
			ss.Setup = si.ID
		}
		if m.Ends.Authenticate && !authenticated {
			si.Status, si.Method, si.Failure, ss.Waiting = needsAction, m.ID, nil, m.ID
			s.emitSetup(why, "setup_intent.requires_action", si)
			return submission{Authenticate: true}
		}
		if problem := s.setUp(why, si, m); problem != "" {
			return submission{Declined: problem}
		}
	}
	end := ss.SubData.TrialEnd
	if days := ss.SubData.TrialDays; days > 0 { // counted from the payer's yes
		end = s.now().Add(time.Duration(days) * 24 * time.Hour).Unix()
	}
	sub := s.newSubscription(why, sessionSubscription(ss, m), end)
	inv := s.newInvoice(why, sub, "subscription_create", sub.PeriodStart)
	ss.Subscription, ss.Invoice = sub.ID, inv.ID
	s.finalize(why, inv, ss.MethodTypes)
	s.completeSession(why, ss, "no_payment_required")
	return submission{Complete: true}
}

// authenticateTrial goes on with a trial after the bank asked.
func (s *Server) authenticateTrial(why cause, ss *session, m *method, agreed bool) submission {
	if agreed {
		return s.submitTrial(why, ss, m, true)
	}
	si := s.st.Setups.at(ss.Setup)
	si.Status, si.Method = needsMethod, ""
	si.Failure = &failure{Code: "setup_intent_authentication_failure", Message: saysUnauthorized, Method: m.ID}
	s.emitSetup(why, "setup_intent.setup_failed", si)
	return submission{Declined: saysUnauthorized}
}

// readSessionTrial reads the trial of a session's subscription_data.
func (s *Server) readSessionTrial(data params, ss *session) *apiError {
	end, err := s.readTrial(data, "subscription_data")
	if err != nil {
		return err
	}
	if days, ok := data.integer("trial_period_days"); ok {
		end, ss.SubData.TrialDays = 0, days
	}
	// https://docs.stripe.com/payments/checkout/free-trials
	if end != 0 && end < s.now().Add(48*time.Hour).Unix() {
		return invalid("subscription_data[trial_end]", "", "The `trial_end` date has to be at least 2 days in the future.")
	}
	ss.SubData.TrialEnd = end
	ss.SubData.WithoutMethod = data.sub("trial_settings").sub("end_behavior").text("missing_payment_method")
	return nil
}

// beginning says whether an intent pays for the first period of what a payer
// subscribes to at this moment: the bank knows that somebody is there.
func (s *Server) beginning(pi *intent) bool {
	ss, ok := s.st.Sessions.get(pi.Session)
	return ok && ss.Status == sessionOpen && ss.Mode == modeSubscription
}

// methodOptional says whether a session can be completed without a method:
// payment_method_collection=if_required, and nothing is due today.
func (ss *session) methodOptional() bool {
	return ss.SubData.trial() && ss.Echo["payment_method_collection"] == "if_required"
}
