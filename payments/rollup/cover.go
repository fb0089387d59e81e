package rollup

import (
	"time"
)

// Range is a stretch of time: From counts, To does not. Both stand for the beginning
// of the quarter of an hour that they fall into. One that ends before it begins is
// empty.
type Range struct{ From, To time.Time }

// quarter is the finest span; every zone's days begin with one.
const quarter = 15 * time.Minute

// span is one length of which sums are kept.
type span struct {
	name  string
	begin func(t time.Time) time.Time // of the span that holds t
	next  func(t time.Time) time.Time // after the one that begins at t
}

// spans are the lengths that sums of a dimension are kept for, the longest first. By
// the hour they are kept for kinds alone: their days are drawn, many at once.
func spans(d Dimension) []span {
	fixed := func(name string, length time.Duration) span {
		return span{name, func(t time.Time) time.Time { return t.Truncate(length) }, func(t time.Time) time.Time { return t.Add(length) }}
	}
	all := []span{{
		"month",
		func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) },
		func(t time.Time) time.Time { return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC) },
	}, fixed("day", 24*time.Hour)}
	if d == Kind {
		all = append(all, fixed("hour", time.Hour))
	}
	return append(all, fixed("quarter", quarter))
}

// piece is a stretch that is read in spans of one length.
type piece struct {
	span string
	Range
}

// cover cuts a range into pieces, so that few sums have to be read for it: whole
// months, the whole days beside them, and so on down to quarters of an hour.
func cover(r Range, all []span) []piece {
	from, to := r.From.UTC().Truncate(quarter), r.To.UTC().Truncate(quarter)
	if !from.Before(to) || len(all) == 0 {
		return nil
	}
	s := all[0]
	first := s.begin(from)
	if first.Before(from) {
		first = s.next(first)
	}
	last := s.begin(to)
	if !first.Before(last) {
		return cover(Range{from, to}, all[1:])
	}
	pieces := cover(Range{from, first}, all[1:])
	pieces = append(pieces, piece{s.name, Range{first, last}})
	return append(pieces, cover(Range{last, to}, all[1:])...)
}

// plan is what is read for several ranges, as arguments of a query.
type plan struct {
	of            []int // the range that the piece is of
	spans         []string
	since, before []time.Time
	whole         []int // the ranges that are not empty, for what is not folded yet
	from, to      []time.Time
}

func newPlan(ranges []Range, all []span) plan {
	var p plan
	for i, r := range ranges {
		pieces := cover(r, all)
		for _, c := range pieces {
			p.of, p.spans, p.since, p.before = append(p.of, i), append(p.spans, c.span), append(p.since, c.From), append(p.before, c.To)
		}
		if len(pieces) > 0 {
			p.whole, p.from, p.to = append(p.whole, i), append(p.from, pieces[0].From), append(p.to, pieces[len(pieces)-1].To)
		}
	}
	return p
}

func (p plan) arguments() []any {
	return []any{p.of, p.spans, p.since, p.before, p.whole, p.from, p.to}
}
