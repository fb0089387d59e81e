package rollup_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/rollup"
)

func in(t testing.TB, zone string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The year before counts as far as the clock has come, in the zone's own days.
func TestCalendar(t *testing.T) {
	const layout = "2006-01-02 15:04 -0700"
	write := func(r rollup.Range) string {
		if !r.From.Before(r.To) {
			return "none"
		}
		return r.From.Format(layout) + " to " + r.To.Format(layout)
	}
	for _, tt := range []struct {
		name, zone, now                                    string
		today, todayBefore, month, monthBefore, yearBefore string
		days                                               int
	}{
		{
			"a morning in Berlin", "Europe/Berlin", "2026-11-23T09:37:12Z",
			"2026-11-23 00:00 +0100 to 2026-11-23 10:45 +0100", "2025-11-23 00:00 +0100 to 2025-11-23 10:45 +0100",
			"2026-11-01 00:00 +0100 to 2026-11-23 10:45 +0100", "2025-11-01 00:00 +0100 to 2025-11-23 10:45 +0100",
			"2025-01-01 00:00 +0100 to 2025-11-23 10:45 +0100", 30,
		}, {
			"29 February", "Asia/Kolkata", "2028-02-29T05:10:00Z",
			"2028-02-29 00:00 +0530 to 2028-02-29 10:45 +0530", "none",
			"2028-02-01 00:00 +0530 to 2028-02-29 10:45 +0530", "2027-02-01 00:00 +0530 to 2027-03-01 00:00 +0530",
			"2027-01-01 00:00 +0530 to 2027-03-01 00:00 +0530", 29,
		}, {
			"1 March after a leap year's", "Asia/Kolkata", "2029-02-28T18:31:00Z",
			"2029-03-01 00:00 +0530 to 2029-03-01 00:15 +0530", "2028-03-01 00:00 +0530 to 2028-03-01 00:15 +0530",
			"2029-03-01 00:00 +0530 to 2029-03-01 00:15 +0530", "2028-03-01 00:00 +0530 to 2028-03-01 00:15 +0530",
			"2028-01-01 00:00 +0530 to 2028-03-01 00:15 +0530", 31,
		}, {
			"a day of 23 hours", "America/New_York", "2027-03-14T20:00:00Z",
			"2027-03-14 00:00 -0500 to 2027-03-14 16:15 -0400", "2026-03-14 00:00 -0400 to 2026-03-14 16:15 -0400",
			"2027-03-01 00:00 -0500 to 2027-03-14 16:15 -0400", "2026-03-01 00:00 -0500 to 2026-03-14 16:15 -0400",
			"2026-01-01 00:00 -0500 to 2026-03-14 16:15 -0400", 31,
		}, {
			"the last quarter of a year", "UTC", "2026-12-31T23:59:59Z",
			"2026-12-31 00:00 +0000 to 2027-01-01 00:00 +0000", "2025-12-31 00:00 +0000 to 2026-01-01 00:00 +0000",
			"2026-12-01 00:00 +0000 to 2027-01-01 00:00 +0000", "2025-12-01 00:00 +0000 to 2026-01-01 00:00 +0000",
			"2025-01-01 00:00 +0000 to 2026-01-01 00:00 +0000", 31,
		}, {
			"a day that begins at one o'clock", "Africa/Cairo", "2026-04-24T06:00:00Z",
			"2026-04-24 01:00 +0300 to 2026-04-24 09:15 +0300", "2025-04-24 00:00 +0200 to 2025-04-24 09:15 +0200",
			"2026-04-01 00:00 +0200 to 2026-04-24 09:15 +0300", "2025-04-01 00:00 +0200 to 2025-04-24 09:15 +0200",
			"2025-01-01 00:00 +0200 to 2025-04-24 09:15 +0200", 30,
		}, {
			"half an hour that the year before did not have", "America/Santiago", "2027-09-06T03:10:00Z",
			"2027-09-06 00:00 -0300 to 2027-09-06 00:15 -0300", "none",
			"2027-09-01 00:00 -0400 to 2027-09-06 00:15 -0300", "2026-09-01 00:00 -0400 to 2026-09-06 01:00 -0300",
			"2026-01-01 00:00 -0300 to 2026-09-06 01:00 -0300", 30,
		}, {
			"a day that has its midnight twice", "America/Havana", "2026-11-01T15:00:00Z",
			"2026-11-01 00:00 -0400 to 2026-11-01 10:15 -0500", "2025-11-01 00:00 -0400 to 2025-11-01 10:15 -0400",
			"2026-11-01 00:00 -0400 to 2026-11-01 10:15 -0500", "2025-11-01 00:00 -0400 to 2025-11-01 10:15 -0400",
			"2025-01-01 00:00 -0500 to 2025-11-01 10:15 -0400", 30,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			c := rollup.NewCalendar(now, in(t, tt.zone))
			for what, pair := range map[string][2]string{
				"today": {write(c.Today.This), tt.today}, "today before": {write(c.Today.Before), tt.todayBefore},
				"month": {write(c.Month.This), tt.month}, "month before": {write(c.Month.Before), tt.monthBefore}, "year before": {write(c.Year.Before), tt.yearBefore},
				"days": {fmt.Sprint(len(c.Days), len(c.Months)), fmt.Sprint(tt.days, 12)},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s is %s, want %s", what, pair[0], pair[1])
				}
			}
		})
	}
}

// The days of a month follow each other without a gap, and so do the months of a year,
// in zones that change their clocks at midnight, at two, by half an hour or never.
func TestColumnsFollowEachOther(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Pacific/Apia"} {
		zone := in(t, name)
		for month := time.January; month <= time.December; month++ {
			c := rollup.NewCalendar(time.Date(2028, month, 15, 12, 0, 0, 0, zone), zone)
			for _, columns := range [][]rollup.Column{c.Days, c.Months} {
				for i, col := range columns {
					if y, m, d := col.Begins.Date(); y != 2028 || len(columns) == 12 && (int(m) != i+1 || d != 1) || len(columns) != 12 && (m != month || d != i+1) {
						t.Errorf("%s: column %d begins on %s", name, i, col.Begins)
					}
					if i > 0 && !columns[i-1].This.To.Equal(col.This.From) {
						t.Errorf("%s: %s does not follow %s", name, col.This.From, columns[i-1].This.To)
					}
					if u := col.This.From.UTC(); !u.Equal(u.Truncate(15 * time.Minute)) {
						t.Errorf("%s: %s is within a quarter of an hour", name, u)
					}
				}
			}
		}
	}
}
