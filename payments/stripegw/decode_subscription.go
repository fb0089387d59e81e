package stripegw

import (
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

type subscription struct {
	ID                text     `json:"id"`
	Customer          ref      `json:"customer"`
	Status            text     `json:"status"`
	Created           whole    `json:"created"`
	StartDate         whole    `json:"start_date"`
	Metadata          meta     `json:"metadata"`
	CurrentPeriodEnd  whole    `json:"current_period_end"` // on the items since 2025-03-31.basil
	CancelAtPeriodEnd flag     `json:"cancel_at_period_end"`
	CancelAt          whole    `json:"cancel_at"`
	CanceledAt        whole    `json:"canceled_at"`
	TrialEnd          whole    `json:"trial_end"`
	Quantity          quantity `json:"quantity"` // with Plan, where there are no items
	Cancellation      maybe[struct {
		Reason text `json:"reason"`
	}] `json:"cancellation_details"`
	Pause maybe[struct {
		Behavior  text  `json:"behavior"`
		ResumesAt whole `json:"resumes_at"`
	}] `json:"pause_collection"`
	Plan          link[plan]             `json:"plan"`
	Items         list[subscriptionItem] `json:"items"`
	LatestInvoice link[invoice]          `json:"latest_invoice"`
}

type subscriptionItem struct {
	Quantity         quantity    `json:"quantity"`
	CurrentPeriodEnd whole       `json:"current_period_end"`
	Price            link[price] `json:"price"`
	Plan             link[plan]  `json:"plan"`
}

// quantity is how many of something are paid for: one, where it is not told.
type quantity = minor

func count(q quantity) int64 {
	if q.told {
		return q.n
	}
	return 1
}

// items are those of the subscription; shapes that have only one plan say it of
// the subscription itself.
func (s *subscription) items() []subscriptionItem {
	if len(s.Items) == 0 && s.Plan.id != "" {
		return []subscriptionItem{{Quantity: s.Quantity, Plan: s.Plan}}
	}
	return s.Items
}

func (s *subscription) tell(f *payments.Facts, told telling) error {
	if s.ID == "" {
		return errNoID
	}
	items := s.items()
	state := s.state(items)
	shown := traits{metadata: []meta{s.Metadata}}
	for _, i := range items {
		p := priceOf(i.Price, i.Plan)
		shown.items = append(shown.items, item{price: string(p.ID), product: string(p.Product)})
	}
	created := s.Created
	if created == 0 {
		created = s.StartDate
	}
	f.Subscriptions = append(f.Subscriptions, payments.Subscription{
		ID: string(s.ID), CheckoutID: told.checkout(f, shown), Customer: string(s.Customer), Created: int64(created),
		Reason: s.reason(told),
		Stamp:  payments.SubscriptionStamp(state.Status, told.at, told.event), State: state,
	})
	if s.LatestInvoice.it != nil {
		_ = s.LatestInvoice.it.tell(f, told) // one without an id says nothing
	}
	return nil
}

// reason is not told by shapes without cancellation_details (before 2023), nor by
// a subscription that has none: one that goes on ends for no reason anyway.
func (s *subscription) reason(told telling) payments.CancelReason {
	if s.Cancellation.it.Reason == "" {
		return payments.CancelReason{}
	}
	return payments.CancelReason{At: told.at, Text: string(s.Cancellation.it.Reason)}
}

func (s *subscription) state(items []subscriptionItem) payments.SubscriptionState {
	state := payments.SubscriptionState{
		Status: string(s.Status), CurrentPeriodEnd: int64(s.CurrentPeriodEnd),
		CanceledAt:    int64(s.CanceledAt),
		PauseBehavior: string(s.Pause.it.Behavior), TrialEnd: int64(s.TrialEnd),
		PauseResumesAt: int64(s.Pause.it.ResumesAt),
	}
	for _, i := range items {
		state.CurrentPeriodEnd = max(state.CurrentPeriodEnd, int64(i.CurrentPeriodEnd))
	}
	// With flexible billing, the default since 2025-09-30.clover, an end at the
	// period's end may be told as a time.
	state.CancelAtPeriodEnd = s.CancelAtPeriodEnd.is || s.CancelAt != 0 && int64(s.CancelAt) == state.CurrentPeriodEnd
	state.Amount, state.Period, state.PeriodCount = perPeriod(items)
	return state
}

// perPeriod adds up the items that are paid in the rhythm of the first. The sum
// is unknown where one of them depends on use or on tiers, or ends in parts of a
// minor unit.
func perPeriod(items []subscriptionItem) (sum money.Amount, period string, every int64) {
	known := true
	for _, i := range items {
		p := priceOf(i.Price, i.Plan)
		rhythm := p.Recurring.it
		if period == "" {
			period, every = string(rhythm.Interval), int64(rhythm.IntervalCount)
		}
		currency := amount(minor{told: true}, p.Currency).Currency
		if currency == "" || string(rhythm.Interval) != period || int64(rhythm.IntervalCount) != every {
			continue
		}
		each, ok := times(p.UnitAmount, p.Exact, count(i.Quantity))
		total := sum.Minor + each
		if !ok || !countable(total) || rhythm.UsageType == "metered" || sum.Currency != "" && sum.Currency != currency {
			known = false
			continue
		}
		sum = money.New(total, currency)
	}
	if !known {
		return money.Amount{}, period, every
	}
	return sum, period, every
}
