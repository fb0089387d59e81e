package campaign

import (
	"fmt"
	"strconv"
)

// Cap bounds how often one browser shows an appeal in the placements that come
// between a reader and the page: strip, inline and banner, each counted by
// itself. It is held by the browser alone; the service knows nothing of it.
type Cap struct {
	Views int // how often it is seen within Days; 0 is without bound
	Days  int
}

// mostCapViews keeps the log of a browser, which has fifty entries, long enough
// for the three places of an appeal.
const mostCapViews = 15

// What holds where the files say nothing.
const (
	defaultCapDays       = 30
	defaultDismissedDays = 30
	defaultThankOneTime  = 60
	defaultThankRegular  = 395 // 13 months: a gift made each year is thanked for until the next is due
)

// Thank says how long a reader who gave is thanked instead of asked, in days
// since the gift.
type Thank struct {
	OneTime   int
	Recurring int
}

// readCap reads how often an appeal may be seen and how long it stays away once
// a reader has put it away.
func (r *appealReader) readCap() {
	r.appeal.Dismissed = r.whole("dismissed", 0, 400, defaultDismissedDays)
	n := r.values["cap"]
	if n == nil {
		return
	}
	t := r.table.table(n, `"cap"`, required("views", "4"), optional("days"))
	if t == nil {
		return
	}
	r.appeal.Cap = Cap{Views: t.whole("views", 1, mostCapViews, 0), Days: t.whole("days", 1, 400, defaultCapDays)}
}

func (f *siteFile) readThank(t *table) {
	f.site.Thank = Thank{OneTime: defaultThankOneTime, Recurring: defaultThankRegular}
	n := t.values["thank"]
	if n == nil {
		return
	}
	if t := t.table(n, `"thank"`, optional("one_time"), optional("recurring")); t != nil {
		f.site.Thank = Thank{OneTime: t.whole("one_time", 0, 400, defaultThankOneTime), Recurring: t.whole("recurring", 0, 400, defaultThankRegular)}
	}
}

// whole reads a whole number of least to most; fallback where there is none.
func (t *table) whole(key string, least, most, fallback int) int {
	n := t.values[key]
	if n == nil {
		return fallback
	}
	text, ok := t.oneLine(n, quote(key))
	if !ok {
		return fallback
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > most {
		t.problem(n, fmt.Sprintf("%s is %s, not a whole number from %d to %d", quote(key), quote(text), least, most),
			fmt.Sprintf("write a number such as %d", max(least, min(most, 30))))
		return fallback
	}
	return v
}
