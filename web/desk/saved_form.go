package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// savedFormView is the page on which an export is saved or changed.
type savedFormView struct {
	Title, Path, Back, BackTo string
	Do, Leave                 string // what is pressed, and what leads away
	Fields, When, Where, Rare []field
	Readers                   []option
	Books                     []field
	RareOpen, BooksOpen, Mail bool
	Problem                   string
	Most                      int // missed turns that are caught up
}

// firstTime is what the form suggests: by then the night's payouts are booked.
const firstTime = "06:00"

// ask answers with a form, which an address may fill in.
func (s *saver) ask(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	if !asked.Has("period") { // what is asked for again and again is mostly the month that is over
		asked.Set("period", string(saved.LastMonth))
	}
	if !asked.Has("format") {
		asked.Set("format", report.Formats()[0])
	}
	s.sendForm(w, r, saved.Export{}, asked, http.StatusOK, "")
}

// askChange answers with the form of what is saved.
func (s *saver) askChange(w http.ResponseWriter, r *http.Request) {
	e, err := s.Book.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		s.sendProblem(w, r, "Saved export", savedPath, "Saved exports", err)
		return
	}
	s.sendForm(w, r, e, formOf(e), http.StatusOK, "")
}

// formOf is the form filled in with what is saved.
func formOf(e saved.Export) url.Values {
	q := url.Values{"name": {e.Name}, "report": {e.Report}, "period": {string(e.Span)}, "tz": {e.Zone.String()},
		"currency": {string(e.Currency)}, "campaign": {e.Campaign}, "basis": {string(e.Basis)}, "every": {string(e.Schedule.Every)},
		"weekday": {strconv.Itoa(int(e.Schedule.Weekday))}, "day": {strconv.Itoa(e.Schedule.MonthDay)}, "time": {clockWords(e.Schedule.Minute)},
		"folder": {e.Folder}, "tell": e.Readers}
	setFormat(q, e.Format)
	return q
}

// save keeps a new one, and leads to its page.
func (s *saver) save(w http.ResponseWriter, r *http.Request) {
	s.keep(w, r, saved.Export{}, func(e saved.Export) (saved.Export, error) { return s.Book.Save(r.Context(), by(r), e) })
}

// change keeps one otherwise, and leads to its page.
func (s *saver) change(w http.ResponseWriter, r *http.Request) {
	e, err := s.Book.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		s.sendProblem(w, r, "Saved export", savedPath, "Saved exports", err)
		return
	}
	s.keep(w, r, e, func(e saved.Export) (saved.Export, error) { return e, s.Book.Change(r.Context(), by(r), e) })
}

// keep reads the form over what there was, and keeps it; where that cannot be, the form
// says why.
func (s *saver) keep(w http.ResponseWriter, r *http.Request, was saved.Export, keep func(saved.Export) (saved.Export, error)) {
	if err := r.ParseForm(); err != nil {
		s.sendForm(w, r, was, r.PostForm, http.StatusBadRequest, "The form could not be read. Please send it again.")
		return
	}
	q, e := s.read(r.PostForm, s.settled(r))
	if q.problem != "" {
		s.sendForm(w, r, was, r.PostForm, http.StatusUnprocessableEntity, q.problem)
		return
	}
	e.ID = was.ID
	err := s.Known(r.Context(), savedQuery(e))
	var kept saved.Export
	if err == nil {
		kept, err = keep(e)
	}
	if err != nil {
		if gone(r, err) {
			return
		}
		status, sentence := s.explain(w, r, err)
		s.sendForm(w, r, was, r.PostForm, status, sentence)
		return
	}
	http.Redirect(w, r, savedLink(kept.ID), http.StatusSeeOther)
}

// savedQuestions are the questions of the form, in groups, and what is wrong with the
// answers, "" for nothing.
type savedQuestions struct {
	what, when, where, rare []field
	books                   []field
	booksOpen               bool
	problem                 string
}

// read makes a saved export of what was asked for. settled are the currencies of the
// ledger.
func (s *saver) read(asked url.Values, settled []money.Currency) (q savedQuestions, e saved.Export) {
	f := &form{asked: asked, zone: s.Zone, kept: url.Values{}}
	e.Zone, e.Readers = s.Zone, asked["tell"]
	for _, values := range asked {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				f.wrong("Something that was typed has signs that are no text. Type it again.")
			}
		}
	}
	if name := asked.Get("tz"); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			f.wrong("%.40q is not a time zone. Write an IANA name such as Europe/London or UTC.", name)
			zone = s.Zone
		}
		e.Zone = zone
	}
	e.Name = f.text("name", "Name")
	e.Report = f.choice("report", "Report", optionsOf(report.Names(), func(name string) string { return name + ": " + reportWords(name) })...)
	e.Span = saved.Span(f.choice("period", "Period", optionsOf(saved.Spans(), s.spanWords)...))
	e.Format = f.choice("format", "Format", formatOptions()...)
	for i := range f.Fields {
		f.Fields[i].Wide = true
	}
	f.Fields[0].Hint = "Such as Month end. It stands in letters, so let it name nobody."
	q.what, f.Fields = f.Fields, nil
	e.Schedule = s.readSchedule(f)
	q.when, f.Fields = f.Fields, nil
	e.Folder = f.text("folder", "Folder")
	f.Fields[0].Wide, f.Fields[0].Hint = true, "Empty for none. Else small letters, digits and hyphens, such as month-end."
	q.where, f.Fields = f.Fields, nil
	f.Fields = q.what // what is wrong with the format is said there
	f.askBooks(false)
	f.rarely()
	f.text("tz", "Time zone of days and times", slices.Compact([]string{s.Zone.String(), "UTC"})...)
	e.Currency = money.FromCode(f.text("currency", "Currency", currencyNames(s.Currencies)...))
	e.Campaign = f.text("campaign", "Campaign", s.Campaigns...)
	e.Basis = report.Basis(f.choice("basis", "Cut by", basisOptions()...))
	if f.Rare[0].Value == "" {
		f.Rare[0].Hint = "Empty: " + s.Zone.String()
	}
	e.Format = f.format(e.Report, e.Format, e.Currency, settled)
	q.rare, q.books, q.booksOpen, q.problem = f.Rare, f.Books, f.booksOpen(), f.Problem
	return q, e
}

