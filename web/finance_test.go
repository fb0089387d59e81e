package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/frame"
)

// withDesk puts the finance desk below /finance.
func withDesk(t *testing.T) (*auth.Staff, func(*web.Options)) {
	t.Helper()
	db, quiet := pgtest.New(t), slog.New(slog.DiscardHandler)
	passwords := auth.LimitedPasswords(argon2id.Params{Memory: 256, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}, 2, 10, time.Minute)
	pages, err := frame.New("The Meridian Times", quiet)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := auth.NewDesk(auth.Options{
		DB: db, Passwords: passwords, Frame: pages, Site: "The Meridian Times", BaseURL: "https://news.example",
		HTTP: &http.Client{Timeout: time.Second}, Log: quiet, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	desk.Handle("GET /finance", auth.Viewer, func(w http.ResponseWriter, r *http.Request) {
		v, _ := auth.From(r.Context())
		_, _ = io.WriteString(w, v.Name+" from "+v.Address)
	})
	return &auth.Staff{DB: db, Passwords: passwords, Now: time.Now}, func(o *web.Options) {
		o.Finance, o.TrustedProxies = desk, []string{"10.0.0.0/8"}
	}
}

// The desk stands behind the same protections as the rest: forms of other sites are
// refused, its own policy holds, and the client's address is the one that a trusted
// proxy tells.
func TestFinanceDeskOnThePublicAddress(t *testing.T) {
	staff, change := withDesk(t)
	s := newSite(t, change)
	p, err := staff.Add(t.Context(), auth.Actor{}, auth.Person{Email: "ada@example.org", Name: "Ada", Role: auth.Viewer}, "a sentence for these tests")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"email": {p.Email}, "password": {"a sentence for these tests"}}
	send := func(method, path, origin, site string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = "10.1.2.3:4711"
		r.Header.Set("X-Forwarded-For", "192.0.2.77")
		if origin != "" {
			r.Header.Set("Origin", origin)
			r.Header.Set("Sec-Fetch-Site", site)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	w := send(http.MethodGet, "/finance", "", "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/finance/sign-in" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	w = send(http.MethodGet, "/finance/sign-in", "", "")
	if policy := w.Header().Values("Content-Security-Policy"); len(policy) != 1 || strings.Contains(policy[0], "script-src") || strings.Contains(policy[0], "stripe") {
		t.Errorf("the policy is %q", policy)
	}
	for _, path := range []string{"/finance/sign-in", "/finance/code", "/finance/sign-out", "/finance/staff", "/finance/account/password"} {
		for origin, site := range map[string]string{"https://evil.example": "cross-site", "https://other.news.example": "same-site", "null": "cross-site"} {
			if w := send(http.MethodPost, path, origin, site); w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s from %s: %d %v", path, origin, w.Code, w.Header())
			}
		}
	}
	w = send(http.MethodPost, "/finance/sign-in", "https://news.example", "same-origin")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/finance/enrol" || !strings.HasPrefix(w.Header().Get("Set-Cookie"), "__Host-readerfund_finance=") {
		t.Errorf("%d %v\n%s", w.Code, w.Header(), w.Body)
	}
	var tried string
	if err := staff.DB.QueryRow(t.Context(), `select string_agg(key, ' ') from staff_tries where key like 'address:%'`).Scan(&tried); err != nil || tried != "address:192.0.2.77" {
		t.Errorf("tries of %q are counted, %v", tried, err)
	}
	if w := send(http.MethodGet, "/financed", "", ""); w.Code != http.StatusNotFound {
		t.Errorf("/financed: %d", w.Code)
	}
	// Readers' pages are as they were: no cookie, no difference.
	if w := send(http.MethodGet, article, "", ""); w.Code != http.StatusOK || w.Header().Get("Set-Cookie") != "" || strings.Contains(w.Header().Get("Vary"), "Cookie") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
