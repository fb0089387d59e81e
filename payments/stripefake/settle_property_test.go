package stripefake_test

import (
	"fmt"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// TestSettlementAddsUp plays random histories with conversion, in which rates
// move, and holds after every step what reconciliation stands on.
func TestSettlementAddsUp(t *testing.T) {
	modestly(t, "25")
	rapid.Check(t, func(rt *rapid.T) {
		t.Run("", func(t *testing.T) {
			s := bareStand(t, stripefake.Options{Seed: "settles", Clock: func() time.Time { return monday }})
			s.settles(map[string]any{"fees": map[string]string{"international": "1.5", "amex": "3.5", "conversion": "1", "instant": "1"}})
			schedule := map[string]any{"interval": rapid.SampledFrom([]string{"daily", "weekly", "manual"}).Draw(rt, "schedule")}
			if rapid.Bool().Draw(rt, "minimum") {
				schedule["minimum"] = map[string]int{"usd": 5000}
			}
			s.control("/_control/payouts", schedule)
			for range rapid.IntRange(1, 14).Draw(rt, "steps") {
				s.somethingHappens(rt)
				s.addsUp()
			}
			s.advance(40 * day)
			s.addsUp()
			s.reportsAddUp()
			if t.Failed() {
				rt.Error("see above")
			}
		})
	})
}

// somethingHappens does one of the things that move money. Whatever the
// stand-in refuses is part of the story.
func (s *stand) somethingHappens(rt *rapid.T) {
	s.t.Helper()
	truth := s.Truth()
	var paid stripefake.TruthPayment
	for _, p := range truth.Payments {
		if p.Status == "succeeded" && rapid.Bool().Draw(rt, "this one") || paid.Charge == "" {
			paid = p
		}
	}
	amount := rapid.Int64Range(1, 60_000).Draw(rt, "amount")
	switch rapid.SampledFrom([]string{"gift", "gift", "gift", "debit", "refund", "comes back", "dispute", "verdict", "rate", "rate", "time", "time", "payout", "instant", "payout fails", "fee"}).Draw(rt, "what") {
	case "gift":
		currency := rapid.SampledFrom([]string{"usd", "eur", "gbp", "jpy", "kwd", "chf"}).Draw(rt, "currency")
		number := rapid.SampledFrom([]string{"4242424242424242", "378282246310005", "4000002760000016", "4000000000000077", "4000000000000259", "4000000000007726", "4000000000005126"}).Draw(rt, "card")
		s.gift(currency, (amount+100)/10*10, card(number))
	case "debit":
		currency := rapid.SampledFrom([]string{"usd", "eur", "gbp", "cad"}).Draw(rt, "currency")
		account := map[string]string{"usd": "000123456789", "eur": "AT611904300234573201", "gbp": "00012345", "cad": "000123456789"}[currency]
		s.gift(currency, amount+100, debit(account))
	case "refund":
		params := &stripe.RefundParams{Charge: stripe.String(paid.Charge)}
		if rapid.Bool().Draw(rt, "a part") {
			params.Amount = stripe.Int64(max(10, paid.Amount/3/10*10))
		}
		_, _ = s.stripe.Refunds.New(params)
	case "comes back":
		for _, re := range truth.Refunds {
			_, _ = s.ask("/_control/refunds/"+re.ID+"/fail", map[string]any{})
		}
	case "dispute":
		_, _ = s.ask("/_control/disputes", map[string]any{"charge": paid.Charge})
	case "verdict":
		for _, d := range truth.Disputes {
			_, _ = s.ask("/_control/disputes/"+d.ID, map[string]any{"status": rapid.SampledFrom([]string{"won", "lost"}).Draw(rt, "verdict")})
		}
	case "rate":
		code := rapid.SampledFrom([]string{"gbp", "jpy", "kwd"}).Draw(rt, "rate of")
		s.control("/_control/settlement", map[string]any{"rates": map[string]string{code: fmt.Sprintf("%d.%04d", rapid.IntRange(0, 3).Draw(rt, "units"), rapid.IntRange(1, 9999).Draw(rt, "parts"))}})
	case "time":
		s.advance(time.Duration(rapid.IntRange(0, 200).Draw(rt, "hours")) * time.Hour)
	case "payout":
		_, _ = s.payOut(amount, rapid.SampledFrom([]string{"usd", "eur", "chf"}).Draw(rt, "currency"))
	case "instant":
		_, _ = s.stripe.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(amount), Currency: stripe.String("usd"), Method: stripe.String("instant")})
	case "payout fails":
		for _, po := range truth.Payouts {
			if rapid.Bool().Draw(rt, "this one") {
				_, _ = s.ask("/_control/payouts/"+po.ID+"/fail", map[string]any{})
			}
		}
	case "fee":
		s.control("/_control/fees", map[string]any{"amount": amount, "currency": rapid.SampledFrom([]string{"usd", "eur"}).Draw(rt, "currency")})
	}
}

