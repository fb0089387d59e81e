package stripefake_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// created starts a subscription without the payment page.
func (s *stand) created(cu *stripe.Customer, price string) *stripe.Subscription {
	s.t.Helper()
	p := &stripe.SubscriptionParams{Customer: stripe.String(cu.ID), Items: []*stripe.SubscriptionItemsParams{{Price: stripe.String(price)}}}
	p.AddMetadata("campaign", "winter")
	sub, err := s.stripe.Subscriptions.New(p)
	if err != nil {
		s.t.Fatal(err)
	}
	return sub
}

// changed updates a subscription's only item.
func (s *stand) changed(sub *stripe.Subscription, price, proration string) *stripe.Subscription {
	s.t.Helper()
	got, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{
		Items:             []*stripe.SubscriptionItemsParams{{ID: stripe.String(sub.Items.Data[0].ID), Price: stripe.String(price)}},
		ProrationBehavior: stripe.String(proration),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func TestSubscriptionCreatedDirectly(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(1500, "month"))
	if sub.Status != "active" || sub.Metadata["campaign"] != "winter" {
		t.Errorf("subscription %+v", sub)
	}
	if inv := s.latest(sub.ID); inv.Status != "paid" || inv.BillingReason != "subscription_create" || inv.AmountPaid != 1500 {
		t.Errorf("invoice %+v", inv)
	}

	broken := s.created(s.newCustomer("4000000000000341"), s.price(1500, "month"))
	if broken.Status != "incomplete" {
		t.Errorf("a card that cannot be charged: %s", broken.Status)
	}
	inv := s.latest(broken.ID)
	m := s.newMethod(broken.Customer.ID, "4242424242424242")
	if got, err := s.stripe.Invoices.Pay(inv.ID, &stripe.InvoicePayParams{PaymentMethod: stripe.String(m.ID)}); err != nil || !got.Paid {
		t.Fatalf("%+v %v", got, err)
	}
	s.wantSub(broken.ID, "active")

	never := s.created(s.newCustomer("4000000000000341"), s.price(1500, "month"))
	s.advance(24 * time.Hour)
	s.wantSub(never.ID, "incomplete_expired")
	if got := s.latest(never.ID); got.Status != "void" || got.AttemptCount != 1 {
		t.Errorf("invoice %+v", got)
	}
}

func TestSubscriptionRefused(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	monthly, yearly, nobody := s.price(1000, "month"), s.price(9000, "year"), s.newCustomer("")
	failing, other := s.newCustomer("4000000000000341"), s.newCustomer("4242424242424242")
	item := func(price string) []*stripe.SubscriptionItemsParams {
		return []*stripe.SubscriptionItemsParams{{Price: stripe.String(price)}}
	}
	for name, p := range map[string]*stripe.SubscriptionParams{
		"no method":         {Customer: stripe.String(nobody.ID), Items: item(monthly)},
		"no such customer":  {Customer: stripe.String("cus_none"), Items: item(monthly)},
		"no such price":     {Customer: stripe.String(other.ID), Items: item("price_none")},
		"no items":          {Customer: stripe.String(other.ID)},
		"two periods":       {Customer: stripe.String(other.ID), Items: append(item(monthly), item(yearly)...)},
		"another's method":  {Customer: stripe.String(failing.ID), Items: item(monthly), DefaultPaymentMethod: stripe.String(other.InvoiceSettings.DefaultPaymentMethod.ID)},
		"past end":          {Customer: stripe.String(other.ID), Items: item(monthly), CancelAt: stripe.Int64(1)},
		"error, not begun":  {Customer: stripe.String(failing.ID), Items: item(monthly), PaymentBehavior: stripe.String("error_if_incomplete")},
		"not done here":     {Customer: stripe.String(other.ID), Items: item(monthly), Coupon: stripe.String("half")},
		"sent by mail":      {Customer: stripe.String(other.ID), Items: item(monthly), CollectionMethod: stripe.String("send_invoice")},
		"trial in the past": {Customer: stripe.String(other.ID), Items: item(monthly), TrialEnd: stripe.Int64(1)},
	} {
		if _, err := s.stripe.Subscriptions.New(p); stripeError(t, err).HTTPStatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: %v", name, err)
		}
	}
	if subs := s.Truth().Subscriptions; len(subs) != 0 {
		t.Errorf("refused requests left %+v", subs)
	}
}

