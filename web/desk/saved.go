package desk

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

// SavedBook keeps exports that were saved; payments/exports/saved says how.
type SavedBook interface {
	List(ctx context.Context) ([]saved.Kept, error)
	Get(ctx context.Context, id string) (saved.Export, error)
	Turns(ctx context.Context, id string, most int) ([]saved.TurnOf, error)
	Save(ctx context.Context, by saved.By, e saved.Export) (saved.Export, error)
	Change(ctx context.Context, by saved.By, e saved.Export) error
	Remove(ctx context.Context, by saved.By, id string) error
	RunNow(ctx context.Context, by saved.By, id string) (run string, err error)
}

// SavedExports is what the pages of saved exports work with. All are needed but
// Campaigns and Currencies.
type SavedExports struct {
	Book SavedBook
	// Known tells whether the currency and the campaign of a query are any; the error is
	// a *payments.Error of code Invalid where they are not.
	Known func(ctx context.Context, q report.Query) error
	// Staff are all who may come in, and who may not.
	Staff func(ctx context.Context) ([]auth.Person, error)
	// Settled is as of Exports.
	Settled    func(ctx context.Context) ([]money.Currency, error)
	Mail       bool // a mail server is set up
	FiscalYear time.Month
	Campaigns  []string
	Currencies []money.Currency
}

// saver serves them.
type saver struct {
	lister // for what all pages of the desk have in common
	SavedExports
	all, one, form, last *frame.Page
}

const savedPath = exportsPath + "/saved"

func savedLink(id string) string { return savedPath + "/" + url.PathEscape(id) }

// MountSaved puts the pages of saved exports behind their doors. Of o it needs Frame,
// Zone, Log and Now.
func MountSaved(doors Doors, o Options, kept SavedExports) (err error) {
	s := &saver{lister: lister{Options: o}, SavedExports: kept}
	for name, page := range map[string]**frame.Page{"saved": &s.all, "saved_one": &s.one, "saved_form": &s.form, "saved_delete": &s.last, "paper": &s.paper} {
		if *page, err = o.Frame.Page(templateFiles, "templates/"+name+".html", "templates/parts.html"); err != nil {
			return err
		}
	}
	doors.Handle("GET "+savedPath, auth.Finance, s.list)
	doors.Handle("GET "+savedPath+"/new", auth.Finance, s.ask)
	doors.Handle("POST "+savedPath, auth.Finance, s.save)
	doors.Handle("GET "+savedPath+"/{id}", auth.Finance, s.show)
	doors.Handle("GET "+savedPath+"/{id}/change", auth.Finance, s.askChange)
	doors.Handle("POST "+savedPath+"/{id}/change", auth.Finance, s.change)
	doors.Handle("POST "+savedPath+"/{id}/run", auth.Finance, s.run)
	doors.Handle("GET "+savedPath+"/{id}/delete", auth.Finance, s.lookAtDelete)
	doors.Handle("POST "+savedPath+"/{id}/delete", auth.Finance, s.remove)
	return nil
}

// by is the visitor, for the audit.
func by(r *http.Request) saved.By {
	v, _ := auth.From(r.Context())
	return saved.By{Who: v.ID, Address: v.Address}
}

// savedView is the page of all saved exports.
type savedView struct {
	Zone, New, Back string
	Table           table
	Problem         string
	Read            bool
}

// list answers with the saved exports.
func (s *saver) list(w http.ResponseWriter, r *http.Request) {
	v, status := savedView{Zone: s.Zone.String(), New: savedPath + "/new", Back: exportsPath}, http.StatusOK
	all, err := s.Book.List(r.Context())
	if err != nil {
		if gone(r, err) {
			return
		}
		status, v.Problem = s.explain(w, r, err)
	}
	v.Read = err == nil
	v.Table = table{ID: "saved", Caption: "Saved exports, by name", Named: true, Empty: "None was saved yet.",
		Columns: []column{{Label: "Name"}, {Label: "Period"}, {Label: "Runs"}, {Label: "Next"}, {Label: "Last result"}}}
	for _, e := range all {
		name := link(e.Name, savedLink(e.ID))
		name.Note = joined(e.Report+" as "+shortFormat(e.Format), narrowedWords(savedQuery(e.Export)))
		runs := text(everyWords(e.Schedule))
		if e.Schedule.Every != saved.Never {
			runs.Note = e.Zone.String()
		}
		v.Table.Rows = append(v.Table.Rows, row{Cells: []cell{name, text(savedSpanWords(e.Span)), runs, text(s.nextWords(e.Export)), s.turnCell(e.Last)}})
	}
	s.Frame.Send(w, r, status, s.all, "Saved exports", v)
}

