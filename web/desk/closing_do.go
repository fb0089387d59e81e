package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/web/auth"
)

// lookView is the second look before a month is closed.
type lookView struct {
	Month, Words, Days, Zone string
	Back, Close              string // addresses
	Unfinished               []string
	Seen                     []string // digests of what is unfinished
	Reason                   string
	By                       string
}

// reasonLength bounds a reason, in signs; the form has the same.
const reasonLength = 500

// reasonOf reads the form's reason; the sentence says what is wrong with it.
func reasonOf(r *http.Request) (reason, problem string) {
	reason = strings.TrimSpace(r.PostFormValue("reason"))
	if utf8.RuneCountInString(reason) > reasonLength {
		return reason, fmt.Sprintf("The reason is longer than %d signs. Say it in a sentence or two.", reasonLength)
	}
	if strings.ContainsRune(reason, 0) || strings.ToValidUTF8(reason, "") != reason {
		return "", "The reason has signs in it that are no text."
	}
	return reason, ""
}

// second shows what would be done, and asks again.
func (c *closer) second(w http.ResponseWriter, r *http.Request) {
	m, ok := c.asked(w, r)
	if !ok {
		return
	}
	reason, problem := reasonOf(r)
	items, err := c.Office.Checklist(r.Context(), m)
	if err != nil {
		c.sendProblem(w, r, m.Words(), closingPath, "Closing", err)
		return
	}
	visitor, _ := auth.From(r.Context())
	v := lookView{Month: m.String(), Words: m.Words(), Days: days(c.Zone, m), Zone: c.Zone.String(), Back: monthPath(m), Close: monthPath(m), Reason: reason, By: byWhom(visitor)}
	for _, i := range items {
		if i.Blocks {
			v.Unfinished, v.Seen = append(v.Unfinished, asSentence(i.What)), append(v.Seen, i.Digest())
		}
	}
	if _, to := m.In(c.Zone); problem == "" && c.Now().Before(to) {
		problem = m.Words() + " is not over."
	}
	if problem == "" && len(v.Unfinished) > 0 && reason == "" {
		problem = "The books know that this month is unfinished. Do what the list says, or write down why it is to be closed all the same."
	}
	if problem != "" {
		c.show(w, r, m, http.StatusUnprocessableEntity, problem, reason)
		return
	}
	c.Frame.Send(w, r, http.StatusOK, c.look, "Look once more", v)
}

// closeWithin bounds one close. Whoever asked for it may be gone by then.
const closeWithin = 10 * time.Minute

// close closes the month. Sent twice, it is closed once.
func (c *closer) close(w http.ResponseWriter, r *http.Request) {
	m, ok := c.asked(w, r)
	if !ok {
		return
	}
	reason, problem := reasonOf(r)
	if problem != "" {
		c.show(w, r, m, http.StatusUnprocessableEntity, problem, reason)
		return
	}
	if !taken(c.closing) {
		c.refuse(w, r, m, reason, busy("A month is being closed at the moment, perhaps this one. Load this page again in a minute."))
		return
	}
	defer func() { <-c.closing }()
	visitor, _ := auth.From(r.Context())
	c.patiently(w)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), closeWithin)
	defer cancel()
	_, err := c.Office.Close(ctx, closing.Order{Month: m, By: byWhom(visitor), Anyway: reason != "", Reason: reason, Seen: append([]string{}, r.PostForm["seen"]...), Note: c.noting(visitor, "close", m, reason)})
	if unfinished, is := errors.AsType[*closing.UnfinishedError](err); is {
		var parts []string
		for _, i := range unfinished.Items {
			parts = append(parts, asSentence(i.What))
		}
		c.show(w, r, m, http.StatusUnprocessableEntity, "The month is not closed: something is unfinished that was not when you looked, or is otherwise. "+joinedBy(parts, " "), reason)
		return
	}
	if err != nil {
		c.refuse(w, r, m, reason, err)
		return
	}
	http.Redirect(w, r, monthPath(m), http.StatusSeeOther) //nolint:gosec // of the year and the number of a month, which were read
}

// reopen opens a closed month again.
func (c *closer) reopen(w http.ResponseWriter, r *http.Request) {
	m, ok := c.asked(w, r)
	if !ok {
		return
	}
	reason, problem := reasonOf(r)
	if problem == "" && reason == "" {
		problem = "Write down why the month is opened again: the reason stays in its history."
	}
	if problem != "" {
		c.show(w, r, m, http.StatusUnprocessableEntity, problem, reason)
		return
	}
	visitor, _ := auth.From(r.Context())
	if err := c.Office.Reopen(r.Context(), m, byWhom(visitor), reason, c.noting(visitor, "reopen", m, reason)); err != nil {
		c.refuse(w, r, m, reason, err)
		return
	}
	http.Redirect(w, r, monthPath(m), http.StatusSeeOther) //nolint:gosec // of the year and the number of a month, which were read
}

// refuse answers with the month's page and why nothing was done.
func (c *closer) refuse(w http.ResponseWriter, r *http.Request, m closing.Month, reason string, err error) {
	if gone(r, err) {
		return
	}
	status, sentence := c.explain(w, r, err)
	c.show(w, r, m, status, sentence, reason)
}

// noting writes into the audit what is done, with it.
func (c *closer) noting(v auth.Visitor, action string, m closing.Month, reason string) func(context.Context, pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		return c.RecordIn(ctx, tx, auth.Entry{Who: v.ID, Action: action, Object: m.String(), Address: v.Address, Result: auth.Done, Detail: reason})
	}
}

// changes answers with every change since the close as CSV.
func (c *closer) changes(w http.ResponseWriter, r *http.Request) {
	m, ok := c.asked(w, r)
	if !ok {
		return
	}
	history, err := c.Office.History(r.Context(), m)
	if err == nil && (len(history) == 0 || history[0].Reopened != nil) {
		err = &payments.Error{Code: payments.NotFound, Sentence: m.Words() + " is not closed."}
	}
	if err == nil && !taken(c.comparing) {
		err = busy("Other months are being compared at the moment. Ask for the file again in a minute.")
	} else if err == nil {
		defer func() { <-c.comparing }()
		err = c.note(r, "export", "changes of "+m.String(), auth.Done, "")
	}
	if err != nil {
		c.sendProblem(w, r, m.Words(), closingPath, "Closing", err)
		return
	}
	c.sendChanges(w, r, m)
}
