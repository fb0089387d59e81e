package histories_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

func playSettling(t *testing.T, seed uint64, steps int) histories.History {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	w, err := histories.New(t.Context(), histories.Options{Seed: seed, Settles: true, Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	w.Play(steps)
	h, err := w.History()
	if err != nil {
		t.Fatalf("%v\nafter\n%s", err, strings.Join(w.Told(), "\n"))
	}
	return h
}

// Where money is converted, all that can happen to it happens, and payouts and
// balances are the sum of what is told.
func TestSettlingHistories(t *testing.T) {
	seen, converted := map[string]int{}, map[string]int{}
	payouts := 0
	for seed := range uint64(4) {
		truth := playSettling(t, seed, 70).Truth
		net, rows := map[string]int64{}, map[string]stripefake.TruthTransaction{}
		for _, tx := range truth.BalanceTransactions {
			rows[tx.ID] = tx
			net[tx.Currency] += tx.Net
			seen[tx.Category]++
			if tx.ExchangeRate != "" {
				converted[tx.Category]++
			}
			if tx.Currency != "usd" && tx.Currency != "eur" {
				t.Errorf("seed %d: %+v settled in %s", seed, tx, tx.Currency)
			}
		}
		for _, b := range truth.Balance {
			if b.Available+b.Pending != net[b.Currency] {
				t.Errorf("seed %d: balance %+v, moved %d", seed, b, net[b.Currency])
			}
		}
		for _, po := range truth.Payouts {
			sum := int64(0)
			for _, id := range po.BalanceTransactions {
				sum += rows[id].Net
			}
			if po.Automatic && sum != po.Amount {
				t.Errorf("seed %d: payout %s of %d carries %d", seed, po.ID, po.Amount, sum)
			}
			if po.Automatic {
				payouts++
			}
		}
	}
	for _, category := range []string{"charge", "refund", "refund_failure", "dispute", "dispute_reversal", "fee", "payout", "payout_reversal"} {
		if seen[category] == 0 {
			t.Errorf("no %s in all histories: %v", category, seen)
		}
	}
	if converted["charge"] == 0 || converted["refund"] == 0 || converted["dispute"] == 0 || payouts < 5 {
		t.Errorf("%d automatic payouts, converted %v", payouts, converted)
	}
}

func TestTheSameSeedSettlesTheSame(t *testing.T) {
	a, b := playSettling(t, 3, 25), playSettling(t, 3, 25)
	if len(a.Events) != len(b.Events) || len(a.Events) < 20 {
		t.Fatalf("%d and %d events", len(a.Events), len(b.Events))
	}
	for i := range a.Events {
		if !bytes.Equal(a.Events[i].Shapes[histories.Base], b.Events[i].Shapes[histories.Base]) {
			t.Errorf("event %d, %s, differs", i, a.Events[i].Type)
		}
	}
}
