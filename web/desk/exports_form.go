package desk

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/auth"
)

// newExportView is the page on which an export is ordered.
type newExportView struct {
	Path, Back   string
	Fields, Rare []field
	Books        []field
	RareOpen     bool
	BooksOpen    bool
	Problem      string
	Token        string // stands for one decision, however often it is sent
}

// ask answers with an empty form, or one that an address fills in.
func (e *exporter) ask(w http.ResponseWriter, r *http.Request) {
	e.sendForm(w, r, r.URL.Query(), http.StatusOK, "")
}

func (e *exporter) sendForm(w http.ResponseWriter, r *http.Request, asked url.Values, status int, problem string) {
	now, err := e.Clock(r.Context())
	if err != nil {
		if gone(r, err) {
			return
		}
		status, problem = e.explain(w, r, err)
		now = e.Now()
	}
	f, _, wrong := e.read(asked, now, e.settled(r))
	if len(asked) > 0 && problem == "" && wrong != "" {
		problem = wrong
	}
	e.Frame.Send(w, r, status, e.form, "Order an export", newExportView{Path: exportsPath, Back: exportsPath,
		Fields: f.Fields, Rare: f.Rare, RareOpen: f.open() || amiss(f.Rare), Books: f.Books, BooksOpen: f.booksOpen(), Problem: problem, Token: exports.NewToken()})
}

// read makes an order of what was asked for; the sentence says what is wrong with it.
// settled are the currencies of the ledger.
func (e *exporter) read(asked url.Values, now time.Time, settled []money.Currency) (*form, exports.Order, string) {
	f := &form{asked: asked, zone: e.Zone, kept: url.Values{}}
	o := exports.Order{Query: report.Query{Zone: e.Zone}}
	if name := asked.Get("tz"); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			f.wrong("%.40q is not a time zone. Write an IANA name such as Europe/London or UTC.", name)
			zone = e.Zone
		}
		o.Query.Zone = zone
	}
	var names []option
	for _, name := range report.Names() {
		names = append(names, option{Value: name, Label: name + ": " + reportWords(name)})
	}
	o.Report = f.choice("report", "Report", names...)
	offered := spans(calendar.Of(now.In(o.Query.Zone)), e.FiscalYear)
	var periods []option
	for _, s := range offered {
		periods = append(periods, option{Value: s.Value, Label: s.Label})
	}
	period := f.choice("period", "Period", periods...)
	from, before := f.text("from", "Or from"), f.text("to", "before")
	last := f.Fields[len(f.Fields)-2:]
	last[0].Type, last[1].Type = "date", "date"
	o.Format = f.choice("format", "Format", formatOptions()...)
	f.Fields[0].Wide, f.Fields[1].Wide, f.Fields[len(f.Fields)-1].Wide = true, true, true
	f.Fields[1].Hint = "Days of your own, below, count in its place. The second is the first that is no longer in it."
	f.askBooks(true)
	f.rarely()
	f.text("tz", "Time zone of days and times", slices.Compact([]string{e.Zone.String(), "UTC"})...)
	o.Query.Currency = money.FromCode(f.text("currency", "Currency", currencyNames(e.Currencies)...))
	o.Query.Campaign = f.text("campaign", "Campaign", e.Campaigns...)
	o.Query.Basis = report.Basis(f.choice("basis", "Cut by", option{Label: "the report’s own day"},
		option{Value: string(report.Received), Label: "donations: received"}, option{Value: string(report.Available), Label: "donations: available for payout"},
		option{Value: string(report.PaidOut), Label: "donations: arrival of the payout"}, option{Value: string(report.Booked), Label: "journal: booked"}))
	if len(f.Rare) > 0 && f.Rare[0].Value == "" {
		f.Rare[0].Hint = "Empty: " + e.Zone.String()
	}
	if o.Report == "" {
		o.Report = report.Names()[0]
	}
	if o.Format == "" {
		o.Format = report.Formats()[0]
	}
	o.Format = f.format(o.Report, o.Format, o.Query.Currency, settled)
	chosen := slices.IndexFunc(offered, func(s span) bool { return s.Value == period })
	switch {
	case from != "" || before != "":
		f.ownDays(&o.Query, from, before)
	case chosen < 0 && period != "":
		f.wrong("There is no such period.")
	default:
		s := offered[max(chosen, 0)]
		o.Query.From, o.Query.To = s.from.In(o.Query.Zone), s.end.In(o.Query.Zone)
	}
	if o.Query.Basis == report.Booked && from == "" && before == "" && o.Query.To.After(now) {
		o.Query.To = now.Truncate(time.Second).In(o.Query.Zone) // what is booked later is of the next period
	}
	return f, o, f.Problem
}

