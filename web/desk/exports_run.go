package desk

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/web/auth"
)

// exportView is the page of one export.
type exportView struct {
	paperView
	State              cell
	Open               bool   // it has not ended, and the page looks again by itself
	File, Size         string // the file's name and address where it can be had
	FileHref, Manifest string
	Cancel, Again      string // where these are posted
	Token              string // stands for one press of Again
	Change             string // the form, filled in with this order
	Save               string // the form on which it is saved
	Until              string // when the file goes
}

// explainRun is explain for what may be wrong with an export.
func (e *exporter) explainRun(w http.ResponseWriter, r *http.Request, err error) (status int, sentence string) {
	known, _ := errors.AsType[*payments.Error](err)
	switch payments.CodeOf(err) {
	case payments.Gone:
		return http.StatusGone, known.Sentence
	case payments.Busy:
		return http.StatusConflict, known.Sentence
	}
	return e.explain(w, r, err)
}

// show answers with the page of an export.
func (e *exporter) show(w http.ResponseWriter, r *http.Request) { e.sendRun(w, r, http.StatusOK, "") }

// sendRun answers with the page of an export and what is wrong, "" for nothing.
func (e *exporter) sendRun(w http.ResponseWriter, r *http.Request, status int, problem string) {
	run, err := e.Runs.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		e.sendProblem(w, r, "Export", exportsPath, "Exports", err)
		return
	}
	v := exportView{State: stateCell(run), Open: e.looks(run), Token: exports.NewToken()}
	v.Title, v.Back, v.BackTo, v.Zone, v.Read, v.Problem = labelWords(run), exportsPath, "Exports", e.Zone.String(), true, problem
	v.Facts = e.runFacts(run)
	path := runLink(run.ID)
	if run.State.Ended() {
		v.Again, v.Change, v.Save = path+"/again", exportsPath+"/new?"+orderQuery(run.Order).Encode(), saveAddress(run.Order)
	} else {
		v.Cancel = path + "/cancel"
		if v.Open { // with the address: what was posted must not be posted again
			w.Header().Set("Refresh", lookAgainOne+"; url="+path)
		}
	}
	if run.State == exports.Done {
		v.Manifest = path + "/manifest"
		v.Sections = append(manifestChapters(run.Manifest), filesChapters(run.Manifest)...)
		if run.Removed == exports.Kept {
			v.File, v.FileHref, v.Size, v.Until = run.Name, path+"/file", sizeWords(run.Bytes), e.date(run.Until())
		} else {
			v.State.Note = fileCell(run).Note
		}
	}
	e.Frame.Send(w, r, status, e.one, v.Title, v)
}

// runFacts are what the head of an export's page shows.
func (e *exporter) runFacts(run exports.Run) []fact {
	facts := []fact{{"Report", cell{Text: run.Report, Note: reportWords(run.Report)}}, {"Period", text(periodWords(run.Query))}, {"Format", text(formatWords(run.Format))},
		{"Ordered", cell{Text: e.clock(run.OrderedAt), Note: "by " + run.ByName}}}
	if narrowed := narrowedWords(run.Query); narrowed != "" {
		facts = append(facts, fact{"Narrowed to", text(narrowed)})
	}
	switch run.State {
	case exports.Done:
		facts = append(facts, fact{"Rows", text(grouped(run.Rows))}, fact{"Snapshot of the books", text(e.clock(run.AsOf))},
			fact{"Took", text(tookWords(run.EndedAt.Sub(run.BegunAt)))}, fact{"SHA-256 of the file", code(run.SHA256)})
	case exports.Failed, exports.Cancelled:
		facts = append(facts, fact{"Ended", text(e.clock(run.EndedAt))})
	}
	return append(facts, fact{"Export", code(run.ID)})
}

// orderQuery is the form's address filled in with an order.
func orderQuery(o exports.Order) url.Values {
	q := url.Values{"report": {o.Report}, "tz": {o.Query.Zone.String()}}
	setFormat(q, o.Format)
	from, to := o.Query.From.In(o.Query.Zone), o.Query.To.In(o.Query.Zone)
	if calendar.Begins(from) && calendar.Begins(to) {
		q.Set("from", calendar.Of(from).String())
		q.Set("to", calendar.Of(to).String())
	}
	for name, value := range map[string]string{"currency": string(o.Query.Currency), "campaign": o.Query.Campaign, "basis": string(o.Query.Basis)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// cancel ends an export.
func (e *exporter) cancel(w http.ResponseWriter, r *http.Request) {
	v, _ := auth.From(r.Context())
	run, err := e.Runs.Get(r.Context(), r.PathValue("id"))
	if err == nil {
		err = e.note(r, "cancel an export", run.ID, auth.Done, "")
	}
	if err == nil {
		err = e.Runs.Cancel(r.Context(), run.ID, v.ID)
	}
	switch {
	case gone(r, err):
	case payments.CodeOf(err) == payments.Gone: // it ended meanwhile: its page says how
		http.Redirect(w, r, runLink(run.ID), http.StatusSeeOther)
	case err != nil:
		e.sendProblem(w, r, "Export", exportsPath, "Exports", err)
	default:
		http.Redirect(w, r, runLink(run.ID), http.StatusSeeOther)
	}
}

// again orders the same once more.
func (e *exporter) again(w http.ResponseWriter, r *http.Request) {
	run, err := e.Runs.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		e.sendProblem(w, r, "Export", exportsPath, "Exports", err)
		return
	}
	o := run.Order
	o.Saved, o.Token = "", r.PostFormValue("token") // by hand, and not by what was saved
	e.commit(w, r, o, func(status int, sentence string) { e.sendRun(w, r, status, sentence) })
}
