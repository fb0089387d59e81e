package auth_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/web/auth"
)

// From the first password, made by somebody else, over the enrolment and the choice of
// another password to the page that was wanted at first.
func TestFirstSignIn(t *testing.T) {
	h := newHouse(t)
	password := auth.MakePassword()
	p, err := h.staff.Add(t.Context(), auth.Actor{Who: auth.Terminal}, auth.Person{Email: "Ada.Byron@Example.org", Name: "Ada <b>Byron</b>", Role: auth.Finance, MustChange: true}, password)
	if err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	b.leads(b.get("/finance/donors?page=2"), "/finance/sign-in?to=%2Ffinance%2Fdonors%3Fpage%3D2")
	page := b.get("/finance/sign-in?to=%2Ffinance%2Fdonors%3Fpage%3D2")
	b.shows(page, http.StatusOK, `name="to" value="/finance/donors?page=2"`, `autocomplete="current-password"`)
	if page.header.Get("Set-Cookie") != "" || page.header.Get("Cache-Control") != "no-store" || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%v", page.header)
	}
	b.leads(b.post("/finance/sign-in", "email", " ada.byron@example.org ", "password", password, "to", "/finance/donors?page=2"), "/finance/enrol")
	b.leads(b.get("/finance/code"), "/finance/enrol")
	b.leads(b.get("/finance/donors"), "/finance/sign-in?to=%2Ffinance%2Fdonors")
	page = b.get("/finance/enrol")
	b.shows(page, http.StatusOK, `<svg class="qr"`, "otpauth://totp/The%20Meridian%20Times:Ada.Byron@Example.org?issuer=The%20Meridian%20Times&amp;secret=")
	secret := strings.ReplaceAll(between(t, page.body, `<code class="key">([A-Z2-7 ]+)</code>`)[0], " ", "")
	if again := b.get("/finance/enrol").body; !strings.Contains(strings.ReplaceAll(again, " ", ""), secret) {
		t.Error("the secret changes while somebody types it")
	}
	b.shows(b.post("/finance/enrol", "code", "000000"), http.StatusUnprocessableEntity, "not the code of the moment")
	before := b.cookie()
	page = b.post("/finance/enrol", "code", h.code(secret))
	codes := between(t, page.body, `<li><code>([a-z2-7-]{19})</code></li>`)
	if b.shows(page, http.StatusOK, `href="/finance/donors?page=2"`); len(codes) != 10 || b.cookie() == before {
		t.Errorf("%d codes, cookie %s", len(codes), b.cookie())
	}
	b.leads(b.get("/finance/donors?page=2"), "/finance/account")
	b.shows(b.get("/finance/account"), http.StatusOK, "Choose a password of your own", "Ada &lt;b&gt;Byron&lt;/b&gt;")
	b.shows(b.post("/finance/account/password", "password", password, "new", password, "again", password), http.StatusUnprocessableEntity, "is the present one")
	b.shows(b.post("/finance/account/password", "password", "not it at all", "new", "the engine weaves patterns", "again", "the engine weaves patterns"), http.StatusUnprocessableEntity, "present password is not the one")
	for _, weak := range []string{"short", "ada.byron is here", strings.Repeat("ab", 20), strings.Repeat("x", 600)} {
		b.shows(b.post("/finance/account/password", "password", password, "new", weak, "again", weak), http.StatusUnprocessableEntity, `role="alert"`)
	}
	b.shows(b.post("/finance/account/password", "password", password, "new", "the engine weaves patterns", "again", "the engine weaves pattern"), http.StatusUnprocessableEntity, "differ")
	b.leads(b.post("/finance/account/password", "password", password, "new", "the engine weaves patterns", "again", "the engine weaves patterns"), "/finance")
	b.shows(b.get("/finance/donors"), http.StatusOK, "this is /finance/donors")
	b.leads(b.get("/finance/sign-in?to=/finance/figures"), "/finance/figures")
	if n := h.count(`select count(*) from audit where who = $1 and action in ('enrol authenticator', 'sign in', 'change password') and result = 'done'`, p.ID); n != 3 {
		t.Errorf("%d rows in the audit", n)
	}
	for _, kept := range []string{password, "the engine", codes[0], strings.ReplaceAll(codes[0], "-", ""), b.cookie()} {
		if n := h.count(`select count(*) from (select s::text from staff s union all select s::text from staff_recovery s union all select s::text from staff_cookies s
			union all select s::text from staff_sessions s union all select s::text from audit s) as all_rows (r) where position($1 in r) > 0`, kept); n != 0 || strings.Contains(h.log.String(), kept) {
			t.Errorf("%q is kept as it is", kept)
		}
	}
	// A recovery code lets in once, in whatever way it is written.
	for i, want := range []int{http.StatusSeeOther, http.StatusUnprocessableEntity} {
		other := h.browser()
		other.leads(other.post("/finance/sign-in", "email", p.Email, "password", "the engine weaves patterns"), "/finance/code")
		if a := other.post("/finance/code", "code", " "+strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))); a.status != want {
			t.Errorf("time %d: %d", i, a.status)
		}
	}
	b.shows(b.get("/finance/account"), http.StatusOK, "9 are left")
	renewed := between(t, b.post("/finance/account/recovery", "password", "the engine weaves patterns").body, `<li><code>([a-z2-7-]{19})</code></li>`)
	other := h.browser()
	other.leads(other.post("/finance/sign-in", "email", p.Email, "password", "the engine weaves patterns"), "/finance/code")
	other.shows(other.post("/finance/code", "code", codes[4]), http.StatusUnprocessableEntity)
	other.leads(other.post("/finance/code", "code", renewed[4]), "/finance")
}

