package report_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// A sum of days that are not over says so, for its number will come again with other
// amounts.
func TestAnUnfinishedMonthIsTold(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	names := accounts.Default()
	var now time.Time
	if err := db.QueryRow(t.Context(), "select now()").Scan(&now); err != nil {
		t.Fatal(err)
	}
	over, goesOn := now.Add(-time.Hour), now.Add(24*time.Hour)
	for _, c := range []struct {
		to    time.Time
		by    report.Summary
		basis report.Basis
		told  bool
	}{
		{goesOn, report.ByMonth, report.Own, true}, {goesOn, report.ByDay, report.Own, true},
		{now.AddDate(10, 0, 0), report.ByMonth, report.Own, true}, {now.AddDate(-1, 1, 0), report.ByMonth, report.Own, false},
		{goesOn, report.Each, report.Own, false}, {over, report.ByMonth, report.Own, false}, {over, report.ByDay, report.Booked, false},
	} {
		q := report.Query{From: now.AddDate(-1, 0, 0), To: c.to, Zone: time.UTC, Currency: "USD", Basis: c.basis}
		m, err := report.WriteBooks(t.Context(), db, q, report.Books{Program: accounts.Xero, Map: names, Summary: c.by},
			func(int) (io.WriteCloser, string, error) { return forgets{io.Discard}, "x.csv", nil })
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(m.Notes, "\n")
		if strings.Contains(notes, "was not over at") != c.told || strings.Contains(notes, "nothing was booked in this period") != (m.Rows == 0) {
			t.Errorf("%q by %q to %s, %d rows: %q", c.by, c.basis, c.to, m.Rows, m.Notes)
		}
	}
}

type forgets struct{ io.Writer }

func (forgets) Close() error { return nil }
