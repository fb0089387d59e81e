package calendar_test

import (
	"testing"
	"time"
)

// The moments are those at which the zones' clocks were changed, from the time zone
// database (https://www.iana.org/time-zones).
func TestTimesOfDays(t *testing.T) {
	for _, tt := range []struct{ zone, day, clock, want string }{
		{"UTC", "2026-03-29", "2h30m", "2026-03-29T02:30:00Z"},
		{"Europe/Berlin", "2026-03-28", "2h30m", "2026-03-28T02:30:00+01:00"},
		{"Europe/Berlin", "2026-03-29", "1h59m", "2026-03-29T01:59:00+01:00"},
		{"Europe/Berlin", "2026-03-29", "2h30m", "2026-03-29T03:00:00+02:00"}, // two to three does not exist
		{"Europe/Berlin", "2026-03-29", "3h", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25", "2h30m", "2026-10-25T02:30:00+02:00"}, // the first of two
		{"Europe/Berlin", "2026-10-25", "3h", "2026-10-25T03:00:00+01:00"},
		{"America/New_York", "2026-03-08", "2h15m", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "2026-11-01", "1h30m", "2026-11-01T01:30:00-04:00"},
		{"America/Santiago", "2026-09-06", "30m", "2026-09-06T01:00:00-03:00"},
		{"America/Santiago", "2026-04-04", "23h30m", "2026-04-04T23:30:00-03:00"}, // 23 o'clock comes twice
		{"America/Havana", "2026-11-01", "15m", "2026-11-01T00:15:00-04:00"},
		{"Australia/Lord_Howe", "2026-10-04", "2h10m", "2026-10-04T02:30:00+11:00"}, // half an hour
		{"Australia/Lord_Howe", "2026-04-05", "1h45m", "2026-04-05T01:45:00+11:00"},
		{"America/Toronto", "1919-03-30", "23h45m", "1919-03-31T00:30:00-04:00"}, // half past eleven became half past twelve
		{"Asia/Kathmandu", "2026-11-23", "23h59m", "2026-11-23T23:59:00+05:45"},
		{"Pacific/Kiritimati", "2026-11-23", "0s", "2026-11-23T00:00:00+14:00"},
		{"Pacific/Pago_Pago", "2026-11-23", "23h59m", "2026-11-23T23:59:00-11:00"},
		{"Pacific/Apia", "2011-12-30", "12h", "2011-12-31T00:00:00+14:00"}, // left out
	} {
		clock, err := time.ParseDuration(tt.clock)
		if err != nil {
			t.Fatal(err)
		}
		z := in(t, tt.zone)
		if got := day(t, tt.day).At(clock, z); got.Format(time.RFC3339) != tt.want || got.Location() != z {
			t.Errorf("%s at %s in %s is %s, want %s", tt.day, tt.clock, tt.zone, got.Format(time.RFC3339), tt.want)
		}
	}
}
