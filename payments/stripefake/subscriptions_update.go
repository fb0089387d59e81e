package stripefake

import "net/http"

// revision is a change to a subscription that was read and checked.
type revision struct {
	items     []plannedItem // nil where they stay
	proration string        // proration_behavior
	at        int64         // proration_date
	restart   bool          // a period begins now
	trialEnd  int64         // 0 where it stays
	method    string
	pause     *pauseCollection
	metadata  map[string]string
	cancelAt  int64
}

// updateSubscription changes a subscription: its items, how it ends, whether it
// collects, its trial, who pays. https://docs.stripe.com/api/subscriptions/update
func (s *Server) updateSubscription(c *call) (object, *apiError) {
	sub, ok := s.st.Subscriptions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "subscription", c.id)
	}
	if err := c.only("subscription", "metadata", "description", "cancel_at_period_end", "cancel_at", "cancellation_details",
		"default_payment_method", "items", "proration_behavior", "proration_date", "pause_collection", "trial_end", "trial_settings",
		"billing_cycle_anchor", "payment_behavior", "payment_settings", "off_session"); err != nil {
		return nil, err
	}
	if sub.EndedAt != 0 {
		for name := range c.params {
			if name != "metadata" && name != "cancellation_details" && name != "expand" {
				return nil, invalid("", "", "A canceled subscription can only update its cancellation_details and metadata.")
			}
		}
	}
	change, err := s.readRevision(c, sub)
	if err != nil {
		return nil, err
	}
	items := sub.Items
	if change.items != nil {
		if items, err = s.storeItems(c.why, change.items); err != nil {
			return nil, err
		}
	}
	s.revise(c, sub, items, change)
	return c.view.subscription(sub, c.expand), nil
}

// readRevision checks everything before anything is changed.
func (s *Server) readRevision(c *call, sub *subscription) (revision, *apiError) {
	out := revision{proration: firstOf(c.text("proration_behavior"), "create_prorations"), at: s.unix(), method: sub.Method, pause: sub.Pause}
	var err *apiError
	if out.metadata, err = mergeMetadata(sub.Metadata, c.params); err != nil {
		return out, err
	}
	cu := s.st.Customers.at(sub.Customer)
	if c.has("default_payment_method") {
		if out.method, err = s.ownMethod(c, cu); err != nil {
			return out, err
		}
	}
	if c.has("pause_collection") {
		if out.pause, err = s.readPause(c.params); err != nil {
			return out, err
		}
	}
	if out.trialEnd, err = s.readTrial(c.params, ""); err != nil {
		return out, err
	}
	if at, given := c.integer("cancel_at"); given {
		if out.cancelAt = at; at <= s.unix() {
			return out, invalid("cancel_at", "", "cancel_at must lie in the future: %d is past.", at)
		}
	}
	if at, given := c.integer("proration_date"); given {
		if out.at = at; at < sub.PeriodStart || at > sub.PeriodEnd {
			return out, invalid("proration_date", "", "proration_date must lie in the current period.")
		}
	}
	out.restart = c.text("billing_cycle_anchor") == "now"
	if c.has("items") {
		if out.items, err = s.readItems(c, sub.Items, sub.Currency); err != nil {
			return out, err
		}
		// A price of another interval begins a period of its own.
		was, is := s.st.Prices.at(sub.Items[0].Price), out.items[0].price
		out.restart = out.restart || was.Interval != is.Interval || was.Count != is.Count
	}
	if c.text("payment_behavior") == "error_if_incomplete" && (out.restart || out.proration == "always_invoice") {
		probe := &subscription{Method: out.method}
		return out, s.canBegin(c, s.payingMethod(probe, cu))
	}
	return out, nil
}

// revise carries a change out. Stripe makes an invoice at once where it is asked
// to (always_invoice) and where a new period begins.
func (s *Server) revise(c *call, sub *subscription, items []subscriptionItem, change revision) {
	endsTrial := c.text("trial_end") == "now" && sub.Status == trialing
	idle := endsTrial && s.idleAfterTrial(c, sub, change.method)
	restart := endsTrial && !idle || change.restart && sub.Status != trialing && sub.Status != incomplete
	fresh := items
	if restart {
		fresh = nil
	}
	if change.proration != "none" && (change.items != nil || restart) {
		s.prorate(c.why, sub, sub.Items, fresh, change.at)
	}
	var inv *invoice
	s.updateSub(c.why, sub, func() {
		sub.Items, sub.Metadata, sub.Method = items, change.metadata, change.method
		if c.has("pause_collection") {
			s.pauseCollecting(sub, change.pause)
		}
		if c.has("description") {
			sub.Description = c.text("description")
		}
		if settings := c.sub("trial_settings"); settings != nil {
			sub.WithoutMethod = settings.sub("end_behavior").text("missing_payment_method")
		}
		if c.has("cancel_at_period_end") || c.has("cancel_at") {
			s.setEnd(sub, c.truth("cancel_at_period_end"), change.cancelAt)
		}
		sub.readWhy(c.params)
		if endsTrial {
			sub.TrialEnd = s.unix()
		}
		if endsTrial && !idle {
			sub.Status = active
		}
		switch {
		case change.trialEnd != 0:
			s.putOnTrial(sub, change.trialEnd)
			sub.Status = trialing
		case restart:
			began := sub.PeriodStart
			s.beginPeriod(sub)
			inv = s.newInvoice(c.why, sub, "subscription_update", began)
		case change.proration == "always_invoice" && len(s.waiting(sub.Customer, sub.ID, sub.Currency)) > 0:
			inv = s.newChangeInvoice(c.why, sub)
		}
	})
	if change.trialEnd != 0 || restart {
		s.scheduleRenewal(sub)
	}
	if inv != nil && !inv.Stopped {
		s.collect(c.why, inv)
	}
	if idle {
		s.renew(c.why, sub.ID) // which is how a trial ends by itself
	}
}

// idleAfterTrial says whether nothing pays for a subscription once its trial
// ends, so that it pauses or is canceled instead of beginning a paid period.
func (s *Server) idleAfterTrial(c *call, sub *subscription, method string) bool {
	then := firstOf(c.sub("trial_settings").sub("end_behavior").text("missing_payment_method"), sub.WithoutMethod)
	return (then == "pause" || then == "cancel") &&
		s.payingMethod(&subscription{Method: method}, s.st.Customers.at(sub.Customer)) == nil
}
