package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

// ClosingOffice closes months and compares them; payments/closing says how.
type ClosingOffice interface {
	First(ctx context.Context) (closing.Month, bool, error)
	AllClosed(ctx context.Context) ([]closing.Closing, error)
	Looks(ctx context.Context) ([]closing.Look, error)
	History(ctx context.Context, m closing.Month) ([]closing.Closing, error)
	Checklist(ctx context.Context, m closing.Month) ([]closing.Item, error)
	Close(ctx context.Context, o closing.Order) (closing.Closing, error)
	Reopen(ctx context.Context, m closing.Month, by, reason string, note func(context.Context, pgx.Tx) error) error
	Compare(ctx context.Context, m closing.Month, each func(*closing.Change) error) (closing.Comparison, error)
}

// Closings is what the pages of closed months work with. All are needed.
type Closings struct {
	Office ClosingOffice
	// Record writes down who did what; RecordIn in the transaction of what is done.
	Record   func(ctx context.Context, e auth.Entry) error
	RecordIn func(ctx context.Context, tx pgx.Tx, e auth.Entry) error
}

// closer serves them.
type closer struct {
	lister // for what all pages of the desk have in common
	Closings
	all, month, look *frame.Page
	comparing        chan struct{} // holds a place for each comparison that runs
	closing          chan struct{} // and for the close
}

const closingPath = "/finance/closing"

// comparisonsAtOnce bounds how many months are compared at the same time, for pages and
// for files: each reads three reports, and has a connection for as long.
const comparisonsAtOnce = 2

