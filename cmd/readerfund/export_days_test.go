package main

import (
	"testing"
	"time"
)

// A day begins where the zone's clock begins it, in exports as on the finance desk: in
// Santiago at one o'clock on 6 September 2026, in Havana at the earlier midnight of
// 1 November.
func TestDaysOfAnExport(t *testing.T) {
	for _, tt := range []struct{ zone, now, from, to, begins, ends string }{
		{"America/Santiago", "2026-11-23T12:00:00Z", "2026-09-06", "2026-09-07", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		{"America/Santiago", "2026-11-23T12:00:00Z", "2026-09-05", "2026-09-06", "2026-09-05T00:00:00-04:00", "2026-09-06T01:00:00-03:00"},
		{"America/Santiago", "2026-09-06T03:30:00Z", "", "", "2026-01-01T00:00:00-03:00", "2026-09-06T01:00:00-03:00"}, // on the 5th, 23:30
		{"Africa/Cairo", "2026-11-23T12:00:00Z", "2026-04-24", "2026-04-25", "2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"},
		{"America/Havana", "2026-11-23T12:00:00Z", "2026-11-01", "2026-11-02", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"America/Santiago", "2026-11-23T12:00:00Z", "2026-09-05T23:30:00-04:00", "2026-09-06T04:00:00Z", "2026-09-05T23:30:00-04:00", "2026-09-06T04:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		q, err := exportFlags{from: tt.from, to: tt.to, zone: tt.zone}.query(time.UTC, now)
		if err != nil {
			t.Errorf("%s to %s: %v", tt.from, tt.to, err)
			continue
		}
		if begins, ends := q.From.Format(time.RFC3339), q.To.Format(time.RFC3339); begins != tt.begins || ends != tt.ends {
			t.Errorf("from %q to %q in %s: %s to %s, want %s to %s", tt.from, tt.to, tt.zone, begins, ends, tt.begins, tt.ends)
		}
	}
}
