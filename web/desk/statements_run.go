package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/statements"
	"github.com/readerfund/readerfund/web/auth"
)

// statementLook is the second look before a run is ordered.
type statementLook struct {
	Year, Donors, Sums  string
	Seen                int
	Again, Anyway       bool
	Changed             string // how many of them have one already; "" for none
	Ended               bool
	By, Zone, To, Order string
	Back                string
	Token               string // stands for one decision, however often it is sent
}

// wishOf reads the form.
func (c *clerk) wishOf(r *http.Request) (statements.Wish, error) {
	v, _ := auth.From(r.Context())
	year, err := yearOf(r.PostFormValue("year"))
	if err != nil {
		return statements.Wish{}, err
	}
	if !c.Mails {
		return statements.Wish{}, &payments.Error{Code: payments.Invalid, Sentence: "No mail server is set up, so that nothing can be mailed. Whoever runs the service sets SMTP_URL and MAIL_FROM."}
	}
	return statements.Wish{Year: year, By: v.Name, Again: r.PostFormValue("again") == "yes", Anyway: r.PostFormValue("anyway") == "yes"}, nil
}

// second shows once more what would be done.
func (c *clerk) second(w http.ResponseWriter, r *http.Request) {
	wish, err := c.wishOf(r)
	if err != nil {
		c.sendFirst(w, r, http.StatusUnprocessableEntity, r.PostFormValue("year"), err)
		return
	}
	p, err := c.plan(r.Context(), wish.Year)
	switch {
	case err != nil:
	case p.Running != "":
		err = &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("Statements of %d are being mailed already: wait until that run has ended, or cancel it.", wish.Year)}
	case p.Begun && !p.Ended && !wish.Anyway:
		err = &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("%d has not ended, so that a statement of it would lack gifts. Tick that it is meant, or wait.", wish.Year)}
	case p.Donors(wish.Again) == 0:
		err = &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("Nobody is to be mailed a statement of %d.", wish.Year)}
	}
	if err != nil {
		c.sendFirst(w, r, http.StatusUnprocessableEntity, r.PostFormValue("year"), err)
		return
	}
	v := statementLook{Year: strconv.Itoa(p.Year), Donors: grouped(int64(p.Donors(wish.Again))), Seen: p.Donors(wish.Again), Again: wish.Again, Anyway: wish.Anyway, Ended: p.Ended,
		By: wish.By, Zone: c.Zone.String(), Order: statementsPath, Token: statements.NewToken(), Back: statementsPath + "?year=" + strconv.Itoa(p.Year)}
	if wish.Again && p.Changed.Donors > 0 {
		v.Changed = grouped(int64(p.Changed.Donors))
	}
	v.Sums = amounts(together(p, wish.Again)).Text
	c.Frame.Send(w, r, http.StatusOK, c.look, "Look once more", v)
}

// together are the sums of all that a run mails, by currency.
func together(p statements.Plan, again bool) []money.Amount {
	var all []money.Amount
	groups := []statements.Group{p.Send}
	if again {
		groups = append(groups, p.Changed)
	}
	for _, g := range groups {
	sums:
		for _, s := range g.Sums {
			for i := range all {
				if all[i].Currency == s.Net.Currency {
					all[i].Minor += s.Net.Minor
					continue sums
				}
			}
			all = append(all, s.Net)
		}
	}
	return all
}

// order commits a run.
func (c *clerk) order(w http.ResponseWriter, r *http.Request) {
	wish, err := c.wishOf(r)
	wish.Seen, _ = strconv.Atoi(r.PostFormValue("seen")) // the page has it; whoever orders without one looks at none
	wish.Token = r.PostFormValue("token")
	var run statements.Run
	if err == nil {
		run, err = c.Office.Order(r.Context(), wish, func(ctx context.Context, tx pgx.Tx, run statements.Run) error {
			return c.noteIn(ctx, tx, r, "send statements", run.ID, sendingWords(run))
		})
	}
	if err != nil {
		c.sendFirst(w, r, http.StatusUnprocessableEntity, r.PostFormValue("year"), err)
		return
	}
	http.Redirect(w, r, statementRun(run.ID), http.StatusSeeOther)
}

// noteIn writes down what the visitor does, together with that.
func (c *clerk) noteIn(ctx context.Context, tx pgx.Tx, r *http.Request, action, object, detail string) error {
	v, _ := auth.From(r.Context())
	return c.RecordIn(ctx, tx, auth.Entry{Who: v.ID, Action: action, Object: object, Address: v.Address, Result: auth.Done, Detail: detail})
}

