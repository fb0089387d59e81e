package statements_test

import (
	"context"
	"maps"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/statements"
)

// A button that is pressed twice, at once or when all is mailed, leads to one run, which
// both are shown; what is decided otherwise is another wish.
func TestPressedTwice(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500})
	wish := statements.Wish{Year: 2025, By: "carla", Seen: 1, Token: statements.NewToken()}
	var noted atomic.Int32
	order := func(w statements.Wish) (statements.Run, error) {
		return h.office.Order(t.Context(), w, func(context.Context, pgx.Tx, statements.Run) error {
			noted.Add(1)
			return nil
		})
	}
	ids := make(chan string)
	for range 2 {
		go func() {
			run, err := order(wish)
			if err != nil {
				t.Error(err)
			}
			ids <- run.ID
		}()
	}
	first, second := <-ids, <-ids
	if first != second || first == "" {
		t.Fatalf("two runs: %q, %q", first, second)
	}
	h.sends()
	if run, err := order(wish); err != nil || run.ID != first || run.State != statements.Over {
		t.Errorf("once more in the end: %+v, %v", run, err)
	}
	if n := noted.Load(); n != 1 {
		t.Errorf("it was noted %d times", n)
	}
	if got := h.post.times(); !maps.Equal(got, map[string]int{"ada": 1}) {
		t.Error(got)
	}
	wish.By = "dora"
	_, err := order(wish)
	wants(t, "somebody else's", err, payments.Invalid, "Nobody is to be mailed")
}