// savedOneView is the page of one.
type savedOneView struct {
	paperView
	Run, Change, Delete string // where these are posted, or lead
	Open                bool   // its run has not ended, and the page looks again
}

// shownTurns is how many turns a page shows.
const shownTurns = 30

// show answers with the page of one.
func (s *saver) show(w http.ResponseWriter, r *http.Request) { s.sendOne(w, r, http.StatusOK, "") }

func (s *saver) sendOne(w http.ResponseWriter, r *http.Request, status int, problem string) {
	e, err := s.Book.Get(r.Context(), r.PathValue("id"))
	var turns []saved.TurnOf
	var staff []auth.Person
	if err == nil {
		turns, err = s.Book.Turns(r.Context(), e.ID, shownTurns)
	}
	if err == nil {
		staff, err = s.Staff(r.Context())
	}
	if err != nil {
		s.sendProblem(w, r, "Saved export", savedPath, "Saved exports", err)
		return
	}
	path := savedLink(e.ID)
	v := savedOneView{Run: path + "/run", Change: path + "/change", Delete: path + "/delete"}
	v.Title, v.Back, v.BackTo, v.Zone, v.Read, v.Problem = e.Name, savedPath, "Saved exports", s.Zone.String(), true, problem
	v.Facts = s.savedFacts(e, staff)
	v.Sections = []chapter{s.turnsChapter(turns)}
	if v.Open = len(turns) > 0 && turns[0].State == saved.Ordered && s.Now().Sub(turns[0].Turn.At) < lookFor && r.Method == http.MethodGet; v.Open {
		w.Header().Set("Refresh", lookAgain)
	}
	s.Frame.Send(w, r, status, s.one, e.Name, v)
}

// run orders one at once, and leads to its run.
func (s *saver) run(w http.ResponseWriter, r *http.Request) {
	run, err := s.Book.RunNow(r.Context(), by(r), r.PathValue("id"))
	switch {
	case gone(r, err):
	case payments.CodeOf(err) == payments.Invalid:
		status, sentence := s.explain(w, r, err)
		s.sendOne(w, r, status, sentence)
	case err != nil:
		s.sendProblem(w, r, "Saved export", savedPath, "Saved exports", err)
	default:
		http.Redirect(w, r, runLink(run), http.StatusSeeOther) //nolint:gosec // below /finance/exports/runs, whatever the id
	}
}

// lookAtDelete asks once more before one is removed.
func (s *saver) lookAtDelete(w http.ResponseWriter, r *http.Request) {
	e, err := s.Book.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		s.sendProblem(w, r, "Saved export", savedPath, "Saved exports", err)
		return
	}
	v := savedOneView{Delete: savedLink(e.ID) + "/delete"}
	v.Title, v.Back = e.Name, savedLink(e.ID)
	v.Facts = []fact{{"Report", text(e.Report)}, {"Runs", text(everyWords(e.Schedule))}, {"Next", text(s.nextWords(e))}}
	s.Frame.Send(w, r, http.StatusOK, s.last, "Look once more", v)
}

// remove removes one, and leads to the list.
func (s *saver) remove(w http.ResponseWriter, r *http.Request) {
	err := s.Book.Remove(r.Context(), by(r), r.PathValue("id"))
	if err != nil {
		s.sendProblem(w, r, "Saved export", savedPath, "Saved exports", err)
		return
	}
	http.Redirect(w, r, savedPath, http.StatusSeeOther)
}

// savedQuery is what a saved export narrows its report to.
func savedQuery(e saved.Export) report.Query {
	return report.Query{Zone: e.Zone, Currency: e.Currency, Campaign: e.Campaign, Basis: e.Basis}
}

// saveAddress is the form on which an order is saved, to be run again.
func saveAddress(o exports.Order) string {
	q := orderQuery(o)
	q.Del("from")
	q.Del("to")
	if q.Get("opens") == string(exports.First) { // what comes after it is ordered again and again
		q.Set("opens", string(exports.Apart))
	}
	return savedPath + "/new?" + q.Encode()
}
