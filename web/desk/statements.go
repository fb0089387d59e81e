package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/statements"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

// StatementOffice counts, orders and shows the statements of a year;
// payments/statements says how.
type StatementOffice interface {
	Plan(ctx context.Context, year int) (statements.Plan, error)
	Order(ctx context.Context, w statements.Wish, also func(context.Context, pgx.Tx, statements.Run) error) (statements.Run, error)
	Get(ctx context.Context, id string) (statements.Run, error)
	List(ctx context.Context, year int) ([]statements.Run, error)
	Troubles(ctx context.Context, id string, limit int) ([]statements.Trouble, error)
	Cancel(ctx context.Context, id, by string, also func(context.Context, pgx.Tx) error) error
	Again(ctx context.Context, id string, unsure bool, also func(context.Context, pgx.Tx, int) error) (int, error)
	Example(ctx context.Context, year int) (donorID string, err error)
	Find(ctx context.Context, donor string) (donorID string, err error)
	Preview(ctx context.Context, donorID string, year int) (statements.Letter, error)
}

// Statements is what the pages of a year's statements work with. All are needed.
type Statements struct {
	Office StatementOffice
	// PDF writes a statement as it is mailed, in a language.
	PDF func(s manage.Statement, language string) ([]byte, error)
	// Record writes down who saw what; RecordIn in a transaction of what is done.
	Record   func(ctx context.Context, e auth.Entry) error
	RecordIn func(ctx context.Context, tx pgx.Tx, e auth.Entry) error
	Mails    bool // a mail server is set up
}

// clerk serves them.
type clerk struct {
	lister // for what all pages of the desk have in common
	Statements
	all, look, one *frame.Page
}

const statementsPath = "/finance/statements"

// MountStatements puts the pages of a year's statements behind their doors. Of o it
// needs Frame, Zone, Log and Now.
func MountStatements(doors Doors, o Options, s Statements) (err error) {
	c := &clerk{lister: lister{Options: o, Lists: Lists{Record: s.Record}}, Statements: s}
	for name, page := range map[string]**frame.Page{"statements": &c.all, "statements_look": &c.look, "statements_run": &c.one, "paper": &c.paper} {
		if *page, err = o.Frame.Page(templateFiles, "templates/"+name+".html", "templates/parts.html"); err != nil {
			return err
		}
	}
	doors.Part(frame.Link{Href: statementsPath, Label: "Statements", About: "The statement of a year, mailed to everybody who gave."}, auth.Finance)
	doors.Handle("GET "+statementsPath, auth.Finance, c.first)
	doors.Handle("POST "+statementsPath+"/look", auth.Finance, c.second)
	doors.Handle("POST "+statementsPath, auth.Finance, c.order)
	doors.Handle("POST "+statementsPath+"/preview", auth.Finance, c.preview)
	doors.Handle("GET "+statementsPath+"/runs/{id}", auth.Finance, c.show)
	doors.Handle("POST "+statementsPath+"/runs/{id}/cancel", auth.Finance, c.cancel)
	doors.Handle("POST "+statementsPath+"/runs/{id}/again", auth.Finance, c.again)
	return nil
}

func statementRun(id string) string { return statementsPath + "/runs/" + url.PathEscape(id) }

// planWithin bounds how long somebody waits for the count: longer than that, the
// command is the way.
const planWithin = 40 * time.Second

// statementsView is the first page: the year, what a run would do, and the runs.
type statementsView struct {
	Zone, Year string
	Problem    string
	Counted    bool
	Plan       table
	Changed    int    // donors who have one with other figures
	Send       int    // donors who have none
	Running    string // address of the run that is under way
	Ended      bool
	Begun      bool
	AsOf       string
	Mails      bool
	Runs       table
	Read       bool
	Open       bool
	Preview    string
	Look       string
}

// first answers with the first page; with a year, that is counted.
func (c *clerk) first(w http.ResponseWriter, r *http.Request) {
	c.sendFirst(w, r, http.StatusOK, r.URL.Query().Get("year"), nil)
}

func (c *clerk) sendFirst(w http.ResponseWriter, r *http.Request, status int, typed string, wrong error) {
	v := statementsView{Zone: c.Zone.String(), Year: strings.TrimSpace(typed), Mails: c.Mails, Preview: statementsPath + "/preview", Look: statementsPath + "/look"}
	if wrong != nil {
		status, v.Problem = c.explain(w, r, wrong)
	}
	runs, err := c.Office.List(r.Context(), 0)
	if err == nil && v.Year != "" && wrong == nil {
		err = c.count(r.Context(), &v)
	}
	if err != nil {
		if gone(r, err) {
			return
		}
		status, v.Problem = c.explain(w, r, err)
	}
	v.Read = runs != nil || err == nil
	v.Runs = c.runsTable(runs)
	for _, run := range runs {
		v.Open = v.Open || run.State == statements.Running
	}
	if v.Year == "" {
		v.Year = strconv.Itoa(c.Now().In(c.Zone).Year() - 1)
		if v.Open {
			w.Header().Set("Refresh", lookAgain)
		}
	}
	c.Frame.Send(w, r, status, c.all, "Statements", v)
}