// ownDays takes both ends of a period that was typed.
func (f *form) ownDays(q *report.Query, from, before string) {
	if from == "" || before == "" {
		f.wrong("Fill in both days of your own period, or neither.")
		return
	}
	for _, one := range []struct {
		text string
		to   *time.Time
	}{{from, &q.From}, {before, &q.To}} {
		if d, wrong := readDay(one.text, calendar.Day{}); wrong != "" {
			f.wrong("%s", wrong)
		} else {
			*one.to = d.In(q.Zone)
		}
	}
	if f.Problem == "" && !q.From.Before(q.To) {
		f.wrong("The period is empty: %s is not before %s. The second day is the first that is no longer in it.", from, before)
	}
}

func currencyNames(all []money.Currency) []string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = string(c)
	}
	return names
}

// order commits what was asked for, and leads to its page.
func (e *exporter) order(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.sendForm(w, r, url.Values{}, http.StatusBadRequest, "The form could not be read. Please fill it in again.")
		return
	}
	now, err := e.Clock(r.Context())
	if err != nil {
		if !gone(r, err) {
			status, sentence := e.explain(w, r, err)
			e.sendForm(w, r, r.PostForm, status, sentence)
		}
		return
	}
	_, o, wrong := e.read(r.PostForm, now, e.settled(r))
	if len(r.PostForm["report"]) == 0 && wrong == "" {
		wrong = "Choose a report."
	}
	if wrong == "" && o.Query.Basis == report.Booked && o.Query.To.After(now) {
		wrong = "By the time of booking a period can be told once it is over: end it on a day that has passed."
	}
	if wrong != "" {
		e.sendForm(w, r, r.PostForm, http.StatusUnprocessableEntity, wrong)
		return
	}
	o.Token = r.PostFormValue("token")
	e.commit(w, r, o, func(status int, sentence string) { e.sendForm(w, r, r.PostForm, status, sentence) })
}

// commit orders, with a line in the audit, and leads to the run's page; refused shows why
// that cannot be.
func (e *exporter) commit(w http.ResponseWriter, r *http.Request, o exports.Order, refused func(status int, sentence string)) {
	v, _ := auth.From(r.Context())
	o.By = v.ID
	err := e.Known(r.Context(), o.Query)
	var id string
	if err == nil {
		id, err = e.Order(r.Context(), o, auth.Entry{Who: v.ID, Action: "order an export", Address: v.Address, Result: auth.Done, Detail: orderWords(o)})
	}
	if err != nil {
		if gone(r, err) {
			return
		}
		status, sentence := e.explain(w, r, err)
		if payments.CodeOf(err) == "" {
			sentence = "Nothing was ordered: the database does not answer. Please try again in a minute."
		}
		refused(status, sentence)
		return
	}
	http.Redirect(w, r, runLink(id), http.StatusSeeOther)
}

// orderWords are an order for the audit. They name nobody.
func orderWords(o exports.Order) string {
	return joined(o.Report+" as "+o.Format+", "+periodWords(o.Query), narrowedWords(o.Query))
}
