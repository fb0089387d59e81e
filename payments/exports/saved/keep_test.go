package saved_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/payments/report"
)

func TestSavedExportsAreKept(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	by := saved.By{Who: "staff_s", Address: "192.0.2.1"}
	e := h.monthly()
	e.Name, e.Readers, e.Currency, e.Campaign = "  Month \t end ", []string{h.staff("b", "admin")}, "EUR", "journalism"
	e = h.save(e)
	kept, err := h.book.List(t.Context())
	if err != nil || len(kept) != 1 || kept[0].Name != "Month end" || kept[0].Currency != "EUR" || kept[0].Last.ID != 0 ||
		len(kept[0].Readers) != 1 || !kept[0].Next.At.Equal(e.Next.At) || kept[0].Schedule != e.Schedule {
		t.Fatalf("%+v, %v", kept, err)
	}
	// Changed, its next turn is told from now on.
	e.Name, e.Schedule, e.Readers = "Each week", saved.Schedule{Every: saved.Weekly, Weekday: time.Friday, Minute: 90}, nil
	if err := h.book.Change(t.Context(), by, e); err != nil {
		t.Fatal(err)
	}
	got, err := h.book.Get(t.Context(), e.ID)
	if err != nil || got.Name != "Each week" || got.Next.At.Format(time.RFC3339) != "2026-11-27T01:30:00+01:00" || len(got.Readers) > 0 || got.ChangedAt.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := h.book.Remove(t.Context(), by, e.ID); err != nil {
		t.Fatal(err)
	}
	h.later(30 * 24 * time.Hour)
	h.order(0)
	for what, err := range map[string]error{"changed": h.book.Change(t.Context(), by, e), "removed": h.book.Remove(t.Context(), by, e.ID)} {
		if payments.CodeOf(err) != payments.NotFound {
			t.Errorf("one that was removed is %s: %v", what, err)
		}
	}
	h.save(e) // its name and folder are free
	var actions []string
	for _, n := range h.noted {
		if n.Who != by.Who || n.Address != by.Address || !strings.HasPrefix(n.Object, "sav_") {
			t.Errorf("written down: %+v", n)
		}
		actions = append(actions, n.Action)
	}
	if got := strings.Join(actions, ", "); got != "save an export, change a saved export, delete a saved export, save an export" {
		t.Errorf("written down: %s", got)
	}
}

