package web_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web"
)

const host = "https://www.paper.example"

func sampleFile(sample fs.FS, name string) ([]byte, error) { return fs.ReadFile(sample, name) }

// hosted is a site whose asks another site may show.
func hosted(t *testing.T) *site {
	t.Helper()
	return newSite(t, func(o *web.Options) { o.Newsroom.Site.Embed.Origins = []string{host} })
}

func from(origin string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
}

const fragment = "/embed/independent-journalism"

func TestFragment(t *testing.T) {
	s := hosted(t)
	w := s.get(fragment)
	body := w.Body.String()
	wantStatus(t, w, http.StatusOK, `<div class="readerfund">`, `name="placement" value="embed"`, `name="article" value=""`)
	if strings.Contains(body, "<script") || strings.Contains(body, "style=") || strings.Contains(body, "<html") || w.Header().Get("Set-Cookie") != "" {
		t.Error("the fragment holds what it must not")
	}
	all := forms(t, body)
	if len(all) != 1 || all[0].action != "https://news.example/donate#support" {
		t.Fatalf("forms %+v", all)
	}
	for _, id := range regexp.MustCompile(` (?:id|for)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(id[1], "readerfund-independent-journalism-") {
			t.Errorf("the id %s may be the other page's", id[1])
		}
	}
	sheet := regexp.MustCompile(`<link rel="stylesheet" href="https://news\.example(/static/embed\.[0-9a-f]+\.css)">`).FindStringSubmatch(body)
	if sheet == nil {
		t.Fatalf("no stylesheet of ours: %s", body)
	}
	css := s.get(sheet[1])
	if got := css.Header().Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
		t.Errorf("the stylesheet is for %q", got)
	}
	wantStatus(t, css, http.StatusOK, ".readerfund{", ".f-monthly:checked~.c-EUR:checked~.rest .g-monthly-EUR{display:block}")
	if strings.Contains(css.Body.String(), "rem") && regexp.MustCompile(`\drem`).MatchString(css.Body.String()) {
		t.Error("lengths follow the other page's root element")
	}
	etag := w.Header().Get("ETag")
	if again := s.get(fragment, func(r *http.Request) { r.Header.Set("If-None-Match", etag) }); again.Code != http.StatusNotModified {
		t.Errorf("with its own tag: %d", again.Code)
	}
	// A content system that puts the fragment in by itself names its page.
	page := host + "/harbour?a=1&b=2"
	w = s.get(fragment + "?article=" + url.QueryEscape(page))
	if got := forms(t, w.Body.String())[0].value("article"); got != page {
		t.Errorf("article is %q", got)
	}
	w = s.get(fragment + "?article=" + url.QueryEscape("https://evil.example/"))
	if got := forms(t, w.Body.String())[0].value("article"); got != "" {
		t.Errorf("article is %q", got)
	}
}

func TestOnlyNamedSitesReadTheFragment(t *testing.T) {
	s := hosted(t)
	w := s.get(fragment, from(host))
	wantStatus(t, w, http.StatusOK)
	if got := w.Header(); got.Get("Access-Control-Allow-Origin") != host || !strings.Contains(strings.Join(got.Values("Vary"), ","), "Origin") ||
		got.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(got.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("%v", got)
	}
	for _, origin := range []string{"https://evil.example", "http://www.paper.example", "https://www.paper.example.evil.example", "null", host + ":8443"} {
		w := s.get(fragment, from(origin))
		wantStatus(t, w, http.StatusForbidden, "Pages of this site may not show the appeal")
		if h := w.Header(); h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "text/plain; charset=utf-8" ||
			!strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
			t.Errorf("%s: %v", origin, h)
		}
	}
	wantStatus(t, s.get("/embed/nothing", from(host)), http.StatusNotFound, "no such campaign")
	wantStatus(t, newSite(t).get(fragment, from(host)), http.StatusForbidden)
}

func TestGiftFromAnotherSite(t *testing.T) {
	s := hosted(t)
	f := forms(t, s.get(fragment, from(host)).Body.String())[0].values()
	for passed, kept := range map[string]string{
		host + "/2026/harbour":                       host + "/2026/harbour",
		host + "/p?id=7#comments":                    host + "/p?id=7",
		host + "/p?q=" + strings.Repeat("a", 1000):   host + "/p",
		host + "/" + strings.Repeat("a", 5000):       "",
		"https://evil.example/":                      "",
		"javascript:alert(1)":                        "",
		"https://user:word@www.paper.example/secret": "",
		"": "",
	} {
		f.Set("article", passed)
		id := s.started(s.donate(f, from(host)))
		if n := s.count(`select count(*) from checkouts where id = $1 and article = $2 and placement = 'embed'
			and appeal = 'keep-it-alive' and campaign = 'independent-journalism'`, id, kept); n != 1 {
			t.Errorf("%.60s is not kept as %q", passed, kept)
		}
	}
	// What there is to mend is mended on our page, and the address stays.
	f.Set("article", host+"/a")
	f.Set("custom_amount", "much")
	w := s.donate(f, from(host))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	again := forms(t, w.Body.String())[0]
	if again.value("article") != host+"/a" || again.value("placement") != "embed" || !strings.HasPrefix(again.action, "/donate") {
		t.Errorf("the form again: %+v", again)
	}
}

// Another site may begin a gift, and do nothing else; a site that is not named
// may not even do that.
func TestPostsFromOtherSites(t *testing.T) {
	s := hosted(t)
	s.started(s.donate(gift(), from(host)))
	for _, origin := range []string{"https://evil.example", "null", "http://www.paper.example"} {
		wantStatus(t, s.donate(gift(), from(origin)), http.StatusForbidden)
	}
	wantStatus(t, s.donate(gift(), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), http.StatusForbidden)
	for _, path := range []string{"/donate/", "/manage", "/donate/independent-journalism", "/finance"} {
		wantStatus(t, s.do(http.MethodPost, path, nil, from(host)), http.StatusForbidden)
	}
	wantStatus(t, newSite(t).donate(gift(), from(host)), http.StatusForbidden)
}

// The plain link of a page without scripts leads to the whole-page ask, and may
// carry the address too.
func TestPlainLinkKeepsTheAddress(t *testing.T) {
	s := hosted(t)
	w := s.get("/donate/independent-journalism?article=" + url.QueryEscape(host+"/a"))
	wantStatus(t, w, http.StatusOK, `<link rel="canonical" href="https://news.example/donate/independent-journalism">`)
	id := s.started(s.donate(forms(t, w.Body.String())[0].values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and article = $2 and placement = 'page'`, id, host+"/a"); n != 1 {
		t.Error("the address is lost")
	}
	w = s.get("/donate/independent-journalism?article=javascript:alert(1)")
	if w.Body.String() != s.get("/donate/independent-journalism").Body.String() {
		t.Error("an address that may not is on the page")
	}
}

