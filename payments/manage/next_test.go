package manage

import (
	"testing"
	"time"
)

func TestTheNextChargeComesAfterThePause(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		periodEnd, until, started string
		months                    int
		want                      string
	}{
		{"2026-03-10", "", "2026-01-10", 1, "2026-03-10"},
		{"2026-03-10", "2026-03-10", "2026-01-10", 1, "2026-03-10"},
		{"2026-03-10", "2026-03-11", "2026-01-10", 1, "2026-04-10"},
		{"2026-02-28", "2026-03-05", "2025-01-31", 1, "2026-03-31"},
		{"2026-02-28", "2026-04-02", "2025-01-31", 1, "2026-04-30"},
		{"2026-03-10", "2026-04-01", "2025-12-10", 3, "2026-06-10"},
		{"2028-02-29", "2028-06-01", "2024-02-29", 12, "2029-02-28"},
		{"2026-03-10", "2026-05-01", "", 1, "2026-05-10"},
		{"", "2026-05-01", "2026-01-10", 1, ""},
	} {
		got := nextCharge(day(c.periodEnd), day(c.until), day(c.started), c.months)
		if !got.Equal(day(c.want)) {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
