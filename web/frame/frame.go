// Package frame is what all pages of the finance desk have in common: head,
// navigation and style, how a page is made whole and sent, and what every answer
// carries.
package frame

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/readerfund/readerfund/web/fixed"
)

//go:embed templates/frame.html
var frameFile embed.FS

//go:embed assets/desk.css
var style []byte

// static is the folder of the desk's files.
const static = "/finance/static/"

// Frame makes pages. Make one with New.
type Frame struct {
	site  string
	log   *slog.Logger
	files *fixed.Files
	base  *template.Template
}

// New prepares the frame for a newsroom of this name.
func New(site string, log *slog.Logger) (*Frame, error) {
	files, err := fixed.Press{}.Files(static, map[string][]byte{"desk.css": style})
	if err != nil {
		return nil, err
	}
	base, err := template.New("").Funcs(template.FuncMap{"file": files.URL}).ParseFS(frameFile, "templates/frame.html")
	if err != nil {
		return nil, fmt.Errorf("the frame's template: %w", err)
	}
	return &Frame{site: site, log: log, files: files, base: base}, nil
}

// Page is a page of one kind, ready to be filled in.
type Page struct {
	name string
	tmpl *template.Template
}

// Page reads a template that defines "main", which gets the body that Send is given,
// and those with the parts that it is made of.
func (f *Frame) Page(files fs.FS, name string, parts ...string) (*Page, error) {
	tmpl, err := f.base.Clone()
	if err == nil {
		tmpl, err = tmpl.ParseFS(files, append([]string{name}, parts...)...)
	}
	if err != nil {
		return nil, fmt.Errorf("the desk's template %s: %w", name, err)
	}
	if tmpl.Lookup("main") == nil {
		return nil, fmt.Errorf("the desk's template %s does not define main", name)
	}
	return &Page{name: name, tmpl: tmpl}, nil
}

// Head is what a page's head shows.
type Head struct {
	Person string // who is signed in; "" where nobody is
	Role   string // of that person
	Links  []Link // to what the person may see
}

// Link leads to a part of the desk.
type Link struct {
	Href, Label string
	About       string // what is to be found there, in a sentence
}

type headKey struct{}

// WithHead keeps what the head of this request's page shows.
func WithHead(ctx context.Context, h Head) context.Context {
	return context.WithValue(ctx, headKey{}, h)
}

// HeadOf gives what WithHead kept; of nobody, where it kept nothing.
func HeadOf(ctx context.Context) Head {
	h, _ := ctx.Value(headKey{}).(Head)
	return h
}

// view is what the frame's template gets.
type view struct {
	Site, Title string
	Head
	Parts []part
	Body  any
}

// first is the desk's first page.
const first = "/finance"

// part is a link of the head; Current is what aria-current says of it: page where it
// leads to this one, true where this page belongs to it, or nothing.
type part struct {
	Link
	Current string
}

// parts are a head's links as the page of a path shows them: a page belongs to the link
// under which it is nearest, but for the first page, to which all would.
func parts(links []Link, path string) []part {
	all, nearest := make([]part, len(links)), -1
	for i, l := range links {
		all[i].Link = l
		if l.Href != path && l.Href == first {
			continue
		}
		if strings.HasPrefix(path+"/", l.Href+"/") && (nearest < 0 || len(l.Href) > len(links[nearest].Href)) {
			nearest = i
		}
	}
	switch {
	case nearest < 0:
	case links[nearest].Href == path:
		all[nearest].Current = "page"
	default:
		all[nearest].Current = "true"
	}
	return all
}

// Render makes a whole page in memory, so that an error never shows as half a page.
func (f *Frame) Render(r *http.Request, p *Page, title string, body any) ([]byte, error) {
	var b bytes.Buffer
	head := HeadOf(r.Context())
	v := view{Site: f.site, Title: title, Head: head, Parts: parts(head.Links, r.URL.Path), Body: body}
	if err := p.tmpl.ExecuteTemplate(&b, "frame", v); err != nil {
		return nil, fmt.Errorf("the desk's page %s: %w", p.name, err)
	}
	return b.Bytes(), nil
}

// Send answers with a page, under a title and with what its template shows.
func (f *Frame) Send(w http.ResponseWriter, r *http.Request, status int, p *Page, title string, body any) {
	page, err := f.Render(r, p, title, body)
	if err != nil {
		f.log.ErrorContext(r.Context(), "no page of the finance desk", "error", err)
		http.Error(w, "This page could not be made. The service's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page) // a reader who went away is no error of ours
}

// StaticPattern is where ServeStatic belongs.
const StaticPattern = "GET " + static + "{file}"

// ServeStatic answers with the desk's own files, which hold nothing that is
// anybody's.
func (f *Frame) ServeStatic(w http.ResponseWriter, r *http.Request) {
	if !f.files.Serve(w, r, r.PathValue("file")) {
		http.NotFound(w, r)
	}
}

// policy allows the desk's own style and pictures, and forms that lead to itself.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Guarded sets what every answer of the desk carries. Nothing of it is kept by any
// cache but files, which say so themselves.
func Guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
