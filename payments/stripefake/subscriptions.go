package stripefake

import (
	"net/http"
	"time"
)

// The states of a subscription; canceled is shared with intents.
// https://docs.stripe.com/billing/subscriptions/overview
const (
	incomplete        = "incomplete"
	incompleteExpired = "incomplete_expired"
	active            = "active"
	trialing          = "trialing"
	pastDue           = "past_due"
	subUnpaid         = unpaid // the last retry failed, and the subscription stays
	subPaused         = "paused"
)

// firstPaymentWithin is how long Stripe waits for the first payment.
const firstPaymentWithin = 23 * time.Hour

// subscription is a payment that comes again.
// https://docs.stripe.com/api/subscriptions
type subscription struct {
	ID            string
	Version       string // of the request that made it
	Status        string
	Customer      string
	Currency      string
	Items         []subscriptionItem
	Method        string
	Description   string
	Metadata      map[string]string
	Session       string
	LatestInvoice string
	Created       int64
	Anchor        int64 // billing_cycle_anchor
	Periods       int   // how many began
	PeriodStart   int64
	PeriodEnd     int64
	TrialStart    int64
	TrialEnd      int64
	WithoutMethod string // trial_settings.end_behavior.missing_payment_method; empty is create_invoice
	Pause         *pauseCollection
	CancelAtEnd   bool
	CancelAt      int64 // a time of its own, where it is not the period's end
	CanceledAt    int64
	EndedAt       int64
	CancelReason  string
	Comment       string
	Feedback      string
}

type subscriptionItem struct {
	ID       string
	Price    string
	Quantity int64
	Metadata map[string]string `json:",omitempty"`
}

// pauseCollection says what becomes of the invoices made while a subscription
// collects nothing. https://docs.stripe.com/billing/subscriptions/pause-payment
type pauseCollection struct {
	Behavior  string // keep_as_draft, mark_uncollectible or void
	ResumesAt int64  // Unix seconds; 0 where nobody said
}

func (pause *pauseCollection) render() any {
	if pause == nil {
		return nil
	}
	return object{"behavior": pause.Behavior, "resumes_at": timeOrNull(pause.ResumesAt)}
}

func (sub *subscription) key() string   { return sub.ID }
func (sub *subscription) madeAt() int64 { return sub.Created }

func (v view) subscription(sub *subscription, x expansion) object {
	var items []object
	for _, item := range sub.Items {
		p := v.st.Prices.at(item.Price)
		items = append(items, object{
			"id": item.ID, "object": "subscription_item", "billing_thresholds": nil, "created": sub.Created, "metadata": rendered(item.Metadata),
			"plan": v.plan(p), "price": v.price(p, nil), "quantity": item.Quantity, "subscription": sub.ID, "tax_rates": []any{},
		})
	}
	list := inlineList("/v1/subscription_items?subscription="+sub.ID, items)
	list["total_count"] = len(items)
	cancelAt := timeOrNull(sub.CancelAt)
	if sub.CancelAtEnd {
		cancelAt = sub.PeriodEnd
	}
	return object{
		"id": sub.ID, "object": "subscription", "automatic_tax": object{"enabled": false, "liability": nil},
		"billing_cycle_anchor": sub.Anchor, "cancel_at": cancelAt, "cancel_at_period_end": sub.CancelAtEnd,
		"canceled_at":          timeOrNull(sub.CanceledAt),
		"cancellation_details": object{"comment": orNull(sub.Comment), "feedback": orNull(sub.Feedback), "reason": orNull(sub.CancelReason)},
		"collection_method":    "charge_automatically", "created": sub.Created, "currency": sub.Currency,
		"current_period_end": sub.PeriodEnd, "current_period_start": sub.PeriodStart,
		"customer":               ref(x, "customer", &v.st.Customers, sub.Customer, v.customer),
		"default_payment_method": ref(x, "default_payment_method", &v.st.Methods, sub.Method, v.method),
		"default_tax_rates":      []any{}, "description": orNull(sub.Description), "ended_at": timeOrNull(sub.EndedAt), "items": list,
		"latest_invoice": ref(x, "latest_invoice", &v.st.Invoices, sub.LatestInvoice, v.invoice), "livemode": false,
		"metadata":         rendered(sub.Metadata),
		"payment_settings": object{"payment_method_options": nil, "payment_method_types": nil, "save_default_payment_method": "off"},
		"plan":             items[0]["plan"], "quantity": sub.Items[0].Quantity, "start_date": sub.Created, "status": sub.Status,
		"trial_settings":   object{"end_behavior": object{"missing_payment_method": firstOf(sub.WithoutMethod, "create_invoice")}},
		"pause_collection": sub.Pause.render(), "trial_start": timeOrNull(sub.TrialStart), "trial_end": timeOrNull(sub.TrialEnd),
	}.withNulls("application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds", "days_until_due",
		"default_source", "discount", "next_pending_invoice_item_invoice", "on_behalf_of",
		"pending_invoice_item_interval", "pending_setup_intent", "pending_update", "schedule", "test_clock", "transfer_data")
}

