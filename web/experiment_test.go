package web_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web"
)

// experiment stands below the sample's English appeal.
const experiment = `
experiment:
  weight: 40
  variants:
    shorter:
      weight: 40
      headline: Reporting that you can check
    few:
      weight: 0
      frequencies: [one_time]
      amounts: {one_time: {USD: [3, 6]}}
  holdback: 10%
`

// comparing is a newsroom whose English appeal is compared, also on other sites.
func comparing(t *testing.T) *campaign.Newsroom {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(campaign.Sample(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := sampleFile(campaign.Sample(), name)
		if name == "appeals/keep-it-alive.yaml" {
			data = append(data, experiment...)
		}
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := campaign.Load(files, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n.Site.Embed.Origins = []string{host}
	return n
}

func newComparing(t *testing.T, change ...func(*web.Options)) (*site, *campaign.Appeal) {
	t.Helper()
	n := comparing(t)
	appeal, ok := n.Appeal("keep-it-alive")
	if !ok {
		t.Fatal("no appeal")
	}
	return newSite(t, append([]func(*web.Options){func(o *web.Options) { o.Newsroom = n }}, change...)...), appeal
}

const (
	firefox   = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
	googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// seated is a person's, with a bucket where it is not negative.
func seated(bucket int) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("User-Agent", firefox)
		if bucket >= 0 {
			r.Header.Set("Cookie", "bucket="+strconv.Itoa(bucket))
		}
	}
}

// bucketOf is one that has a variant.
func bucketOf(t *testing.T, a *campaign.Appeal, variant string) int {
	t.Helper()
	for bucket := range campaign.Buckets {
		if a.For(bucket).Variant == variant {
			return bucket
		}
	}
	t.Fatalf("no bucket has %s", variant)
	return 0
}

// variantOn tells which variant a page shows, by what its form posts.
func variantOn(t *testing.T, page string) string {
	t.Helper()
	for _, f := range forms(t, page) {
		if v := f.value("variant"); v != "" {
			return v
		}
	}
	return ""
}

func vary(w *httptest.ResponseRecorder) string { return strings.Join(w.Header().Values("Vary"), ", ") }

func TestVariantStaysWithTheReader(t *testing.T) {
	s, appeal := newComparing(t)
	tags := map[string]string{}
	for _, variant := range []string{"base", "shorter", "holdback"} {
		bucket := bucketOf(t, appeal, variant)
		for _, address := range []string{article, "/", "/donate/independent-journalism"} {
			w := s.get(address, seated(bucket))
			wantStatus(t, w, http.StatusOK)
			if got := w.Header().Get("Cache-Control"); got != "private, no-cache" || !strings.Contains(vary(w), "Cookie") {
				t.Errorf("%s: %s, Vary %s", address, got, vary(w))
			}
			if len(w.Result().Cookies()) != 0 {
				t.Errorf("%s: a bucket that is known is given again", address)
			}
			etag := w.Header().Get("ETag")
			if etag == "" || strings.HasPrefix(etag, "W/") {
				t.Errorf("%s: the tag %q is not strong", address, etag)
			}
			if again := s.get(address, seated(bucket), func(r *http.Request) { r.Header.Set("If-None-Match", etag) }); again.Code != http.StatusNotModified ||
				!strings.Contains(vary(again), "Cookie") || again.Header().Get("Cache-Control") != "private, no-cache" {
				t.Errorf("%s: with its own tag: %d %v", address, again.Code, again.Header())
			}
			// What a browser has of another variant does not stand for this one.
			other := tags[address]
			if w := s.get(address, seated(bucket), func(r *http.Request) { r.Header.Set("If-None-Match", other) }); w.Code != http.StatusOK {
				t.Errorf("%s: with the tag of another variant: %d", address, w.Code)
			}
			tags[address] = etag
		}
		page := s.get(article, seated(bucket)).Body.String()
		want := map[string]string{"base": "base", "shorter": "shorter", "holdback": ""}[variant]
		if got := variantOn(t, page); got != want || strings.Contains(page, "Reporting that you can check") != (variant == "shorter") {
			t.Errorf("bucket %d sees %q, not %q", bucket, got, want)
		}
		if got := variantOn(t, s.get("/donate/independent-journalism", seated(bucket)).Body.String()); got != variant {
			t.Errorf("the whole page has %q, not %q", got, variant)
		}
	}
}

func TestBucketIsGiven(t *testing.T) {
	s, appeal := newComparing(t)
	for name, value := range map[string]string{
		"none": "", "beyond": "1000", "negative": "-1", "no number": "abc", "another spelling": "007", "fraction": "1.5", "long": strings.Repeat("9", 3000),
	} {
		w := s.get(article, seated(-1), func(r *http.Request) {
			if value != "" {
				r.Header.Set("Cookie", "bucket="+value+"; other=1")
			}
		})
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: cookies %v", name, cookies)
		}
		c := cookies[0]
		bucket, err := strconv.Atoi(c.Value)
		if err != nil || c.Name != "bucket" || bucket < 0 || bucket >= campaign.Buckets {
			t.Fatalf("%s: %v", name, c)
		}
		if c.Path != "/" || c.MaxAge != 180*24*3600 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
			t.Errorf("%s: %v", name, c)
		}
		// The page is already the one that belongs to it.
		want := appeal.For(bucket).Variant
		if want == campaign.Holdback {
			want = ""
		}
		if got := variantOn(t, w.Body.String()); got != want {
			t.Errorf("%s: bucket %d sees %q, not %q", name, bucket, got, want)
		}
	}
	// Of several cookies of that name one that can be read counts.
	w := s.get(article, seated(-1), func(r *http.Request) { r.Header.Set("Cookie", "bucket=x; bucket=7") })
	if len(w.Result().Cookies()) != 0 {
		t.Error("a good bucket is replaced")
	}
	local, _ := newComparing(t, func(o *web.Options) { o.BaseURL = "http://127.0.0.1:8080" })
	if cookies := local.get(article, seated(-1)).Result().Cookies(); len(cookies) != 1 || cookies[0].Secure {
		t.Errorf("without https: %v", cookies)
	}
}