// A change of anything but the schedule loses no turn that is due.
func TestAChangeKeepsWhatIsDue(t *testing.T) {
	h := newHouse(t, "2026-10-15T12:00:00Z")
	e := h.save(h.monthly())
	h.at("2026-11-01T05:00:10Z") // the turn is due since ten seconds
	e.Name = "The same, with another name"
	if err := h.book.Change(t.Context(), saved.By{Who: "staff_s"}, e); err != nil {
		t.Fatal(err)
	}
	h.order(1)
	h.at("2026-12-01T05:00:10Z")
	e.Schedule.Minute++
	if err := h.book.Change(t.Context(), saved.By{Who: "staff_s"}, e); err != nil {
		t.Fatal(err)
	}
	h.order(0)
	if got, err := h.book.Get(t.Context(), e.ID); err != nil || got.Next.At.Format(time.RFC3339) != "2026-12-01T06:01:00+01:00" {
		t.Errorf("%+v, %v", got.Next, err)
	}
	for _, id := range []string{"", "sav_\x00", "sav_\xff", "exp_1", "sav_1"} {
		if _, err := h.book.Get(t.Context(), id); payments.CodeOf(err) != payments.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestWhatCannotBeSaved(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	first := h.monthly()
	first.Folder = "month-end"
	h.save(first)
	viewer := h.staff("v", "viewer")
	for name, tt := range map[string]struct {
		change func(*saved.Export)
		want   string
	}{
		"no name":           {func(e *saved.Export) { e.Name = " \n" }, "name"},
		"a long name":       {func(e *saved.Export) { e.Name = strings.Repeat("é", saved.LongestName+1) }, "name"},
		"not UTF-8":         {func(e *saved.Export) { e.Name = "a\xff" }, "name"},
		"nought":            {func(e *saved.Export) { e.Name = "a\x00b" }, "name"},
		"the same name":     {func(e *saved.Export) { e.Name = "month END" }, "name already"},
		"the same folder":   {func(e *saved.Export) { e.Folder = "month-end" }, "Another saved export"},
		"a folder outside":  {func(e *saved.Export) { e.Folder = "../outside" }, "folder"},
		"a folder of dots":  {func(e *saved.Export) { e.Folder = ".." }, "folder"},
		"a folder of lines": {func(e *saved.Export) { e.Folder = "a\nb" }, "folder"},
		"no report":         {func(e *saved.Export) { e.Report = "people" }, "report"},
		"no format":         {func(e *saved.Export) { e.Format = "pdf" }, "format"},
		"another report":    {func(e *saved.Export) { e.Format = "xero" }, "Xero imports the journal alone"},
		"a first journal":   {func(e *saved.Export) { e.Report, e.Format = "journal", "beancount; opens=first" }, "one first journal"},
		"no period":         {func(e *saved.Export) { e.Span = "tomorrow" }, "period"},
		"no zone":           {func(e *saved.Export) { e.Zone = nil }, "time zone"},
		"the machine's":     {func(e *saved.Export) { e.Zone = time.Local }, "time zone"}, //nolint:gosmopolitan // it is refused
		"a wrong basis":     {func(e *saved.Export) { e.Report, e.Basis = "journal", report.Available }, "journal"},
		"no campaign there": {func(e *saved.Export) { e.Report, e.Campaign = "payouts", "x" }, "campaign"},
		"hourly":            {func(e *saved.Export) { e.Schedule.Every = "hourly" }, "how often"},
		"the 29th":          {func(e *saved.Export) { e.Schedule.MonthDay = 29 }, "1 to 28"},
		"the 0th":           {func(e *saved.Export) { e.Schedule.MonthDay = 0 }, "1 to 28"},
		"day 7":             {func(e *saved.Export) { e.Schedule.Weekday = 7 }, "day of the week"},
		"24 o'clock":        {func(e *saved.Export) { e.Schedule.Minute = 1440 }, "24 hours"},
		"a viewer":          {func(e *saved.Export) { e.Readers = []string{viewer} }, "role"},
		"nobody we know":    {func(e *saved.Export) { e.Readers = []string{"staff_x"} }, "role"},
	} {
		e := h.monthly()
		e.Name = "Another"
		tt.change(&e)
		_, err := h.book.Save(t.Context(), saved.By{Who: "staff_s"}, e)
		if told, ok := errors.AsType[*payments.Error](err); !ok || told.Code != payments.Invalid || !strings.Contains(told.Sentence, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := h.book.List(t.Context()); err != nil || len(all) != 1 || len(h.noted) != 1 {
		t.Errorf("%d are kept and %d written down, %v", len(all), len(h.noted), err)
	}
}

// What is no text is refused in words, as is a name that looks like another one.
func TestTextsThatCannotBeSaved(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	for what, change := range map[string]func(*saved.Export){
		"NUL in the campaign":        func(e *saved.Export) { e.Campaign = "a\x00b" },
		"no UTF-8 in the campaign":   func(e *saved.Export) { e.Campaign = "\xff" },
		"NUL in the currency":        func(e *saved.Export) { e.Currency = "E\x00R" },
		"NUL in a reader":            func(e *saved.Export) { e.Readers = []string{"staff_\x00"} },
		"a name that turns":          func(e *saved.Export) { e.Name = "Month\u202edne" },
		"a name that cannot be seen": func(e *saved.Export) { e.Name = "\u200b" },
	} {
		e := h.monthly()
		change(&e)
		if _, err := h.book.Save(t.Context(), saved.By{Who: "staff_s"}, e); payments.CodeOf(err) != payments.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	e := h.monthly()
	e.Name = "گزارش\u200cها 👩\u200d💻"
	h.save(e)
}
