package report

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
)

// longestNumber is how long a journal's number may be: QuickBooks Online takes 21
// letters.
const longestNumber = 21

// shortNumber is a number for an entry that is the same in every export and short
// enough for every program.
func shortNumber(entry string) string {
	sum := sha256.Sum256([]byte(entry))
	return "RF-" + hex.EncodeToString(sum[:8])
}

// summed is what one sum of a journal holds: of a day or month what falls into the
// period, and what the filters leave of it.
type summed struct {
	query    Query
	month    bool
	from, to time.Time // in the report's zone
	whole    bool      // the day or month is not cut by the period
}

// sumOf is the sum that a moment falls into.
func sumOf(q Query, by Summary, at time.Time) summed {
	at = at.In(q.Zone)
	s := summed{query: q, month: by == ByMonth, whole: true}
	if s.month {
		s.from = calendar.Date(at.Year(), at.Month(), 1).In(q.Zone)
		s.to = calendar.Date(at.Year(), at.Month()+1, 1).In(q.Zone)
	} else {
		s.from = calendar.Of(at).In(q.Zone)
		s.to = calendar.Of(at).Add(1).In(q.Zone)
	}
	if q.From.After(s.from) {
		s.from, s.whole = q.From.In(q.Zone), false
	}
	if q.To.Before(s.to) {
		s.to, s.whole = q.To.In(q.Zone), false
	}
	return s
}

// key is the day or month, as people write it.
func (s summed) key() string {
	if s.month {
		return s.from.Format("2006-01")
	}
	return s.from.Format(time.DateOnly)
}

// last is the last day of the sum: its date, which does not move with what happened.
func (s summed) last() time.Time { return s.to.Add(-time.Nanosecond) }

// days says whether the sum is of whole days.
func (s summed) days() bool { return calendar.Begins(s.from) && calendar.Begins(s.to) }

// number tells the sum from every other: RF-202612-USD is the whole month,
// RF-261201-261215-USD some of its days, and what is cut within a day or narrowed to
// a campaign ends in five signs that are made of just that. RFB instead of RF is by
// the time of booking. In another time zone the same day has the same number: it is
// the same day, counted otherwise, and not to be imported beside it.
func (s summed) number(c money.Currency) string {
	prefix, plain := "RF-", ""
	if s.query.Basis == Booked {
		prefix = "RFB-"
	}
	switch {
	case s.query.Campaign != "" || !s.days():
	case s.whole:
		plain = prefix + strings.ReplaceAll(s.key(), "-", "") + "-" + string(c)
	default:
		plain = prefix + s.from.Format("060102") + "-" + s.last().Format("060102") + "-" + string(c)
	}
	if plain != "" && len(plain) <= longestNumber {
		return plain
	}
	layout := "060102"
	if s.month {
		layout = "0601"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", s.from.Unix(), s.to.Unix(), s.query.Campaign))
	return prefix + s.from.Format(layout) + "-" + string(c) + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:5]
}

// words say what the sum holds.
func (s summed) words(c money.Currency) string {
	of := s.key()
	switch {
	case !s.days():
		of = s.from.Format(time.RFC3339) + " to " + s.to.Format(time.RFC3339)
	case !s.whole:
		of = s.from.Format(time.DateOnly) + " to " + s.last().Format(time.DateOnly)
	}
	if s.query.Campaign != "" {
		of += " of the campaign " + s.query.Campaign
	}
	if s.query.Basis == Booked {
		of = "by the time of booking of " + of
	} else {
		of = "of " + of
	}
	return fmt.Sprintf("Gifts and Stripe's movements %s in %s", of, c)
}
