package histories_test

import (
	"bytes"
	"testing"

	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

func TestAYear(t *testing.T) {
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	w, err := histories.New(t.Context(), histories.Options{Seed: 3, Settles: true, Spec: spec, Hear: func(event []byte) error {
		for _, kind := range []string{"charge.succeeded", "charge.refunded", "charge.dispute.created", "invoice.paid", "payout.failed"} {
			if bytes.Contains(event, []byte(`"type":"`+kind+`"`)) {
				told[kind]++
			}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	days := 0
	if err := w.PlayYear(histories.Year{Gifts: 1000, Weekly: true, Day: func(int) error { days++; return nil }}); err != nil {
		t.Fatal(err)
	}
	if days != 365 || told["charge.succeeded"] < 1000 || told["charge.succeeded"] > 1050 || told["payout.failed"] != 2 {
		t.Errorf("%d days, %v", days, told)
	}
	for _, kind := range []string{"charge.refunded", "charge.dispute.created", "invoice.paid"} {
		if told[kind] == 0 {
			t.Errorf("%s never happens", kind)
		}
	}
	if h, err := w.History(); err != nil || len(h.Events) != 0 || len(h.Truth.Payments) < 1000 {
		t.Errorf("%d events are kept, %d payments, %v", len(h.Events), len(h.Truth.Payments), err)
	}
}