func TestUpgradeInvoicedAtOnce(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
	s.advance(15*day + 12*time.Hour) // half of January's 31 days
	got := s.changed(sub, s.price(3000, "month"), "always_invoice")
	if got.Items.Data[0].Price.UnitAmount != 3000 || got.CurrentPeriodEnd != sub.CurrentPeriodEnd {
		t.Errorf("subscription %+v", got)
	}
	inv := s.latest(sub.ID)
	if inv.BillingReason != "subscription_update" || inv.Status != "paid" || inv.AmountPaid != 1000 || len(inv.Lines.Data) != 2 ||
		inv.Lines.Data[0].Amount != -500 || inv.Lines.Data[1].Amount != 1500 || !inv.Lines.Data[0].Proration {
		t.Errorf("invoice %+v", inv)
	}
	s.advance(16 * day)
	if next := s.latest(sub.ID); next.AmountPaid != 3000 || next.BillingReason != "subscription_cycle" {
		t.Errorf("next %+v", next)
	}
	s.flush()
	for _, e := range s.inbox.events("customer.subscription.updated") {
		if _, ok := e.Data.PreviousAttributes["items"]; ok {
			return
		}
	}
	t.Error("nothing told that the items changed")
}

func TestUpgradeOnTheNextInvoice(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
	s.advance(15*day + 12*time.Hour)
	s.changed(sub, s.price(3000, "month"), "create_prorations")
	if n := len(s.invoices(sub.ID)); n != 1 {
		t.Errorf("%d invoices before the period ended", n)
	}
	up, err := s.stripe.Invoices.Upcoming(&stripe.InvoiceUpcomingParams{Subscription: stripe.String(sub.ID)})
	if err != nil || up.ID != "" || up.Total != 4000 || len(up.Lines.Data) != 3 {
		t.Errorf("upcoming %+v %v", up, err)
	}
	s.advance(16 * day)
	s.flush()
	if got := one[stripe.Invoice](s.inbox, "invoice.upcoming"); got.ID != "" || got.Total != 4000 {
		t.Errorf("invoice.upcoming %+v", got)
	}
	if next := s.latest(sub.ID); next.AmountPaid != 4000 || len(next.Lines.Data) != 3 {
		t.Errorf("next %+v", next)
	}
}

func TestDowngradeBecomesCredit(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(3000, "month"))
	s.advance(15*day + 12*time.Hour)
	s.changed(sub, s.price(1000, "month"), "always_invoice")
	inv := s.latest(sub.ID)
	if inv.Total != -1000 || inv.AmountDue != 0 || inv.AmountPaid != 0 || inv.Status != "paid" || inv.EndingBalance != -1000 {
		t.Errorf("invoice %+v", inv)
	}
	if cu, err := s.stripe.Customers.Get(sub.Customer.ID, nil); err != nil || cu.Balance != -1000 {
		t.Errorf("customer %+v %v", cu, err)
	}
	s.advance(16 * day) // the credit pays the next period
	if next := s.latest(sub.ID); next.Total != 1000 || next.AmountDue != 0 || next.Status != "paid" || next.PaymentIntent != nil {
		t.Errorf("next %+v", next)
	}
	none := s.changed(s.sub(sub.ID), s.price(500, "month"), "none")
	s.advance(31 * day)
	if next := s.latest(none.ID); next.AmountPaid != 500 || len(next.Lines.Data) != 1 {
		t.Errorf("without prorations %+v", next)
	}
}

func TestMonthlyBecomesYearly(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
	s.advance(15*day + 12*time.Hour)
	got := s.changed(sub, s.price(12000, "year"), "create_prorations")
	now := began().Add(15*day + 12*time.Hour)
	if got.CurrentPeriodStart != now.Unix() || got.CurrentPeriodEnd != now.AddDate(1, 0, 0).Unix() || got.BillingCycleAnchor != now.Unix() {
		t.Errorf("subscription %+v", got)
	}
	if inv := s.latest(sub.ID); inv.AmountPaid != 11500 || inv.Status != "paid" || inv.BillingReason != "subscription_update" {
		t.Errorf("invoice %+v", inv)
	}
}

