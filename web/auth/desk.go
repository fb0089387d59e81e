package auth

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/web/frame"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Options is what the desk's doors work with. All but OIDC and Zone are needed.
type Options struct {
	DB        *pgxpool.Pool
	Passwords *Passwords
	Frame     *frame.Frame
	Site      string // the newsroom's name, as authenticators show it
	BaseURL   string // of the service, without a slash at its end
	OIDC      OIDC   // its zero value: by password alone
	HTTP      *http.Client
	Zone      *time.Location // of the times in the audit; nil is UTC
	Log       *slog.Logger
	Now       func() time.Time
}

// Desk is all that stands below /finance: the pages of this package, and those that
// are put beside them, each behind the least role that may open it. A page cannot be
// put there without saying who may.
type Desk struct {
	db      *pgxpool.Pool
	staff   *Staff
	audit   Audit
	frame   *frame.Frame
	site    string
	cookies *scs.SessionManager
	oidc    *provider // nil where there is none
	zone    *time.Location
	log     *slog.Logger
	now     func() time.Time

	pages  pages
	routes []Route
	parts  []part
	mux    *http.ServeMux
	whole  http.Handler
}

// Route is one pattern and who may open it.
type Route struct {
	Pattern string // such as "GET /finance/appeals"
	Least   Role
}

type part struct {
	frame.Link
	least Role
}

// NewDesk makes the desk with the pages of this package.
func NewDesk(o Options) (*Desk, error) {
	if o.DB == nil || o.Passwords == nil || o.Frame == nil || o.HTTP == nil || o.Log == nil || o.Now == nil || o.BaseURL == "" {
		return nil, errors.New("auth: all options but OIDC and Zone are needed")
	}
	d := &Desk{
		db: o.DB, staff: &Staff{DB: o.DB, Passwords: o.Passwords, Now: o.Now}, audit: Audit{Now: o.Now},
		frame: o.Frame, site: o.Site, log: o.Log, now: o.Now, zone: o.Zone, mux: http.NewServeMux(),
	}
	if d.zone == nil {
		d.zone = time.UTC
	}
	if o.OIDC != (OIDC{}) {
		d.oidc = &provider{OIDC: o.OIDC, redirect: o.BaseURL + callbackPath, http: o.HTTP}
	}
	if err := d.readPages(); err != nil {
		return nil, err
	}
	d.cookies = newManager(o.DB, o.Now, strings.HasPrefix(o.BaseURL, "https://"), d.failed)
	d.mount()
	outside := http.NewServeMux()
	// The style is for those too who are not in, and while the database is away.
	outside.HandleFunc(frame.StaticPattern, d.frame.ServeStatic)
	outside.Handle("/", d.cookies.LoadAndSave(http.HandlerFunc(d.dispatch)))
	d.whole = frame.Guarded(outside)
	return d, nil
}

// ServeHTTP answers below /finance.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.whole.ServeHTTP(w, r) }

// Handle adds a page for those with at least this role; Nobody is everybody. It is for
// the time before the first request.
func (d *Desk) Handle(pattern string, least Role, h http.HandlerFunc) {
	d.routes = append(d.routes, Route{Pattern: pattern, Least: least})
	d.mux.HandleFunc(pattern, d.behind(least, h))
}

// Part adds a link to the head of the pages of those with at least this role.
func (d *Desk) Part(l frame.Link, least Role) { d.parts = append(d.parts, part{l, least}) }

// Routes are all patterns, in the order in which they were added.
func (d *Desk) Routes() []Route { return slices.Clone(d.routes) }

// largestForm bounds what is posted, in bytes.
const largestForm = 64 << 10

// behind lets through to h those with at least this role. Others are led to the
// sign-in page, or told that they may not.
func (d *Desk) behind(least Role, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		v, in, err := d.visitor(r)
		switch {
		case err != nil:
			d.failed(w, r, err)
			return
		case !in && least != Nobody:
			d.toSignIn(w, r)
			return
		case !in:
			h(w, r)
			return
		}
		ctx := frame.WithHead(context.WithValue(r.Context(), visitorKey{}, v), d.head(v))
		r = r.WithContext(ctx)
		switch {
		case !v.Role.May(least):
			d.denied(w, r, v)
		case v.MustChange && least != Nobody && !mayStillChange(r.URL.Path):
			http.Redirect(w, r, accountPath, http.StatusSeeOther)
		default:
			h(w, r)
		}
	}
}

// visitor finds out who asks.
func (d *Desk) visitor(r *http.Request) (Visitor, bool, error) {
	session := d.cookies.GetString(r.Context(), keySession)
	if session == "" {
		return Visitor{}, false, nil
	}
	p, in, err := d.present(r.Context(), session)
	return Visitor{Person: p, Session: session, Address: addressOf(r)}, in, err
}

func (d *Desk) head(v Visitor) frame.Head {
	h := frame.Head{Person: v.Name, Role: string(v.Role)}
	if v.MustChange {
		return h
	}
	own := []part{
		{frame.Link{Href: staffPath, Label: "Staff", About: "Who may come in, and with which role."}, Admin},
		{frame.Link{Href: auditPath, Label: "Audit", About: "Who did what at the desk and at the terminal, and whether that is as it was written."}, Admin},
		{frame.Link{Href: accountPath, Label: "Your account", About: "Your password, recovery codes, and where you are signed in."}, Viewer},
	}
	for _, p := range slices.Concat(d.parts, own) {
		if v.Role.May(p.least) {
			h.Links = append(h.Links, p.Link)
		}
	}
	return h
}

// denied says that a role does not reach so far, and writes down that it was tried.
func (d *Desk) denied(w http.ResponseWriter, r *http.Request, v Visitor) {
	if err := d.audit.Record(r.Context(), d.db, Entry{Who: v.ID, Action: "open", Object: r.URL.Path, Address: v.Address, Result: Denied, Detail: string(v.Role)}); err != nil {
		d.failed(w, r, err)
		return
	}
	d.problem(w, r, http.StatusForbidden, "Not for your role", "Your role, "+string(v.Role)+", does not reach this page. An admin can give you another.")
}

// toSignIn leads to the sign-in page, and from there to the page that was asked for.
// What was posted is not done: the page says so.
func (d *Desk) toSignIn(w http.ResponseWriter, r *http.Request) {
	to := signInPath + "?again=1"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		to = signInWith(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// dispatch answers what no pattern fits with a page of the desk.
func (d *Desk) dispatch(w http.ResponseWriter, r *http.Request) {
	h, pattern := d.mux.Handler(r)
	if pattern != "" {
		d.mux.ServeHTTP(w, r)
		return
	}
	d.behind(Viewer, func(w http.ResponseWriter, r *http.Request) {
		var found probe
		h.ServeHTTP(&found, r)
		switch {
		case found.status == http.StatusMethodNotAllowed:
			w.Header().Set("Allow", found.Header().Get("Allow"))
			d.problem(w, r, found.status, "Not in this way", "This page cannot be asked in this way.")
		case r.URL.Path == "/finance/":
			http.Redirect(w, r, homePath, http.StatusSeeOther)
		default:
			d.problem(w, r, http.StatusNotFound, "Not found", "The finance desk has no such page.")
		}
	})(w, r)
}

// probe finds out with which status a handler answers.
type probe struct {
	header http.Header
	status int
}

// Header is part of http.ResponseWriter.
func (p *probe) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

// Write is part of http.ResponseWriter.
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader is part of http.ResponseWriter.
func (p *probe) WriteHeader(status int) { p.status = status }
