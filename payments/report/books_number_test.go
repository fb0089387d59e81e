package report_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// A sum's number says what it holds: sums of other periods, of a campaign, and by
// the time of booking have other numbers, and the same export has the same. Its day
// is the last of what it sums up, whether anything happened on it or not.
func TestASumIsNumberedByWhatItHolds(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	at := func(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, time.UTC) }
	whole := at(32, 0)
	numbers := map[string]string{}
	for _, tt := range []struct {
		name     string
		from, to time.Time
		campaign string
		summary  report.Summary
		want     string // number and day of the first; a number that ends in - goes on with five signs
	}{
		{"the month", at(1, 0), whole, "", report.ByMonth, "RF-202612-USD 12/31/2026"},
		{"more than the month", at(-20, 0), at(60, 0), "", report.ByMonth, "RF-202612-USD 12/31/2026"},
		{"its first day", at(1, 0), at(2, 0), "", report.ByMonth, "RF-261201-261201-USD 12/01/2026"},
		{"its rest", at(2, 0), whole, "", report.ByMonth, "RF-261202-261231-USD 12/31/2026"},
		{"a day", at(1, 0), whole, "", report.ByDay, "RF-20261201-USD 12/01/2026"},
		{"a morning", at(1, 0), at(1, 12), "", report.ByDay, "RF-261201-USD- 12/01/2026"},
		{"a day until its noon", at(1, 8), at(2, 12), "", report.ByDay, "RF-261201-USD- 12/01/2026"},
		{"a campaign's day", at(1, 0), whole, "independence", report.ByDay, "RF-261201-USD- 12/01/2026"},
		{"a campaign's month", at(1, 0), whole, "independence", report.ByMonth, "RF-2612-USD- 12/31/2026"},
		{"a campaign's day by month", at(1, 0), at(2, 0), "independence", report.ByMonth, "RF-2612-USD- 12/01/2026"},
	} {
		q := report.Query{From: tt.from, To: tt.to, Zone: time.UTC, Campaign: tt.campaign}
		books := report.Books{Program: accounts.QuickBooks, Summary: tt.summary}
		_, texts := mustBooks(t, db, q, books)
		lines, err := csv.NewReader(strings.NewReader(texts[0])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		number, day := lines[1][0], lines[1][1]
		shown := number
		if start, _, hashed := strings.Cut(tt.want, "- "); hashed {
			shown = strings.TrimSuffix(number, number[len(start)+1:])
		}
		if shown+" "+day != tt.want || len(number) > 21 {
			t.Errorf("%s: %s %s, want %s", tt.name, number, day, tt.want)
		}
		if other := numbers[number]; other != "" && tt.name != "more than the month" {
			t.Errorf("%s has the number of %s, %s", tt.name, other, number)
		}
		numbers[number] = tt.name
		if _, again := mustBooks(t, db, q, books); again[0] != texts[0] {
			t.Errorf("%s: the same export again is another", tt.name)
		}
	}
	_, texts := mustBooks(t, db, report.Query{From: at(1, 0), To: at(1, 12), Zone: time.UTC, Campaign: "independence"},
		report.Books{Program: accounts.QuickBooks, Summary: report.ByDay})
	if want := ",Gifts and Stripe's movements of 2026-12-01T00:00:00Z to 2026-12-01T12:00:00Z of the campaign independence in USD,"; strings.Count(texts[0], want) != 3 {
		t.Errorf("its words do not say what it holds:\n%s", texts[0])
	}

	var booked time.Time
	if err := db.QueryRow(t.Context(), `select date_trunc('second', max(booked_at)) + interval '1 second' from postings`).Scan(&booked); err != nil {
		t.Fatal(err)
	}
	for over := false; !over; {
		if err := db.QueryRow(t.Context(), `select clock_timestamp() > $1`, booked).Scan(&over); err != nil {
			t.Fatal(err)
		}
	}
	q := report.Query{From: booked.Add(-time.Hour), To: booked, Zone: time.UTC, Basis: report.Booked}
	_, texts = mustBooks(t, db, q, report.Books{Program: accounts.QuickBooks, Summary: report.ByDay})
	if want := "\nRFB-" + booked.Add(-time.Second).UTC().Format("060102") + "-USD-"; !strings.Contains(texts[0], want) || !strings.Contains(texts[0], ",Gifts and Stripe's movements by the time of booking of ") {
		t.Errorf("by the time of booking, without %s:\n%s", want, texts[0])
	}
}
