package bank

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// dateFormat is a way to write a day: as people name it, and as Go reads it.
type dateFormat struct{ name, layout string }

// dateFormats are those that banks write. A time of day behind the day is not read.
func dateFormats() []dateFormat {
	return []dateFormat{
		{"YYYY-MM-DD", "2006-1-2"}, {"YYYY/MM/DD", "2006/1/2"}, {"YYYY.MM.DD", "2006.1.2"}, {"YYYYMMDD", "20060102"},
		{"DD.MM.YYYY", "2.1.2006"}, {"DD.MM.YY", "2.1.06"},
		{"DD/MM/YYYY", "2/1/2006"}, {"MM/DD/YYYY", "1/2/2006"}, {"DD/MM/YY", "2/1/06"}, {"MM/DD/YY", "1/2/06"},
		{"DD-MM-YYYY", "2-1-2006"}, {"MM-DD-YYYY", "1-2-2006"}, {"DD-MM-YY", "2-1-06"}, {"MM-DD-YY", "1-2-06"},
		{"DD MMM YYYY", "2 Jan 2006"}, {"DD-MMM-YYYY", "2-Jan-2006"}, {"DD-MMM-YY", "2-Jan-06"}, {"MMM DD, YYYY", "Jan 2, 2006"}, {"MMM DD YYYY", "Jan 2 2006"},
	}
}

// DateFormats are the names of the formats that can be told.
func DateFormats() []string {
	var all []string
	for _, f := range dateFormats() {
		all = append(all, f.name)
	}
	return all
}

// readDate reads a day, and what stands behind it only where that is a time of day.
func (f dateFormat) read(text string) (time.Time, bool) {
	text = strings.Join(strings.Fields(text), " ")
	if t, err := time.Parse(f.layout, text); err == nil {
		return t, plausible(t)
	}
	// 2026-05-03T10:11:12Z, 03/05/2026 10:11
	for i, r := range text {
		if r != 'T' && r != ' ' {
			continue
		}
		rest := strings.TrimRight(text[i+1:], "Zz")
		if t, err := time.Parse(f.layout, text[:i]); err == nil && len(rest) > 3 && rest[0] >= '0' && rest[0] <= '2' && strings.Contains(rest, ":") {
			return t, plausible(t)
		}
	}
	return time.Time{}, false
}

// plausible keeps misread years out: Stripe is of 2010.
func plausible(t time.Time) bool { return t.Year() >= 2010 && t.Year() < 2100 }

// dated is a cell that holds a date.
type dated struct {
	row  int
	text string
}

// readDates reads all dates of a file by one format: the one that was told, else the
// only one that reads them all. Where two do, and differ, nobody can say which. name is
// that of the format, "" where any is the same.
func readDates(cells []dated, told string) (found []time.Time, name string, err error) {
	formats := dateFormats()
	if told != "" {
		i := slices.IndexFunc(formats, func(f dateFormat) bool { return strings.EqualFold(f.name, told) })
		if i < 0 {
			return nil, "", fmt.Errorf("--date-format %s is not known; write one of %s", told, strings.Join(DateFormats(), ", "))
		}
		formats = formats[i : i+1]
	}
	var by dateFormat
	furthest := 0 // the first cell that the best of the formats could not read
	for _, f := range formats {
		days, bad := f.readAll(cells)
		if bad >= 0 {
			furthest = max(furthest, bad)
			continue
		}
		if found == nil {
			found, by = days, f
			continue
		}
		for i := range days {
			if !days[i].Equal(found[i]) {
				return nil, "", fmt.Errorf("row %d: %q can be %s (%s) or %s (%s): say which, as in --date-format %s",
					cells[i].row, cells[i].text, found[i].Format("2 January 2006"), by.name, days[i].Format("2 January 2006"), f.name, by.name)
			}
		}
	}
	if found == nil {
		c := cells[furthest]
		if told != "" {
			return nil, "", fmt.Errorf("row %d: %q is not a date as %s", c.row, clip(c.text), told)
		}
		if furthest == 0 {
			return nil, "", fmt.Errorf("row %d: %q is not a date, or no day that there is; dates are written in one of %s", c.row, clip(c.text), strings.Join(DateFormats(), ", "))
		}
		return nil, "", fmt.Errorf("row %d: %q is not a date as the others; all dates of a file are written in one of %s", c.row, clip(c.text), strings.Join(DateFormats(), ", "))
	}
	if len(cells) > 0 {
		name = by.name
	}
	return found, name, nil
}

// readAll gives the days, or the first cell that is none.
func (f dateFormat) readAll(cells []dated) (days []time.Time, bad int) {
	for i, c := range cells {
		t, ok := f.read(c.text)
		if !ok {
			return nil, i
		}
		days = append(days, t)
	}
	if days == nil {
		days = []time.Time{}
	}
	return days, -1
}

func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}
