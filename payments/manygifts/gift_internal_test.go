package manygifts

import (
	"testing"
	"time"
)

// Ids are unique whatever is drawn, and the same slot of the next month goes on with
// what recurs.
func TestIdsAreUnique(t *testing.T) {
	w := newWorld(Options{Gifts: 50_000, Seed: 1, Days: 1000, From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)})
	stems, orders := map[string]bool{}, map[string]string{}
	for number := range w.gifts {
		g := w.gift(number)
		if stems[g.stem] {
			t.Fatalf("gift %d has the id %s of another", number, g.stem)
		}
		stems[g.stem] = true
		id := g.order.Attribution.CheckoutID
		if by, known := orders[id]; known && (g.chain.number == 0 || g.chain.first || by != g.giver.Email) {
			t.Fatalf("gift %d is of the checkout %s of another", number, id)
		} else if !known && g.chain.number > 0 && !g.chain.first {
			t.Fatalf("gift %d goes on with what never began", number)
		}
		orders[id] = g.giver.Email
	}
}