// statementRunView is the page of a run.
type statementRunView struct {
	paperView
	Open           bool
	Looks          bool   // the page looks again by itself
	Named          string // where those that need a person are named, while it runs
	All            int
	Done           int
	Cancel, Again  string // where these are posted; "" for not at all
	Failed, Unsure int
}

// shownTroubles bounds how many statements that failed a page names.
const shownTroubles = 200

// show answers with the page of a run.
func (c *clerk) show(w http.ResponseWriter, r *http.Request) { c.sendRun(w, r, http.StatusOK, "") }

func (c *clerk) sendRun(w http.ResponseWriter, r *http.Request, status int, problem string) {
	run, err := c.Office.Get(r.Context(), r.PathValue("id"))
	var troubles []statements.Trouble
	open := run.State == statements.Running
	// A page that looks again every few seconds would fill the audit: it names nobody.
	named := !open || r.URL.Query().Get("named") == "yes"
	if err == nil && named && run.Failed+run.Unsure > 0 {
		if troubles, err = c.Office.Troubles(r.Context(), run.ID, shownTroubles); err == nil {
			// What mail servers say may hold an address.
			err = c.note(r, "look", run.ID, auth.Done, "statements that could not be mailed")
		}
	}
	if err != nil {
		c.sendProblem(w, r, "Statements", statementsPath, "Statements", err)
		return
	}
	path := statementRun(run.ID)
	v := statementRunView{Open: open, All: run.All(), Done: run.All() - run.Waiting}
	v.Title, v.Back, v.BackTo, v.Zone, v.Problem, v.Read = fmt.Sprintf("Statements of %d", run.Year), statementsPath, "Statements", c.Zone.String(), problem, true
	v.Facts = c.runFacts(run)
	v.Sections = c.runChapters(run, troubles)
	if open {
		v.Cancel = path + "/cancel"
	} else {
		v.Again, v.Failed, v.Unsure = path+"/again", run.Failed, run.Unsure
	}
	if v.Looks = open && !named; v.Looks {
		w.Header().Set("Refresh", lookAgain+"; url="+path)
		if run.Failed+run.Unsure > 0 {
			v.Named = path + "?named=yes"
		}
	}
	c.Frame.Send(w, r, status, c.one, v.Title, v)
}

// cancel ends a run.
func (c *clerk) cancel(w http.ResponseWriter, r *http.Request) {
	v, _ := auth.From(r.Context())
	run, err := c.Office.Get(r.Context(), r.PathValue("id"))
	if err == nil {
		err = c.Office.Cancel(r.Context(), run.ID, v.Name, func(ctx context.Context, tx pgx.Tx) error {
			return c.noteIn(ctx, tx, r, "cancel statements", run.ID, strconv.Itoa(run.Year))
		})
	}
	c.answer(w, r, run, err)
}

// again has those tried again that failed, or that may have gone out.
func (c *clerk) again(w http.ResponseWriter, r *http.Request) {
	unsure := r.PostFormValue("which") == "unsure"
	run, err := c.Office.Get(r.Context(), r.PathValue("id"))
	switch {
	case err != nil:
	case unsure && r.PostFormValue("meant") != "yes":
		err = &payments.Error{Code: payments.Invalid, Sentence: "Some of them may then have two. Tick that it is meant."}
	default:
		_, err = c.Office.Again(r.Context(), run.ID, unsure, func(ctx context.Context, tx pgx.Tx, n int) error {
			return c.noteIn(ctx, tx, r, "retry statements", run.ID, fmt.Sprintf("%d, %d donors, unsure %v", run.Year, n, unsure))
		})
	}
	c.answer(w, r, run, err)
}

// answer leads to the page of the run, or says there what is wrong.
func (c *clerk) answer(w http.ResponseWriter, r *http.Request, run statements.Run, err error) {
	switch e, _ := errors.AsType[*payments.Error](err); {
	case err == nil:
		http.Redirect(w, r, statementRun(run.ID), http.StatusSeeOther)
	case e != nil && e.Code == payments.Invalid:
		c.sendRun(w, r, http.StatusUnprocessableEntity, asSentence(e.Sentence))
	default:
		c.sendProblem(w, r, "Statements", statementsPath, "Statements", err)
	}
}

// sendingWords say in the audit what is to be sent.
func sendingWords(run statements.Run) string {
	words := fmt.Sprintf("%d, %s", run.Year, grouped(int64(run.Waiting))+plural(int64(run.Waiting), " donor", " donors"))
	if run.Again {
		words += ", also to those who have one whose figures have changed"
	}
	return words
}
