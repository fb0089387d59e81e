package payments

import (
	"cmp"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
)

// Subscription is what is known of a Stripe subscription.
type Subscription struct {
	ID         string
	CheckoutID string
	Customer   string
	Created    int64 // Unix seconds
	Reason     CancelReason
	Stamp      Stamp
	State      SubscriptionState
}

// SubscriptionState is what moves in a subscription, told as one by each event.
type SubscriptionState struct {
	Status            string
	Amount            money.Amount // for one period, all items together
	Period            string       // month, year, …
	PeriodCount       int64        // periods between two charges
	CurrentPeriodEnd  int64        // Unix seconds
	CancelAtPeriodEnd bool
	CanceledAt        int64  // Unix seconds, 0 where it was not
	PauseBehavior     string // of its pause_collection; "" where it is not paused
	PauseResumesAt    int64  // Unix seconds, 0 where it is not paused or nobody said
	TrialEnd          int64  // Unix seconds, 0 where it had no trial
}

// CancelReason is why a subscription ends, as told at a time. Not every shape
// knows it: one that does not says nothing of it.
type CancelReason struct {
	At   int64 // Unix seconds
	Text string
}

func (a CancelReason) join(b CancelReason) CancelReason {
	if cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Text, b.Text)) >= 0 {
		return a
	}
	return b
}

// SubscriptionStamp ranks a subscription's status. Canceled and
// incomplete_expired are final
// (https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses).
// In one second, a subscription begins and then falls behind: it is active rather
// than incomplete, and past due rather than active.
func SubscriptionStamp(status string, at int64, event string) Stamp {
	s := Stamp{At: at, Event: event}
	switch status {
	case "canceled":
		s.Class = 2
	case "incomplete_expired":
		s.Class = 1
	case "incomplete":
	case "trialing":
		s.Rank = 1
	case "past_due":
		s.Rank = 3
	case "unpaid":
		s.Rank = 4
	default:
		s.Rank = 2
	}
	return s
}

func (a Subscription) join(b Subscription) Subscription {
	stamp, state := latest(a.Stamp, a.State, b.Stamp, b.State, func(a, b SubscriptionState) SubscriptionState {
		return SubscriptionState{
			Status: either(a.Status, b.Status), Amount: eitherAmount(a.Amount, b.Amount),
			Period: either(a.Period, b.Period), PeriodCount: either(a.PeriodCount, b.PeriodCount),
			CurrentPeriodEnd:  either(a.CurrentPeriodEnd, b.CurrentPeriodEnd),
			CancelAtPeriodEnd: a.CancelAtPeriodEnd || b.CancelAtPeriodEnd,
			CanceledAt:        either(a.CanceledAt, b.CanceledAt),
			PauseBehavior:     either(a.PauseBehavior, b.PauseBehavior), TrialEnd: either(a.TrialEnd, b.TrialEnd),
			PauseResumesAt: either(a.PauseResumesAt, b.PauseResumesAt),
		}
	})
	return Subscription{
		ID: a.ID, CheckoutID: either(a.CheckoutID, b.CheckoutID), Customer: either(a.Customer, b.Customer),
		Created: either(a.Created, b.Created), Reason: a.Reason.join(b.Reason), Stamp: stamp, State: state,
	}
}

var subscriptions = table[Subscription]{
	title: "subscriptions",
	columns: "id, checkout_id, customer, created, told_class, told_at, told_rank, told_event, status, currency, amount, " +
		"period, period_count, current_period_end, cancel_at_period_end, canceled_at, reason_at, cancel_reason, pause_behavior, trial_end, pause_resumes_at",
	key:  func(s *Subscription) string { return s.ID },
	join: Subscription.join,
	fields: func(s *Subscription) []any {
		return []any{&s.ID, &s.CheckoutID, &s.Customer, &s.Created, &s.Stamp.Class, &s.Stamp.At, &s.Stamp.Rank,
			&s.Stamp.Event, &s.State.Status, &s.State.Amount.Currency, &s.State.Amount.Minor, &s.State.Period,
			&s.State.PeriodCount, &s.State.CurrentPeriodEnd, &s.State.CancelAtPeriodEnd, &s.State.CanceledAt,
			&s.Reason.At, &s.Reason.Text, &s.State.PauseBehavior, &s.State.TrialEnd,
			&s.State.PauseResumesAt}
	},
	in: func(f *Facts) *[]Subscription { return &f.Subscriptions },
	names: func(x *Subscription, r *reach) {
		r.checkout(x.CheckoutID)
		r.subscriptions = append(r.subscriptions, x.ID)
		r.customers = append(r.customers, x.Customer)
	},
	bears: func(old, now *Subscription, a *affected) {
		a.recurring = append(a.recurring, now.ID)
		if old.CheckoutID != now.CheckoutID || old.Customer != now.Customer || old.State.Period != now.State.Period {
			a.subscriptions = append(a.subscriptions, now.ID)
			a.customers = append(a.customers, old.Customer, now.Customer)
		}
	},
}
