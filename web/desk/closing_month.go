package desk

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/web/auth"
)

// monthView is a month's page.
type monthView struct {
	paperView
	Month, Words string
	Over         bool
	Closed       bool
	Checklist    table
	Blocked      bool // something is unfinished
	Frozen       table
	FrozenSums   []table
	Unfinished   []string // when it was closed
	Reason       string
	Since        *since
	History      table
	MayClose     bool
	MayReopen    bool
	Look, Reopen string // addresses
	TypedReason  string
}

// one answers with a month's page: the checklist before it is closed, and afterwards
// what was frozen and what has changed since.
func (c *closer) one(w http.ResponseWriter, r *http.Request) {
	if m, ok := c.asked(w, r); ok {
		c.show(w, r, m, http.StatusOK, "", "")
	}
}

func (c *closer) show(w http.ResponseWriter, r *http.Request, m closing.Month, status int, problem, reason string) {
	visitor, _ := auth.From(r.Context())
	_, to := m.In(c.Zone)
	v := monthView{Month: m.String(), Words: m.Words(), Over: !c.Now().Before(to), TypedReason: reason, Look: monthPath(m) + "/look", Reopen: monthPath(m) + "/reopen",
		MayClose: visitor.Role.May(auth.Finance), MayReopen: visitor.Role.May(auth.Admin)}
	v.paperView = paperView{Title: m.Words(), Back: closingPath, BackTo: "Closing", Zone: c.Zone.String(), Problem: problem}
	if err := c.fill(r.Context(), &v, m, visitor.Role.May(auth.Finance)); err != nil {
		c.sendProblem(w, r, m.Words(), closingPath, "Closing", err)
		return
	}
	c.Frame.Send(w, r, status, c.month, v.Title, v)
}

func (c *closer) fill(ctx context.Context, v *monthView, m closing.Month, people bool) error {
	history, err := c.Office.History(ctx, m)
	if err != nil {
		return err
	}
	v.Read = true
	v.History = c.historyTable(history)
	if len(history) == 0 || history[0].Reopened != nil {
		v.Facts = []fact{{"State", cell{Text: "open", Mark: "wait"}}, {"Days", text(days(c.Zone, m))}}
		items, err := c.Office.Checklist(ctx, m)
		if err != nil {
			return err
		}
		v.Checklist, v.Blocked = checklistTable(items)
		if v.Over && !v.Blocked {
			v.Facts[0].cell = cell{Text: "open, ready to be closed", Mark: "good"}
		}
		return nil
	}
	x := history[0]
	v.Closed, v.Unfinished, v.Reason = true, x.Unfinished, x.Reason
	v.Facts = []fact{{"State", cell{Text: "closed", Mark: "good"}}, {"Closed", text(c.clock(x.AsOf))}, {"By", text(x.By)}, {"Days", text(days(c.Zone, m))}, {"Zone of the month", text(x.Zone)}}
	v.Frozen, v.FrozenSums = manifestTable(x), frozenSums(x)
	v.Since, err = c.compared(ctx, m, people)
	return err
}

// days are the first and the last day of a month.
func days(zone *time.Location, m closing.Month) string {
	from, to := m.In(zone)
	return from.Format(time.DateOnly) + " to " + to.Add(-time.Second).Format(time.DateOnly)
}

// compared is what has changed since, unless that takes longer than a page waits.
func (c *closer) compared(ctx context.Context, m closing.Month, people bool) (*since, error) {
	if !taken(c.comparing) {
		return &since{Busy: true}, nil
	}
	defer func() { <-c.comparing }()
	within, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	s := &collected{people: people, rows: map[string][]row{}, zone: c.heard}
	x, err := c.Office.Compare(within, m, s.take)
	if err != nil && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		return &since{Slow: true}, nil
	}
	if err != nil {
		return nil, err
	}
	v := c.tell(x, s)
	if people {
		v.Download = monthPath(m) + "/changes.csv"
	}
	return &v, nil
}

// heard says which event told something, and when it was stored.
func (c *closer) heard(w closing.Why) string {
	var parts []string
	if w.Event != "" {
		parts = append(parts, w.Type+" "+w.Event)
	}
	if !w.At.IsZero() {
		parts = append(parts, "stored "+c.clock(w.At))
	}
	return joinedBy(parts, ", ")
}

func checklistTable(items []closing.Item) (t table, blocked bool) {
	t = table{Cards: true, ID: "checklist", Caption: "What the books know of the month", Columns: []column{{Label: "Of"}, {Label: "State"}, {Label: "What"}, {Label: "To do"}}}
	for _, i := range items {
		state := cell{Text: "finished", Mark: "good"}
		switch {
		case i.Blocks:
			state, blocked = cell{Text: "unfinished", Mark: "wrong"}, true
		case !i.Fine():
			state = cell{Text: "worth knowing", Mark: "wait"}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{text(itemWords(i.Name)), state, {Text: asSentence(i.What)}, {Text: orDash(capital(i.Do))}}})
	}
	return t, blocked
}

// itemWords are those of an item of the checklist.
func itemWords(name string) string {
	switch name {
	case "events":
		return "Parked events"
	case "gaps":
		return "Stripe’s events"
	case "reconciled":
		return "Compared with Stripe"
	case "pending":
		return "Pending gifts"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// capital is a sentence, or nothing.
func capital(s string) string {
	if s == "" || strings.HasPrefix(s, "readerfund ") {
		return s
	}
	return asSentence(s)
}

func (c *closer) historyTable(all []closing.Closing) table {
	t := table{Cards: true, ID: "history", Caption: "Every close of this month", Columns: []column{{Label: "Closed"}, {Label: "By"}, {Label: "In spite of"}, {Label: "Opened again"}, {Label: "By"}, {Label: "Why"}}}
	for _, x := range all {
		line := []cell{text(c.clock(x.AsOf)), text(x.By), {Text: orDash(joinedBy(x.Unfinished, "; ")), Note: x.Reason}}
		if x.Reopened == nil {
			line = append(line, text("–"), text("–"), text("–"))
		} else {
			line = append(line, text(c.clock(x.Reopened.At)), text(x.Reopened.By), cell{Text: x.Reopened.Reason})
		}
		t.Rows = append(t.Rows, row{Cells: line})
	}
	return t
}
