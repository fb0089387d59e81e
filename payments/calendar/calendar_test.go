package calendar_test

import (
	"testing"
	"time"
	_ "time/tzdata" // zones must be found on machines that have none

	"github.com/readerfund/readerfund/payments/calendar"
)

func in(t testing.TB, zone string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func day(t testing.TB, text string) calendar.Day {
	t.Helper()
	d, err := calendar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The moments are those at which the zones' clocks were changed, from the time zone
// database (https://www.iana.org/time-zones).
func TestDaysBegin(t *testing.T) {
	for _, tt := range []struct{ zone, day, want string }{
		{"UTC", "2026-09-06", "2026-09-06T00:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00"},
		{"America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00"},
		{"America/Santiago", "2026-09-07", "2026-09-07T00:00:00-03:00"},
		{"America/Santiago", "2026-04-05", "2026-04-05T00:00:00-04:00"}, // 23 o'clock came twice before
		{"America/Havana", "2026-03-08", "2026-03-08T01:00:00-04:00"},
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"}, // the earlier of two midnights
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"},
		{"Asia/Beirut", "2026-03-29", "2026-03-29T01:00:00+03:00"},
		{"Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00Z"},
		{"Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"},
		{"America/Nuuk", "2026-03-29", "2026-03-29T00:00:00-01:00"},
		{"America/Toronto", "1919-03-31", "1919-03-31T00:30:00-04:00"}, // half past eleven became half past twelve
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"},    // left out
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"},
	} {
		z := in(t, tt.zone)
		got := day(t, tt.day).In(z)
		if got.Format(time.RFC3339) != tt.want || got.Location() != z {
			t.Errorf("%s begins in %s at %s, want %s", tt.day, tt.zone, got.Format(time.RFC3339), tt.want)
		}
		if !calendar.Begins(got) || calendar.Begins(got.Add(time.Second)) || calendar.Begins(got.Add(-time.Second)) {
			t.Errorf("%s: only %s is a beginning", tt.zone, got)
		}
	}
}

// Whatever clocks do, days follow each other without a gap, and every moment between
// two beginnings is of the day that has begun.
func TestDaysFollowEachOther(t *testing.T) {
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Asuncion", "America/Havana", "America/Nuuk", "America/Scoresbysund",
		"America/St_Johns", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Gaza", "Asia/Amman", "Asia/Tehran", "Asia/Kathmandu",
		"Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago",
	} {
		z := in(t, name)
		for d := calendar.Date(2022, 1, 1); d.Year < 2028; d = d.Add(1) {
			begins, ends := d.In(z), d.Add(1).In(z)
			if length := ends.Sub(begins); length < 22*time.Hour || length > 26*time.Hour {
				t.Errorf("%s: %s lasts %s", name, d, length)
			}
			for _, at := range []time.Time{begins, begins.Add(time.Hour), begins.Add(12 * time.Hour), ends.Add(-time.Hour), ends.Add(-1)} {
				if calendar.Of(at) != d {
					t.Errorf("%s: %s is of %s, not of %s", name, at, calendar.Of(at), d)
				}
			}
			if calendar.From(begins) != d || calendar.From(begins.Add(1)) != d.Add(1) || calendar.From(ends.Add(-1)) != d.Add(1) {
				t.Errorf("%s: from the beginning of %s on it is %s, then %s", name, d, calendar.From(begins), calendar.From(begins.Add(1)))
			}
		}
	}
	// A day that was left out is of the period in which it would have been.
	if d := calendar.From(day(t, "2011-12-31").In(in(t, "Pacific/Apia"))); d != day(t, "2011-12-30") {
		t.Errorf("the day that was left out in Apia is before %s", d)
	}
}

func TestDaysAreCounted(t *testing.T) {
	d := day(t, "2028-02-28")
	if d.Add(2) != day(t, "2028-03-01") || d.Add(-59) != day(t, "2027-12-31") || calendar.Date(2028, 14, 0) != day(t, "2029-01-31") {
		t.Errorf("%s, %s", d.Add(2), d.Add(-59))
	}
	if n := day(t, "2029-02-28").Since(d); n != 366 || !d.Before(d.Add(1)) || d.Before(d) || d.String() != "2028-02-28" {
		t.Errorf("%d days after %s", n, d)
	}
	for _, text := range []string{"", "2026-02-30", "2026-2-3", "0000-01-01", "2026-01-31T00:00:00Z", "31.01.2026"} {
		if d, err := calendar.Parse(text); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}
