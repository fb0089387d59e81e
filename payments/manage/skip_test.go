package manage

import (
	"slices"
	"testing"
	"time"
)

func TestPausesLeaveOutACharge(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for name, c := range map[string]struct {
		now, next, started string
		every              int
		pauses             []int
		left               []string // by the first of them
		after              string
	}{
		"monthly":               {"2026-11-23", "2026-12-10", "2026-01-10", 1, []int{1, 3, 6}, []string{"2026-12-10"}, "2027-01-10"},
		"the last of a month":   {"2027-01-31", "2027-02-28", "2026-10-31", 1, []int{1, 3, 6}, []string{"2027-02-28"}, "2027-03-31"},
		"yearly, far away":      {"2026-11-23", "2027-10-01", "2025-10-01", 12, []int{11}, []string{"2027-10-01"}, "2028-10-01"},
		"yearly, begun today":   {"2026-11-23", "2027-11-23", "2026-11-23", 12, []int{12}, []string{"2027-11-23"}, "2028-11-23"},
		"monthly, begun today":  {"2026-11-23", "2026-12-23", "2026-11-23", 1, []int{1, 3, 6}, []string{"2026-12-23"}, "2027-01-23"},
		"yearly, soon":          {"2026-11-23", "2026-12-01", "2024-12-01", 12, []int{1}, []string{"2026-12-01"}, "2027-12-01"},
		"each quarter":          {"2026-11-23", "2027-02-01", "2026-08-01", 3, []int{3, 6}, []string{"2027-02-01"}, "2027-05-01"},
		"nobody knows the next": {"2026-11-23", "", "2026-08-01", 1, []int{1, 3, 6}, nil, ""},
	} {
		r := Recurring{StartedAt: day(c.started), Every: c.every}
		if c.next != "" {
			r.NextAt = day(c.next)
		}
		pauses := r.Pauses([]int{1, 3, 6}, day(c.now), time.UTC)
		if !slices.Equal(pauses, c.pauses) {
			t.Errorf("%s: pauses of %v months, want %v", name, pauses, c.pauses)
			continue
		}
		left, after := r.Skipped(r.PauseEnds(day(c.now), pauses[0], time.UTC))
		var days []string
		for _, at := range left {
			days = append(days, at.Format(time.DateOnly))
		}
		if !slices.Equal(days, c.left) || c.after != "" && !after.Equal(day(c.after)) || c.after == "" && !after.IsZero() {
			t.Errorf("%s: leaves out %v, then %s; want %v, %s", name, days, after, c.left, c.after)
		}
	}
}

// A pause never ends near to a charge: within the hour Stripe could have made the
// invoice, or not.
func TestAPauseEndsAwayFromCharges(t *testing.T) {
	t.Parallel()
	charge := time.Date(2026, 12, 23, 10, 0, 0, 0, time.UTC)
	r := Recurring{StartedAt: charge.AddDate(0, -1, 0), NextAt: charge, Every: 1}
	for now, want := range map[time.Duration]time.Time{
		-48 * time.Hour: charge.Add(-48 * time.Hour),
		-time.Hour:      charge.Add(24 * time.Hour),
		time.Minute:     charge.Add(24 * time.Hour),
		48 * time.Hour:  charge.Add(48 * time.Hour),
	} {
		if got := r.PauseEnds(charge.AddDate(0, -1, 0).Add(now), 1, time.UTC); !got.Equal(want) {
			t.Errorf("%s from a month before: ends at %s, want %s", now, got, want)
		}
	}
}
