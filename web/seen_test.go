package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	counting "github.com/readerfund/readerfund/payments/seen"
	"github.com/readerfund/readerfund/web"
	pages "github.com/readerfund/readerfund/web/reader"
)

// sights keeps what the pages counted, with the real counter behind it.
type sights struct {
	*counting.Counter
	mu    sync.Mutex
	views []counting.View
	told  []pages.Telling
}

func (s *sights) Seen(v counting.View) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, v)
	return s.Counter.Seen(v)
}

func (s *sights) Told(outcome pages.Telling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, outcome)
}

func newSeen(t *testing.T) (*site, *sights) {
	t.Helper()
	counted := &sights{}
	s, _ := newComparing(t, func(o *web.Options) { o.Views = counted })
	counted.Counter = counting.New(s.db, s.now.now)
	return s, counted
}

// sighting is what seen.js sends from an article on which one ask was seen; pairs
// change fields.
func sighting(pairs ...string) url.Values {
	form := url.Values{
		"campaign": {"independent-journalism"}, "appeal": {"keep-it-alive"}, "variant": {"shorter"}, "placement": {"end"}, "article": {"geneva-joint-centre"},
	}
	for pair := range slices.Chunk(pairs, 2) {
		form.Set(pair[0], pair[1])
	}
	return form
}

// together is what seen.js sends where several asks of a page were seen.
func together(all ...url.Values) url.Values {
	form := url.Values{}
	for _, one := range all {
		for name, values := range one {
			form[name] = append(form[name], values...)
		}
	}
	return form
}

