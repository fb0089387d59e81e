package saved

import (
	"testing"
	"time"
	_ "time/tzdata" // zones must be found on machines that have none

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestPeriodsOfADay(t *testing.T) {
	for _, tt := range []struct {
		span           Span
		day            string
		fiscal         time.Month
		from, to, note string
	}{
		{Yesterday, "2026-03-01", 1, "2026-02-28", "2026-03-01", ""},
		{Yesterday, "2028-03-01", 1, "2028-02-29", "2028-03-01", "a leap year"},
		{LastWeek, "2026-11-23", 1, "2026-11-16", "2026-11-23", "a Monday"},
		{LastWeek, "2026-11-22", 1, "2026-11-09", "2026-11-16", "a Sunday: its own week is not over"},
		{LastWeek, "2026-01-01", 1, "2025-12-22", "2025-12-29", "across a year"},
		{LastMonth, "2026-11-01", 1, "2026-10-01", "2026-11-01", ""},
		{LastMonth, "2026-01-28", 1, "2025-12-01", "2026-01-01", ""},
		{LastMonth, "2028-03-28", 1, "2028-02-01", "2028-03-01", ""},
		{LastQuarter, "2026-01-01", 1, "2025-10-01", "2026-01-01", ""},
		{LastQuarter, "2026-03-31", 1, "2025-10-01", "2026-01-01", ""},
		{LastQuarter, "2026-04-01", 1, "2026-01-01", "2026-04-01", ""},
		{LastQuarter, "2026-12-31", 1, "2026-07-01", "2026-10-01", ""},
		{LastFiscalYear, "2026-11-23", 1, "2025-01-01", "2026-01-01", ""},
		{LastFiscalYear, "2026-11-23", 7, "2025-07-01", "2026-07-01", ""},
		{LastFiscalYear, "2026-06-30", 7, "2024-07-01", "2025-07-01", "the year is not over"},
		{LastFiscalYear, "2026-07-01", 7, "2025-07-01", "2026-07-01", "it is, just now"},
		{YearSoFar, "2026-11-23", 7, "2026-01-01", "2026-11-23", "the calendar's year"},
		{YearSoFar, "2026-01-02", 1, "2026-01-01", "2026-01-02", ""},
		{YearSoFar, "2026-01-01", 1, "2025-01-01", "2026-01-01", "never empty"},
	} {
		day, err := calendar.Parse(tt.day)
		if err != nil {
			t.Fatal(err)
		}
		if p := tt.span.On(day, tt.fiscal); p.From.String() != tt.from || p.To.String() != tt.to {
			t.Errorf("%s on %s: %s to %s, want %s to %s (%s)", tt.span, tt.day, p.From, p.To, tt.from, tt.to, tt.note)
		}
	}
}

// The moments are those at which the zones' clocks were changed, from the time zone
// database (https://www.iana.org/time-zones).
func TestTurnsOfSchedules(t *testing.T) {
	daily := func(minute int) Schedule { return Schedule{Every: Daily, MonthDay: 1, Minute: minute} }
	for _, tt := range []struct {
		zone, now string
		s         Schedule
		want      []string // each with its day
	}{
		{"UTC", "2026-11-23T05:59:59Z", daily(360), []string{"2026-11-23 2026-11-23T06:00:00Z", "2026-11-24 2026-11-24T06:00:00Z"}},
		{"UTC", "2026-11-23T06:00:00Z", daily(360), []string{"2026-11-24 2026-11-24T06:00:00Z"}},
		// Half past two does not exist on 29 March, and is twice on 25 October.
		{"Europe/Berlin", "2026-03-28T12:00:00Z", daily(150), []string{"2026-03-29 2026-03-29T03:00:00+02:00", "2026-03-30 2026-03-30T02:30:00+02:00"}},
		{"Europe/Berlin", "2026-10-24T12:00:00Z", daily(150), []string{"2026-10-25 2026-10-25T02:30:00+02:00", "2026-10-26 2026-10-26T02:30:00+01:00"}},
		{"Europe/Berlin", "2026-10-25T00:45:00Z", daily(150), []string{"2026-10-26 2026-10-26T02:30:00+01:00"}}, // between the two
		{"America/New_York", "2026-03-08T00:00:00Z", daily(120), []string{"2026-03-08 2026-03-08T03:00:00-04:00", "2026-03-09 2026-03-09T02:00:00-04:00"}},
		{"America/Santiago", "2026-09-05T12:00:00Z", daily(0), []string{"2026-09-06 2026-09-06T01:00:00-03:00", "2026-09-07 2026-09-07T00:00:00-03:00"}},
		{"America/Havana", "2026-10-31T12:00:00Z", daily(30), []string{"2026-11-01 2026-11-01T00:30:00-04:00", "2026-11-02 2026-11-02T00:30:00-05:00"}},
		{"Australia/Lord_Howe", "2026-10-03T12:00:00Z", daily(130), []string{"2026-10-04 2026-10-04T02:30:00+11:00", "2026-10-05 2026-10-05T02:10:00+11:00"}},
		// Clocks went over half past eleven at night: the turn of the 30th is due on the 31st.
		{"America/Toronto", "1919-03-30T12:00:00Z", daily(23*60 + 45), []string{"1919-03-30 1919-03-31T00:30:00-04:00", "1919-03-31 1919-03-31T23:45:00-04:00"}},
		// A day that was left out has its turn when the next day begins.
		{"Pacific/Apia", "2011-12-29T21:00:00Z", daily(720), []string{"2011-12-29 2011-12-29T12:00:00-10:00", "2011-12-30 2011-12-31T00:00:00+14:00", "2011-12-31 2011-12-31T12:00:00+14:00"}},
		{"Asia/Kathmandu", "2026-11-23T00:00:00Z", Schedule{Every: Weekly, Weekday: time.Monday, Minute: 420}, []string{"2026-11-23 2026-11-23T07:00:00+05:45", "2026-11-30 2026-11-30T07:00:00+05:45"}},
		{"UTC", "2026-11-23T07:00:00Z", Schedule{Every: Weekly, Weekday: time.Sunday, Minute: 0}, []string{"2026-11-29 2026-11-29T00:00:00Z"}},
		{"Europe/London", "2026-01-31T00:00:00Z", Schedule{Every: Monthly, MonthDay: 28, Minute: 1439}, []string{"2026-02-28 2026-02-28T23:59:00Z", "2026-03-28 2026-03-28T23:59:00Z", "2026-04-28 2026-04-28T23:59:00+01:00"}},
		{"Europe/London", "2026-12-01T06:00:00Z", Schedule{Every: Monthly, MonthDay: 1, Minute: 360}, []string{"2027-01-01 2027-01-01T06:00:00Z"}},
	} {
		z := zone(t, tt.zone)
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		turn := tt.s.From(now, z)
		for _, want := range tt.want {
			if got := turn.Day.String() + " " + turn.At.Format(time.RFC3339); got != want {
				t.Errorf("%s, %+v from %s: %s, want %s", tt.zone, tt.s, tt.now, got, want)
			}
			turn = tt.s.After(turn.Day, z)
		}
	}
}

// Whatever the clocks do, the turns of a schedule come one after the other, each day
// that it names has exactly one, and each is due on that day, or when clocks went over
// its time.
func TestEachDayHasItsTurn(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "America/Nuuk", "America/St_Johns", "Africa/Cairo",
		"Africa/Casablanca", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago"}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		s := Schedule{Every: rapid.SampledFrom([]Every{Daily, Weekly, Monthly}).Draw(t, "every"), Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")),
			MonthDay: rapid.IntRange(1, LastMonthDay).Draw(t, "day"), Minute: rapid.IntRange(0, 1439).Draw(t, "minute")}
		now := time.Unix(rapid.Int64Range(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Unix()).Draw(t, "now"), 0)
		names := func(d calendar.Day) bool {
			return s.Every == Daily || s.Every == Weekly && d.UTC().Weekday() == s.Weekday || s.Every == Monthly && d.Day == s.MonthDay
		}
		turn := s.From(now, z)
		if !turn.At.After(now) {
			t.Fatalf("the first turn %v is not after %s", turn, now)
		}
		for d := turn.Day.Add(-1); d.Since(turn.Day) > -3; d = d.Add(-1) {
			if names(d) && s.turn(d, z).At.After(now) {
				t.Fatalf("%v is not the first: %s comes before", turn, d)
			}
		}
		for range 40 {
			next := s.After(turn.Day, z)
			for d := turn.Day.Add(1); d.Before(next.Day); d = d.Add(1) {
				if names(d) {
					t.Fatalf("%s has no turn", d)
				}
			}
			if !names(next.Day) || !next.At.After(turn.At) {
				t.Fatalf("after %v comes %v", turn, next)
			}
			local := next.At.In(z)
			clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
			if want := time.Duration(s.Minute) * time.Minute; calendar.Of(local) != next.Day || clock != want {
				// Only where that time does not exist: the moment before shows an earlier time.
				before := local.Add(-time.Nanosecond)
				wall := next.Day.UTC().Add(want)
				shown := func(t time.Time) time.Time {
					return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
				}
				if !shown(before).Before(wall) || !shown(local).After(wall) {
					t.Fatalf("%v is due at %s", next, local)
				}
			}
			turn = next
		}
	})
}

// What was missed is caught up by the latest turns, and none is due twice.
func TestMissedTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Schedule{Every: rapid.SampledFrom([]Every{Daily, Weekly, Monthly}).Draw(t, "every"), MonthDay: 1, Minute: rapid.IntRange(0, 1439).Draw(t, "minute")}
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		next := s.From(now, time.UTC)
		last := next.Day.Add(-1)
		for range 10 {
			now = now.Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "minutes later")) * time.Minute)
			due, passed, after := s.due(next, now, time.UTC)
			if len(due) > CaughtUp || passed > 0 && len(due) < CaughtUp {
				t.Fatalf("%d are due, %d passed over", len(due), passed)
			}
			turn := next
			for range passed {
				turn = s.After(turn.Day, time.UTC)
			}
			for _, d := range due {
				if d != turn || d.At.After(now) || !last.Before(d.Day) {
					t.Fatalf("%v is due at %s, and %v was to be", d, now, turn)
				}
				last, turn = d.Day, s.After(turn.Day, time.UTC)
			}
			if after != turn || !after.At.After(now) {
				t.Fatalf("%v comes after, and %v was to", after, turn)
			}
			next = after
		}
	})
}
