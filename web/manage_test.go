package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/web"
)

const ada = "ada@example.org"

func monthly() url.Values { return gift("frequency", "monthly", "currency", "EUR", "amount", "10") }

func TestWithoutManage(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"/manage", "/manage/open?token=x", "/manage/data", "/manage/recurring/rec_x"} {
		wantStatus(t, s.get(target), http.StatusNotFound)
	}
	if strings.Contains(s.get(article).Body.String(), "/manage") {
		t.Error("the article leads to a page that is not there")
	}
}

// Nobody learns from the answer whose address it is.
func TestAskForLink(t *testing.T) {
	m := newManaged(t, func(o *web.Options) { o.Manage.LinksPerMinute = 100 })
	m.gives(gift(), ada, "Ada")
	b := m.browser()
	wantStatus(t, b.get("/manage"), http.StatusOK, `name="email"`, "There is no password", `<meta name="robots" content="noindex">`, `hreflang="ar"`)
	answers := map[string]string{}
	for _, email := range []string{ada, "nobody@example.org", "  ada@EXAMPLE.org ", "o'hara+x@sub.example.org", "ö@exämple.org", "a@b@example.org"} {
		w := b.post("/manage", url.Values{"email": {email}})
		wantStatus(t, w, http.StatusOK, "If we know the address", "within 30 minutes")
		if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") != "noindex" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", email, h)
		}
		answers[strings.ReplaceAll(w.Body.String(), strings.ReplaceAll(strings.TrimSpace(email), "'", "&#39;"), "…")] = email
	}
	if len(answers) > 2 { // the plus sign is written another way
		t.Errorf("%d different answers", len(answers))
	}
	for _, email := range []string{"", "ada", "ada@", "@example.org", "ada@localhost", "a da@example.org", "ada@example.org\r\nBcc: all@example.org", strings.Repeat("a", 250) + "@example.org", "\xff\xfe", "<script>alert(1)</script>"} {
		w := b.post("/manage", url.Values{"email": {email}})
		wantStatus(t, w, http.StatusUnprocessableEntity, "Please write your whole mail address", `aria-invalid="true"`, `href="#email"`, "<title>Not yet:")
		if runs(w.Body.String()) {
			t.Errorf("%q came back as markup", email)
		}
	}
	if l := m.letter(); l.To != ada || l.Language != "en" {
		t.Errorf("letter %+v", l)
	}
	wantStatus(t, b.post("/manage?lang=de", url.Values{"email": {ada}}), http.StatusOK, `<html lang="de"`, "Wenn wir die Adresse")
}

func TestAskForLinkTooOften(t *testing.T) {
	m := newManaged(t, func(o *web.Options) { o.Manage.LinksPerMinute = 3 })
	b := m.browser()
	from := func(r *http.Request) { r.RemoteAddr = reader }
	for range 3 {
		wantStatus(t, b.post("/manage", url.Values{"email": {ada}}, from), http.StatusOK)
	}
	w := b.post("/manage?lang=ru", url.Values{"email": {ada}}, from)
	wantStatus(t, w, http.StatusTooManyRequests, "Слишком много попыток", "запрошено много ссылок")
	if w.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
}

func TestManageWithoutDatabase(t *testing.T) {
	m := newManaged(t)
	m.gives(gift(), ada, "Ada")
	b := m.opens(ada)
	m.flush()
	m.db.Close()
	w := b.post("/manage", url.Values{"email": {ada}})
	wantStatus(t, w, http.StatusServiceUnavailable, "We cannot send links for a moment", `value="ada@example.org"`)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	wantStatus(t, b.get("/manage"), http.StatusServiceUnavailable, "Back in a moment")
	wantStatus(t, b.post("/manage/open", url.Values{"token": {"abcdefghijklmnopqrstuvwxyz"}}), http.StatusServiceUnavailable, "Back in a moment")
}

