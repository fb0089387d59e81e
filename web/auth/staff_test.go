package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web/auth"
)

// Each page lets in exactly those whose role reaches so far; others are led to the
// sign-in page or told. Nothing that is not there is told apart before sign-in.
func TestEachRouteForEachRole(t *testing.T) {
	h := newHouse(t)
	h.employs("boss@example.org", auth.Admin) // so that nobody below is the last
	visitors := map[auth.Role]*browser{auth.Nobody: h.browser()}
	for _, role := range auth.Roles() {
		b := h.browser()
		b.signsIn(h.employs("its-"+string(role)+"@example.org", role))
		visitors[role] = b
	}
	least := map[string]auth.Role{}
	for _, r := range h.desk.Routes() {
		least[r.Pattern] = r.Least
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{id}", "staff_nobody", "{what}", "reset").Replace(path)
		for role, b := range visitors {
			if path == "/finance/sign-out" || strings.HasSuffix(path, "sign-out-everywhere") {
				continue // they would all be out; TestSignOut is about these
			}
			a := b.send(method, path, nil)
			toSignIn := a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/finance/sign-in")
			switch may := role.May(r.Least); {
			case r.Least == auth.Nobody:
				if a.status == http.StatusForbidden || a.status >= 500 {
					t.Errorf("%s as %q: %d", r.Pattern, role, a.status)
				}
			case role == auth.Nobody && !toSignIn, role != auth.Nobody && !may && a.status != http.StatusForbidden, may && (toSignIn || a.status == http.StatusForbidden || a.status >= 500):
				t.Errorf("%s as %q: %d %s", r.Pattern, role, a.status, a.location)
			}
			if a.header.Get("Cache-Control") == "" || !strings.Contains(a.header.Get("Cache-Control"), "no-store") || a.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s as %q: %v", r.Pattern, role, a.header)
			}
		}
	}
	for pattern, want := range map[string]auth.Role{
		"GET /finance/sign-in": auth.Nobody, "GET /finance/account": auth.Viewer, "GET /finance/staff": auth.Admin, "POST /finance/staff": auth.Admin,
		"POST /finance/staff/{id}/{what}": auth.Admin, "GET /finance/donors": auth.Finance,
	} {
		if got, ok := least[pattern]; !ok || got != want {
			t.Errorf("%s is for %q, %v", pattern, got, ok)
		}
	}
	for _, path := range []string{"/finance/nothing", "/finance/", "/finance/staff/x", "/finance/sign-in/x"} {
		visitors[auth.Nobody].leads(visitors[auth.Nobody].get(path), "/finance/sign-in"+map[string]string{
			"/finance/nothing": "?to=%2Ffinance%2Fnothing", "/finance/staff/x": "?to=%2Ffinance%2Fstaff%2Fx"}[path])
	}
	v := visitors[auth.Viewer]
	v.shows(v.get("/finance/nothing"), http.StatusNotFound, "The finance desk has no such page")
	v.shows(v.send(http.MethodDelete, "/finance/figures", nil), http.StatusMethodNotAllowed)
	v.leads(v.get("/finance/"), "/finance")
	if page := v.get("/finance/account").body; strings.Contains(page, "/finance/staff") {
		t.Error("a viewer is shown the way to what is for admins")
	}
	visitors[auth.Admin].shows(visitors[auth.Admin].get("/finance/account"), http.StatusOK, `href="/finance/staff"`)
}

// An admin lets people in, changes what they may do, and lets them in no more.
func TestStaffPage(t *testing.T) {
	h := newHouse(t)
	boss := h.employs("boss@example.org", auth.Admin)
	b := h.browser()
	b.signsIn(boss)
	b.shows(b.post("/finance/staff", "email", "no address", "name", "X", "role", "viewer"), http.StatusUnprocessableEntity, "is no mail address", `value="no address"`)
	b.shows(b.post("/finance/staff", "email", "ada@example.org", "name", " ", "role", "viewer"), http.StatusUnprocessableEntity, "person&#39;s name")
	b.shows(b.post("/finance/staff", "email", "ada@example.org", "name", "Ada", "role", "owner"), http.StatusUnprocessableEntity, "Choose a role")
	page := b.post("/finance/staff", "email", "ada@example.org", "name", "Ada", "role", "finance")
	b.shows(page, http.StatusOK, "Ada may come in")
	made := between(t, page.body, `<code class="key">([a-z2-7-]+)</code>`)[0]
	b.shows(b.post("/finance/staff", "email", "ADA@example.org", "name", "Ada", "role", "finance"), http.StatusUnprocessableEntity, "of the staff already")
	other := h.browser()
	other.leads(other.post("/finance/sign-in", "email", "ada@example.org", "password", made), "/finance/enrol")
	p, err := h.staff.ByEmail(t.Context(), "ada@example.org")
	if err != nil || !p.MustChange || p.Role != auth.Finance {
		t.Fatalf("%+v, %v", p, err)
	}
	b.leads(b.post("/finance/staff/"+p.ID+"/role", "role", "viewer"), "/finance/staff")
	b.leads(b.post("/finance/staff/"+p.ID+"/disable"), "/finance/staff")
	b.shows(b.get("/finance/staff"), http.StatusOK, "not since 20", "Let in again")
	b.leads(b.post("/finance/staff/"+p.ID+"/enable"), "/finance/staff")
	again := between(t, b.post("/finance/staff/"+p.ID+"/reset").body, `<code class="key">([a-z2-7-]+)</code>`)[0]
	if again == made {
		t.Error("a reset gives the same password")
	}
	for _, change := range []string{"disable", "role"} {
		b.shows(b.post("/finance/staff/"+boss.ID+"/"+change, "role", "viewer"), http.StatusUnprocessableEntity, "This is the last admin")
	}
	b.shows(b.post("/finance/staff/staff_nobody/disable"), http.StatusNotFound)
	b.shows(b.post("/finance/staff/"+p.ID+"/promote"), http.StatusNotFound)
	if n := h.count(`select count(distinct action) from audit where who = $1 and object = $2 and result = 'done'`, boss.ID, p.ID); n != 5 {
		t.Errorf("%d kinds of changes are written down", n)
	}
}

// Of two admins who disable each other at once, one is left.
func TestOneAdminIsLeft(t *testing.T) {
	h := newHouse(t)
	a, b := h.employs("a@example.org", auth.Admin), h.employs("b@example.org", auth.Admin)
	var refused atomic.Int32
	var all sync.WaitGroup
	for _, id := range []string{a.ID, b.ID} {
		all.Go(func() {
			err := h.staff.Disable(t.Context(), auth.Actor{}, id)
			if e, ok := errors.AsType[*payments.Error](err); ok && e.Code == payments.Invalid {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if refused.Load() != 1 {
		t.Errorf("%d were refused", refused.Load())
	}
}
