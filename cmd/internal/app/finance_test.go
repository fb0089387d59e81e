package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/web/auth"
)

// financeTree is what each route below /finance asks for. A new page gets a line here:
// who may open it is decided, and not an accident.
func financeTree() map[string]auth.Role {
	return map[string]auth.Role{
		"GET /finance/sign-in": auth.Nobody, "POST /finance/sign-in": auth.Nobody, "GET /finance/code": auth.Nobody, "POST /finance/code": auth.Nobody,
		"GET /finance/enrol": auth.Nobody, "POST /finance/enrol": auth.Nobody, "POST /finance/sign-out": auth.Nobody,
		"GET /finance/account": auth.Viewer, "POST /finance/account/password": auth.Viewer, "POST /finance/account/recovery": auth.Viewer,
		"POST /finance/account/sessions": auth.Viewer, "POST /finance/account/sign-out-everywhere": auth.Viewer,
		"GET /finance/staff": auth.Admin, "POST /finance/staff": auth.Admin, "POST /finance/staff/{id}/{what}": auth.Admin,
		"GET /finance/audit": auth.Admin, "GET /finance": auth.Viewer, "GET /finance/appeals": auth.Viewer,
		"GET /finance/donations": auth.Viewer, "GET /finance/donations/{id}": auth.Viewer, "GET /finance/recurring": auth.Viewer, "GET /finance/disputes": auth.Viewer,
		"GET /finance/payouts": auth.Viewer, "GET /finance/payouts/{id}": auth.Viewer, "GET /finance/donors": auth.Finance, "GET /finance/donors/{id}": auth.Finance,
		"POST /finance/donations/{id}/refund/look": auth.Finance, "POST /finance/donations/{id}/refund": auth.Finance,
		"GET /finance/exports": auth.Finance, "GET /finance/exports/new": auth.Finance, "POST /finance/exports": auth.Finance,
		"GET /finance/exports/runs/{id}": auth.Finance, "GET /finance/exports/runs/{id}/file": auth.Finance, "GET /finance/exports/runs/{id}/manifest": auth.Finance,
		"POST /finance/exports/runs/{id}/cancel": auth.Finance, "POST /finance/exports/runs/{id}/again": auth.Finance,
		"GET /finance/exports/saved": auth.Finance, "GET /finance/exports/saved/new": auth.Finance, "POST /finance/exports/saved": auth.Finance,
		"GET /finance/exports/saved/{id}": auth.Finance, "GET /finance/exports/saved/{id}/change": auth.Finance, "POST /finance/exports/saved/{id}/change": auth.Finance,
		"POST /finance/exports/saved/{id}/run": auth.Finance, "GET /finance/exports/saved/{id}/delete": auth.Finance, "POST /finance/exports/saved/{id}/delete": auth.Finance,
		"GET /finance/statements": auth.Finance, "POST /finance/statements": auth.Finance, "POST /finance/statements/look": auth.Finance,
		"POST /finance/statements/preview": auth.Finance, "GET /finance/statements/runs/{id}": auth.Finance,
		"POST /finance/statements/runs/{id}/cancel": auth.Finance, "POST /finance/statements/runs/{id}/again": auth.Finance,
		"GET /finance/closing": auth.Viewer, "GET /finance/closing/{id}": auth.Viewer, "POST /finance/closing/{id}/look": auth.Finance, "POST /finance/closing/{id}": auth.Finance,
		"GET /finance/closing/{id}/changes.csv": auth.Finance, "POST /finance/closing/{id}/reopen": auth.Admin,
		"GET /finance/events": auth.Admin, "GET /finance/events/{id}": auth.Admin, "POST /finance/events/retry": auth.Admin,
	}
}

// Every page of the finance desk, as the service puts it together, lets in exactly the
// roles that it is for.
func TestEachFinancePageForEachRole(t *testing.T) {
	db, quiet := pgtest.New(t), slog.New(slog.DiscardHandler)
	newsroom, err := loadNewsroom(Config{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	desk, _, err := newFinance(Config{BaseURL: "http://127.0.0.1", ReportTimezone: time.UTC}, newsroom, db, quiet)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	tree := financeTree()
	for _, r := range desk.Routes() {
		if least, decided := tree[r.Pattern]; !decided || least != r.Least {
			t.Errorf("%s is for %q, and is to be for %q (%v)", r.Pattern, r.Least, least, decided)
		}
		delete(tree, r.Pattern)
	}
	for pattern := range tree {
		t.Errorf("there is no %s", pattern)
	}
	for _, role := range append([]auth.Role{auth.Nobody}, auth.Roles()...) {
		visitor := visitor(t, NewStaff(db), server.URL, role)
		for _, r := range desk.Routes() {
			method, path, _ := strings.Cut(r.Pattern, " ")
			if strings.Contains(path, "sign-out") {
				continue // nothing is left to be seen after it
			}
			path = strings.NewReplacer("{id}", "staff_nobody", "{what}", "reset").Replace(path)
			status, location := ask(t, visitor, method, server.URL+path, nil)
			out := status == http.StatusSeeOther && strings.HasPrefix(location, "/finance/sign-in")
			switch {
			case status >= http.StatusInternalServerError:
				t.Errorf("%s as %q: %d", r.Pattern, role, status)
			case r.Least == auth.Nobody:
			case role == auth.Nobody:
				if !out {
					t.Errorf("%s signed out: %d %s", r.Pattern, status, location)
				}
			case role.May(r.Least) == (status == http.StatusForbidden) || out:
				t.Errorf("%s as %q: %d %s", r.Pattern, role, status, location)
			}
		}
	}
	if rows, err := auth.VerifyAudit(t.Context(), db); err != nil || rows == 0 {
		t.Errorf("the audit: %d rows, %v", rows, err)
	}
}

// visitor signs in with a role, by password and code.
func visitor(t *testing.T, staff *auth.Staff, base string, role auth.Role) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if role == auth.Nobody {
		return client
	}
	const password, secret = "a sentence for these tests", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	p, err := staff.Add(t.Context(), auth.Actor{Who: auth.Terminal}, auth.Person{Email: "its-" + string(role) + "@example.org", Name: "Its " + string(role), Role: role}, password)
	if err != nil {
		t.Fatal(err)
	}
	if err := staff.Enrol(t.Context(), auth.Actor{Who: auth.Terminal}, p.ID, secret); err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		path, leads string
		form        url.Values
	}{
		{"/finance/sign-in", "/finance/code", url.Values{"email": {p.Email}, "password": {password}}},
		{"/finance/code", "/finance", url.Values{"code": {code}}},
	} {
		if status, location := ask(t, client, http.MethodPost, base+step.path, step.form); status != http.StatusSeeOther || location != step.leads {
			t.Fatalf("%s as %s: %d %s", step.path, role, status, location)
		}
	}
	return client
}

func ask(t *testing.T, client *http.Client, method, address string, form url.Values) (status int, location string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location")
}
