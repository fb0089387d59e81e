package manage

import "time"

// Skipped gives the charges that a pause until a time leaves out, and the first one
// after it. Both are empty where nobody knows when the next charge is due. Times are
// UTC.
func (r Recurring) Skipped(until time.Time) (left []time.Time, next time.Time) {
	if r.NextAt.IsZero() || r.Every < 1 {
		return nil, time.Time{}
	}
	day := r.NextAt.Day()
	if !r.StartedAt.IsZero() {
		day = r.StartedAt.Day()
	}
	next = r.NextAt
	for n := 1; next.Before(until) && n <= maxPause+1; n++ {
		left = append(left, next)
		next = addMonths(r.NextAt, n*r.Every, day)
	}
	return left, next
}

// besideCharge is how far the end of a pause is kept from a charge: Stripe makes an
// invoice around its hour, not at it, and nobody should wonder what a pause that ends
// on the day of a charge does to that.
const besideCharge = 24 * time.Hour

// PauseEnds is when a pause of this donation ends that begins now: as the function of
// that name says, or a day after the charge that falls near to it, which is left out.
func (r Recurring) PauseEnds(now time.Time, months int, zone *time.Location) time.Time {
	until := PauseEnds(now, r.ToldAt, months, zone)
	left, next := r.Skipped(until)
	near := func(charge time.Time) bool { return until.Sub(charge).Abs() < besideCharge }
	switch {
	case !next.IsZero() && near(next):
		return next.Add(besideCharge).In(until.Location())
	case len(left) > 0 && near(left[len(left)-1]):
		return left[len(left)-1].Add(besideCharge).In(until.Location())
	}
	return until
}

// Pauses gives for how many months a pause that begins now may be offered: those
// asked for that leave out a charge, each of them more than the one before; where
// none does, as before a charge that is a year away, the shortest that does. Where
// nobody knows when the next charge is due, those asked for. zone is that of
// PauseEnds.
func (r Recurring) Pauses(asked []int, now time.Time, zone *time.Location) []int {
	if r.NextAt.IsZero() || r.Every < 1 {
		return asked
	}
	skips := func(months int) int {
		left, _ := r.Skipped(r.PauseEnds(now, months, zone))
		return len(left)
	}
	var offered []int
	most := 0
	for _, months := range asked {
		if n := skips(months); n > most {
			offered, most = append(offered, months), n
		}
	}
	for months := 1; len(offered) == 0 && months <= maxPause; months++ {
		if skips(months) > 0 {
			offered = append(offered, months)
		}
	}
	return offered
}
