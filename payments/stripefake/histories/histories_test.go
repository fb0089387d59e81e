package histories_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// stripeSpec is loaded once for all tests of the package: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

const newest = "2026-09-30.endive"

func play(t *testing.T, seed uint64, steps int) (histories.History, []string) {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	w, err := histories.New(t.Context(), histories.Options{Seed: seed, Versions: []string{histories.Base, newest}, Spec: spec})
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
	return h, w.Told()
}

func TestTheSameSeedTellsTheSameBytes(t *testing.T) {
	a, toldA := play(t, 7, 25)
	b, toldB := play(t, 7, 25)
	if !slices.Equal(toldA, toldB) {
		t.Fatalf("told\n%s\nand\n%s", strings.Join(toldA, "\n"), strings.Join(toldB, "\n"))
	}
	if len(a.Events) != len(b.Events) || len(a.Events) < 20 {
		t.Fatalf("%d and %d events", len(a.Events), len(b.Events))
	}
	for i := range a.Events {
		if !maps.EqualFunc(a.Events[i].Shapes, b.Events[i].Shapes, bytes.Equal) {
			t.Errorf("event %d, %s, differs:\n%s\n%s", i, a.Events[i].Type, a.Events[i].Shapes, b.Events[i].Shapes)
		}
	}
	if other, _ := play(t, 8, 2); len(other.Events) > 0 && other.Events[0].ID == a.Events[0].ID {
		t.Error("another seed has the same ids")
	}
}

// The events that the books are made of all happen, in few histories, in the old
// shape and in the new one.
func TestHistoriesAreRich(t *testing.T) {
	told := map[string]map[string]int{histories.Base: {}, newest: {}}
	for seed := range uint64(7) {
		h, _ := play(t, seed, 60)
		for _, e := range h.Events {
			for version, body := range e.Shapes {
				var shape struct {
					ID, Type string
					Version  string `json:"api_version"`
				}
				if err := json.Unmarshal(body, &shape); err != nil || shape.Version != version || shape.ID != e.ID || shape.Type != e.Type {
					t.Fatalf("%s %s at %s: %+v, %v", e.ID, e.Type, version, shape, err)
				}
				told[version][e.Type]++
			}
		}
	}
	for version, types := range map[string]string{
		histories.Base: `charge.dispute.closed charge.dispute.created charge.dispute.funds_withdrawn charge.failed charge.pending
			charge.refund.updated charge.refunded charge.succeeded
			checkout.session.async_payment_succeeded checkout.session.completed checkout.session.expired
			customer.subscription.created customer.subscription.deleted customer.subscription.updated customer.updated
			invoice.paid invoice.payment_failed payment_intent.payment_failed payment_intent.processing
			payment_intent.succeeded payout.created payout.paid radar.early_fraud_warning.created`,
		newest: `invoice_payment.paid refund.created refund.failed refund.updated charge.refunded invoice.paid`,
	} {
		for _, kind := range strings.Fields(types) {
			if told[version][kind] == 0 {
				t.Errorf("%s never happens at %s", kind, version)
			}
		}
	}
}
