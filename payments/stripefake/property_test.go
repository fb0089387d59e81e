package stripefake_test

import (
	"flag"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// TestTruthEqualsEvents plays random stories, with deliveries that get lost,
// doubled and out of order, and holds that what arrived adds up to the truth.
func TestTruthEqualsEvents(t *testing.T) {
	modestly(t, "30")
	rapid.Check(t, func(rt *rapid.T) {
		// rapid stops at the first failure; the stand-in is made anew each time.
		t.Run("", func(t *testing.T) {
			base := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			s := newStand(t, stripefake.Options{Seed: "property", Clock: func() time.Time { return base }})
			s.control("/_control/faults", map[string]any{"drop": 0.2, "duplicate": 0.2, "reorder": true})
			for range rapid.IntRange(1, 6).Draw(rt, "gifts") {
				currency := rapid.SampledFrom([]string{"usd", "eur", "jpy"}).Draw(rt, "currency")
				interval := rapid.SampledFrom([]string{"", "month"}).Draw(rt, "interval")
				ss := s.session(currency, rapid.Int64Range(50, 100_000).Draw(rt, "amount"), interval)
				for range rapid.IntRange(0, 2).Draw(rt, "tries") {
					s.pay(ss.URL, rapid.SampledFrom([]url.Values{
						card("4242424242424242"), card("4000000000000002"), card("4000002500003155"), card("1"), debit("000123456789"), debit("990002"),
					}).Draw(rt, "form"))
					s.pay(s.url+"/pay/"+ss.ID+"/authenticate", url.Values{"result": {rapid.SampledFrom([]string{"complete", "fail"}).Draw(rt, "result")}})
				}
				s.advance(time.Duration(rapid.IntRange(0, 400).Draw(rt, "hours")) * time.Hour)
			}
			s.advance(5 * 24 * time.Hour) // debits settle, retries arrive
			s.control("/_control/faults", map[string]any{})
			s.advance(4 * 24 * time.Hour)
			s.flush()

			// Renewals by debit may still be settling: only what succeeded counts.
			truth, charges, intents, seen := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]bool{}
			for _, p := range s.Truth().Payments {
				if p.Status == "succeeded" {
					truth[p.Currency] += p.Amount
				}
				if p.BalanceTransaction != "" && p.Net+p.Fee != p.Amount {
					t.Errorf("payment %+v", p)
				}
			}
			for _, e := range s.inbox.events() {
				if seen[e.ID] {
					continue
				}
				seen[e.ID] = true
				switch e.Type {
				case "charge.succeeded":
					ch := objectOf[stripe.Charge](t, e)
					charges[string(ch.Currency)] += ch.Amount
				case "payment_intent.succeeded":
					pi := objectOf[stripe.PaymentIntent](t, e)
					intents[string(pi.Currency)] += pi.AmountReceived
				}
			}
			if !maps.Equal(truth, charges) || !maps.Equal(truth, intents) {
				rt.Errorf("truth %v, charges %v, intents %v", truth, charges, intents)
			}
			sent := 0 // all but those that this version does not tell
			for _, e := range s.log() {
				if len(e.Deliveries) > 0 {
					sent++
				}
			}
			if len(seen) != sent {
				rt.Errorf("%d events arrived of %d", len(seen), sent)
			}
			if t.Failed() {
				rt.Error("see above")
			}
		})
	})
}

// modestly plays fewer stories in a test than rapid would, since one takes a
// while under the race detector; -rapid.checks still wins.
func modestly(t *testing.T, checks string) {
	t.Helper()
	known := flag.Lookup("rapid.checks")
	if known == nil || known.Value.String() != known.DefValue {
		return
	}
	if err := known.Value.Set(checks); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := known.Value.Set(known.DefValue); err != nil {
			t.Error(err)
		}
	})
}