// addsUp holds that every movement is right in itself, the balance is the sum of
// them, and each automatic payout is the sum of what it carried.
func (s *stand) addsUp() {
	s.t.Helper()
	truth := s.Truth()
	available, pending := map[string]int64{}, map[string]int64{}
	listed := s.listed("")
	if len(listed) != len(truth.BalanceTransactions) {
		s.t.Errorf("%d rows listed, %d true", len(listed), len(truth.BalanceTransactions))
	}
	earned, paidOut := map[string]int64{}, map[string]int64{}
	rows := map[string]stripefake.TruthTransaction{}
	for _, tx := range truth.BalanceTransactions {
		rows[tx.ID] = tx
		s.isRight(tx, listed[tx.ID])
		if tx.AvailableOn <= truth.Clock {
			available[tx.Currency] += tx.Net
		} else {
			pending[tx.Currency] += tx.Net
		}
		if tx.Category == "payout" || tx.Category == "payout_reversal" {
			paidOut[tx.Currency] -= tx.Net
		} else {
			earned[tx.Currency] += tx.Net
		}
	}
	for _, b := range truth.Balance {
		s.wantBalance(b.Currency, available[b.Currency], pending[b.Currency])
		if b.Available != available[b.Currency] || b.Pending != pending[b.Currency] || b.Available+b.Pending != earned[b.Currency]-paidOut[b.Currency] {
			s.t.Errorf("balance %+v: earned %d, paid out %d", b, earned[b.Currency], paidOut[b.Currency])
		}
	}
	carriedBy := map[string]string{}
	for _, po := range truth.Payouts {
		sum := int64(0)
		for _, id := range po.BalanceTransactions {
			sum += rows[id].Net
			if other := carriedBy[id]; other != "" || rows[id].Payout != po.ID || rows[id].Currency != po.Currency {
				s.t.Errorf("%s is carried by %s and %q", id, po.ID, other)
			}
			carriedBy[id] = po.ID
		}
		if !po.Automatic {
			continue
		}
		if sum != po.Amount || rows[po.BalanceTransaction].Net != -po.Amount {
			s.t.Errorf("payout %s of %d carries %d", po.ID, po.Amount, sum)
		}
		if own := s.listed(po.ID); len(own) != len(po.BalanceTransactions)+1 {
			s.t.Errorf("payout %s lists %d rows, carries %d", po.ID, len(own), len(po.BalanceTransactions))
		}
	}
}

// isRight holds that a movement is what it says, and is listed so.
func (s *stand) isRight(tx stripefake.TruthTransaction, told *stripe.BalanceTransaction) {
	s.t.Helper()
	fees := int64(0)
	for _, part := range tx.Fees {
		fees += part.Amount
	}
	if fees != tx.Fee || tx.Net != tx.Amount-tx.Fee {
		s.t.Errorf("%+v does not add up", tx)
	}
	if told == nil || told.Amount != tx.Amount || told.Fee != tx.Fee || told.Net != tx.Net || string(told.Currency) != tx.Currency || (told.ExchangeRate != 0) != (tx.ExchangeRate != "") {
		s.t.Errorf("%+v is listed as %+v", tx, told)
	}
	if tx.ExchangeRate == "" {
		if tx.CustomerFacingCurrency != "" && (tx.CustomerFacing != tx.Amount || tx.CustomerFacingCurrency != tx.Currency) {
			s.t.Errorf("%+v was not converted and is of another amount", tx)
		}
		return
	}
	// All that is converted here ends in dollars; half a cent is lost at most.
	rate, ok := new(big.Rat).SetString(tx.ExchangeRate)
	if !ok || tx.Currency != "usd" {
		s.t.Errorf("%+v: the rate, or where it ends", tx)
		return
	}
	exact := rate.Mul(rate, big.NewRat(tx.CustomerFacing*minorUnits("usd"), minorUnits(tx.CustomerFacingCurrency)))
	if exact.Sub(exact, big.NewRat(tx.Amount, 1)); exact.Abs(exact).Cmp(big.NewRat(1, 2)) > 0 {
		s.t.Errorf("%+v was not converted at its rate", tx)
	}
}

// listed are the balance transactions that the API lists, all or a payout's.
func (s *stand) listed(payout string) map[string]*stripe.BalanceTransaction {
	s.t.Helper()
	params := &stripe.BalanceTransactionListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(100)}}
	if payout != "" {
		params.Payout = stripe.String(payout)
	}
	out := map[string]*stripe.BalanceTransaction{}
	list := s.stripe.BalanceTransactions.List(params)
	for list.Next() {
		out[list.BalanceTransaction().ID] = list.BalanceTransaction()
	}
	if err := list.Err(); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// reportsAddUp holds that the reports tell the truth, and that every object has
// Stripe's shape.
func (s *stand) reportsAddUp() {
	s.t.Helper()
	truth := s.Truth()
	_, rows := s.report("payout_reconciliation", "")
	sums := sumOfNet(s.t, rows, "automatic_payout_id")
	carried := 0
	for _, po := range truth.Payouts {
		if carried += len(po.BalanceTransactions); po.Automatic && sums[po.ID] != po.Amount {
			s.t.Errorf("payout %s of %d is %d in the report", po.ID, po.Amount, sums[po.ID])
		}
	}
	_, activity := s.report("balance_change_from_activity", "")
	moved := 0
	for _, tx := range truth.BalanceTransactions {
		if tx.Category != "payout" && tx.Category != "payout_reversal" {
			moved++
		}
	}
	if len(rows) != carried || len(activity) != moved {
		s.t.Errorf("%d and %d rows, want %d and %d", len(rows), len(activity), carried, moved)
	}
	doc, err := document()
	if err != nil {
		s.t.Fatal(err)
	}
	sh := shape{doc.Components.Schemas}
	for _, path := range []string{"/v1/balance_transactions?limit=100&expand[]=data.source", "/v1/payouts?limit=100", "/v1/refunds?limit=100&expand[]=data.balance_transaction", "/v1/disputes?limit=100"} {
		status, _, list := s.call(path, testKey, nil, nil)
		if status != http.StatusOK {
			s.t.Fatalf("%s: %d %v", path, status, list)
		}
		for _, item := range list["data"].([]any) {
			kind := item.(map[string]any)["object"].(string)
			for _, problem := range sh.check(sh.schemas[kind], item, kind) {
				s.t.Errorf("%s: %s", path, problem)
			}
		}
	}
}
