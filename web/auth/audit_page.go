package auth

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	auditPath = "/finance/audit"
	// auditRows is how many rows a page of the audit has.
	auditRows = 50
	// verifiedAlways is up to how many rows the chain is checked each time that
	// somebody looks; beyond, it takes a while, and is checked when it is asked for.
	verifiedAlways = 20_000
)

// auditView is what admins see of the audit.
type auditView struct {
	Rows                 []auditLine
	Staff                []Person
	Actions              []string
	Who, Action          string // that were asked for
	Newest, Newer, Older string // links; "" for none
	Zone                 string
	Chain                chainView
	Problem              string
}

// auditLine is one row.
type auditLine struct{ Number, At, Who, Action, Object, Result, Address, Detail string }

// chainView says whether the audit is as it was written.
type chainView struct {
	Whole, Broken string // what was found; "" for nothing
	Check         string // the link that checks it
}

func (d *Desk) listAudit(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := auditView{Who: cleaned(q.Get("who")), Action: cleaned(q.Get("action")), Zone: d.zone.String()}
	f := AuditFilter{Who: v.Who, Action: v.Action, Limit: auditRows}
	var ok bool
	if f.Before, ok = rowNumber(q.Get("before")); ok {
		f.After, ok = rowNumber(q.Get("after"))
	}
	status := http.StatusOK
	if !ok {
		v.Problem, status = "The address of this page of the audit is not one that the desk made. Begin again with the newest.", http.StatusBadRequest
		f = AuditFilter{Limit: auditRows}
		v.Who, v.Action = "", ""
	}
	page, err := ListAudit(r.Context(), d.db, f)
	if err == nil {
		v.Staff, err = d.staff.List(r.Context())
	}
	if err == nil {
		v.Actions, err = auditActions(r.Context(), d.db)
	}
	if err == nil {
		v.Chain, err = d.chain(r, q.Get("check") != "")
	}
	if err != nil {
		d.failed(w, r, err)
		return
	}
	v.fill(page, d.zone)
	d.frame.Send(w, r, status, d.pages.audit, "Audit", v)
}

// rowNumber reads a number of a row; "" is 0.
func rowNumber(text string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n > 0
}

func (v *auditView) fill(p AuditPage, zone *time.Location) {
	names := map[string]string{}
	for _, s := range v.Staff {
		names[s.ID] = s.Name
	}
	for _, r := range p.Rows {
		who := r.Name
		switch {
		case who != "":
		case r.Who == Terminal:
			who = "the server\u2019s terminal"
		case r.Who == "":
			who = "nobody known"
		default:
			who = r.Who
		}
		v.Rows = append(v.Rows, auditLine{strconv.FormatInt(r.Seq, 10), r.At.In(zone).Format("2006-01-02 15:04:05"), who, didWords(r.Action, r.Result), cmp.Or(names[r.Object], r.Object), resultWords(r.Result), r.Address, r.Detail})
	}
	if p.Newer {
		v.Newest = v.link("", 0)
	}
	if n := len(p.Rows); n > 0 {
		if p.Newer {
			v.Newer = v.link("after", p.Rows[0].Seq)
		}
		if p.Older {
			v.Older = v.link("before", p.Rows[n-1].Seq)
		}
	}
}

// didWords say what somebody did. A page that was refused was not opened.
func didWords(action, result string) string {
	if action == "open" && result == Denied {
		return "tried to open"
	}
	return action
}

// resultWords are those of a result.
func resultWords(result string) string {
	if result == Denied {
		return "refused"
	}
	return result
}

func (v *auditView) link(side string, seq int64) string {
	q := url.Values{}
	for name, text := range map[string]string{"who": v.Who, "action": v.Action} {
		if text != "" {
			q.Set(name, text)
		}
	}
	if side != "" {
		q.Set(side, strconv.FormatInt(seq, 10))
	}
	if len(q) == 0 {
		return auditPath
	}
	return auditPath + "?" + q.Encode()
}

// chain checks the audit where that is quick, or was asked for.
func (d *Desk) chain(r *http.Request, asked bool) (c chainView, err error) {
	var rows int64
	if err := d.db.QueryRow(r.Context(), `select seq from audit_head`).Scan(&rows); err != nil {
		return c, err
	}
	if rows > verifiedAlways && !asked {
		c.Check = auditPath + "?check=1"
		return c, nil
	}
	rows, err = VerifyAudit(r.Context(), d.db)
	switch {
	case errors.Is(err, ErrBrokenChain):
		d.log.ErrorContext(r.Context(), "the audit is broken", "error", err)
		c.Broken = err.Error()
		return c, nil
	case err != nil:
		return c, err
	}
	c.Whole = strconv.FormatInt(rows, 10)
	return c, nil
}
