package app

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Sums that are not those of the books are named, with what puts them right.
func TestExamineSums(t *testing.T) {
	db := pgtest.New(t)
	if c := examineSums(t.Context(), db); c.Wrong != "" || c.Found == "" {
		t.Errorf("empty books: %+v", c)
	}
	if _, err := db.Exec(t.Context(), `insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
		values ('country', 'month', 'EUR', '2026-11-01 00:00Z', 'DE', 1, 0, 2500, 0, 0)`); err != nil {
		t.Fatal(err)
	}
	c := examineSums(t.Context(), db)
	if !strings.Contains(c.Wrong, "country in EUR: the sums tell of 1 over 25.00 EUR, the books of 0 over 0.00 EUR") || !strings.Contains(c.Do, "readerfund rebuild") {
		t.Errorf("%+v", c)
	}
}
