package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/fixed"
)

// What programs that fetch pages call themselves.
const (
	browserName = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	crawlerName = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// visitor is one of many readers behind the same cache.
type visitor struct {
	country, languages, cookie, coding, agent string
	tags                                      map[string]string // of what this one's browser keeps, by address
}

func (v *visitor) String() string {
	return fmt.Sprintf("country %q, languages %q, cookie %q, coding %q, by %s", v.country, v.languages, v.cookie, v.coding, v.agent)
}

// visitors are readers of several countries, languages, browsers and variants.
func visitors() []*visitor {
	var all []*visitor
	for _, country := range []string{"", "DE", "US", "JP", "KW", "GB"} {
		for _, languages := range []string{"", "en-GB,en;q=0.8", "de-CH", "ar-KW,ar", "ja"} {
			for _, cookie := range []string{"", "bucket=7", "bucket=480", "bucket=993"} {
				coding := []string{"gzip, deflate, br", "gzip", ""}[len(all)%3]
				all = append(all, &visitor{country, languages, cookie, coding, browserName, map[string]string{}})
			}
			all = append(all, &visitor{country, languages, "", "gzip", crawlerName, map[string]string{}})
		}
	}
	return all
}

// ask requests an address as this reader's browser does. direct asks the service
// itself and as if for the first time.
func (v *visitor) ask(t *testing.T, client *http.Client, address string, direct bool) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	// An empty Accept-Encoding of Go's would be gzip.
	for name, value := range map[string]string{"CF-IPCountry": v.country, "Accept-Language": v.languages, "Cookie": v.cookie, "Accept-Encoding": v.coding, "User-Agent": v.agent} {
		if value != "" || name == "Accept-Encoding" {
			req.Header.Set(name, value)
		}
	}
	if tag := v.tags[address]; tag != "" && !direct {
		req.Header.Set("If-None-Match", tag)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, "", res.Header, string(body)}
}

// experimentingNewsroom is the sample newsroom with an experiment in its English
// appeal, so that some of its pages have variants and some have none.
func experimentingNewsroom(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, campaign.Sample()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "appeals", "keep-it-alive.yaml")
	appeal, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(appeal, `
experiment:
  weight: 1
  holdback: 5%
  variants:
    plain:
      weight: 1
      headline: Pay for what you read
`...), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Whatever the order in which readers come through a shared cache, each is shown
// what the service itself would show them, and pages without an experiment are
// really kept.
func TestSharedCacheMixesNobodysPages(t *testing.T) {
	t.Parallel()
	s := bringUpWith(t, fixed.Press{}, "--ephemeral", "CONTENT_DIR="+experimentingNewsroom(t), "COUNTRY_HEADER=CF-IPCountry", "TRUSTED_PROXIES=127.0.0.1")
	cached := startCache(t, s.httpAddr)
	plain := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(plain.CloseIdleConnections)

	pages := map[string]bool{ // by address: whether an experiment runs there
		"/": true, "/articles/tarrow-river-gauges": true, "/donate/independent-journalism": true,
		"/?lang=de": false, "/?lang=ar": false, "/articles/pegel-am-tarrow": false, "/articles/maqayis-nahr-tarrow": false,
		"/donate/independent-journalism?lang=ru": false, "/feed.xml": false, "/embed.js": false,
	}
	type visit struct {
		v       *visitor
		address string
	}
	var visits []visit
	for _, v := range visitors() {
		for address := range pages {
			visits = append(visits, visit{v, s.base + address}, visit{v, s.base + address})
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(visits), func(i, j int) { visits[i], visits[j] = visits[j], visits[i] })

	kept, notModified, shown := map[string]int{}, map[string]int{}, map[string]map[string]bool{}
	for _, visit := range visits {
		v, address := visit.v, strings.TrimPrefix(visit.address, s.base)
		got := v.ask(t, cached, visit.address, false)
		state := got.header.Get("X-Cache")
		if pages[address] {
			if state == "HIT" || state == "STALE" || state == "UPDATING" {
				t.Errorf("%s has an experiment, and %v was shown a kept page", address, v)
			}
			if v.cookie == "" && v.agent == browserName {
				if got.header.Get("Set-Cookie") == "" {
					t.Errorf("%s: %v is given no bucket", address, v)
				}
				continue // one is drawn anew each time
			}
		} else if state == "HIT" {
			kept[address]++
		}
		want := v.ask(t, plain, visit.address, true)
		if shown[address] == nil {
			shown[address] = map[string]bool{}
		}
		shown[address][want.header.Get("ETag")] = true
		switch {
		case got.status == http.StatusNotModified && got.body == "":
			notModified[address]++
			if v.tags[visit.address] != want.header.Get("ETag") {
				t.Errorf("%s: %v is told that nothing changed, but has %s and not %s", address, v, v.tags[visit.address], want.header.Get("ETag"))
			}
		case got.status == http.StatusOK:
			if got.body != want.body || got.header.Get("Content-Encoding") != want.header.Get("Content-Encoding") || got.header.Get("ETag") != want.header.Get("ETag") {
				t.Errorf("%s: %v is shown another's page (%s): %s %s, want %s %s", address, v, state,
					got.header.Get("ETag"), got.header.Get("Content-Encoding"), want.header.Get("ETag"), want.header.Get("Content-Encoding"))
			}
			v.tags[visit.address] = got.header.Get("ETag")
		default:
			t.Errorf("%s: %v: %d", address, v, got.status)
		}
		if t.Failed() {
			t.FailNow() // what follows would say the same a thousand times
		}
	}
	for address, experiment := range pages {
		t.Logf("%-45s in %2d forms: of %d requests %d from the cache, %d not modified",
			address, len(shown[address]), len(visits)/len(pages), kept[address], notModified[address])
		if asks := !strings.HasSuffix(address, ".xml") && !strings.HasSuffix(address, ".js"); asks && len(shown[address]) <= 3 {
			t.Errorf("%s is the same for everybody: this test shows nothing", address)
		}
		// nginx never hands a tag on for what it does not keep, so that there is no
		// 304 through it for pages with an experiment.
		if !experiment && (kept[address] < len(visits)/len(pages)/4 || notModified[address] == 0) {
			t.Errorf("%s is hardly ever kept", address)
		}
	}
}
