package browse

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// Whatever an id is of, its donation is found by keys: no table is read whole.
func TestAnIDIsFoundByKeys(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20_000)
	err := (&Books{DB: db}).read(t.Context(), "planning", func(tx pgx.Tx) error {
		l, err := DonationFilter{Find: "ch_77"}.list(t.Context(), tx)
		if err != nil {
			return err
		}
		// Refunds, of which there are none, and disputes are few.
		if got := plan(t, t.Context(), tx, l, false); strings.Contains(got, "Seq Scan on donations") || strings.Contains(got, "Seq Scan on charges") {
			t.Error(got)
		}
		page, err := l.read(t.Context(), tx, Turn{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Payment != "pi_77" {
			t.Errorf("%+v, %v", page.Rows, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A name that too many bear is refused in words; one that few bear is found.
func TestANameOfTooMany(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20_000)
	b := &Books{DB: db}
	search := func(find string) (int, error) {
		page, err := b.Donations(t.Context(), DonationFilter{Find: find, People: true}, Turn{Limit: mostLimit})
		return len(page.Rows), err
	}
	if n, err := search("reader 17"); err != nil || n == 0 {
		t.Errorf("%d gifts, %v", n, err)
	}
	if n, err := search("rea"); payments.CodeOf(err) != payments.Invalid || !strings.Contains(err.Error(), "Write more of it") {
		t.Errorf("%d gifts, %v", n, err)
	}
}
