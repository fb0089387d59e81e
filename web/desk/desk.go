// Package desk shows finance staff what the books say. For now it holds the
// results of appeals: figures only, no person's data, for the private listener
// alone.
package desk

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/fixed"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/desk.css
var style []byte

// Options is what the desk works with. All are needed.
type Options struct {
	// Results reads what the variants of each appeal brought in a period.
	Results func(ctx context.Context, q report.Query) (report.Results, error)
	Site    string         // the newsroom's name
	Zone    *time.Location // of the days that periods begin and end with
	Log     *slog.Logger
	Now     func() time.Time
}

// desk serves the pages.
type desk struct {
	Options
	files     *fixed.Files
	templates *template.Template
}

// New prepares the desk's pages below /finance/.
func New(o Options) (http.Handler, error) {
	files, err := fixed.Press{}.Files("/finance/static/", map[string][]byte{"desk.css": style})
	if err != nil {
		return nil, err
	}
	d := &desk{Options: o, files: files}
	d.templates, err = template.New("").Funcs(template.FuncMap{"file": files.URL}).ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("the desk's templates: %w", err)
	}
	if _, err := d.render(d.empty()); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /finance/appeals", d.appeals)
	mux.HandleFunc("GET /finance/static/{file}", func(w http.ResponseWriter, r *http.Request) {
		if !files.Serve(w, r, r.PathValue("file")) {
			http.NotFound(w, r)
		}
	})
	return guarded(mux), nil
}

// guarded sets what every answer of the desk carries.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// appeals answers with the results of a period.
func (d *desk) appeals(w http.ResponseWriter, r *http.Request) {
	v, status := d.empty(), http.StatusOK
	p, problem := readPeriod(r.URL.Query().Get("from"), r.URL.Query().Get("to"), d.Zone, d.Now())
	v.Period = p
	switch {
	case problem != "":
		v.Problem, status = problem, http.StatusUnprocessableEntity
	default:
		found, err := d.Results(r.Context(), report.Query{From: p.from, To: p.to, Zone: d.Zone})
		if err != nil {
			if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return // nobody waits for the answer any more
			}
			d.Log.ErrorContext(r.Context(), "results of appeals not read", "error", err)
			v.Problem, status = "The books cannot be read at the moment. Nothing is lost; please try again in a minute.", http.StatusServiceUnavailable
			break
		}
		v.AsOf, v.Sections, v.Read = found.AsOf.In(d.Zone), sections(found.All), true
	}
	body, err := d.render(v)
	if err != nil {
		d.Log.ErrorContext(r.Context(), "no page of results", "error", err)
		http.Error(w, "This page could not be made. The service's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a reader who went away is no error of ours
}

func (d *desk) empty() view {
	p, _ := readPeriod("", "", d.Zone, d.Now())
	return view{Site: d.Site, Period: p, Zone: d.Zone.String(), Presets: presets(d.Zone, d.Now())}
}

// render makes a whole page in memory, so that an error never shows as half a page.
func (d *desk) render(v view) ([]byte, error) {
	var b bytes.Buffer
	if err := d.templates.ExecuteTemplate(&b, "appeals.html", v); err != nil {
		return nil, fmt.Errorf("the desk's page of appeals: %w", err)
	}
	return b.Bytes(), nil
}
