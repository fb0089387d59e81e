package desk

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
)

// Periods are whole days of the calendar, also at its turns.
func TestPeriodsToChoose(t *testing.T) {
	for _, c := range []struct {
		today  string
		fiscal time.Month
		want   string
	}{
		{"2026-11-23", time.January, "last-month 2026-10-01 2026-11-01, this-month 2026-11-01 2026-11-24, last-quarter 2026-07-01 2026-10-01, " +
			"this-year 2026-01-01 2026-11-24, last-year 2025-01-01 2026-01-01"},
		{"2026-01-01", 0, "last-month 2025-12-01 2026-01-01, this-month 2026-01-01 2026-01-02, last-quarter 2025-10-01 2026-01-01, " +
			"this-year 2026-01-01 2026-01-02, last-year 2025-01-01 2026-01-01"},
		{"2024-02-29", time.April, "last-month 2024-01-01 2024-02-01, this-month 2024-02-01 2024-03-01, last-quarter 2023-10-01 2024-01-01, " +
			"this-year 2024-01-01 2024-03-01, last-year 2023-01-01 2024-01-01, this-fiscal-year 2023-04-01 2024-03-01, last-fiscal-year 2022-04-01 2023-04-01"},
		{"2026-03-31", time.April, "last-month 2026-02-01 2026-03-01, this-month 2026-03-01 2026-04-01, last-quarter 2025-10-01 2026-01-01, " +
			"this-year 2026-01-01 2026-04-01, last-year 2025-01-01 2026-01-01, this-fiscal-year 2025-04-01 2026-04-01, last-fiscal-year 2024-04-01 2025-04-01"},
		{"2026-04-01", time.April, "last-month 2026-03-01 2026-04-01, this-month 2026-04-01 2026-04-02, last-quarter 2026-01-01 2026-04-01, " +
			"this-year 2026-01-01 2026-04-02, last-year 2025-01-01 2026-01-01, this-fiscal-year 2026-04-01 2026-04-02, last-fiscal-year 2025-04-01 2026-04-01"},
	} {
		today, err := calendar.Parse(c.today)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range spans(today, c.fiscal) {
			got = append(got, s.Value+" "+s.from.String()+" "+s.end.String())
		}
		if all := strings.Join(got, ", "); all != c.want {
			t.Errorf("%s, fiscal year from %d:\n%s, want\n%s", c.today, c.fiscal, all, c.want)
		}
	}
}

// What is filled in becomes an order in the zone that is chosen, or a sentence.
func TestWhatIsOrdered(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	e := &exporter{lister: lister{Options: Options{Zone: berlin}}}
	now := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC) // still October in Honolulu
	for _, c := range []struct{ asked, wants string }{
		{"", "donations csv 2026-10-01 to 2026-10-31, Europe/Berlin"},
		{"report=payouts&format=xlsx&period=last-month&tz=Pacific/Honolulu", "payouts xlsx 2026-09-01 to 2026-09-30, Pacific/Honolulu"},
		{"from=2026-10-25&to=2026-10-26&period=last-year", "donations csv 2026-10-25, Europe/Berlin"},
		{"currency=eur&campaign=spring&basis=payout", "donations csv 2026-10-01 to 2026-10-31, Europe/Berlin EUR, campaign spring, by arrival of the payout"},
		{"report=journal&basis=booked&period=this-month", "journal csv 2026-11-01 00:00:00 to 2026-11-01 04:00:00, Europe/Berlin by booked"},
		{"from=2026-10-25", "Fill in both days"},
		{"from=2026-10-26&to=2026-10-26", "The period is empty"},
		{"from=26.10.2026&to=2026-10-26", "is not a day"},
		{"tz=Europe/Atlantis", "is not a time zone"},
		{"tz=Local", "is not a time zone"},
		{"period=tomorrow", "There is no such period."},
	} {
		asked, err := url.ParseQuery(c.asked)
		if err != nil {
			t.Fatal(err)
		}
		_, o, wrong := e.read(asked, now, nil)
		got := wrong
		if wrong == "" {
			got = strings.TrimSpace(o.Report + " " + o.Format + " " + periodWords(o.Query) + " " + narrowedWords(o.Query))
			if got != c.wants {
				t.Errorf("%q: %s, want %s", c.asked, got, c.wants)
			}
		} else if !strings.Contains(got, c.wants) {
			t.Errorf("%q: %s, want %s", c.asked, got, c.wants)
		}
	}
}

// An order that is changed comes back in the form as it was.
func TestAnOrderInTheForm(t *testing.T) {
	e := &exporter{lister: lister{Options: Options{Zone: time.UTC}}}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	o := exports.Order{Report: "donations", Format: "parquet", Query: report.Query{Zone: zone, From: time.Date(2026, 3, 8, 0, 0, 0, 0, zone), To: time.Date(2026, 3, 9, 0, 0, 0, 0, zone),
		Currency: "USD", Campaign: "spring", Basis: report.Available}}
	_, again, wrong := e.read(orderQuery(o), time.Now(), nil)
	if wrong != "" || again.Report != o.Report || again.Format != o.Format || periodWords(again.Query) != periodWords(o.Query) || narrowedWords(again.Query) != narrowedWords(o.Query) {
		t.Errorf("%+v, want %+v; %s", again, o, wrong)
	}
}

// Sizes are told in units that people know.
func TestSizesInWords(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 999_940: "999.9 kB", 999_950: "1.0 MB", 252_000_000: "252.0 MB", 2_500_000_000_000_000: "2500.0 TB"} {
		if got := sizeWords(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}

// Sums of each status stand beside those of all rows; the notes are sentences.
func TestSumsOfAManifest(t *testing.T) {
	all := manifestChapters(`{"totals": {"EUR": {"amount": "-1250.00", "fee": "3.50"}, "JPY": {"amount": "500"}},
		"totals_by_status": {"succeeded": {"rows": 1, "totals": {"EUR": {"amount": "1000.00"}}}}, "notes": ["a first one", "Another."]}`)
	if len(all) != 1 || all[0].Lead != "A first one. Another." {
		t.Fatalf("%+v", all)
	}
	var heads, cells []string
	for _, c := range all[0].Table.Columns {
		heads = append(heads, c.Label)
	}
	for _, r := range all[0].Table.Rows {
		for _, c := range r.Cells {
			cells = append(cells, c.Text)
		}
	}
	if got := strings.Join(heads, "|"); got != "Sum of|EUR, all rows|EUR, succeeded|JPY, all rows" {
		t.Error(got)
	}
	if got := strings.Join(cells, "|"); got != "Amount|\u22121,250.00|1,000.00|500|Fee|3.50|–|–" {
		t.Error(got)
	}
	if none := manifestChapters(`{"totals": {}}`); len(none) != 0 {
		t.Errorf("%+v", none)
	}
}
