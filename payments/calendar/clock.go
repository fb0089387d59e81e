package calendar

import "time"

// At is the moment of a day at which a zone's clocks show a time, said as how long after
// midnight it would be on a day of 24 hours: 7*time.Hour is seven o'clock. A time that
// clocks go over on that day is the moment at which they do, which may be of the next
// day; of a time that they show twice it is the first.
func (d Day) At(clock time.Duration, zone *time.Location) time.Time {
	wall := d.UTC().Add(clock)
	at := wall.Add(-16 * time.Hour).In(zone) // no clock has ever been as far ahead: before that time, or earlier
	for {
		_, offset := at.Zone()
		shows := wall.Add(-time.Duration(offset) * time.Second)
		if shows.Before(at) {
			return at // clocks were changed here, over that time
		}
		_, end := at.ZoneBounds()
		if end.IsZero() || shows.Before(end) {
			return shows.In(zone)
		}
		at = end
	}
}
