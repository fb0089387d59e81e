package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/web/auth"
)

// A session ends half an hour after its last request, and twelve hours after its first.
func TestSessionsEnd(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	idle := h.browser()
	idle.signsIn(p)
	h.later(29 * time.Minute)
	if !idle.in() {
		t.Error("29 minutes are too long")
	}
	h.later(31 * time.Minute)
	if idle.in() {
		t.Error("31 minutes are not long enough")
	}
	idle.leads(idle.post("/finance/account/recovery", "password", p.password), "/finance/sign-in?again=1")
	idle.shows(idle.get("/finance/sign-in?again=1"), http.StatusOK, "What you sent was not done")
	busy := h.browser()
	busy.signsIn(p)
	for range 36 { // twelve hours in steps of twenty minutes
		if !busy.in() {
			t.Fatal("a session that is used ends early")
		}
		h.later(20 * time.Minute)
	}
	if busy.in() {
		t.Error("a session lasts for ever")
	}
	h.later(24 * time.Hour)
	if err := h.staff.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`select (select count(*) from staff_sessions) + (select count(*) from staff_tries) + (select count(*) from staff_cookies)`); n != 0 {
		t.Errorf("%d rows are left of what has ended", n)
	}
}

// Whoever is disabled, reset or given another role is so with the next request.
func TestSessionsFollowTheStaff(t *testing.T) {
	h := newHouse(t)
	by := auth.Actor{Who: auth.Terminal}
	h.employs("boss@example.org", auth.Admin)
	p := h.employs("ada@example.org", auth.Finance)
	b := h.browser()
	b.signsIn(p)
	b.shows(b.get("/finance/donors"), http.StatusOK)
	if err := h.staff.SetRole(t.Context(), by, p.ID, auth.Viewer); err != nil {
		t.Fatal(err)
	}
	b.shows(b.get("/finance/donors"), http.StatusForbidden, "Your role, viewer, does not reach this page")
	b.shows(b.post("/finance/staff/%00%ff"+strings.Repeat("x", 3000)+"/reset"), http.StatusForbidden)
	if n := h.count(`select count(*) from audit where who = $1 and action = 'open' and object = '/finance/donors' and result = 'denied'`, p.ID); n != 1 {
		t.Errorf("%d rows of a page that was denied", n)
	}
	if err := h.staff.Disable(t.Context(), by, p.ID); err != nil {
		t.Fatal(err)
	}
	if b.in() {
		t.Error("somebody who is disabled is in")
	}
	if err := h.staff.Enable(t.Context(), by, p.ID); err != nil {
		t.Fatal(err)
	}
	if b.in() {
		t.Error("a session that was ended is back")
	}
	b.signsIn(p)
	if err := h.staff.Reset(t.Context(), by, p.ID, "quite another sentence", false); err != nil {
		t.Fatal(err)
	}
	if b.in() {
		t.Error("somebody who was reset is in")
	}
	b.leads(b.post("/finance/sign-in", "email", p.Email, "password", "quite another sentence"), "/finance/enrol")
}

// One session, all others, or all are ended from the person's own page; nobody else's.
func TestSignOut(t *testing.T) {
	h := newHouse(t)
	p, q := h.employs("ada@example.org", auth.Viewer), h.employs("max@example.org", auth.Viewer)
	first, second, third, other := h.browser(), h.browser(), h.browser(), h.browser()
	for _, b := range []*browser{first, second, third} {
		b.signsIn(p)
	}
	other.signsIn(q)
	page := first.get("/finance/account")
	first.shows(page, http.StatusOK, "This browser")
	if n := strings.Count(page.body, "<li>"); n < 3 {
		t.Errorf("%d sessions are listed", n)
	}
	others := between(t, page.body, `name="session" value="(ses_[a-z2-7]+)"`)
	if len(others) != 2 {
		t.Fatalf("%v", others)
	}
	other.leads(other.post("/finance/account/sessions", "session", others[0]), "/finance/account")
	if !second.in() || !third.in() {
		t.Error("somebody else's session was ended")
	}
	first.leads(first.post("/finance/account/sessions", "session", others[0]), "/finance/account")
	if second.in() == third.in() {
		t.Error("not one session was ended")
	}
	stolen := third.client.Jar
	if !third.in() {
		stolen = second.client.Jar
	}
	thief := h.browser()
	u, err := url.Parse(h.server.URL + "/finance")
	if err != nil {
		t.Fatal(err)
	}
	thief.client.Jar.SetCookies(u, stolen.Cookies(u))
	if !thief.in() {
		t.Fatal("the cookie does not open what it opens")
	}
	first.leads(first.post("/finance/account/sign-out-everywhere"), "/finance/sign-in")
	if first.in() || second.in() || third.in() || thief.in() || !other.in() {
		t.Error("not everywhere, or too far")
	}
	other.leads(other.post("/finance/sign-out"), "/finance/sign-in")
	if other.in() || other.cookie() != "" {
		t.Errorf("signed out, with cookie %q", other.cookie())
	}
	other.leads(other.post("/finance/sign-out"), "/finance/sign-in")
	first.signsIn(p)
	second.signsIn(p)
	first.shows(first.post("/finance/account/password", "password", p.password, "new", "quite another sentence", "again", "quite another sentence"), http.StatusOK, "is changed")
	if !first.in() || second.in() {
		t.Error("a changed password ends other sessions and not one's own")
	}
}

// Behind https the cookie is held to this host, and scripts never see it.
func TestCookie(t *testing.T) {
	for base, want := range map[string][]string{
		"https://news.example": {"__Host-readerfund_finance=", "Path=/;", "; Secure"}, "http://127.0.0.1:1": {"readerfund_finance=", "Path=/finance;"},
	} {
		h := newHouse(t, func(o *auth.Options) { o.BaseURL = base })
		p := h.employs("ada@example.org", auth.Viewer)
		cookie := h.browser().post("/finance/sign-in", "email", p.Email, "password", p.password).header.Get("Set-Cookie")
		for _, w := range append(want, "; HttpOnly", "; SameSite=Lax") {
			if !strings.Contains(cookie, w) {
				t.Errorf("%s: %q lacks %q", base, cookie, w)
			}
		}
		if strings.Contains(cookie, "Expires") || strings.Contains(cookie, "Domain") || strings.HasPrefix(base, "http:") == strings.Contains(cookie, "Secure") {
			t.Errorf("%s: %q", base, cookie)
		}
	}
}

// While the database is away the desk says so, in its own style, and shows nothing.
func TestDatabaseAway(t *testing.T) {
	h := newHouse(t)
	p := h.employs("ada@example.org", auth.Viewer)
	b := h.browser()
	b.signsIn(p)
	style := between(t, b.get("/finance/account").body, `href="(/finance/static/desk\.[0-9a-f]+\.css)"`)[0]
	h.db.Close()
	for _, path := range []string{"/finance", "/finance/account", "/finance/nothing"} {
		a := b.get(path)
		b.shows(a, http.StatusServiceUnavailable, "cannot be reached at the moment", style)
		if a.header.Get("Retry-After") == "" || strings.Contains(a.body, "pool") {
			t.Errorf("%s: %v\n%s", path, a.header, a.body)
		}
	}
	b.shows(b.get(style), http.StatusOK, "--paper")
	b.shows(h.browser().post("/finance/sign-in", "email", p.Email, "password", p.password), http.StatusServiceUnavailable)
}