// readSchedule asks when it runs by itself.
func (s *saver) readSchedule(f *form) (when saved.Schedule) {
	when.Every = saved.Every(f.choice("every", "How often", option{Label: "only by hand"}, option{Value: string(saved.Daily), Label: "each day"},
		option{Value: string(saved.Weekly), Label: "each week"}, option{Value: string(saved.Monthly), Label: "each month"}))
	var weekdays, days []option
	for i := range 7 {
		d := time.Weekday((i + 1) % 7) // Monday first
		weekdays = append(weekdays, option{Value: strconv.Itoa(int(d)), Label: d.String()})
	}
	for d := 1; d <= saved.LastMonthDay; d++ {
		days = append(days, option{Value: strconv.Itoa(d), Label: strconv.Itoa(d)})
	}
	weekday := f.choice("weekday", "Each week on", weekdays...)
	day := f.choice("day", "Each month on day", days...)
	clock := f.text("time", "At")
	at := &f.Fields[len(f.Fields)-1]
	at.Type = "time"
	if clock == "" {
		clock, at.Value = firstTime, firstTime
	}
	var ok bool
	if when.Minute, ok = readClock(clock); !ok {
		f.wrong("%.20q is no time. Write it as on a clock of 24 hours, such as 06:30.", clock)
	}
	when.Weekday, when.MonthDay = time.Weekday(numberOf(weekday)), numberOf(day)
	return when
}

// numberOf reads one of the form's numbers; 1 where there is none, which is Monday, and
// the first day of a month. One that is not offered is refused by the book.
func numberOf(text string) int {
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// optionsOf are values with their words, to choose from.
func optionsOf[T ~string](values []T, words func(T) string) []option {
	all := make([]option, len(values))
	for i, v := range values {
		all[i] = option{Value: string(v), Label: words(v)}
	}
	return all
}

// spanWords are a kind of period, of a fiscal year with the month it begins with.
func (s *saver) spanWords(p saved.Span) string {
	words := savedSpanWords(p)
	if p == saved.LastFiscalYear && s.FiscalYear >= time.January && s.FiscalYear <= time.December {
		words += " (from " + s.FiscalYear.String() + " on)"
	}
	return words
}

// sendForm answers with the form and what is wrong, "" for nothing. was is what is
// changed; its ID is "" for a new one.
func (s *saver) sendForm(w http.ResponseWriter, r *http.Request, was saved.Export, asked url.Values, status int, problem string) {
	q, _ := s.read(asked, s.settled(r))
	if problem == "" && q.problem != "" {
		problem = q.problem
	}
	v := savedFormView{Title: "Save an export", Path: savedPath, Back: savedPath, BackTo: "Saved exports", Do: "Save", Leave: "Do not save it", Mail: s.Mail, Most: saved.CaughtUp,
		Fields: q.what, When: q.when, Where: q.where, Rare: q.rare, Books: q.books, BooksOpen: q.booksOpen, Problem: problem,
		RareOpen: amiss(q.rare) || slices.ContainsFunc(q.rare, func(f field) bool { return f.Value != "" && (f.Name != "tz" || f.Value != s.Zone.String()) })}
	if was.ID != "" {
		v.Title, v.Path, v.Back, v.BackTo, v.Do = "Change “"+was.Name+"”", savedLink(was.ID)+"/change", savedLink(was.ID), was.Name, "Keep the change"
		v.Leave = "Leave it as it is"
	}
	staff, err := s.Staff(r.Context())
	if err != nil {
		s.sendProblem(w, r, v.Title, v.Back, v.BackTo, err)
		return
	}
	for _, p := range staff {
		if withoutLetter(p) == "" {
			v.Readers = append(v.Readers, option{Value: p.ID, Label: p.Name + " (" + string(p.Role) + ")", Chosen: slices.Contains(asked["tell"], p.ID)})
		}
	}
	s.Frame.Send(w, r, status, s.form, v.Title, v)
}

// basisOptions are the days by which rows can fall into a period.
func basisOptions() []option {
	return []option{{Label: "the report’s own day"}, {Value: string(report.Received), Label: "donations: received"},
		{Value: string(report.Available), Label: "donations: available for payout"}, {Value: string(report.PaidOut), Label: "donations: arrival of the payout"},
		{Value: string(report.Booked), Label: "journal: booked"}}
}