// What is wrong is not told, nor whether anybody has the address.
func TestWrongAnswersAreAllAlike(t *testing.T) {
	h := newHouse(t)
	p, gone := h.employs("ada@example.org", auth.Admin), h.employs("gone@example.org", auth.Viewer)
	if err := h.staff.Disable(t.Context(), auth.Actor{}, gone.ID); err != nil {
		t.Fatal(err)
	}
	only, err := h.staff.Add(t.Context(), auth.Actor{}, auth.Person{Email: "eve@example.org", Name: "Eve", Role: auth.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, c := range [][2]string{{p.Email, "wrong"}, {p.Email, ""}, {p.Email, strings.Repeat("x", 9000)}, {"nobody@example.org", p.password}, {gone.Email, gone.password}, {only.Email, ""}, {only.Email, "wrong"},
		{"", ""}, {"a\x00b@example.org", "x"}, {"\xff@example.org", "x"}, {strings.Repeat("a", 4000) + "@example.org", "x"}} {
		b := h.browser()
		a := b.post("/finance/sign-in", "email", c[0], "password", c[1])
		b.shows(a, http.StatusUnprocessableEntity, "Address and password do not fit together")
		if a.header.Get("Set-Cookie") != "" {
			t.Errorf("%.30q has a cookie", c[0])
		}
		page := a.body
		if i := strings.Index(page, `value="`); c[0] != "" && i > 0 {
			page = page[:i] + page[i+strings.Index(page[i+7:], `"`)+7:]
		}
		if c[0] != "" {
			pages = append(pages, page)
		}
	}
	for _, page := range pages {
		if page != pages[0] {
			t.Errorf("pages differ:\n%s\n%s", page, pages[0])
		}
	}
	if n := h.count(`select count(*) from audit where action = 'sign in' and result = 'denied' and who not in ('', $1)`, p.ID); n != 0 {
		t.Errorf("%d rows name who never may", n)
	}
}

// A code lets in once, though it is good for a minute and given at once many times.
func TestCodesAreTakenOnce(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	const tries = 4
	code := h.code(p.secret)
	browsers := make([]*browser, tries)
	for i := range browsers {
		browsers[i] = h.browser()
		browsers[i].leads(browsers[i].post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	}
	var in atomic.Int32
	var all sync.WaitGroup
	for _, b := range browsers {
		all.Go(func() {
			if b.post("/finance/code", "code", code).status == http.StatusSeeOther {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("one code let in %d times", in.Load())
	}
	// Neither is the code before it taken any more.
	h.later(30 * time.Second)
	b := h.browser()
	b.signsIn(p)
	b = h.browser()
	b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	h.later(-30 * time.Second)
	earlier := h.code(p.secret)
	h.later(30 * time.Second)
	b.shows(b.post("/finance/code", "code", earlier), http.StatusUnprocessableEntity, "does not let you in")
}

// Nobody comes in with a half: the password alone, an old one, or somebody else's.
func TestHalfASignInIsNone(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	b := h.browser()
	b.leads(b.get("/finance/code"), "/finance/sign-in")
	b.leads(b.post("/finance/code", "code", h.code(p.secret)), "/finance/sign-in")
	b.leads(b.post("/finance/enrol", "code", h.code(p.secret)), "/finance/sign-in")
	b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	if b.in() {
		t.Error("the password alone lets in")
	}
	b.leads(b.get("/finance/enrol"), "/finance/code")
	h.later(11 * time.Minute)
	b.leads(b.post("/finance/code", "code", h.code(p.secret)), "/finance/sign-in")
	b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	if err := h.staff.Disable(t.Context(), auth.Actor{}, p.ID); err != nil {
		t.Fatal(err)
	}
	b.leads(b.post("/finance/code", "code", h.code(p.secret)), "/finance/sign-in")
}

// A cookie that somebody planted is worth nothing once its browser has signed in, and
// one that nobody gave out never opens anything.
func TestFixation(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	attacker := h.browser()
	attacker.leads(attacker.post("/finance/sign-in", "email", p.Email, "password", p.password), "/finance/code")
	victim := h.browser()
	victim.client.Jar = attacker.client.Jar
	planted := attacker.cookie()
	victim.signsIn(p)
	if victim.cookie() == planted || planted == "" {
		t.Fatalf("the cookie stays: %q", planted)
	}
	for _, value := range []string{planted, "made-up", strings.Repeat("A", 5000)} {
		thief := h.browser()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+"/finance", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", "readerfund_finance="+value)
		res, err := thief.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%.20q lets in: %d", value, res.StatusCode)
		}
	}
}

// Whoever signs in is led to pages of the desk alone.
func TestOpenRedirect(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	for to, want := range map[string]string{
		"/finance/figures?a=b&c=%2F": "/finance/figures?a=b&c=%2F", "//evil.example/finance/": "/finance", "https://evil.example/finance/": "/finance",
		"/finance/../manage": "/finance", `/finance/\evil.example`: "/finance", "/finance//evil.example": "/finance", "javascript:alert(1)": "/finance",
		"/finances": "/finance", "/manage": "/finance", "": "/finance", "/finance/sign-in?to=/finance/x": "/finance", "/finance/oidc/callback?code=1": "/finance",
		"/finance/%2e%2e/manage": "/finance", "/finance/a\r\nSet-Cookie: a=b": "/finance", "///evil.example": "/finance", "/finance@evil.example": "/finance", "http:finance": "/finance",
	} {
		b := h.browser()
		h.later(30 * time.Second)
		b.leads(b.post("/finance/sign-in", "email", p.Email, "password", p.password, "to", to), "/finance/code")
		if a := b.post("/finance/code", "code", h.code(p.secret)); a.location != want || a.status != http.StatusSeeOther {
			t.Errorf("%q leads to %q, want %q", to, a.location, want)
		}
	}
}
