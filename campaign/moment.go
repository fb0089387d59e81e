package campaign

import (
	"fmt"
	"time"

	"github.com/readerfund/readerfund/payments/calendar"

	// A zone that an editor names must load on machines and containers that
	// carry no zone files of their own.
	_ "time/tzdata"
)

// localLayouts are dates and times without an offset; the zone of the file
// says where they hold.
func localLayouts() []string {
	return []string{"2006-01-02 15:04", "2006-01-02", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}
}

const momentFix = `write the date, or date and time, as 2016-09-15 or 2016-09-15 09:00, or with its offset as 2016-09-15T09:00:00+01:00`

// moment reads a date or a time of day in a zone. A date alone is its first
// moment. It refuses times that the zone's clocks skip or show twice: nobody
// can know which moment was meant.
func moment(text string, zone *time.Location) (t time.Time, problem, fix string) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), "", ""
	}
	for _, layout := range localLayouts() {
		wall, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if layout == time.DateOnly {
			return calendar.Of(wall).In(zone), "", ""
		}
		switch all := readings(wall, zone); len(all) {
		case 0:
			return time.Time{}, fmt.Sprintf("%s does not exist in %s: the clocks go forward over it", text, zone),
				"write the time before or after the change"
		case 1:
			return all[0], "", ""
		default:
			return time.Time{}, fmt.Sprintf("%s happens twice in %s: the clocks go back over it", text, zone),
				fmt.Sprintf("write it with its offset, %s or %s", all[0].Format(time.RFC3339), all[1].Format(time.RFC3339))
		}
	}
	return time.Time{}, quote(text) + " is not a date or a time", momentFix
}

// readings gives every moment at which the zone's clocks show this wall time,
// earliest first. time.Date would silently choose one, or shift it.
func readings(wall time.Time, zone *time.Location) []time.Time {
	var all []time.Time
	for _, probe := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(probe).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		_, actual := t.Zone()
		if actual == offset && (len(all) == 0 || !t.Equal(all[0])) {
			all = append(all, t)
		}
	}
	return all
}

const zoneFix = "write a name from the time zone database, such as Europe/London, America/New_York or UTC"

// zone reads the name of a time zone. "Local" is refused: a schedule must not
// depend on the machine it runs on.
func zone(name string) (z *time.Location, problem, fix string) {
	if name == "" || name == "Local" {
		return nil, quote(name) + " is not a time zone", zoneFix
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, quote(name) + " is not a time zone", zoneFix
	}
	return z, "", ""
}
