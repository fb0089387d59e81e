package desk

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/web/auth"
)

// listView is a list's page.
type listView struct {
	Title, Lead string
	Path        string // of the list, without a filter
	Zone        string
	Fields      []field
	Rare        []field
	RareOpen    bool
	Problem     string
	Table       table
	Next, Back  string // addresses, "" for none
	Filtered    bool
	Read        bool   // the books were read
	Note        string // what was just done
	Retry       bool   // parked events can be tried again from here
}

// sendList answers with a page of a list. personal lists are written down as seen
// before they are shown.
func sendList[T any](l *lister, w http.ResponseWriter, r *http.Request, v listView, f *form, personal bool,
	read func(context.Context, browse.Turn) (browse.Page[T], error), line func(T) row) {
	turn := f.turn()
	f.known("page", "tried")
	v.Fields, v.Rare, v.RareOpen, v.Problem, v.Zone, v.Filtered = f.Fields, f.Rare, f.open(), f.Problem, l.Zone.String(), len(f.kept) > 0
	status := http.StatusOK
	var page browse.Page[T]
	if v.Problem != "" {
		status = http.StatusUnprocessableEntity
	} else {
		var err error
		if page, err = read(r.Context(), turn); err == nil && personal {
			err = l.note(r, "look", v.Path, auth.Done, f.told())
		}
		if err != nil {
			if gone(r, err) {
				return
			}
			status, v.Problem = l.explain(w, r, err)
			page = browse.Page[T]{}
		}
		v.Read = err == nil
	}
	v.Table.ID, v.Table.Caption, v.Table.Named = "list", v.Title, true
	for _, one := range page.Rows {
		v.Table.Rows = append(v.Table.Rows, line(one))
	}
	v.Next, v.Back = f.at(v.Path, page.Next), f.at(v.Path, page.Back)
	l.Frame.Send(w, r, status, l.list, v.Title, v)
}

// gone tells that nobody waits for the answer any more.
func gone(r *http.Request, err error) bool {
	return r.Context().Err() != nil && errors.Is(err, context.Canceled)
}

// explain gives status and sentence of an error; what may not be shown goes to the log.
func (l *lister) explain(w http.ResponseWriter, r *http.Request, err error) (status int, sentence string) {
	if errors.Is(err, browse.ErrCursor) {
		return http.StatusBadRequest, "The address of this page is broken, or of another list. Begin again at the first page."
	}
	e, ok := errors.AsType[*payments.Error](err)
	if ok && e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	switch {
	case ok && (e.Code == payments.Invalid || e.Code == payments.Refused):
		return http.StatusUnprocessableEntity, asSentence(e.Sentence)
	case ok && e.Code == payments.NotFound:
		return http.StatusNotFound, asSentence(e.Sentence)
	}
	l.Log.ErrorContext(r.Context(), "a page of the finance desk was not read", "path", r.URL.Path, "error", err)
	if ok && e.Sentence != "" {
		return http.StatusServiceUnavailable, asSentence(e.Sentence)
	}
	return http.StatusServiceUnavailable, "The books cannot be read at the moment. Nothing is lost; please try again in a minute."
}

// asSentence begins with a capital and ends with a full stop: commands write theirs
// without.
func asSentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// paperView is the page of a single thing.
type paperView struct {
	Title, Back, BackTo string // the list that it is from, with its words
	Zone                string
	Problem, Note       string
	Facts               []fact
	Sections            []chapter
	Read                bool
}

// chapter is a part of it.
type chapter struct {
	ID, Heading, Lead string
	Mark              string // good or wrong: how the lead is set off
	Table             *table
	Next, Before      string // other pages of the table
}

// sendProblem answers with a page that holds nothing but what is wrong.
func (l *lister) sendProblem(w http.ResponseWriter, r *http.Request, title, back, backTo string, err error) {
	if gone(r, err) {
		return
	}
	status, sentence := l.explain(w, r, err)
	l.Frame.Send(w, r, status, l.paper, title, paperView{Title: title, Back: back, BackTo: backTo, Zone: l.Zone.String(), Problem: sentence})
}