// taken takes a place, if there is one.
func taken(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

// busy says that others are at it.
func busy(sentence string) error {
	return &payments.Error{Code: payments.Busy, RetryAfter: time.Minute, Sentence: sentence}
}

// MountClosing puts the pages of closed months behind their doors. Of o it needs Frame,
// Zone, Log and Now.
func MountClosing(doors Doors, o Options, s Closings) (err error) {
	c := &closer{lister: lister{Options: o, Lists: Lists{Record: s.Record}}, Closings: s, comparing: make(chan struct{}, comparisonsAtOnce), closing: make(chan struct{}, 1)}
	for name, page := range map[string]**frame.Page{"closing": &c.all, "closing_month": &c.month, "closing_look": &c.look, "paper": &c.paper} {
		if *page, err = o.Frame.Page(templateFiles, "templates/"+name+".html", "templates/parts.html"); err != nil {
			return err
		}
	}
	doors.Part(frame.Link{Href: closingPath, Label: "Closing", About: "Months that are closed, and what has changed in them since."}, auth.Viewer)
	doors.Handle("GET "+closingPath, auth.Viewer, c.months)
	doors.Handle("GET "+closingPath+"/{id}", auth.Viewer, c.one)
	doors.Handle("POST "+closingPath+"/{id}/look", auth.Finance, c.second)
	doors.Handle("POST "+closingPath+"/{id}", auth.Finance, c.close)
	doors.Handle("POST "+closingPath+"/{id}/reopen", auth.Admin, c.reopen)
	doors.Handle("GET "+closingPath+"/{id}/changes.csv", auth.Finance, c.changes)
	return nil
}

// monthPath is the address of a month's page.
func monthPath(m closing.Month) string { return closingPath + "/" + m.String() }

// monthsShown is how many months are listed at once.
const monthsShown = 24

// closingView is the list of months.
type closingView struct {
	Zone    string
	Problem string
	Read    bool
	Table   table
	Older   string // address, "" for none
	Newest  string
}

// months answers with the months that are over, the newest first.
func (c *closer) months(w http.ResponseWriter, r *http.Request) {
	v := closingView{Zone: c.Zone.String()}
	last := closing.MonthOf(c.Now().In(c.Zone)).Add(-1)
	newest, status := last, http.StatusOK
	if before := r.URL.Query().Get("before"); before != "" {
		m, err := closing.ParseMonth(before)
		if err != nil || !m.Before(last.Add(1)) {
			status, v.Problem = http.StatusBadRequest, "The address of this page is broken. Begin again with the newest month."
		} else {
			newest, v.Newest = m.Add(-1), closingPath
		}
	}
	if v.Problem == "" {
		if err := c.list(r.Context(), &v, newest); err != nil {
			if gone(r, err) {
				return
			}
			status, v.Problem = c.explain(w, r, err)
		}
	}
	c.Frame.Send(w, r, status, c.all, "Closing", v)
}

func (c *closer) list(ctx context.Context, v *closingView, newest closing.Month) error {
	v.Table = table{Cards: true, ID: "months", Caption: "Months", Named: true, Empty: "No month with a gift or a booking is over yet.",
		Columns: []column{{Label: "Month"}, {Label: "State"}, {Label: "Gifts", Number: true}, {Label: "Left of what was given", Number: true}, {Label: "Closed"}, {Label: "By"}}}
	first, is, err := c.Office.First(ctx)
	if err != nil {
		return err
	}
	closed, err := c.Office.AllClosed(ctx)
	if err != nil {
		return err
	}
	looks, err := c.Office.Looks(ctx)
	if err != nil {
		return err
	}
	if v.Read = true; !is {
		return nil
	}
	for m := newest; !m.Before(first); m = m.Add(-1) {
		if len(v.Table.Rows) == monthsShown {
			v.Older = closingPath + "?" + url.Values{"before": {m.Add(1).String()}}.Encode()
			break
		}
		line := row{Cells: []cell{link(m.Words(), monthPath(m)), {Text: "open", Mark: "wait"}, number("–"), number("–"), text("–"), text("–")}}
		if i := slices.IndexFunc(closed, func(x closing.Closing) bool { return x.Month == m }); i >= 0 {
			line.Cells = append(line.Cells[:1], c.closedCells(closed[i], lookAt(looks, m))...)
		}
		if m == newest && v.Newest == "" && line.Cells[1].Text == "open" && c.ready(ctx, m) {
			line.Cells[1] = cell{Text: "open, ready to be closed", Mark: "good"}
		}
		v.Table.Rows = append(v.Table.Rows, line)
	}
	return nil
}

// readyWithin bounds how long the list waits for the checklist of the month that was over
// last; the month's page waits for it.
const readyWithin = 2 * time.Second

// ready tells whether nothing keeps a month open, as far as that is found soon.
func (c *closer) ready(ctx context.Context, m closing.Month) bool {
	within, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	items, err := c.Office.Checklist(within, m)
	return err == nil && !slices.ContainsFunc(items, func(i closing.Item) bool { return i.Blocks })
}

// lookAt is what the last comparison of a month found; the zero one where none was made.
func lookAt(all []closing.Look, m closing.Month) closing.Look {
	if i := slices.IndexFunc(all, func(l closing.Look) bool { return l.Month == m }); i >= 0 {
		return all[i]
	}
	return closing.Look{}
}

// closedState says of a closed month whether it has changed since.
func (c *closer) closedState(x closing.Closing, l closing.Look) cell {
	state := cell{Text: "closed", Mark: "good"}
	var notes []string
	if l.Rows > 0 {
		state = cell{Text: "closed, has changed", Mark: "wait"}
		notes = append(notes, grouped(l.Rows)+plural(l.Rows, " row differs", " rows differ"))
	}
	if l.Unexplained > 0 {
		state.Mark = "wrong"
		notes = append(notes, grouped(l.Unexplained)+" unexplained")
	}
	if !l.At.IsZero() {
		notes = append(notes, "compared "+c.clock(l.At))
	}
	if len(x.Unfinished) > 0 {
		notes = append(notes, "in spite of what was unfinished")
	}
	state.Note = joinedBy(notes, "; ")
	return state
}

// closedCells are those of a closed month: what was frozen of it.
func (c *closer) closedCells(x closing.Closing, l closing.Look) []cell {
	given := x.Manifest("donations").TotalsByStatus["succeeded"]
	return []cell{c.closedState(x, l), number(grouped(given.Rows)), number(totals(given.Totals, "net_of_refunds")), text(c.clock(x.AsOf)), text(x.By)}
}

// totals are those of a column of a manifest, one for each currency.
func totals(all map[money.Currency]map[string]string, column string) string {
	var parts []string
	for _, currency := range sortedCurrencies(all) {
		if total, told := all[currency][column]; told {
			parts = append(parts, grouping(total)+"\u00a0"+string(currency))
		}
	}
	return orDash(joinedBy(parts, ", "))
}

// manifestTable shows what was frozen of each report.
func manifestTable(x closing.Closing) table {
	t := table{Cards: true, ID: "frozen", Caption: "From one snapshot", Columns: []column{{Label: "Report"}, {Label: "Rows", Number: true}, {Label: "SHA-256 of the report as CSV"}}}
	for _, m := range x.Manifests {
		t.Rows = append(t.Rows, row{Cells: []cell{text(m.Report), number(grouped(m.Rows)), code(m.SHA256)}})
	}
	return t
}

// asked reads the month of an address; where it is none, that is answered.
func (c *closer) asked(w http.ResponseWriter, r *http.Request) (closing.Month, bool) {
	m, err := closing.ParseMonth(r.PathValue("id"))
	if err == nil && !m.Before(closing.MonthOf(c.Now().In(c.Zone)).Add(1)) {
		err = &payments.Error{Code: payments.NotFound, Sentence: m.Words() + " has not begun."}
	} else if err != nil {
		err = &payments.Error{Code: payments.NotFound, Sentence: "There is no such month. Write it as 2026-10.", Err: err}
	}
	if err != nil {
		c.sendProblem(w, r, "Closing", closingPath, "Closing", err)
		return m, false
	}
	return m, true
}

// How long a page waits for a comparison, and how long a file; the command takes its
// time.
const (
	compareWithin = 20 * time.Second
	listWithin    = 5 * time.Minute
)
