package main

import (
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// eventsKept is how far back Stripe lists events
// (https://docs.stripe.com/api/events).
const eventsKept = 30 * 24 * time.Hour

// howFarBack reads a duration as people write it for events: 72h, 30d, 1d12h.
func howFarBack(text string) (time.Duration, error) {
	back, err := backwards(text, "30d")
	if err == nil && back > eventsKept {
		return 0, usagef("--since %s: Stripe keeps events for 30 days only; for what is older, "+
			"readerfund import --since DATE takes in what the account holds", text)
	}
	return back, err
}

// backwards reads a duration of days and hours; like is one that the error names.
func backwards(text, like string) (time.Duration, error) {
	wrong := usagef("--since %s is not a duration; write hours or days, such as 72h or %s", text, like)
	parts := regexp.MustCompile(`^(?:(\d{1,5})d)?(.*)$`).FindStringSubmatch(text)
	if parts == nil {
		return 0, wrong
	}
	var back time.Duration
	if parts[1] != "" {
		days, err := strconv.Atoi(parts[1])
		if err != nil {
			return 0, wrong
		}
		back = time.Duration(days) * 24 * time.Hour
	}
	if parts[2] != "" {
		rest, err := time.ParseDuration(parts[2])
		if err != nil {
			return 0, wrong
		}
		back += rest
	}
	if back <= 0 {
		return 0, wrong
	}
	return back, nil
}

// firstDay reads the day from which on an account is imported.
func firstDay(text string, now time.Time) (time.Time, error) {
	since, err := day("--since", text, time.UTC)
	switch {
	case err != nil:
		return since, err
	case since.After(now):
		return since, usagef("--since %s lies ahead; write the first day whose payments are to be in the books", text)
	case since.Year() < 2010:
		return since, usagef("--since %s: Stripe holds nothing so old; write the first day whose payments are to be in the books", text)
	default:
		return since, nil
	}
}

// checkAddress holds that text is an address that events can be posted to.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usagef("--to %s is not an address to post to; write one such as https://give.example.org/webhooks/stripe", text)
	}
	return nil
}
