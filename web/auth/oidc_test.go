package auth_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/readerfund/readerfund/web/auth"
)

// organisation is an identity provider, and a desk that asks it.
func organisation(t *testing.T) (*mockoidc.MockOIDC, *house) {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	// What it publishes are its own keys, whoever signs.
	keys, err := m.Keypair.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.AddMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == mockoidc.JWKSEndpoint {
				_, _ = w.Write(keys)
				return
			}
			next.ServeHTTP(w, r)
		})
	}); err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	h := newHouse(t, func(o *auth.Options) {
		o.OIDC = auth.OIDC{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret}
	})
	return m, h
}

// throughProvider goes from the desk to the provider and gives where that leads back.
func (b *browser) throughProvider(m *mockoidc.MockOIDC, u *mockoidc.MockUser, to string) (callback string) {
	b.t.Helper()
	m.QueueUser(u)
	start := b.get("/finance/oidc?" + url.Values{"to": {to}}.Encode())
	if start.status != http.StatusSeeOther || !strings.HasPrefix(start.location, m.Issuer()) {
		b.t.Fatalf("%d %s\n%s", start.status, start.location, start.body)
	}
	asked, err := url.Parse(start.location)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if asked.Query().Get(name) == "" {
			b.t.Errorf("the provider is asked without %s", name)
		}
	}
	if asked.Query().Get("code_challenge_method") != "S256" || asked.Query().Get("redirect_uri") != b.server.URL+"/finance/oidc/callback" {
		b.t.Errorf("asked for %s", start.location)
	}
	back := b.get(start.location)
	if !strings.HasPrefix(back.location, b.server.URL+"/finance/oidc/callback?") {
		b.t.Fatalf("%d %s", back.status, back.location)
	}
	return strings.TrimPrefix(back.location, b.server.URL)
}

func user(subject, email string, verified bool) *mockoidc.MockUser {
	return &mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: verified}
}

// The provider says who somebody is; the staff's own table says whether they may come
// in, and as what.
func TestOrganisationsSignIn(t *testing.T) {
	m, h := organisation(t)
	p, err := h.staff.Add(t.Context(), auth.Actor{}, auth.Person{Email: "Eve@example.org", Name: "Eve", Role: auth.Finance}, "")
	if err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	b.shows(b.get("/finance/sign-in?to=/finance/donors"), http.StatusOK, "Sign in with your organisation", `href="/finance/oidc?to=%2ffinance%2fdonors"`)
	callback := b.throughProvider(m, user("1", "eve@example.org", true), "/finance/donors")
	b.leads(b.get(callback), "/finance/donors")
	b.shows(b.get("/finance/donors"), http.StatusOK)
	b.shows(b.get("/finance/staff"), http.StatusForbidden)
	b.shows(b.get("/finance/account"), http.StatusOK, "Eve@example.org")
	// What came back once is worth nothing the second time, here or elsewhere.
	b.shows(b.get(callback), http.StatusForbidden, "was not begun here")
	other := h.browser()
	other.shows(other.get(callback), http.StatusForbidden, "was not begun here")
	// Led astray by the address that was wanted, nobody is.
	other.leads(other.get(other.throughProvider(m, user("1", "eve@example.org", true), "//evil.example")), "/finance")
	for name, u := range map[string]*mockoidc.MockUser{
		"unconfirmed": user("1", "eve@example.org", false), "unknown": user("2", "nobody@example.org", true),
		"no address": user("1", "", true), "somebody else at the same address": user("3", "eve@example.org", true),
	} {
		b := h.browser()
		b.shows(b.get(b.throughProvider(m, u, "")), http.StatusForbidden, "not to the finance desk")
		if b.in() {
			t.Errorf("%s is in", name)
		}
	}
	if err := h.staff.Disable(t.Context(), auth.Actor{}, p.ID); err != nil {
		t.Fatal(err)
	}
	b = h.browser()
	b.shows(b.get(b.throughProvider(m, user("1", "eve@example.org", true), "")), http.StatusForbidden)
	if n := h.count(`select count(*) from audit where action = 'sign in' and detail = 'identity provider' and result = 'denied'`); n != 5 {
		t.Errorf("%d refusals are written down", n)
	}
}

// What does not come from this sign-in, or not from the provider, lets nobody in.
func TestForgedSignIns(t *testing.T) {
	m, h := organisation(t)
	if _, err := h.staff.Add(t.Context(), auth.Actor{}, auth.Person{Email: "eve@example.org", Name: "Eve", Role: auth.Admin}, ""); err != nil {
		t.Fatal(err)
	}
	eve := user("1", "eve@example.org", true)
	altered := func(callback string, change func(url.Values)) string {
		u, err := url.Parse(callback)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(q)
		return u.Path + "?" + q.Encode()
	}
	b := h.browser()
	b.shows(b.get("/finance/oidc/callback?code=x&state="), http.StatusForbidden)
	b.shows(b.get(altered(b.throughProvider(m, eve, ""), func(q url.Values) { q.Set("state", "another") })), http.StatusForbidden, "was not begun here")
	b.shows(b.get(altered(b.throughProvider(m, eve, ""), func(q url.Values) { q.Set("code", "another") })), http.StatusForbidden, "cannot be trusted")
	b.shows(b.get(altered(b.throughProvider(m, eve, ""), func(q url.Values) { q.Set("error", "access_denied") })), http.StatusForbidden, "did not let you in")
	// The code of one sign-in does not do for another: its nonce, and who proves it, differ.
	first, second := h.browser(), h.browser()
	stolen, err := url.Parse(first.throughProvider(m, eve, ""))
	if err != nil {
		t.Fatal(err)
	}
	second.shows(second.get(altered(second.throughProvider(m, eve, ""), func(q url.Values) { q.Set("code", stolen.Query().Get("code")) })), http.StatusForbidden, "cannot be trusted")
	// Neither does a token that somebody else has signed.
	forger, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	callback, provider := b.throughProvider(m, eve, ""), m.Keypair
	m.Keypair = forger
	b.shows(b.get(callback), http.StatusForbidden, "cannot be trusted")
	m.Keypair = provider
	b.leads(b.get(b.throughProvider(m, eve, "")), "/finance")
}

// While the provider is away the desk is there, and passwords do.
func TestProviderAway(t *testing.T) {
	h := newHouse(t, func(o *auth.Options) {
		o.OIDC = auth.OIDC{Issuer: "http://127.0.0.1:1/", ClientID: "id", ClientSecret: "secret"}
	})
	p := h.employs("ada@example.org", auth.Viewer)
	b := h.browser()
	b.shows(b.get("/finance/oidc"), http.StatusServiceUnavailable, "does not answer at the moment")
	b.signsIn(p)
	without := newHouse(t).browser()
	without.leads(without.get("/finance/oidc"), "/finance/sign-in")
	if strings.Contains(without.get("/finance/sign-in").body, "organisation") {
		t.Error("a sign-in is offered that there is not")
	}
}
