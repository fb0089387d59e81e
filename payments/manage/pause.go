package manage

import "time"

// PauseEnds is when a pause of some months, begun now, ends: at this hour of the same
// day of a later month, or of that month's last, as days are counted in zone (nil is
// UTC). told is when Stripe last told of the donation by its own clock, which counts
// where it is ahead of ours. The result is in zone, in whole seconds.
func PauseEnds(now, told time.Time, months int, zone *time.Location) time.Time {
	if told.After(now) {
		now = told
	}
	if zone == nil {
		zone = time.UTC
	}
	from := now.Truncate(time.Second).In(zone)
	return addMonths(from, months, from.Day())
}

// addMonths goes to a day of a later month, or to that month's last where it has
// fewer, as Stripe does (https://docs.stripe.com/billing/subscriptions/billing-cycle).
func addMonths(t time.Time, months, day int) time.Time {
	year, month := t.Year(), t.Month()+time.Month(months)
	day = min(day, time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day())
	at := time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), 0, t.Location())
	if at.Day() != day {
		at = at.Add(time.Hour) // where clocks go forward at midnight, Go may have chosen the hour before
	}
	return at
}
