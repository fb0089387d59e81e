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
		left, _ := r.Skipped(PauseEnds(now, r.ToldAt, months, zone))
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
