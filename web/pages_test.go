package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/web"
)

func TestSharedPages(t *testing.T) {
	s := newSite(t)
	tests := map[string][]string{
		"/": {`<h1 class="name">The Meridian Times</h1>`, `<a href="/articles/geneva-joint-centre">`, "Support us"},
		article: {"<h1>Russia and US to coordinate strikes", "Give $10 a month", `href="#support"`, "Read more",
			`id="support"`, "Independent journalism is alive", `name="custom_amount"`, `<link rel="canonical" href="https://news.example/articles/geneva-joint-centre">`},
		"/donate/independent-journalism": {`<h1 id="ask-title">`, `name="placement" value="page"`},
	}
	for target, words := range tests {
		t.Run(target, func(t *testing.T) {
			w := s.get(target)
			wantStatus(t, w, http.StatusOK, append(words, `<html lang="en" dir="ltr">`, `<main id="main">`)...)
			h := w.Header()
			if h.Get("Cache-Control") != "public, max-age=60, stale-while-revalidate=600" || h.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("headers %v", h)
			}
			if h.Get("Set-Cookie") != "" || runs(w.Body.String()) || strings.Contains(w.Body.String(), "style=") {
				t.Error("a shared page carries a cookie, a script or a style")
			}
			again := s.get(target)
			if !bytes.Equal(w.Body.Bytes(), again.Body.Bytes()) {
				t.Error("two readers get two pages")
			}
			etag := h.Get("ETag")
			for _, match := range []string{etag, `"other", ` + etag, strings.TrimPrefix(etag, "W/"), "*"} {
				w = s.get(target, func(r *http.Request) { r.Header.Set("If-None-Match", match) })
				if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
					t.Errorf("If-None-Match %s: %d", match, w.Code)
				}
			}
			head := s.do(http.MethodHead, target, nil)
			if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("ETag") != etag {
				t.Errorf("HEAD: %d, %d bytes, %v", head.Code, head.Body.Len(), head.Header())
			}
		})
	}
}

func TestCompressed(t *testing.T) {
	s := newSite(t)
	plain := s.get(article)
	for accept, want := range map[string]string{
		"gzip": "gzip", "br;q=0.5, gzip": "gzip", "gzip, br": "br", "*": "br", "gzip;q=0": "", "": "", "br": "br", "identity, *;q=0": "",
	} {
		w := s.get(article, func(r *http.Request) { r.Header.Set("Accept-Encoding", accept) })
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: %q", accept, got)
			continue
		}
		if !strings.Contains(w.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("Accept-Encoding %q: Vary is %q", accept, w.Header().Get("Vary"))
		}
		if want == "" {
			continue
		}
		z := io.Reader(brotli.NewReader(w.Body))
		if want == "gzip" {
			var err error
			if z, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		body, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
			t.Errorf("Accept-Encoding %q: another page, %v", accept, err)
		}
	}
}

