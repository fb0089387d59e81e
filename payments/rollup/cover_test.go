package rollup

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The pieces of a range follow each other without a gap, each begins and ends with its
// span, and there are few of them however long the range is.
func TestCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(0, 3_000_000_000)
		r := Range{time.Unix(at.Draw(t, "from"), 0), time.Unix(at.Draw(t, "to"), 0)}
		d := rapid.SampledFrom([]Dimension{Kind, Country}).Draw(t, "dimension")
		byName := map[string]span{}
		for _, s := range spans(d) {
			byName[s.name] = s
		}
		from, to := r.From.UTC().Truncate(quarter), r.To.UTC().Truncate(quarter)
		pieces := cover(r, spans(d))
		if !from.Before(to) {
			if len(pieces) != 0 {
				t.Fatalf("nothing is covered by %v", pieces)
			}
			return
		}
		if len(pieces) == 0 || len(pieces) > 7 {
			t.Fatalf("%d pieces", len(pieces))
		}
		for _, p := range pieces {
			s := byName[p.span]
			if !p.From.Equal(from) || !p.From.Before(p.To) || !s.begin(p.From).Equal(p.From) || !s.begin(p.To).Equal(p.To) {
				t.Fatalf("%v after %s in %v", p, from, pieces)
			}
			from = p.To
		}
		if !from.Equal(to) {
			t.Fatalf("%v end before %s", pieces, to)
		}
	})
}

// A day of a zone whose offset has half an hour is few pieces, and so is its year.
func TestCoverOfDays(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to time.Time
		want     []string
	}{
		{time.Date(2026, 3, 29, 0, 0, 0, 0, kolkata), time.Date(2026, 3, 30, 0, 0, 0, 0, kolkata), []string{"quarter", "hour", "quarter"}},
		{time.Date(2026, 1, 1, 0, 0, 0, 0, kolkata), time.Date(2027, 1, 1, 0, 0, 0, 0, kolkata), []string{"quarter", "hour", "month", "day", "hour", "quarter"}},
		{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), []string{"month"}},
	} {
		pieces := cover(Range{tt.from, tt.to}, spans(Kind))
		if len(pieces) != len(tt.want) {
			t.Errorf("%v, want %v", pieces, tt.want)
			continue
		}
		for i, p := range pieces {
			if p.span != tt.want[i] {
				t.Errorf("%v, want %v", pieces, tt.want)
			}
		}
	}
}