// Programs that guard mailboxes open every link: that must not use it up.
func TestOpenLink(t *testing.T) {
	m := newManaged(t)
	m.gives(gift(), ada, "Ada")
	b := m.browser()
	b.post("/manage", url.Values{"email": {ada}})
	address := "/manage/open?token=" + m.letter().Token
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		w := b.do(method, address, nil)
		if w.Code != http.StatusOK || len(b.cookies) != 0 || w.Header().Get("Referrer-Policy") != "strict-origin" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	action, values := b.form(address)
	w := b.post(action, values)
	whole := regexp.MustCompile(`^__Host-reader=[^;]+; Path=/; Max-Age=(3600|359\d); HttpOnly; Secure; SameSite=Lax$`)
	if cookies := w.Header().Values("Set-Cookie"); len(cookies) != 1 || !whole.MatchString(cookies[0]) {
		t.Fatalf("%d, cookies %q", w.Code, cookies)
	}
	wantStatus(t, b.follows(w), http.StatusOK, "Good day, Ada", "Gifts with the address ada@example.org", "$25")
	// The button pressed twice, or the letter opened again.
	if w := b.post(action, values); w.Code != http.StatusSeeOther {
		t.Errorf("again: %d", w.Code)
	}
	other := m.browser()
	wantStatus(t, other.post(action, values), http.StatusGone, "This link does not work any more", `href="/manage?lang=en"`)
	if len(other.cookies) != 0 {
		t.Error("a used link opens a page")
	}
	wantStatus(t, other.get("/manage/open"), http.StatusNotFound, "This link is not whole")
	wantStatus(t, other.post("/manage/open", url.Values{}), http.StatusGone)
	wantStatus(t, other.post("/manage/open", url.Values{"token": {"\xff'; --"}}), http.StatusGone)

	w = b.post("/manage/close?lang=en", url.Values{})
	wantStatus(t, b.follows(w), http.StatusOK, "You have signed out.", `name="email"`)
	wantStatus(t, b.get("/manage"), http.StatusOK, `name="email"`)
	if n := m.count(`select count(*) from reader_sessions`); n != 0 {
		t.Error("the session is open still")
	}
	if plain := newManaged(t, func(o *web.Options) { o.BaseURL = "http://127.0.0.1:8080" }).cookieOf(t); plain != "reader" {
		t.Error("without HTTPS browsers would refuse the cookie's name")
	}
}

// cookieOf is the name of the cookie of a visit.
func (m *managed) cookieOf(t *testing.T) string {
	t.Helper()
	m.gives(gift(), ada, "Ada")
	b := m.opens(ada)
	for name := range b.cookies {
		return name
	}
	return ""
}

// Whoever has no session, or another's, sees and changes nothing.
func TestManageIsOneReadersOnly(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	m.gives(gift(), "bob@example.org", "Bob")
	id := m.only(ada).RecurringID
	var donation string
	if err := m.db.QueryRow(t.Context(), `select donation_id from donations where donor_email = $1`, ada).Scan(&donation); err != nil {
		t.Fatal(err)
	}
	pages := []string{"/manage/recurring/" + id, "/manage/receipts/" + donation + ".pdf"}
	for _, change := range []string{"amount", "pause", "resume", "cancel", "card"} {
		pages = append(pages, "/manage/recurring/"+id+"/"+change)
	}
	posts := url.Values{"request": {strings.Repeat("a", 26)}, "amount": {"20"}, "months": {"1"}}

	nobody := m.browser()
	for _, target := range append(pages, "/manage/statements/2026.pdf") {
		w := nobody.get(target)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/manage" {
			t.Errorf("%s without a session: %d", target, w.Code)
		}
	}
	bob := m.opens("bob@example.org")
	for _, target := range pages {
		wantStatus(t, bob.get(target), http.StatusNotFound, "We find nothing here")
	}
	expired := m.opens(ada)
	key := expired.cookies["__Host-reader"]
	later := time.Now().Add(61 * time.Minute)
	m.now.set(func() time.Time { return later })
	for _, target := range pages {
		wantStatus(t, expired.get(target), http.StatusForbidden, "Your visit is over", `name="email"`)
	}
	wantStatus(t, expired.get("/manage"), http.StatusOK, "Your visit is over")
	if len(expired.cookies) != 0 {
		t.Errorf("kept %v", expired.cookies)
	}
	expired.cookies["__Host-reader"] = key
	m.now.set(time.Now)
	forged := m.browser()
	forged.cookies["__Host-reader"] = key + "x"
	wantStatus(t, forged.get("/manage/recurring/"+id), http.StatusForbidden)
	elsewhere := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	for _, target := range pages {
		if !slices.Contains([]string{"amount", "pause", "resume", "cancel", "card"}, target[strings.LastIndex(target, "/")+1:]) {
			continue
		}
		wantStatus(t, nobody.post(target, posts), http.StatusForbidden, "nothing was changed")
		wantStatus(t, forged.post(target, posts), http.StatusForbidden, "nothing was changed")
		wantStatus(t, bob.post(target, posts), http.StatusNotFound)
		wantStatus(t, expired.post(target, posts, elsewhere), http.StatusForbidden, "That came from another site")
	}
	m.flush()
	if r := m.only(ada); r.Amount.Minor != 1000 || r.Status != "active" || r.Changing != "" {
		t.Errorf("it was changed: %+v", r)
	}
	if n := m.count(`select count(*) from reader_changes`); n != 0 {
		t.Errorf("%d changes noted", n)
	}
}

func TestManageLogHoldsNoKeys(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada Reader")
	b := m.browser()
	b.post("/manage", url.Values{"email": {ada}})
	token := m.letter().Token
	b.get("/manage/open?token=" + token)
	b.post("/manage/open", url.Values{"token": {token}})
	b.get("/manage")
	b.post("/manage/open", url.Values{"token": {token}})
	log := m.log.String()
	for _, private := range append([]string{token, ada, "Ada Reader"}, b.cookies["__Host-reader"]) {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q", private)
		}
	}
}
