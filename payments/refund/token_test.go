package refund_test

import (
	"sync"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
)

// One decision that is sent several times, at once or after it was carried out, is one
// order; another decision to give the same back is another.
func TestOneDecisionIsOneOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(5000, "EUR"))
	w := h.part(don, 1000)
	w.Token = refund.NewToken()
	ids, fresh := make([]string, 4), make([]bool, 4)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			o, err := h.desk.Order(t.Context(), w)
			if err != nil {
				t.Error(err)
				return
			}
			fresh[i] = !o.Before
			if _, err := h.desk.CarryOut(t.Context(), o.ID); err != nil && payments.CodeOf(err) != payments.Busy {
				t.Error(err)
			}
			ids[i] = o.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("orders %q", ids)
		}
	}
	ordered := 0
	for _, f := range fresh {
		if f {
			ordered++
		}
	}
	if ordered != 1 {
		t.Errorf("%d of four say that they ordered it", ordered)
	}
	late := h.made(w)
	if late.ID != ids[0] || late.Outcome != refund.Done {
		t.Errorf("sent again once it was made: %+v", late)
	}
	h.wantsGiven(1000, 1)
	other := w
	other.Token = refund.NewToken()
	_, err := h.desk.Order(t.Context(), other)
	wants(t, "another decision within a day", err, payments.Invalid, "given back")
	other.Again = true
	if made := h.made(other); made.ID == late.ID {
		t.Error("another decision is taken for the same")
	}
	h.wantsGiven(2000, 2)
}

// A token stands for what was decided with it: of another donation, amount or reason,
// or made up, it is refused and nothing is ordered.
func TestATokenStandsForItsDecision(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don, of := h.gives(money.New(5000, "EUR")), h.gives(money.New(5000, "EUR"))
	w := h.part(don, 1000)
	w.Token = refund.NewToken()
	h.ordered(w)
	for name, change := range map[string]func(*refund.Wish){
		"another donation": func(w *refund.Wish) { w.Donation = of },
		"another amount":   func(w *refund.Wish) { w.Amount.Minor = 1100 },
		"another reason":   func(w *refund.Wish) { w.Reason = "duplicate" },
		"made up":          func(w *refund.Wish) { w.Token = "x'; --" },
	} {
		changed := w
		change(&changed)
		_, err := h.desk.Order(t.Context(), changed)
		wants(t, name, err, payments.Invalid, "page")
	}
	var orders int
	h.scan(&orders, `select count(*) from refund_orders`)
	if orders != 1 {
		t.Errorf("%d orders", orders)
	}
}
