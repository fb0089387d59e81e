package stripefake_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// TestSpeedByMethod holds what is pending and available at every moment: cards
// after two days, bank debits after four, both at midnight UTC.
func TestSpeedByMethod(t *testing.T) {
	s := calmStand(t)
	s.settles(nil)
	s.wantBalance("eur", 0, 0)
	byCard := s.gift("usd", 10000, card("4242424242424242"))
	s.gift("usd", 20000, debit("000123456789"))
	s.wantBalance("usd", 0, byCard.Net)
	s.advance(36*time.Hour - time.Second)
	s.wantBalance("usd", 0, byCard.Net)
	s.advance(time.Second)
	s.wantBalance("usd", byCard.Net, 0)
	s.advance(60 * time.Hour) // Friday noon: the debit went through
	s.wantBalance("usd", byCard.Net, 20000-160)
	s.advance(84*time.Hour - time.Second)
	s.wantBalance("usd", byCard.Net, 20000-160)
	s.advance(time.Second) // Tuesday
	s.wantBalance("usd", byCard.Net+20000-160, 0)

	// More goes back than there is: the balance is below zero, and waits.
	s.control("/_control/payouts", map[string]any{"interval": "daily"})
	s.advance(day)
	s.wantBalance("usd", 0, 0)
	s.refunded(byCard, 10000)
	s.wantBalance("usd", -10000, 0)
	before := len(s.Truth().Payouts)
	s.advance(3 * day)
	s.wantBalance("usd", -10000, 0)
	if n := len(s.Truth().Payouts); n != before {
		t.Errorf("%d payouts of nothing", n-before)
	}
}

func TestScheduleOfPayouts(t *testing.T) {
	s := calmStand(t)
	s.settles(nil)
	s.control("/_control/payouts", map[string]any{"interval": "weekly", "weekly_anchor": "friday", "minimum": map[string]int{"eur": 5000}})
	s.gift("usd", 10000, card("4242424242424242"))
	s.gift("eur", 5000, card("4242424242424242")) // its net is less than the minimum
	s.advance(4*day - time.Hour)                  // Friday, 11:00
	payouts := s.Truth().Payouts
	if len(payouts) != 1 || payouts[0].Currency != "usd" || time.Unix(payouts[0].Created, 0).UTC().Weekday() != time.Friday {
		t.Fatalf("%+v", payouts)
	}
	s.gift("eur", 5000, card("4242424242424242"))
	s.gift("usd", 10000, card("4242424242424242"))
	s.advance(6 * day)
	if n := len(s.Truth().Payouts); n != 1 {
		t.Errorf("%d payouts before the next Friday", n)
	}
	s.advance(day)
	if n := len(s.Truth().Payouts); n != 3 {
		t.Errorf("%d payouts on the next Friday, want one a currency", n)
	}
	s.control("/_control/payouts", map[string]any{"interval": "manual"})
	s.gift("usd", 10000, card("4242424242424242"))
	s.advance(14 * day)
	if n := len(s.Truth().Payouts); n != 3 {
		t.Errorf("%d payouts by themselves where they are made by hand", n)
	}
	for body, says := range map[string]string{
		`{"interval": "hourly"}`:                                "hourly",
		`{"interval": "weekly", "weekly_anchor": "someday"}`:    "someday",
		`{"interval": "daily", "minimum": {"zzz": 1}}`:          "zzz",
		`{"interval": "daily", "minimum": {"usd": -1}}`:         "-1",
		`{"daily": true, "interval": "weekly", "anchor": "no"}`: "anchor",
	} {
		resp, err := s.http.Post(s.url+"/_control/payouts", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if answer := read(t, resp); resp.StatusCode != http.StatusBadRequest || !strings.Contains(answer, says) {
			t.Errorf("%s: %d %s", body, resp.StatusCode, answer)
		}
	}
	if _, body := s.get("/_control/payouts"); !strings.Contains(body, `"manual"`) {
		t.Errorf("the schedule is %s", body)
	}
}

func TestInstantPayout(t *testing.T) {
	s := calmStand(t)
	s.settles(map[string]any{"fees": map[string]string{"instant": "1.5"}})
	p := s.gift("usd", 100000, card("4000000000000077"))
	instant := func(amount int64) (*stripe.Payout, error) {
		return s.stripe.Payouts.New(&stripe.PayoutParams{
			Amount: stripe.Int64(amount), Currency: stripe.String("usd"), Method: stripe.String("instant"),
		})
	}
	if _, err := instant(p.Net); err == nil {
		t.Error("no money is left for the fee")
	}
	po, err := instant(10000)
	if err != nil {
		t.Fatal(err)
	}
	if tx := s.moved(po.ID)[0]; tx.Amount != -10000 || tx.Fee != 150 || tx.Net != -10150 || len(tx.FeeDetails) != 1 {
		t.Errorf("%+v", tx)
	}
	small, err := instant(1000)
	if err != nil {
		t.Fatal(err)
	}
	if tx := s.moved(small.ID)[0]; tx.Fee != 50 {
		t.Errorf("the least fee: %+v", tx)
	}
	s.control("/_control/payouts/"+po.ID+"/fail", map[string]any{})
	if tx := s.moved(po.ID)[1]; tx.Net != 10150 {
		t.Errorf("came back as %+v", tx)
	}
	s.wantBalance("usd", p.Net-1050, 0)
}

func TestFeeOfItsOwn(t *testing.T) {
	s := calmStand(t)
	s.settles(nil)
	p := s.gift("usd", 10000, card("4000000000000077"))
	s.control("/_control/fees", map[string]any{"amount": 700, "description": "Radar (2027-02)"})
	s.wantBalance("usd", p.Net-700, 0)
	list := s.stripe.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Type: stripe.String("stripe_fee")})
	if !list.Next() {
		t.Fatal(list.Err())
	}
	if tx := list.BalanceTransaction(); tx.Amount != -700 || tx.Fee != 0 || tx.Net != -700 || tx.Source != nil || tx.ReportingCategory != "fee" || tx.Description != "Radar (2027-02)" {
		t.Errorf("%+v", tx)
	}
	s.control("/_control/payouts", map[string]any{"daily": true})
	s.advance(day)
	if po := s.Truth().Payouts; len(po) != 1 || po[0].Amount != p.Net-700 || len(po[0].BalanceTransactions) != 2 {
		t.Errorf("%+v", po)
	}
	for _, wrong := range []map[string]any{{"amount": 0}, {"amount": -5}, {"amount": 5, "currency": "zzz"}, {"amount": int64(1) << 50}} {
		if status, _ := s.ask("/_control/fees", wrong); status != http.StatusBadRequest {
			t.Errorf("%v: %d", wrong, status)
		}
	}
}

