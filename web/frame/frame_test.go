package frame_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/readerfund/readerfund/web/frame"
)

func newFrame(t *testing.T) *frame.Frame {
	t.Helper()
	f, err := frame.New("Smith & <b>Sons</b>", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A page stands in the frame, with the way to what its visitor may see.
func TestPageInItsFrame(t *testing.T) {
	f := newFrame(t)
	page, err := f.Page(fstest.MapFS{"a.html": {Data: []byte(`{{define "main"}}<h1>{{.}}</h1>{{end}}`)}}, "a.html")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/finance/a", nil)
	r = r.WithContext(frame.WithHead(r.Context(), frame.Head{Person: "Ada <i>", Role: "viewer", Links: []frame.Link{{Href: "/finance/a", Label: "A"}, {Href: "/finance/b", Label: "B"}}}))
	w := httptest.NewRecorder()
	f.Send(w, r, http.StatusTeapot, page, "Title <", "body & all")
	for _, want := range []string{
		"<title>Title &lt; – Smith &amp; &lt;b&gt;Sons", "<h1>body &amp; all</h1>", "Ada &lt;i&gt;", `<a href="/finance/a" aria-current="page">A</a>`, `<a href="/finance/b">B</a>`, "Sign out",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, w.Body)
		}
	}
	// A page below one of them belongs to it, and to no other whose name begins as its own.
	below := httptest.NewRequest(http.MethodGet, "/finance/a/b", nil)
	links := []frame.Link{{Href: "/finance", Label: "First"}, {Href: "/finance/a", Label: "A"}, {Href: "/finance/a/bc", Label: "BC"}}
	under := httptest.NewRecorder()
	f.Send(under, below.WithContext(frame.WithHead(below.Context(), frame.Head{Person: "Ada", Links: links})), http.StatusOK, page, "Title", "")
	if s := under.Body.String(); !strings.Contains(s, `<a href="/finance/a" aria-current="true">A</a>`) || strings.Count(s, "aria-current") != 1 {
		t.Error(s)
	}
	none := httptest.NewRecorder()
	f.Send(none, below.WithContext(frame.WithHead(below.Context(), frame.Head{Person: "Ada", Links: links[:1]})), http.StatusOK, page, "Title", "")
	if strings.Contains(none.Body.String(), "aria-current") {
		t.Error("a page without a link of its own is said to be the first")
	}
	alone := httptest.NewRecorder()
	f.Send(alone, httptest.NewRequest(http.MethodGet, "/finance/a", nil), http.StatusOK, page, "Title", "")
	if w.Code != http.StatusTeapot || strings.Contains(alone.Body.String(), "Sign out") || strings.Contains(alone.Body.String(), "<nav") {
		t.Errorf("%d\n%s", w.Code, alone.Body)
	}
}

// A template that is wrong is found at the start, or answered whole, never as half a
// page.
func TestWrongTemplates(t *testing.T) {
	f := newFrame(t)
	files := fstest.MapFS{"empty.html": {Data: []byte(`nothing`)}, "broken.html": {Data: []byte(`{{define "main"}}{{`)}, "late.html": {Data: []byte(`{{define "main"}}<h1>half{{.Missing}}{{end}}`)}}
	for _, name := range []string{"empty.html", "broken.html", "none.html"} {
		if _, err := f.Page(files, name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	page, err := f.Page(files, "late.html")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	f.Send(w, httptest.NewRequest(http.MethodGet, "/finance", nil), http.StatusOK, page, "Late", struct{}{})
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "half") || strings.Contains(w.Body.String(), "Missing") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What the desk answers is kept by nobody, but for its style.
func TestGuarded(t *testing.T) {
	f := newFrame(t)
	mux := http.NewServeMux()
	mux.HandleFunc(frame.StaticPattern, f.ServeStatic)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		frame.Guarded(mux).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	if h := get("/finance").Header(); h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("%v", h)
	}
	if w := get("/finance/static/desk.css"); w.Code != http.StatusNotFound {
		t.Errorf("a name without its hash: %d", w.Code)
	}
}