// tell posts as navigator.sendBeacon does.
func (s *site) tell(form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(http.MethodPost, "/seen", strings.NewReader(form.Encode()), append([]func(*http.Request){func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
		r.Header.Set("User-Agent", firefox)
		r.Header.Set("Origin", "https://news.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}}, change...)...)
}

func TestViewsAreCounted(t *testing.T) {
	s, counted := newSeen(t)
	elsewhere := from(host)
	page := host + "/2026/harbour?id=1#top"
	for _, tt := range []struct {
		name   string
		form   url.Values
		change func(*http.Request)
		want   pages.Telling
	}{
		{"the end of an article", sighting(), nil, pages.ViewCounted},
		{"the holdback", sighting("variant", "holdback"), nil, pages.ViewCounted},
		{"the front page", sighting("placement", "banner", "article", ""), nil, pages.ViewCounted},
		{"the whole page", sighting("placement", "page", "article", ""), nil, pages.ViewCounted},
		{"an older browser", sighting(), func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }, pages.ViewCounted},
		{"another site", sighting("placement", "embed", "article", page), elsewhere, pages.ViewCounted},
		{"another site, another query", sighting("placement", "embed", "article", host+"/2026/harbour?id=2"), elsewhere, pages.ViewCounted},
		{"another site, no address", sighting("placement", "embed", "article", ""), elsewhere, pages.ViewCounted},
		{"another site, an address too long to keep", sighting("placement", "embed", "article", host+"/"+strings.Repeat("%D0%B6", 84)), elsewhere, pages.ViewCounted},

		{"another appeal", sighting("appeal", "gone"), nil, pages.ViewUnknown},
		{"another campaign", sighting("campaign", "gone"), nil, pages.ViewUnknown},
		{"another variant", sighting("variant", "gone"), nil, pages.ViewUnknown},
		{"another placement", sighting("placement", "sidebar"), nil, pages.ViewUnknown},
		{"another article", sighting("article", "gone"), nil, pages.ViewUnknown},
		{"an address as article", sighting("article", page), nil, pages.ViewUnknown},
		{"nothing", url.Values{}, nil, pages.ViewUnknown},
		{"a strange address", sighting("placement", "embed", "article", "https://evil.example/"), elsewhere, pages.ViewUnknown},
		{"a strange endless address", sighting("placement", "embed", "article", "https://evil.example/"+strings.Repeat("a", 500)), elsewhere, pages.ViewUnknown},
		{"another site, our placement", sighting(), elsewhere, pages.ViewUnknown},
		{"our page, another site's placement", sighting("placement", "embed", "article", page), nil, pages.ViewUnknown},
		{"our page, another site's placement without an address", sighting("placement", "embed", "article", ""), nil, pages.ViewUnknown},

		{"a crawler", sighting(), func(r *http.Request) { r.Header.Set("User-Agent", googlebot) }, pages.ViewCrawler},
		{"no browser", sighting(), func(r *http.Request) { r.Header.Del("User-Agent") }, pages.ViewCrawler},
		{"a strange site", sighting(), from("https://evil.example"), pages.ViewForeign},
		{"no origin", sighting(), func(r *http.Request) { r.Header.Del("Origin"); r.Header.Del("Sec-Fetch-Site") }, pages.ViewForeign},
		{"a subdomain", sighting(), func(r *http.Request) {
			r.Header.Set("Origin", "https://x.news.example")
			r.Header.Set("Sec-Fetch-Site", "same-site")
		}, pages.ViewForeign},

		{"huge", sighting("article", strings.Repeat("a", 1<<20)), nil, pages.ViewBroken},
		{"JSON", sighting(), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, pages.ViewBroken},
		{"no type", sighting(), func(r *http.Request) { r.Header.Del("Content-Type") }, pages.ViewBroken},
	} {
		before := len(counted.views)
		if tt.change == nil {
			tt.change = func(*http.Request) {}
		}
		w := s.tell(tt.form, tt.change)
		if w.Code != http.StatusNoContent || w.Body.Len() != 0 || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %q %v", tt.name, w.Code, w.Body, w.Header())
		}
		if got := counted.told[len(counted.told)-1]; got != tt.want || (len(counted.views) > before) != (tt.want == pages.ViewCounted) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if err := counted.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.count(`select sum(views) from views`); n != 9 {
		t.Errorf("%d views in the books", n)
	}
	if n := s.count(`select sum(views) from views where placement = 'end' and variant = 'shorter' and article = 'geneva-joint-centre'`); n != 2 {
		t.Errorf("%d at the end of the article", n)
	}
	if n := s.count(`select sum(views) from views where placement = 'embed' and article = ''`); n != 2 {
		t.Error("a page whose address is too long is not counted without it")
	}
	if n := s.count(`select sum(views) from views where placement = 'embed' and article = $1`, host+"/2026/harbour"); n != 2 {
		t.Error("the other site's page is not one, whatever the query")
	}
}

func TestBeaconOfAnotherSite(t *testing.T) {
	s, _ := newSeen(t)
	w := s.tell(sighting("placement", "embed", "article", host+"/a"), from(host))
	if h := w.Header(); h.Get("Access-Control-Allow-Origin") != host || !strings.Contains(vary(w), "Origin") || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", h)
	}
	if w := s.tell(sighting(), from("https://evil.example")); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", w.Header())
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		if w := s.do(method, "/seen", nil); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// What a page tells at once is counted once for each placement; another page, or the
// same in another tab, tells for itself.
func TestViewsOfOnePage(t *testing.T) {
	s, counted := newSeen(t)
	at := func(placement string, pairs ...string) url.Values {
		return sighting(append([]string{"placement", placement}, pairs...)...)
	}
	whole := together(at("strip"), at("inline", "variant", "base"), at("end"))
	crowd := together(at("strip"), at("inline"), at("end"), at("banner"), at("page", "article", ""), at("embed"), at("sidebar"))
	for _, tt := range []struct {
		name string
		form url.Values
		want []pages.Telling
	}{
		{"three asks", whole, []pages.Telling{pages.ViewCounted, pages.ViewCounted, pages.ViewCounted}},
		{"the same in another tab", whole, []pages.Telling{pages.ViewCounted, pages.ViewCounted, pages.ViewCounted}},
		{"what it saw later", together(at("banner")), []pages.Telling{pages.ViewCounted}},
		{"one that is not the newsroom's", together(at("strip"), at("sidebar"), at("end")), []pages.Telling{pages.ViewCounted, pages.ViewUnknown, pages.ViewCounted}},
		{"a placement without its appeal", url.Values{"campaign": whole["campaign"][:1], "appeal": whole["appeal"][:1], "variant": whole["variant"][:1],
			"article": whole["article"][:1], "placement": whole["placement"][:2]}, []pages.Telling{pages.ViewCounted, pages.ViewUnknown}},
		{"a placement twice", together(at("strip"), at("end"), at("strip")), []pages.Telling{pages.ViewBroken}},
		{"a placement twice, for two variants", together(at("end"), at("end", "variant", "base")), []pages.Telling{pages.ViewBroken}},
		{"asks of two articles", together(at("end"), at("strip", "article", "")), []pages.Telling{pages.ViewBroken}},
		{"more than a page has", crowd, []pages.Telling{pages.ViewBroken}},
	} {
		told, views := len(counted.told), len(counted.views)
		if w := s.tell(tt.form); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d", tt.name, w.Code)
		}
		if got := counted.told[told:]; !slices.Equal(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		taken := 0
		for _, outcome := range tt.want {
			if outcome == pages.ViewCounted {
				taken++
			}
		}
		if n := len(counted.views) - views; n != taken {
			t.Errorf("%s: %d views are counted, want %d", tt.name, n, taken)
		}
	}
	if err := counted.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for placement, want := range map[string]int{"strip shorter": 4, "inline base": 2, "end shorter": 3, "banner shorter": 1} {
		if n := s.count(`select coalesce(sum(views), 0)::bigint from views where placement || ' ' || variant = $1`, placement); n != want {
			t.Errorf("%s: %d views in the books, want %d", placement, n, want)
		}
	}
}

// One address is believed to see so much and no more; others are still believed.
func TestRateOfViews(t *testing.T) {
	s, counted := newSeen(t)
	at := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	for range 400 {
		if w := s.tell(sighting(), at(reader)); w.Code != http.StatusNoContent {
			t.Fatal(w.Code)
		}
	}
	if n := len(counted.views); n < 250 || n > 310 {
		t.Errorf("%d of 400 are believed", n)
	}
	if last := counted.told[len(counted.told)-1]; last != pages.ViewTooMany {
		t.Errorf("the last is %s", last)
	}
	s.tell(sighting(), at("198.51.100.7:1"))
	if last := counted.told[len(counted.told)-1]; last != pages.ViewCounted {
		t.Errorf("another address: %s", last)
	}
}

// It is views that are bounded, however many a page tells at once.
func TestRateOfViewsToldTogether(t *testing.T) {
	s, counted := newSeen(t)
	page := together(sighting("placement", "strip"), sighting("placement", "inline"), sighting())
	for range 130 {
		s.tell(page, func(r *http.Request) { r.RemoteAddr = reader })
	}
	if n := len(counted.views); n < 250 || n > 310 {
		t.Errorf("%d of 390 are believed", n)
	}
	if n := len(counted.told); n != 390 || counted.told[n-1] != pages.ViewTooMany {
		t.Errorf("of 390 views %d are told of, the last as %s", n, counted.told[n-1])
	}
}

// Every ask of a page says what is counted when it is seen.
func TestAsksAreMarked(t *testing.T) {
	s := newSite(t)
	for address, want := range map[string][]string{
		article:                          {"strip geneva-joint-centre", "inline geneva-joint-centre", "end geneva-joint-centre"},
		"/":                              {"banner "},
		"/donate/independent-journalism": {"page "},
		fragment:                         {"embed "},
		"/donate/independent-journalism?article=" + url.QueryEscape("https://evil.example/"): {"page "},
	} {
		page := s.get(address).Body.String()
		for _, at := range want {
			placement, slug, _ := strings.Cut(at, " ")
			mark := `data-seen="` + placement + `" data-campaign="independent-journalism" data-appeal="keep-it-alive" data-variant="base" data-article="` + slug + `"`
			if strings.Count(page, mark) != 1 {
				t.Errorf("%s: %d times %s", address, strings.Count(page, mark), mark)
			}
		}
		if n := strings.Count(page, "data-seen="); n != len(want) {
			t.Errorf("%s: %d marks", address, n)
		}
	}
}
