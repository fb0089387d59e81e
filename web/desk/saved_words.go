package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/web/auth"
)

// savedSpanWords are a kind of period.
func savedSpanWords(s saved.Span) string {
	switch s {
	case saved.Yesterday:
		return "yesterday"
	case saved.LastWeek:
		return "last week, Monday to Sunday"
	case saved.LastMonth:
		return "last month"
	case saved.LastQuarter:
		return "last quarter"
	case saved.LastFiscalYear:
		return "last fiscal year"
	case saved.YearSoFar:
		return "this year so far"
	}
	return plainWords(string(s))
}

// everyWords say when something runs by itself.
func everyWords(s saved.Schedule) string {
	switch s.Every {
	case saved.Daily:
		return "each day at " + clockWords(s.Minute)
	case saved.Weekly:
		return "each " + s.Weekday.String() + " at " + clockWords(s.Minute)
	case saved.Monthly:
		return fmt.Sprintf("each month on day %d at %s", s.MonthDay, clockWords(s.Minute))
	}
	return "only by hand"
}

// clockWords are a minute of the day as a clock of 24 hours shows it.
func clockWords(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// readClock reads a time such as 06:30; a browser may add seconds.
func readClock(text string) (minute int, ok bool) {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Hour()*60 + t.Minute(), true
		}
	}
	return 0, false
}

// nextWords say when the next turn is due.
func (s *saver) nextWords(e saved.Export) string {
	if e.Next.At.IsZero() {
		return "–"
	}
	return s.clock(e.Next.At)
}

// turnCell says what became of a turn, and leads to its run.
func (s *saver) turnCell(t saved.TurnOf) cell {
	if t.ID == 0 {
		return text("none yet")
	}
	c := cell{Text: string(t.State), Note: t.Why}
	if t.Run != "" {
		c.Href = runLink(t.Run)
	}
	switch t.State {
	case saved.Ordered:
		c.Text, c.Mark = "under way", "wait"
	case saved.Again:
		c.Text, c.Mark = "failed, tried again at "+s.clock(t.AgainAt), "wrong"
	case saved.Done:
		c.Mark = "good"
	case saved.Failed:
		c.Mark = "wrong"
	}
	if t.State == saved.Done && t.PlaceWhy != "" && t.PlacedAt.IsZero() {
		c.Mark, c.Note = "wait", "Not in its folder: "+t.PlaceWhy
	}
	if c.Note == "" && !t.EndedAt.IsZero() {
		c.Note = s.clock(t.EndedAt)
	}
	return c
}

// savedFacts are what the head of a saved export's page shows.
func (s *saver) savedFacts(e saved.Export, staff []auth.Person) []fact {
	facts := []fact{{"Report", cell{Text: e.Report, Note: reportWords(e.Report)}}, {"Period", text(savedSpanWords(e.Span))}, {"Format", text(formatWords(e.Format))}}
	if narrowed := narrowedWords(savedQuery(e)); narrowed != "" {
		facts = append(facts, fact{"Narrowed to", text(narrowed)})
	}
	facts = append(facts, fact{"Runs", cell{Text: everyWords(e.Schedule), Note: "time zone " + e.Zone.String()}}, fact{"Next", text(s.nextWords(e))})
	folder := text("none")
	if e.Folder != "" {
		folder = cell{Text: e.Folder, Code: true, Note: "in the folder of exports (EXPORT_DIR)"}
	}
	told := ""
	for _, p := range staff {
		if slices.Contains(e.Readers, p.ID) {
			told = joined(told, p.Name+withoutLetter(p))
		}
	}
	facts = append(facts, fact{"Folder", folder}, fact{"Told by mail", text(orElse(told, "nobody"))},
		fact{"Saved", cell{Text: s.clock(e.SavedAt), Note: "by " + e.SavedBy}})
	if !e.ChangedAt.IsZero() {
		facts = append(facts, fact{"Changed", cell{Text: s.clock(e.ChangedAt), Note: "by " + e.ChangedBy}})
	}
	return append(facts, fact{"Saved export", code(e.ID)})
}

// withoutLetter says of somebody that they get no letters, and why.
func withoutLetter(p auth.Person) string {
	switch {
	case p.Disabled():
		return " (disabled: gets no letter)"
	case !p.Role.May(auth.Finance):
		return " (" + string(p.Role) + ": gets no letter)"
	}
	return ""
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// turnsChapter lists what ran.
func (s *saver) turnsChapter(turns []saved.TurnOf) chapter {
	c := chapter{ID: "turns", Heading: "What ran", Table: &table{ID: "turns", Caption: "The last runs, the newest first", Empty: "It has not run yet.",
		Columns: []column{{Label: "Due"}, {Label: "Result"}, {Label: "In its folder"}, {Label: "Letters"}}}}
	for _, t := range turns {
		due := text(s.clock(t.Turn.At))
		due.Note = "by " + t.OrderedBy
		if t.OrderedBy == saved.BySchedule {
			due.Note = "by its schedule"
		}
		if t.Passed > 0 {
			due.Note += fmt.Sprintf("; %d missed before it were not caught up", t.Passed)
		}
		result := s.turnCell(t)
		if t.Tries > 1 {
			result.Note = joined(fmt.Sprintf("tried %d times", t.Tries), result.Note)
		}
		c.Table.Rows = append(c.Table.Rows, row{Cells: []cell{due, result, s.folderCell(t), text(lettersWords(t))}, Quiet: t.State == saved.Cancelled})
	}
	return c
}

// folderCell says where the file of a turn is.
func (s *saver) folderCell(t saved.TurnOf) cell {
	c := cell{Text: t.File, Note: s.clock(t.PlacedAt)}
	switch {
	case t.Folder == "":
		return text("–")
	case !t.TakenAt.IsZero():
		c.Note = "taken out at " + s.clock(t.TakenAt)
	case t.PlacedAt.IsZero():
		c.Mark, c.Note = "wait", orElse(t.PlaceWhy, "under way")
	}
	return c
}

// lettersWords say how many were told.
func lettersWords(t saved.TurnOf) string {
	if t.Letters == 0 {
		return "–"
	}
	words := fmt.Sprintf("%d of %d sent", t.Sent, t.Letters)
	if t.Unsent > 0 {
		words += fmt.Sprintf(", %d not", t.Unsent)
	}
	return words
}
