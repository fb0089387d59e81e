package stripegw

import (
	"encoding/json"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

type subscription struct {
	ID                text  `json:"id"`
	Customer          ref   `json:"customer"`
	Status            text  `json:"status"`
	Created           int64 `json:"created"`
	StartDate         int64 `json:"start_date"`
	Metadata          meta  `json:"metadata"`
	CurrentPeriodEnd  int64 `json:"current_period_end"` // on the items since 2025-03-31.basil
	CancelAtPeriodEnd bool  `json:"cancel_at_period_end"`
	CanceledAt        int64 `json:"canceled_at"`
	Cancellation      struct {
		Reason text `json:"reason"`
	} `json:"cancellation_details"`
	Items list[struct {
		Quantity         *int64 `json:"quantity"`
		CurrentPeriodEnd int64  `json:"current_period_end"`
		Price            struct {
			UnitAmount int64 `json:"unit_amount"`
			Currency   text  `json:"currency"`
			Recurring  struct {
				Interval      text  `json:"interval"`
				IntervalCount int64 `json:"interval_count"`
			} `json:"recurring"`
		} `json:"price"`
	}] `json:"items"`
}

func tellSubscription(object json.RawMessage, told envelope) (payments.Facts, error) {
	var s subscription
	if err := json.Unmarshal(object, &s); err != nil {
		return payments.Facts{}, err
	}
	if s.ID == "" {
		return payments.Facts{}, errNoID
	}
	var f payments.Facts
	checkout := attribute(&f, s.Metadata)
	state := payments.SubscriptionState{
		Status: string(s.Status), CurrentPeriodEnd: s.CurrentPeriodEnd, CancelAtPeriodEnd: s.CancelAtPeriodEnd,
		CanceledAt: s.CanceledAt, CancelReason: string(s.Cancellation.Reason),
	}
	for _, item := range s.Items.Data {
		quantity := int64(1)
		if item.Quantity != nil {
			quantity = *item.Quantity
		}
		if item.Price.Currency != "" {
			state.Amount.Minor += item.Price.UnitAmount * quantity
			state.Amount.Currency = money.FromCode(string(item.Price.Currency))
		}
		state.Period, state.PeriodCount = string(item.Price.Recurring.Interval), item.Price.Recurring.IntervalCount
		state.CurrentPeriodEnd = max(state.CurrentPeriodEnd, item.CurrentPeriodEnd)
	}
	created := s.Created
	if created == 0 {
		created = s.StartDate
	}
	f.Subscriptions = append(f.Subscriptions, payments.Subscription{
		ID: string(s.ID), CheckoutID: checkout, Customer: string(s.Customer), Created: created,
		Stamp: payments.SubscriptionStamp(state.Status, told.Created, string(told.ID)), State: state,
	})
	return f, nil
}