// updateSub changes a subscription and says what was changed.
func (s *Server) updateSub(why cause, sub *subscription, change func()) {
	before := s.view().subscription(sub, nil)
	change()
	s.emit(why, "customer.subscription.updated", before, func(v view) object { return v.subscription(sub, nil) })
}

// total is what one period costs, minor units.
func (s *Server) total(sub *subscription) int64 {
	var sum int64
	for _, item := range sub.Items {
		sum += item.Quantity * s.st.Prices.at(item.Price).Amount
	}
	return sum
}

func (s *Server) retrieveSubscription(c *call) (object, *apiError) {
	sub, ok := s.st.Subscriptions.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "subscription", c.id)
	}
	return c.view.subscription(sub, c.expand), nil
}

func (s *Server) listSubscriptions(c *call) (object, *apiError) {
	keep := func(sub *subscription) bool {
		over := sub.Status == canceled || sub.Status == incompleteExpired
		status := c.text("status")
		return c.matches("customer", sub.Customer) && (status == "all" || status == "" && !over || status == sub.Status || status == "ended" && over)
	}
	return page(c, "/v1/subscriptions", &s.st.Subscriptions, keep, c.view.subscription)
}

func (sub *subscription) readWhy(p params) {
	if details := p.sub("cancellation_details"); details != nil {
		sub.Comment, sub.Feedback = details.text("comment"), details.text("feedback")
	}
}

// cancelSubscription ends a subscription at once: with prorate the rest of its
// period is credited, with invoice_now what waits is charged.
// https://docs.stripe.com/api/subscriptions/cancel
func (s *Server) cancelSubscription(c *call) (object, *apiError) {
	sub, ok := s.st.Subscriptions.get(c.id)
	if !ok || sub.EndedAt != 0 {
		return nil, missing(http.StatusNotFound, "id", "subscription", c.id)
	}
	sub.readWhy(c.params)
	if c.truth("prorate") {
		s.prorate(c.why, sub, sub.Items, nil, s.unix())
	}
	s.endSubscription(c.why, sub, "cancellation_requested")
	if c.truth("invoice_now") && len(s.waiting(sub.Customer, sub.ID, sub.Currency)) > 0 {
		s.collect(c.why, s.newChangeInvoice(c.why, sub))
	}
	return c.view.subscription(sub, c.expand), nil
}

// endSubscription cancels a subscription. What it still asked for is not
// collected any more; its open invoices stay open, its drafts drafts.
// https://docs.stripe.com/billing/subscriptions/cancel
func (s *Server) endSubscription(why cause, sub *subscription, reason string) {
	for _, kind := range []jobKind{jobRenew, jobExpireFirst, jobCancelAt, jobTrialWillEnd, jobUpcoming, jobResumeCollection} {
		s.cancelJobs(kind, sub.ID)
	}
	for _, inv := range s.st.Invoices.rows {
		if inv.Subscription == sub.ID && (inv.Status == invoiceOpen || inv.Status == invoiceDraft) {
			s.stopCollecting(why, inv)
		}
	}
	sub.Status, sub.EndedAt, sub.CancelReason = canceled, s.unix(), reason
	if sub.CanceledAt == 0 {
		sub.CanceledAt = sub.EndedAt
	}
	s.emit(why, "customer.subscription.deleted", nil, func(v view) object { return v.subscription(sub, nil) })
}