// What is not compared stays public, also for a reader who has a bucket.
func TestPagesWithoutExperimentStayPublic(t *testing.T) {
	s, _ := newComparing(t)
	for _, address := range []string{"/articles/pegel-am-tarrow", "/donate/independent-journalism?lang=de", "/?lang=ar", "/feed.xml", "/sitemap.xml"} {
		for _, bucket := range []int{-1, 7} {
			w := s.get(address, seated(bucket))
			wantStatus(t, w, http.StatusOK)
			if !strings.HasPrefix(w.Header().Get("Cache-Control"), "public") || strings.Contains(vary(w), "Cookie") || len(w.Result().Cookies()) != 0 {
				t.Errorf("%s with bucket %d: %v", address, bucket, w.Header())
			}
		}
	}
	plain := newSite(t)
	for _, address := range []string{article, "/", "/donate/independent-journalism"} {
		if w := plain.get(address, seated(7)); !strings.HasPrefix(w.Header().Get("Cache-Control"), "public") || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s: %v", address, w.Header())
		}
	}
}

func TestCrawlersTakeNoPart(t *testing.T) {
	s, appeal := newComparing(t)
	other := bucketOf(t, appeal, "shorter")
	for _, agent := range []string{
		googlebot, "", "curl/8.4.0", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
		"facebookexternalhit/1.1", "Mozilla/5.0 (compatible; bingbot/2.0)", "python-requests/2.32", "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)",
	} {
		w := s.get(article, seated(other), func(r *http.Request) { r.Header.Set("User-Agent", agent) })
		if got := variantOn(t, w.Body.String()); got != "base" || len(w.Result().Cookies()) != 0 || !strings.HasPrefix(w.Header().Get("Cache-Control"), "private") {
			t.Errorf("%q sees %q: %v", agent, got, w.Header())
		}
	}
	for _, agent := range []string{
		"Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0]",
		"Opera/9.80 (Android; Opera Mini/36.2/119.132; U; en) Presto/2.12.423 Version/12.16",
	} {
		w := s.get(article, seated(other), func(r *http.Request) { r.Header.Set("User-Agent", agent) })
		if got := variantOn(t, w.Body.String()); got != "shorter" {
			t.Errorf("%q sees %q", agent, got)
		}
	}
}

var markPattern = regexp.MustCompile(`<div data-seen="(\w+)" data-campaign="independent-journalism" data-appeal="keep-it-alive" data-variant="holdback" data-article="([^"]*)"></div>`)

