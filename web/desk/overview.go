package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
	"github.com/readerfund/readerfund/web/frame"
)

// overviewPath is the desk's first page.
const overviewPath = "/finance"

// overview is the desk's first page: what came in, how recurring donations stand, and
// what waits for a person. It names no donor.
func (d *desk) overview(w http.ResponseWriter, r *http.Request) {
	head := frame.HeadOf(r.Context())
	v, status := overviewView{Zone: d.Zone.String(), Parts: head.Links}, http.StatusOK
	q, problem := readQuery(r.URL.Query())
	q.Now, q.Zone = d.Now(), d.Zone
	if problem != "" {
		v.Problem, status = problem, http.StatusUnprocessableEntity
		d.Frame.Send(w, r, status, d.first, "Overview", v)
		return
	}
	o, err := d.Overview(r.Context(), q)
	var s Standing
	if err == nil {
		s, err = d.Standing(r.Context())
	}
	switch {
	case err != nil && r.Context().Err() != nil && errors.Is(err, context.Canceled):
		return // nobody waits for the answer any more
	case err != nil:
		d.Log.ErrorContext(r.Context(), "overview not read", "error", err)
		v.Problem, status = "The books cannot be read at the moment. Nothing is lost; please try again in a minute.", http.StatusServiceUnavailable
	default:
		v.fill(o, q)
		v.Needs = needs(s, head, d.Zone, q.Now)
		v.stand(s, d.Zone)
		v.AsOf = q.Now.In(d.Zone).Format("2 January 2006, 15:04:05 MST")
	}
	d.Frame.Send(w, r, status, d.first, "Overview", v)
}

// readQuery reads which currency and stretch the address asks for. What is wrong comes
// back in words.
func readQuery(asked url.Values) (rollup.Query, string) {
	q := rollup.Query{Stretch: rollup.Month}
	if text := asked.Get("stretch"); text != "" {
		q.Stretch = rollup.Stretch(text)
		if !isStretch(q.Stretch) {
			return q, fmt.Sprintf("%.40q is no stretch of time that this page knows. Write today, month or year.", text)
		}
	}
	if text := asked.Get("currency"); text != "" {
		c, err := money.ParseCurrency(strings.ToUpper(text))
		if err != nil {
			return q, fmt.Sprintf("%.40q is no currency. Write its three letters, such as EUR.", text)
		}
		q.Currency = c
	}
	return q, ""
}

func isStretch(s rollup.Stretch) bool {
	for _, known := range rollup.Stretches() {
		if s == known {
			return true
		}
	}
	return false
}
