package stripefake_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// TestRecurringTruthHolds plays random lives of a recurring gift and holds that
// its invoices, intents and charges tell of the same money.
func TestRecurringTruthHolds(t *testing.T) {
	modestly(t, "20")
	rapid.Check(t, func(rt *rapid.T) {
		s := bareStand(t, stripefake.Options{Seed: "recurring", Clock: began, LeaveUnpaid: rapid.Bool().Draw(rt, "leave unpaid")})
		defer s.close()
		cards := rapid.SampledFrom([]string{"4242424242424242", "4000000000000341", "4000000000009995", "4000002760003184"})
		prices := []string{s.price(1000, "month"), s.price(700, "month"), s.price(50, "week"), s.price(9000, "year")}
		cu := s.newCustomer("4242424242424242")
		sub := s.created(cu, rapid.SampledFrom(prices).Draw(rt, "price"))
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			now := s.sub(sub.ID)
			if now.EndedAt != 0 {
				break
			}
			// What Stripe refuses is refused; a story goes on.
			switch rapid.SampledFrom([]string{"wait", "card", "change", "pause", "collect", "pay", "trial"}).Draw(rt, "step") {
			case "wait":
				s.advance(time.Duration(rapid.IntRange(1, 20).Draw(rt, "days")) * day)
			case "card":
				s.control("/_control/customers/"+cu.ID+"/card", map[string]any{"card_number": cards.Draw(rt, "card")})
			case "change":
				_, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{
					Items: []*stripe.SubscriptionItemsParams{{
						ID: stripe.String(now.Items.Data[0].ID), Price: stripe.String(rapid.SampledFrom(prices).Draw(rt, "new price")),
					}},
					ProrationBehavior: stripe.String(rapid.SampledFrom([]string{"none", "create_prorations", "always_invoice"}).Draw(rt, "proration")),
				})
				onlyStripes(rt, err)
			case "pause":
				_, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{
					Behavior: stripe.String(rapid.SampledFrom([]string{"void", "keep_as_draft", "mark_uncollectible"}).Draw(rt, "behavior")),
				}})
				onlyStripes(rt, err)
			case "collect":
				s.call("/v1/subscriptions/"+sub.ID, testKey, form("pause_collection", ""), nil)
			case "pay":
				_, err := s.stripe.Invoices.Pay(s.latest(sub.ID).ID, nil)
				onlyStripes(rt, err)
			case "trial":
				_, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{TrialEnd: stripe.Int64(s.Now().Add(10 * day).Unix())})
				onlyStripes(rt, err)
			}
		}
		s.advance(3 * day)
		s.holdsTogether(rt)
	})
}

// onlyStripes takes an error that the API answered and no other.
func onlyStripes(rt *rapid.T, err error) {
	if e, ok := err.(*stripe.Error); err != nil && (!ok || e.HTTPStatusCode >= 500) { //nolint:errorlint // stripe-go returns it bare
		rt.Fatalf("%v", err)
	}
}

func (s *stand) holdsTogether(rt *rapid.T) {
	truth := s.Truth()
	payments := map[string]stripefake.TruthPayment{}
	for _, p := range truth.Payments {
		payments[p.PaymentIntent] = p
	}
	open := 0
	for _, inv := range truth.Invoices {
		p, paid := payments[inv.PaymentIntent], inv.Status == "paid" && inv.AmountDue > 0
		if paid != (inv.PaymentIntent != "" && p.Status == "succeeded") {
			rt.Errorf("invoice %+v, payment %+v", inv, p)
		}
		if paid && (p.Amount != inv.AmountPaid || p.BalanceTransaction == "" || p.Net+p.Fee != p.Amount) {
			rt.Errorf("invoice %+v, payment %+v", inv, p)
		}
		if inv.Status == "open" {
			open++
		}
	}
	for _, sub := range truth.Subscriptions {
		if owing := sub.Status == "past_due" || sub.Status == "unpaid"; owing && open == 0 || sub.Status == "active" && sub.EndedAt != 0 {
			rt.Errorf("%d open invoices, subscription %+v", open, sub)
		}
	}
}