// count adds what a run of the year would do.
func (c *clerk) count(ctx context.Context, v *statementsView) error {
	year, err := yearOf(v.Year)
	if err != nil {
		return err
	}
	p, err := c.plan(ctx, year)
	if err != nil {
		return err
	}
	v.Year = strconv.Itoa(year)
	v.Counted, v.Begun, v.Ended, v.AsOf, v.Send, v.Changed = true, p.Begun, p.Ended, c.clock(p.AsOf), p.Send.Donors, p.Changed.Donors
	if p.Running != "" {
		v.Running = statementRun(p.Running)
	}
	v.Plan = planTable(p)
	return nil
}

// plan counts, for as long as a page may take.
func (c *clerk) plan(ctx context.Context, year int) (statements.Plan, error) {
	ctx, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	p, err := c.Office.Plan(ctx, year)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return p, &payments.Error{Code: payments.Unavailable, Err: err,
			Sentence: fmt.Sprintf("The count takes longer than a page may. At a terminal it may take its time: readerfund statements --year %d --dry-run", year)}
	}
	return p, err
}

// yearOf reads a year as somebody types it.
func yearOf(text string) (int, error) {
	year, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, &payments.Error{Code: payments.Invalid, Sentence: "That is no year. Write its four digits, as in 2025.", Err: err}
	}
	return year, nil
}

// planTable shows whom a run would mail, and whom not and why.
func planTable(p statements.Plan) table {
	t := table{Cards: true, ID: "plan", Caption: fmt.Sprintf("What a run of %d would do; amounts are without what was given back or taken by disputes", p.Year),
		Columns: []column{{Label: "Who"}, {Label: "Donors", Number: true}, {Label: "Gifts", Number: true}, {Label: "Left of them", Number: true}}}
	for _, g := range []struct {
		who, note, mark string
		group           statements.Group
	}{
		{"Gets a statement", "", "good", p.Send},
		{"Has one, with other figures", "gets another only where that is asked for", "", p.Changed},
		{"Has one, with these figures", "gets no other", "", p.Have},
		{"Nothing left", "all was given back, or taken by disputes", "", p.Nothing},
		{"No address", "nobody knows where to mail it", "", p.NoAddress},
		{"Nobody known", "Stripe told no address with the gift", "", p.Nobodys},
		{"Erased", "the gifts of people who were erased", "", p.Erased},
	} {
		gifts, sums := 0, make([]money.Amount, 0, len(g.group.Sums))
		for _, s := range g.group.Sums {
			gifts, sums = gifts+s.Gifts, append(sums, s.Net)
		}
		donors := number(grouped(int64(g.group.Donors)))
		if g.group.Donors == 0 && gifts > 0 {
			donors = number("–")
		}
		t.Rows = append(t.Rows, row{Quiet: gifts == 0, Cells: []cell{{Text: g.who, Note: g.note, Mark: g.mark}, donors, number(grouped(int64(gifts))), amounts(sums)}})
	}
	if p.Gone > 0 {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: "Has one, and no gift any more", Note: "bank debits that failed afterwards: write to them", Mark: "wait"}, count(p.Gone), number("–"), number("–")}})
	}
	return t
}

// preview answers with the PDF that a donor would be mailed. Whose it is, is written
// down before.
func (c *clerk) preview(w http.ResponseWriter, r *http.Request) {
	// A mail address is posted, and stands in no address of a page.
	file, donor, year, err := c.print(r, strings.TrimSpace(r.PostFormValue("donor")), r.PostFormValue("year"))
	if err == nil {
		err = c.note(r, "look", donor, auth.Done, fmt.Sprintf("statement of %d", year))
	}
	if err != nil {
		c.sendProblem(w, r, "Statement", statementsPath, "Statements", err)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="gifts-%d.pdf"`, year))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
}

// print writes the statement of a donor, or of some donor where none is named.
func (c *clerk) print(r *http.Request, asked, typed string) (file []byte, donor string, year int, err error) {
	if year, err = yearOf(typed); err != nil {
		return nil, "", 0, err
	}
	if asked == "" {
		donor, err = c.Office.Example(r.Context(), year)
	} else {
		donor, err = c.Office.Find(r.Context(), asked)
	}
	if err != nil {
		return nil, "", 0, err
	}
	letter, err := c.Office.Preview(r.Context(), donor, year)
	if err != nil {
		return nil, "", 0, err
	}
	if len(letter.Statement.Gifts) == 0 {
		return nil, "", 0, &payments.Error{Code: payments.NotFound, Sentence: fmt.Sprintf("This donor gave nothing in %d.", year)}
	}
	file, err = c.PDF(letter.Statement, letter.To.Language)
	return file, donor, year, err
}