// TestPagesWhileMoneyMoves holds that a list which is read page by page has
// every row once, whatever is booked meanwhile, forwards and backwards.
func TestPagesWhileMoneyMoves(t *testing.T) {
	s := calmStand(t)
	s.settles(nil)
	for range 7 {
		s.gift("usd", 2500, card("4000000000000077"))
		s.advance(time.Minute)
	}
	there := map[string]bool{}
	for _, tx := range s.Truth().BalanceTransactions {
		there[tx.ID] = true
	}
	seen, cursor := map[string]bool{}, ""
	for {
		query := url.Values{"limit": {"2"}, "created[gte]": {"1"}, "currency": {"usd"}}
		if cursor != "" {
			query.Set("starting_after", cursor)
		}
		_, _, list := s.call("/v1/balance_transactions?"+query.Encode(), testKey, nil, nil)
		for _, item := range list["data"].([]any) {
			cursor = item.(map[string]any)["id"].(string)
			if seen[cursor] || !there[cursor] {
				t.Errorf("%s twice, or new", cursor)
			}
			seen[cursor] = true
		}
		if list["has_more"] != true {
			break
		}
		s.gift("usd", 2500, card("4242424242424242"))
	}
	if len(seen) != len(there) {
		t.Errorf("%d rows of %d", len(seen), len(there))
	}
	// From the oldest on, everything, the oldest page first.
	for n := len(s.Truth().BalanceTransactions) - 1; n > 0; {
		_, _, list := s.call("/v1/balance_transactions?limit=3&ending_before="+cursor, testKey, nil, nil)
		data := list["data"].([]any)
		if want := min(n, 3); len(data) != want || list["has_more"] != (n > 3) {
			t.Fatalf("%d rows before %s, more %v; want %d", len(data), cursor, list["has_more"], want)
		}
		n -= len(data)
		cursor = data[0].(map[string]any)["id"].(string)
	}
}
