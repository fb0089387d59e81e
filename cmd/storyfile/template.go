package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// template is one event that was played, cut where its copies differ.
type template struct {
	created time.Time
	parts   []part
}

// part is text that all copies share and what follows it in each.
type part struct {
	text []byte
	then kind
	time uint64 // Unix seconds, of thenTime
}

type kind byte

const (
	thenNothing kind = iota
	thenSuffix       // the copy's own
	thenTime         // a moment, moved as the copy is
)

// differs finds what a copy must change: the ends of Stripe's ids, wherever they
// stand; of our checkouts' ids; of the names before the @ of addresses; and the
// moments of time, which are numbers of ten digits.
func differs() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:evt|ch|py|pi|cs_test|sub|si|in|il|ii|inpay|cus|card|re|pyr|dp|du|txn|po|pm|prod|price|plan|req|seti|` +
		`mandate|issfr|prv|tok|src|we)_[0-9A-Za-z]{14,}|` +
		`\bstory[0-9a-f]{16}[0-9]{4}|` +
		`[0-9A-Za-z.]+@example\.org|` +
		`[:,\[][12][0-9]{9}\b`)
}

func newTemplate(event []byte) (template, error) {
	var told struct {
		Created int64 `json:"created"`
	}
	if err := json.Unmarshal(event, &told); err != nil || told.Created == 0 {
		return template{}, fmt.Errorf("has no time: %w", err)
	}
	t := template{created: time.Unix(told.Created, 0)}
	from := 0
	cut := func(to int, then kind, moment uint64) {
		t.parts = append(t.parts, part{event[from:to], then, moment})
		from = to
	}
	for _, at := range differs().FindAllIndex(event, -1) {
		found := event[at[0]:at[1]]
		switch {
		case bytes.HasSuffix(found, []byte("@example.org")):
			cut(at[1]-len("@example.org"), thenSuffix, 0)
		case bytes.IndexByte([]byte(":,["), found[0]) >= 0:
			moment, err := strconv.ParseUint(string(found[1:]), 10, 64)
			if err != nil {
				return template{}, err
			}
			cut(at[0]+1, thenTime, moment)
			from = at[1]
		default:
			cut(at[1], thenSuffix, 0)
		}
	}
	cut(len(event), thenNothing, 0)
	return t, nil
}

// later is how much later each copy happens than the one before.
const later = uint64(time.Hour / time.Second)

// appendCopy appends the line of a copy; the first, 0, is the event as it was
// played.
func (t template) appendCopy(line []byte, number uint64) []byte {
	for _, p := range t.parts {
		line = append(line, p.text...)
		switch p.then {
		case thenSuffix:
			if number > 0 {
				line = strconv.AppendUint(append(line, 'x'), number, 36)
			}
		case thenTime:
			line = strconv.AppendUint(line, p.time+number*later, 10)
		}
	}
	return append(line, '\n')
}
