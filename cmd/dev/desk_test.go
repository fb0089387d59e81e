package main

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"
	"github.com/joho/godotenv"
	"github.com/pquerna/otp/totp"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// financeAdmin is who dev.env says may come to the finance desk.
type financeAdmin struct{ email, password, secret string }

func (s *testStack) financeAdmin(t *testing.T) financeAdmin {
	t.Helper()
	env, err := godotenv.Read(s.data + "/dev.env")
	if err != nil {
		t.Fatal(err)
	}
	a := financeAdmin{env["DEV_FINANCE_EMAIL"], env["DEV_FINANCE_PASSWORD"], env["DEV_FINANCE_TOTP_SECRET"]}
	if a.email == "" || a.password == "" || a.secret == "" {
		t.Fatal("dev.env tells of no finance admin")
	}
	return a
}

// codeOf is what an authenticator shows now.
func codeOf(t *testing.T, secret string) string {
	t.Helper()
	return codeAt(t, secret, time.Now())
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// signedIn is the stack as its finance admin sees it.
func (s *testStack) signedIn(t *testing.T) *testStack {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	as := *s
	as.reader = &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: s.reader.CheckRedirect}
	a := s.financeAdmin(t)
	if in := as.post(t, "/finance/sign-in", url.Values{"email": {a.email}, "password": {a.password}}); in.location != "/finance/code" {
		t.Fatalf("the password: %d %s\n%s", in.status, in.location, in.body)
	}
	in := as.post(t, "/finance/code", url.Values{"code": {codeOf(t, a.secret)}})
	if in.status == http.StatusUnprocessableEntity {
		// The code of now was used before; the one after it is taken too.
		in = as.post(t, "/finance/code", url.Values{"code": {codeAt(t, a.secret, time.Now().Add(30*time.Second))}})
	}
	if in.location != "/finance" {
		t.Fatalf("the code: %d %s\n%s", in.status, in.location, in.body)
	}
	return &as
}

// scripts lets pages run scripts, or not.
func scripts(t *testing.T, tab context.Context, on bool) {
	t.Helper()
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		t.Fatal(err)
	}
}

// An admin signs in with password and code in a browser that runs no scripts, adds
// somebody, and that person comes in for the first time. No page on the way breaks a
// rule of axe, light or dark, on a phone or a desk.
func TestBrowserFinanceDesk(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	d := s.visitsDesk(t, "desk", 4*time.Minute, looks()...)
	a := s.financeAdmin(t)
	d.goes("/finance/staff", `#password`)
	d.looked("sign-in")
	d.does(fill(`#email`, a.email), fill(`#password`, "not the password"), click(`.fields button`), see(`.problem`))
	d.looked("wrong")
	d.does(mend(`#password`, a.password), click(`.fields button`), see(`#code`))
	d.looked("code")
	d.does(fill(`#code`, codeOf(t, a.secret)), click(`.fields button`), see(`.people`))
	d.looked("staff")
	d.does(fill(`#name`, "Vera Viewer"), fill(`#email`, "vera@example.org"), click(`main > section .fields button`), see(`.made`))
	d.looked("made")
	password := d.text(`.made .key`)
	s.signedIn(t) // a second session, to be ended
	d.does(click(`main .button`), click(`button[aria-label="Disable Vera Viewer"]`), see(`.away`))
	d.looked("staff-of-two")
	d.does(click(`.away button[aria-label^="Let in again"]`), see(`button[aria-label="Disable Vera Viewer"]`))
	for _, p := range []struct{ name, path, there string }{
		{"first", "/finance", ".tiles"}, {"account", "/finance/account", ".sessions"}, {"appeals", "/finance/appeals", ".period"}, {"not-found", "/finance/nothing", "main h1"},
	} {
		d.goes(p.path, p.there)
		d.looked(p.name)
	}
	d.does(click(`.out button`), see(`#password`))
	d.password("vera@example.org", password)
	d.looked("enrol")
	secret := strings.ReplaceAll(d.text(`.note .key`), " ", "")
	d.does(fill(`#code`, codeOf(t, secret)), click(`.fields button`), see(`.codes`))
	d.looked("recovery")
	d.does(click(`main .button`), see(`#again`))
	d.looked("must-change")
	d.does(fill(`#password`, password), fill(`#new`, "counting every single cent"), fill(`#again`, "counting every single cent"), click(`.fields button`), see(`.tiles`))
	d.goes("/finance/staff", `main h1`)
	if title := d.text(`main h1`); title != "Not for your role" {
		t.Errorf("a viewer sees %q", title)
	}
	d.looked("forbidden")
	d.does(click(`.out button`), see(`#password`))
}

// The finance admin of a stack that keeps its data is the same at each start; where
// dev.env is lost, it is one whose password and codes are known again.
func TestFinanceAdminOfEachStart(t *testing.T) {
	t.Parallel()
	database := pgtest.NewURL(t)
	s := &stack{options: options{data: t.TempDir()}}
	start := func() (v *variables, hash string) {
		t.Helper()
		v = &variables{values: map[string]string{}}
		if err := s.makeFinanceAdmin(t.Context(), database, v); err != nil {
			t.Fatal(err)
		}
		if err := v.write(s.data + "/dev.env"); err != nil {
			t.Fatal(err)
		}
		db, err := pgx.Connect(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow(t.Context(), `select password_hash || totp_secret from staff`).Scan(&hash); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return v, hash
	}
	first, made := start()
	if again, kept := start(); kept != made || again.get(financePassword) != first.get(financePassword) || again.get(financeSecret) != first.get(financeSecret) {
		t.Error("the second start changes what is known")
	}
	if err := os.Remove(s.data + "/dev.env"); err != nil {
		t.Fatal(err)
	}
	if other, hash := start(); hash == made || other.get(financePassword) == first.get(financePassword) || !strings.HasSuffix(hash, other.get(financeSecret)) {
		t.Error("what nobody knows any more still holds")
	}
}