// Readers whom nothing asks see no ask, where its places are is marked, and the
// page that they open to give is whole.
func TestHoldback(t *testing.T) {
	s, appeal := newComparing(t)
	bucket := bucketOf(t, appeal, "holdback")
	page := s.get(article, seated(bucket)).Body.String()
	if n := len(forms(t, page)); n != 0 || strings.Contains(page, appeal.Strip.Text) || strings.Contains(page, appeal.Headline) {
		t.Errorf("%d forms on a page that asks nothing:\n%s", n, page)
	}
	var marks []string
	for _, m := range markPattern.FindAllStringSubmatch(page, -1) {
		marks = append(marks, m[1]+" "+m[2])
	}
	if got := strings.Join(marks, ", "); got != "strip geneva-joint-centre, inline geneva-joint-centre, end geneva-joint-centre" {
		t.Errorf("marks: %s", got)
	}
	if !strings.Contains(page, `href="/donate/independent-journalism"`) {
		t.Error("there is no way to give")
	}
	front := s.get("/", seated(bucket)).Body.String()
	if len(forms(t, front)) != 0 || strings.Contains(front, appeal.Strip.Text) || len(markPattern.FindAllString(front, -1)) != 1 {
		t.Errorf("the front page:\n%s", front)
	}
	whole := s.get("/donate/independent-journalism", seated(bucket)).Body.String()
	if !strings.Contains(whole, appeal.Headline) {
		t.Error("the whole page does not ask")
	}
	id := s.started(s.donate(forms(t, whole)[0].values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and appeal = 'keep-it-alive' and variant = 'holdback' and placement = 'page'`, id); n != 1 {
		t.Error("the gift is not the holdback's")
	}
	// A page that leads nowhere asks nobody while nothing is known of its reader.
	if missing := s.get("/articles/nothing", seated(bucket)).Body.String(); strings.Contains(missing, appeal.Strip.Text) {
		t.Error("the page for what is not there asks")
	}
}

// The books hold the variant that the reader saw, and no other than the appeal has.
func TestVariantOfAGift(t *testing.T) {
	s, _ := newComparing(t)
	for posted, kept := range map[string]string{"shorter": "shorter", "holdback": "holdback", "few": "few", "base": "base", "gone": "base", "": "base", "<b>": "base"} {
		id := s.started(s.donate(gift("variant", posted)))
		if n := s.count(`select count(*) from checkouts where id = $1 and variant = $2`, id, kept); n != 1 {
			t.Errorf("%q is not kept as %q", posted, kept)
		}
	}
	// What holds is what this variant offers.
	w := s.donate(gift("variant", "few", "frequency", "monthly"))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	if got := variantOn(t, w.Body.String()); got != "few" || strings.Contains(w.Body.String(), "data-seen") {
		t.Errorf("the form again is that of %q", got)
	}
}

func TestVariantsOnOtherSites(t *testing.T) {
	s, appeal := newComparing(t)
	for _, query := range []string{"", "?bucket=1000", "?bucket=x", "?bucket="} {
		w := s.get(fragment+query, from(host), seated(bucketOf(t, appeal, "shorter")))
		if got := variantOn(t, w.Body.String()); got != "base" || !strings.Contains(w.Body.String(), `<div class="readerfund" data-compared>`) || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %q", query, got)
		}
	}
	w := s.get(fmt.Sprintf("%s?bucket=%d", fragment, bucketOf(t, appeal, "shorter")), from(host))
	if got := variantOn(t, w.Body.String()); got != "shorter" || !strings.HasPrefix(w.Header().Get("Cache-Control"), "public") || strings.Contains(vary(w), "Cookie") {
		t.Errorf("%q, %v", got, w.Header())
	}
	w = s.get(fmt.Sprintf("%s?bucket=%d", fragment, bucketOf(t, appeal, "holdback")), from(host))
	if body := w.Body.String(); len(forms(t, body)) != 0 || !strings.Contains(body, `data-seen="embed"`) || strings.Contains(body, "<link") {
		t.Errorf("the holdback:\n%s", body)
	}
	if w := hosted(t).get(fragment, from(host)); strings.Contains(w.Body.String(), "data-compared") {
		t.Error("an appeal without variants says that it has some")
	}
}