func TestScript(t *testing.T) {
	s := hosted(t)
	w := s.get("/embed.js")
	wantStatus(t, w, http.StatusOK, `const base = "https://news.example", words = "Support us";`)
	if n := w.Body.Len(); n >= 4600 { // BASE_URL and the words may be longer; the page says below 5 kB
		t.Errorf("embed.js has %d bytes", n)
	}
	if got := w.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("%s", got)
	}
	// It keeps one thing, a bucket, in one place; the browser test holds when.
	if script := w.Body.String(); strings.Contains(script, "cookie") || strings.Contains(script, "sessionStorage") || strings.Contains(script, "{{") ||
		strings.Count(script, "setItem") != 1 || !strings.Contains(script, "localStorage.setItem(key, bucket)") || !strings.Contains(script, `const key = "readerfund.bucket";`) {
		t.Error("embed.js holds what it must not")
	}
	etag := w.Header().Get("ETag")
	if again := s.get("/embed.js", func(r *http.Request) { r.Header.Set("If-None-Match", etag) }); again.Code != http.StatusNotModified {
		t.Errorf("with its own tag: %d", again.Code)
	}
}

// Whoever began on another site's page is offered the way back to it, as long as
// that site is named.
func TestWayBackToAnotherSite(t *testing.T) {
	var newsroom *campaign.Newsroom
	s := newSite(t, func(o *web.Options) {
		newsroom = o.Newsroom
		newsroom.Site.Embed.Origins = []string{host}
	})
	id := s.started(s.donate(gift("article", host+"/a?b=1&c=2", "placement", "embed"), from(host)))
	s.now.set(func() time.Time { return time.Now().Add(24 * time.Hour) }) // the payment page is gone
	link := `href="` + host + `/a?b=1&amp;c=2"`
	wantStatus(t, s.get("/checkout/"+id), http.StatusGone, link)
	newsroom.Site.Embed.Origins = nil
	if w := s.get("/checkout/" + id); w.Code != http.StatusGone || strings.Contains(w.Body.String(), host) {
		t.Errorf("%d, with a link to a site that is named no more", w.Code)
	}
}
