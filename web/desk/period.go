package desk

import (
	"fmt"
	"net/url"
	"time"
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
	today := now.In(zone)
	var wrong string
	p.to, wrong = day(to, time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, zone), zone)
	if wrong != "" {
		return p, wrong
	}
	if p.from, wrong = day(from, p.to.AddDate(0, 0, -30), zone); wrong != "" {
		return p, wrong
	}
	p.From, p.To = p.from.Format(time.DateOnly), p.to.Format(time.DateOnly)
	if !p.from.Before(p.to) {
		return p, fmt.Sprintf("The period is empty: %s is not before %s. The second day is the first that is no longer counted.", p.From, p.To)
	}
	return p, ""
}

func day(text string, missing time.Time, zone *time.Location) (time.Time, string) {
	if text == "" {
		return missing, ""
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || at.Year() < 1 {
		return time.Time{}, fmt.Sprintf("%.40q is not a day. Write it as 2026-01-31.", text)
	}
	return at, ""
}

// preset is a period that is often asked for.
type preset struct{ Label, Href string }

func presets(zone *time.Location, now time.Time) []preset {
	today := now.In(zone)
	end := time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, zone)
	var all []preset
	for _, p := range []struct {
		label string
		from  time.Time
	}{
		{"7 days", end.AddDate(0, 0, -7)}, {"30 days", end.AddDate(0, 0, -30)}, {"90 days", end.AddDate(0, 0, -90)},
		{"this year", time.Date(today.Year(), 1, 1, 0, 0, 0, 0, zone)},
	} {
		q := url.Values{"from": {p.from.Format(time.DateOnly)}, "to": {end.Format(time.DateOnly)}}
		all = append(all, preset{p.label, "/finance/appeals?" + q.Encode()})
	}
	return all
}
