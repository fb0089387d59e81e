package desk

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

// Runs are the exports that were ordered; payments/exports says how.
type Runs interface {
	List(ctx context.Context, f exports.Filter) (exports.Page, error)
	Get(ctx context.Context, id string) (exports.Run, error)
	Open(ctx context.Context, id string) (exports.Run, *os.File, error)
	Cancel(ctx context.Context, id, by string) error
}

// Exports is what the pages of exports work with. All are needed but Campaigns and
// Currencies.
type Exports struct {
	Runs Runs
	// Order commits an order and its line in the audit, of which the object is the id of
	// the run, in one transaction.
	Order func(ctx context.Context, o exports.Order, e auth.Entry) (id string, err error)
	// Known tells whether the currency and the campaign of a query are any; the error is
	// a *payments.Error of code Invalid where they are not.
	Known func(ctx context.Context, q report.Query) error
	// Clock is what time it is by the database's clock, which dates the ledger.
	Clock  func(ctx context.Context) (time.Time, error)
	Record func(ctx context.Context, e auth.Entry) error
	// Settled lists the currencies of the ledger; nil where nobody is to be told that a
	// journal needs one of them before it is ordered.
	Settled func(ctx context.Context) ([]money.Currency, error)
	// FiscalYear is the month that the newsroom's fiscal year begins with.
	FiscalYear time.Month
	// Campaigns and Currencies are offered; others can be typed.
	Campaigns  []string
	Currencies []money.Currency
}

// exporter serves them.
type exporter struct {
	lister // for what all pages of the desk have in common
	Exports
	all, form, one *frame.Page
}

// MountExports puts the pages of exports behind their doors. Of o it needs Frame, Zone,
// Log and Now.
func MountExports(doors Doors, o Options, exported Exports) (err error) {
	e := &exporter{lister: lister{Options: o, Lists: Lists{Record: exported.Record}}, Exports: exported}
	for name, page := range map[string]**frame.Page{"exports": &e.all, "export_new": &e.form, "export": &e.one, "paper": &e.paper} {
		if *page, err = o.Frame.Page(templateFiles, "templates/"+name+".html", "templates/parts.html"); err != nil {
			return err
		}
	}
	doors.Part(frame.Link{Href: exportsPath, Label: "Exports", About: "Whole reports as files, for the books and for spreadsheets."}, auth.Finance)
	doors.Handle("GET "+exportsPath, auth.Finance, e.list)
	doors.Handle("GET "+exportsPath+"/new", auth.Finance, e.ask)
	doors.Handle("POST "+exportsPath, auth.Finance, e.order)
	doors.Handle("GET "+runsPath+"/{id}", auth.Finance, e.show)
	doors.Handle("GET "+runsPath+"/{id}/file", auth.Finance, e.download)
	doors.Handle("GET "+runsPath+"/{id}/manifest", auth.Finance, e.manifest)
	doors.Handle("POST "+runsPath+"/{id}/cancel", auth.Finance, e.cancel)
	doors.Handle("POST "+runsPath+"/{id}/again", auth.Finance, e.again)
	return nil
}

const (
	exportsPath = "/finance/exports"
	runsPath    = exportsPath + "/runs"
)

func runLink(id string) string { return runsPath + "/" + url.PathEscape(id) }

// exportsView is the page of all exports.
type exportsView struct {
	Zone       string
	New, Saved string // where an export is ordered, and where those are that were saved
	Table      table
	Next, Back string
	Problem    string
	Read, Open bool // Open: one has not ended, and the page looks again by itself
	Days       int  // for how long files are kept
}

// The page of all exports looks again after some seconds while one has not ended, that of
// one export more often. Refresh is no standard's header, and every browser knows it; it
// needs no script.
const (
	lookAgain    = "5"
	lookAgainOne = "2"
	// lookFor is for how long after an order they do: a page that somebody forgot keeps
	// them signed in no longer than that.
	lookFor = 30 * time.Minute
)

// looks tells whether the page of an export looks again by itself.
func (e *exporter) looks(run exports.Run) bool {
	return !run.State.Ended() && e.Now().Sub(run.OrderedAt) < lookFor
}

// list answers with the exports that were ordered.
func (e *exporter) list(w http.ResponseWriter, r *http.Request) {
	v, status := exportsView{Zone: e.Zone.String(), New: exportsPath + "/new", Saved: savedPath, Days: int(exports.KeepFor / (24 * time.Hour))}, http.StatusOK
	page, err := e.Runs.List(r.Context(), exports.Filter{Cursor: r.URL.Query().Get("page")})
	if err != nil {
		if gone(r, err) {
			return
		}
		status, v.Problem = e.explain(w, r, err)
	}
	v.Read = err == nil
	v.Table = table{Cards: true, ID: "exports", Caption: "Exports, the newest first", Named: true, Empty: "None was ordered yet.",
		Columns: []column{{Label: "Report"}, {Label: "State"}, {Label: "File"}, {Label: "Rows", Number: true}, {Label: "Ordered"}}}
	for _, run := range page.Runs {
		v.Open = v.Open || e.looks(run)
		v.Table.Rows = append(v.Table.Rows, e.line(run))
	}
	if page.Next != "" {
		v.Next = exportsPath + "?page=" + url.QueryEscape(page.Next)
	}
	if page.Back != "" {
		v.Back = exportsPath + "?page=" + url.QueryEscape(page.Back)
	}
	if v.Open {
		w.Header().Set("Refresh", lookAgain)
	}
	e.Frame.Send(w, r, status, e.all, "Exports", v)
}

// line is one export in the list.
func (e *exporter) line(run exports.Run) row {
	name := link(labelWords(run), runLink(run.ID))
	name.Note = joined("as "+shortFormat(run.Format)+", "+periodWords(run.Query), narrowedWords(run.Query))
	by := text(e.clock(run.OrderedAt))
	by.Note = "by " + run.ByName
	rows := number("–")
	if run.State == exports.Done || run.State == exports.Running && run.Rows > 0 {
		rows = number(grouped(run.Rows))
	}
	return row{Cells: []cell{name, stateCell(run), fileCell(run), rows, by}, Quiet: run.Removed != exports.Kept || run.State == exports.Cancelled}
}

// stateCell says how far an export is.
func stateCell(run exports.Run) cell {
	c := cell{Text: string(run.State)}
	switch run.State {
	case exports.Done:
		c.Mark = "good"
	case exports.Failed:
		c.Mark, c.Note = "wrong", run.Failure
	case exports.Waiting:
		c.Mark, c.Note = "wait", run.Failure
		if run.Failure == "" {
			c.Note = "for its turn: exports are written one after the other"
		}
	case exports.Running:
		c.Mark = "wait"
		switch {
		case run.CancelledBy != "":
			c.Note = "is being cancelled"
		case run.Rows == 0:
			c.Note = "the books are being read"
		default:
			c.Note = grouped(run.Rows) + " rows so far"
		}
	}
	return c
}

// fileCell leads to the file, or says why there is none.
func fileCell(run exports.Run) cell {
	switch {
	case run.State != exports.Done:
		return text(shortFormat(run.Format))
	case run.Removed == exports.Expired:
		return cell{Text: shortFormat(run.Format), Note: "removed after its time"}
	case run.Removed == exports.Erased:
		return cell{Text: shortFormat(run.Format), Note: "removed: somebody’s data were erased"}
	}
	c := link(run.Name, runLink(run.ID)+"/file")
	c.Note = sizeWords(run.Bytes)
	return c
}