// Pages load what they need from here, under names that change with the bytes.
func TestStaticFiles(t *testing.T) {
	s := newSite(t)
	named := regexp.MustCompile(`/static/[\w.]+`)
	files := named.FindAllString(s.get(article).Body.String(), -1)
	if len(files) != 2 {
		t.Fatalf("the page names %v", files)
	}
	for _, name := range files {
		w := s.get(name)
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	for _, name := range []string{"/static/", "/static/reader.css", "/static/ask.html", "/static/..%2fask.html", "/templates/ask.html", "/static/en.yaml"} {
		if w := s.get(name); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestPagesThatAreNotThere(t *testing.T) {
	s := newSite(t)
	for target, words := range map[string]string{
		"/nothing":                   "There is no such page",
		"/articles/nothing":          "There is no such page",
		"/articles/%00":              "There is no such page",
		"/donate/nothing":            "There is no such appeal",
		"/checkout/nothing":          "We do not know this payment page",
		"/checkout/%00%ff":           "We do not know this payment page",
		"/thanks":                    "We do not know that gift",
		"/thanks?session_id=nothing": "We do not know that gift",
		"/thanks?session_id=%00":     "We do not know that gift",
		"/thanks?session_id=" + strings.Repeat("a", 300): "We do not know that gift",
	} {
		w := s.get(target)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), words) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Body.String(), "Back to the front page") {
			t.Errorf("%s: no way back, or it may be cached", target)
		}
	}
	for target, method := range map[string]string{"/": http.MethodPost, article: http.MethodDelete, "/webhooks/stripe": http.MethodGet, "/thanks": http.MethodPut} {
		w := s.do(method, target, nil)
		wantStatus(t, w, http.StatusMethodNotAllowed, "This page cannot do that")
		if w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", method, target)
		}
	}
	if w := s.get("/donate"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/donate/independent-journalism" {
		t.Errorf("GET /donate: %d %v", w.Code, w.Header())
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"/", "/nothing", "/healthz"} {
		h := s.get(target).Header()
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "style-src 'self';", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'", "base-uri 'none'",
			"form-action 'self' https://checkout.stripe.com " + s.stripe.URL + ";"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s: %s", target, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("the policy is %s", policy)
		}
		for name, want := range map[string]string{
			"Referrer-Policy": "strict-origin-when-cross-origin", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
		if h.Get("X-Request-Id") == "" || h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %v", target, h)
		}
	}
	plain := newSite(t, func(o *web.Options) { o.BaseURL = "http://127.0.0.1:8080" })
	if got := plain.get("/").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS without TLS: %q", got)
	}
}

// When an appeal has not begun, nothing asks; the articles are there all the same.
func TestWithoutAppeal(t *testing.T) {
	s := newSite(t, atStart)
	s.now.set(func() time.Time { return time.Date(2016, 8, 1, 0, 0, 0, 0, time.UTC) })
	for _, target := range []string{"/", article} {
		w := s.get(target)
		wantStatus(t, w, http.StatusOK)
		if strings.Contains(w.Body.String(), "<form") || strings.Contains(w.Body.String(), "#support") {
			t.Errorf("%s asks", target)
		}
	}
	wantStatus(t, s.get("/donate/independent-journalism"), http.StatusNotFound, "It may have ended")
	// A page that was opened while the appeal ran still gives.
	s.started(s.donate(gift()))
	wantStatus(t, s.donate(gift("appeal", "", "campaign", "")), http.StatusGone, "This has ended")
	if w := s.get("/donate"); w.Header().Get("Location") != "/" {
		t.Errorf("GET /donate leads to %q", w.Header().Get("Location"))
	}
	s.now.set(time.Now)
	if w := s.get(article); len(forms(t, w.Body.String())) != 3 {
		t.Error("the appeal runs again, but the page of before is shown")
	}
}

func BenchmarkArticlePage(b *testing.B) {
	h, err := web.New(web.Options{
		Newsroom: sample(b), Checkouts: nowhere{}, Gifts: nowhere{}, Verifier: nowhere{}, Inbox: nowhere{}, BaseURL: "https://news.example",
	})
	if err != nil {
		b.Fatal(err)
	}
	for name, accept := range map[string]string{"plain": "identity", "gzip": "gzip"} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, article, nil)
			r.Header.Set("Accept-Encoding", accept)
			w := &discarded{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
			b.SetBytes(int64(w.bytes / b.N))
			if w.status != http.StatusOK {
				b.Fatalf("status %d", w.status)
			}
		})
	}
}

// The yardstick for BenchmarkArticlePage: Gin writing the same number of bytes
// from memory, and nothing else.
func BenchmarkBareGin(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	body := bytes.Repeat([]byte("x"), 25_000)
	engine.GET("/articles/:slug", func(c *gin.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", body) })
	r := httptest.NewRequest(http.MethodGet, article, nil)
	w := &discarded{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		engine.ServeHTTP(w, r)
	}
	b.SetBytes(int64(w.bytes / b.N))
}

// discarded is a connection to a reader who reads as fast as one can write.
type discarded struct {
	header http.Header
	status int
	bytes  int
}

func (d *discarded) Header() http.Header    { return d.header }
func (d *discarded) WriteHeader(status int) { d.status = status }
func (d *discarded) Write(b []byte) (int, error) {
	d.bytes += len(b)
	return len(b), nil
}
