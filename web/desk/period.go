package desk

import (
	"fmt"
	"net/url"
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
)

// period is a span of whole days; To is the day after the last.
type period struct {
	From, To string // as the form has them, YYYY-MM-DD or what was typed
	from, to time.Time
}

// readPeriod reads the days of an address; where one is missing, the period is
// the thirty days before. What is wrong comes back in words.
func readPeriod(from, to string, zone *time.Location, now time.Time) (period, string) {
	p := period{From: from, To: to}
	until, wrong := readDay(to, calendar.Of(now.In(zone)).Add(1))
	if wrong != "" {
		return p, wrong
	}
	since, wrong := readDay(from, until.Add(-30))
	if wrong != "" {
		return p, wrong
	}
	p.from, p.to = since.In(zone), until.In(zone)
	p.From, p.To = since.String(), until.String()
	if !p.from.Before(p.to) {
		return p, fmt.Sprintf("The period is empty: %s is not before %s. The second day is the first that is no longer counted.", p.From, p.To)
	}
	return p, ""
}

func readDay(text string, missing calendar.Day) (d calendar.Day, wrong string) {
	if text == "" {
		return missing, ""
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return d, fmt.Sprintf("%.40q is not a day. Write it as 2026-01-31.", text)
	}
	return d, ""
}

// preset is a period that is often asked for.
type preset struct{ Label, Href string }

func presets(zone *time.Location, now time.Time) []preset {
	today := calendar.Of(now.In(zone))
	end := today.Add(1)
	var all []preset
	for _, p := range []struct {
		label string
		from  calendar.Day
	}{
		{"7 days", end.Add(-7)}, {"30 days", end.Add(-30)}, {"90 days", end.Add(-90)},
		{"this year", calendar.Date(today.Year, 1, 1)},
	} {
		q := url.Values{"from": {p.from.String()}, "to": {end.String()}}
		all = append(all, preset{p.label, "/finance/appeals?" + q.Encode()})
	}
	return all
}
