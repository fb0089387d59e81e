package app

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Sums that are not those of the books are named, with what puts them right.
func TestExamineSums(t *testing.T) {
	db := pgtest.New(t)
	if c := examineSums(t.Context(), db, time.Minute); c.Wrong != "" || c.Found == "" {
		t.Errorf("empty books: %+v", c)
	}
	if _, err := db.Exec(t.Context(), `insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
		values ('country', 'month', 'EUR', '2026-11-01 00:00Z', 'DE', 1, 0, 2500, 0, 0)`); err != nil {
		t.Fatal(err)
	}
	c := examineSums(t.Context(), db, time.Minute)
	if !strings.Contains(c.Wrong, "country in EUR: the sums tell of 1 over 25.00 EUR, the books of 0 over 0.00 EUR") || !strings.Contains(c.Do, "readerfund rebuild") {
		t.Errorf("%+v", c)
	}
	if c := examineSums(t.Context(), db, time.Nanosecond); c.Wrong != "" || !strings.Contains(c.Found, "doctor --recount") {
		t.Errorf("without time: %+v", c)
	}
}

// What is asked for by itself names what is kept beside the books, too.
func TestRecount(t *testing.T) {
	dsn := pgtest.NewURL(t)
	cfg := Config{DatabaseURL: Secret(dsn)}
	db, err := OpenDatabase(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if c := Recount(t.Context(), cfg); c.Wrong != "" || c.Found == "" {
		t.Errorf("%+v", c)
	}
	for _, sql := range []string{`insert into donors (donor_id, email_key) values ('dnr_a', 'a@example.org')`, `insert into donor_names (donor_id, name) values ('dnr_a', 'Ada')`} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if c := Recount(t.Context(), cfg); c.Wrong != "donor_names: 0 rows are missing, and 1 follow from nothing" || c.Do == "" {
		t.Errorf("%+v", c)
	}
}