func TestQuantityAndItems(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
	got, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{
		ProrationBehavior: stripe.String("none"),
		Items: []*stripe.SubscriptionItemsParams{
			{ID: stripe.String(sub.Items.Data[0].ID), Quantity: stripe.Int64(3)},
			{Price: stripe.String(s.price(500, "month"))},
		},
	})
	if err != nil || len(got.Items.Data) != 2 || got.Items.Data[0].Quantity != 3 || s.Truth().Subscriptions[0].Amount != 3500 {
		t.Fatalf("%+v %v", got, err)
	}
	got, err = s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{
		ProrationBehavior: stripe.String("none"),
		Items:             []*stripe.SubscriptionItemsParams{{ID: stripe.String(sub.Items.Data[0].ID), Deleted: stripe.Bool(true)}},
	})
	if err != nil || len(got.Items.Data) != 1 || s.Truth().Subscriptions[0].Amount != 500 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestCollectionIsPaused(t *testing.T) {
	for behavior, want := range map[string]stripe.InvoiceStatus{"void": "void", "mark_uncollectible": "uncollectible", "keep_as_draft": "draft"} {
		t.Run(behavior, func(t *testing.T) {
			s := recurringStand(t, stripefake.Options{})
			sub := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
			got, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{
				Behavior: stripe.String(behavior), ResumesAt: stripe.Int64(began().Add(40 * day).Unix()),
			}})
			if err != nil || got.PauseCollection == nil || got.Status != "active" {
				t.Fatalf("%+v %v", got, err)
			}
			s.advance(32 * day)
			if inv := s.latest(sub.ID); inv.Status != want || inv.AttemptCount != 0 {
				t.Errorf("while paused %+v", inv)
			}
			if s.Truth().Subscriptions[0].Paused != behavior {
				t.Errorf("truth %+v", s.Truth().Subscriptions[0])
			}
			s.advance(30 * day)
			if got := s.wantSub(sub.ID, "active"); got.PauseCollection != nil {
				t.Errorf("still paused: %+v", got.PauseCollection)
			}
			if inv := s.latest(sub.ID); inv.Status != "paid" || inv.AmountPaid != 1000 {
				t.Errorf("after the pause %+v", inv)
			}
		})
	}
}

func TestSubscriptionEndsAtATime(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
	at := began().Add(40 * day).Unix()
	got, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{CancelAt: stripe.Int64(at)})
	if err != nil || got.CancelAt != at || got.CancelAtPeriodEnd || got.CanceledAt == 0 {
		t.Fatalf("%+v %v", got, err)
	}
	s.advance(41 * day)
	if got := s.wantSub(sub.ID, "canceled"); got.EndedAt != at || got.CanceledAt != began().Unix() {
		t.Errorf("ended %+v", got)
	}
	again := s.created(s.newCustomer("4242424242424242"), s.price(1000, "month"))
	for _, p := range []*stripe.SubscriptionParams{{CancelAtPeriodEnd: stripe.Bool(true)}, {CancelAtPeriodEnd: stripe.Bool(false)}} {
		if got, err = s.stripe.Subscriptions.Update(again.ID, p); err != nil {
			t.Fatal(err)
		}
	}
	if got.CancelAt != 0 || got.CanceledAt != 0 {
		t.Errorf("kept after all: %+v", got)
	}
	s.advance(40 * day)
	s.wantSub(again.ID, "active")
}

func TestCanceledWithAFinalInvoice(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.created(s.newCustomer("4242424242424242"), s.price(3100, "month"))
	s.advance(10 * day)
	got, err := s.stripe.Subscriptions.Cancel(sub.ID, &stripe.SubscriptionCancelParams{Prorate: stripe.Bool(true), InvoiceNow: stripe.Bool(true)})
	if err != nil || got.Status != "canceled" {
		t.Fatalf("%+v %v", got, err)
	}
	if inv := s.latest(sub.ID); inv.Total != -2100 || inv.Status != "paid" || inv.EndingBalance != -2100 {
		t.Errorf("final invoice %+v", inv)
	}
}
