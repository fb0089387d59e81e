package manage

import (
	"testing"
	"time"
)

func TestAPauseEndsOnTheSameDayOfALaterMonth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, begun string // in the zone
		months      int
		want        string
	}{
		{"UTC", "2026-01-31 23:59:59", 1, "2026-02-28 23:59:59 +0000"},
		{"UTC", "2026-01-31 23:59:59", 2, "2026-03-31 23:59:59 +0000"},
		{"UTC", "2026-01-31 23:59:59", 3, "2026-04-30 23:59:59 +0000"},
		{"UTC", "2026-01-31 23:59:59", 12, "2027-01-31 23:59:59 +0000"},
		{"UTC", "2026-01-31 23:59:59", 13, "2027-02-28 23:59:59 +0000"},
		{"UTC", "2027-12-31 08:00:00", 2, "2028-02-29 08:00:00 +0000"},
		{"UTC", "2026-11-30 08:00:00", 3, "2027-02-28 08:00:00 +0000"},
		// The same moment is another day, and even another month, elsewhere.
		{"America/New_York", "2026-01-31 22:00:00", 1, "2026-02-28 22:00:00 -0500"},
		{"Pacific/Auckland", "2026-03-01 03:00:00", 1, "2026-04-01 03:00:00 +1300"},
		{"Asia/Kolkata", "2026-08-31 00:10:00", 6, "2027-02-28 00:10:00 +0530"},
		// Clocks change in between, or just then.
		{"Europe/London", "2026-09-30 23:30:00", 1, "2026-10-30 23:30:00 +0000"},
		{"Europe/London", "2026-01-31 23:30:00", 6, "2026-07-31 23:30:00 +0100"},
		{"Europe/Berlin", "2026-02-28 02:30:00", 1, "2026-03-28 02:30:00 +0100"},
		{"Europe/Berlin", "2026-09-25 03:30:00", 1, "2026-10-25 03:30:00 +0100"},
		{"America/Sao_Paulo", "2018-10-04 00:30:00", 1, "2018-11-04 01:30:00 -0200"},
		{"Pacific/Apia", "2026-10-31 12:00:00", 4, "2027-02-28 12:00:00 +1300"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		begun, err := time.ParseInLocation(time.DateTime, c.begun, zone)
		if err != nil {
			t.Fatal(err)
		}
		const form = "2006-01-02 15:04:05 -0700"
		for _, now := range []time.Time{begun, begun.UTC(), begun.Add(300 * time.Millisecond)} {
			if got := PauseEnds(now, time.Time{}, c.months, zone); got.Format(form) != c.want {
				t.Errorf("%s in %s, %d months: %s, want %s", c.begun, c.zone, c.months, got.Format(form), c.want)
			}
		}
		// Stripe's clock counts where it is ahead, and only there.
		if got := PauseEnds(begun.Add(-time.Hour), begun, c.months, zone); got.Format(form) != c.want {
			t.Errorf("%s in %s by Stripe's clock: %s", c.begun, c.zone, got.Format(form))
		}
		if got := PauseEnds(begun, begun.Add(-24*time.Hour), c.months, zone); got.Format(form) != c.want {
			t.Errorf("%s in %s, told a day ago: %s", c.begun, c.zone, got.Format(form))
		}
	}
	if got := PauseEnds(time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), time.Time{}, 1, nil); got.Day() != 30 || got.Location() != time.UTC {
		t.Errorf("without a zone: %s", got)
	}
}
