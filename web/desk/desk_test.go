package desk_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
	"github.com/readerfund/readerfund/web/frame"
)

// berlin is two hours before midnight of the 23rd in UTC, and the 24th there.
func berlin(t *testing.T) (*time.Location, func() time.Time) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone, func() time.Time { return time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC) }
}

func newDesk(t *testing.T, read func(report.Query) (report.Results, error)) http.Handler {
	t.Helper()
	zone, now := berlin(t)
	pages, err := frame.New(`Smith & <b>Sons</b>`, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	open := openDoors{http.NewServeMux()}
	open.HandleFunc(frame.StaticPattern, pages.ServeStatic)
	if err := desk.Mount(open, desk.Options{
		Results: func(_ context.Context, q report.Query) (report.Results, error) { return read(q) },
		Frame:   pages, Zone: zone, Log: slog.New(slog.DiscardHandler), Now: now,
	}); err != nil {
		t.Fatal(err)
	}
	return frame.Guarded(open)
}

// openDoors let everybody in: these tests are about what the pages say.
type openDoors struct{ *http.ServeMux }

func (d openDoors) Handle(pattern string, _ auth.Role, h http.HandlerFunc) { d.HandleFunc(pattern, h) }
func (d openDoors) Part(frame.Link, auth.Role)                             {}

func get(t *testing.T, h http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// results are those of one appeal in two currencies and of one that was only seen.
func results() report.Results {
	euro := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	base := report.Result{Campaign: "news", Appeal: "autumn", Variant: "base", Base: true, Currency: "EUR", Views: 1234567, Checkouts: 1200, Gifts: 900,
		Gross: euro(2_500_000), Refunded: euro(12_000), Disputed: euro(2_500), Fees: euro(60_000), Net: euro(2_425_500), FeesMissing: 2,
		PerThousand: report.Estimate{Value: 1964.66, Low: 1836.3, High: 2093, Known: true, Bounded: true}}
	more, held := base, base
	more.Variant, more.Base, more.FeesMissing = "<i>shorter</i>", false, 0
	more.PerThousand = report.Estimate{Value: 2400, Low: 2200, High: 2600, Known: true, Bounded: true}
	more.ToBase = report.Estimate{Value: 435.3, Low: 198, High: 673, Known: true, Bounded: true}
	held.Variant, held.Base, held.Gifts, held.FeesMissing = "holdback", false, 3, 0
	held.PerThousand = report.Estimate{Value: 120, Low: -40, High: 280, Known: true, Bounded: true}
	held.ToBase = report.Estimate{Value: -1844.7, Low: -2050, High: -1640, Known: true, Bounded: true}
	yen := report.Result{Campaign: "news", Appeal: "autumn", Variant: "base", Base: true, Currency: "JPY", Views: 1234567, Net: money.New(0, "JPY"), PerThousand: report.Estimate{Known: true}}
	seen := report.Result{Campaign: "news", Appeal: "winter", Variant: "base", Base: true, Views: 12}
	return report.Results{AsOf: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), All: []report.Result{base, more, held, yen, seen}}
}

func TestPage(t *testing.T) {
	var asked report.Query
	h := newDesk(t, func(q report.Query) (report.Results, error) { asked = q; return results(), nil })
	w := get(t, h, "/finance/appeals")
	page := w.Body.String()
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Set-Cookie") != "" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	for _, want := range []string{
		`Smith &amp; &lt;b&gt;Sons`, `&lt;i&gt;shorter&lt;/i&gt;`, "1,234,567", "24,255.00", "19.65", "18.36 to 20.93", "&#43;4.35", "&#43;1.98 to &#43;6.73", "more than the base",
		"\u221218.45", "less than the base", "\u22120.40 to 2.80", "1.20<sup>†</sup>", "The fees of 2 gifts are not in the books yet", "Fewer than 30 gifts",
		"2026-11-23 10:00:00 CET", `value="2026-10-26"`, `value="2026-11-25"`, "Europe/Berlin", `<caption id="s1-table">autumn: what the variants won, amounts in EUR`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "style=") || strings.Contains(page, "<script") || strings.Contains(page, "ZgotmplZ") {
		t.Error("the page holds what its policy forbids")
	}
	if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%v", w.Header())
	}
	if n := strings.Count(page, "<svg"); n != 1 {
		t.Errorf("%d pictures", n) // that of yen would be of nothing
	}
	if asked.From.Format(time.RFC3339) != "2026-10-26T00:00:00+02:00" && asked.From.Format(time.RFC3339) != "2026-10-26T00:00:00+01:00" || asked.To.Format(time.RFC3339) != "2026-11-25T00:00:00+01:00" {
		t.Errorf("asked for %s to %s", asked.From, asked.To)
	}
	sheet := regexp.MustCompile(`href="(/finance/static/desk\.[0-9a-f]+\.css)"`).FindStringSubmatch(page)
	if sheet == nil || get(t, h, sheet[1]).Code != http.StatusOK {
		t.Errorf("no stylesheet: %v", sheet)
	}
	if get(t, h, "/finance/static/other.css").Code != http.StatusNotFound || get(t, h, "/finance/other").Code != http.StatusNotFound {
		t.Error("what is not there is found")
	}
}

// What is not known, and what shows nothing, is said in words.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	euro := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	base := report.Result{Campaign: "news", Appeal: "autumn", Variant: "base", Base: true, Currency: "EUR", Views: 9000, Compared: 1000, Places: []string{"end", "embed"},
		Gifts: 2, Gross: euro(4000), Net: euro(4000), Fees: euro(0), FeesMissing: 2, FeesUnknown: true, Refunded: euro(0), Disputed: euro(0),
		PerThousand: report.Estimate{Value: 4000, Low: -1500, High: 9500, Known: true, Bounded: true}}
	other := base
	other.Variant, other.Base, other.FeesMissing, other.FeesUnknown, other.Fees = "other", false, 1, false, euro(60)
	other.ToBase = report.Estimate{Value: 100, Low: -7000, High: 7200, Known: true, Bounded: true}
	narrow := other
	narrow.Variant, narrow.FeesMissing, narrow.ToBase = "third", 0, report.Estimate{Value: 100, Low: -400, High: 600, Known: true, Bounded: true}
	page := get(t, newDesk(t, func(report.Query) (report.Results, error) {
		return report.Results{All: []report.Result{base, other, narrow}}, nil
	}), "/finance/appeals").Body.String()
	for _, want := range []string{
		"Compared by the views of the end of articles and other sites\u2019 pages", "<td>9,000</td><td>1,000</td>",
		"<td>not known yet<sup>‡</sup></td><td class=\"net\">40.00<sup>‡</sup></td>", "<td>0.60<sup>‡</sup></td>", "<td>0.60</td><td class=\"net\">40.00</td>",
		"‡ The fees of 3 gifts are not in the books yet", "the base; too rough to compare with",
		"too wide to say anything: it may be much less or much more", "no difference shown",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Count(page, "too wide to say anything") != 1 || strings.Contains(page, "<td>0.00<sup>‡</sup></td>") {
		t.Error("too much is called unsure, or an unknown fee is nought")
	}
}

// The picture says what the table says: it is well formed, every place lies on it,
// and the values stand in the order of their size.
func TestPicture(t *testing.T) {
	h := newDesk(t, func(report.Query) (report.Results, error) { return results(), nil })
	page := get(t, h, "/finance/appeals").Body.String()
	svg := page[strings.Index(page, "<svg") : strings.Index(page, "</svg>")+len("</svg>")]
	var places []float64
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			if text, is := strings.CutSuffix(a.Value, "%"); is {
				x, err := strconv.ParseFloat(text, 64)
				if err != nil || x < 0 || x > 100 {
					t.Errorf("%s of %s lies at %s", a.Name.Local, start.Name.Local, a.Value)
				}
				if a.Name.Local == "cx" {
					places = append(places, x)
				}
			}
		}
	}
	if len(places) != 3 || places[2] >= places[0] || places[0] >= places[1] {
		t.Errorf("the values stand at %v", places)
	}
	for _, want := range []string{`role="img"`, "<title", "holdback: 1.20 (\u22120.40 to 2.80). The table below has these figures."} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture lacks %q:\n%s", want, svg)
		}
	}
}

func TestPeriods(t *testing.T) {
	asked := 0
	h := newDesk(t, func(q report.Query) (report.Results, error) {
		asked++
		return report.Results{AsOf: q.To}, nil
	})
	for query, want := range map[string]string{
		"?from=2026-03-28&to=2026-03-30": "From the start of 2026-03-28 to the start of 2026-03-30",
		"?from=2026-11-01":               "From the start of 2026-11-01 to the start of 2026-11-25",
		"?to=2026-03-01":                 "From the start of 2026-01-30 to the start of 2026-03-01",
		"":                               "No ask was seen and no gift was begun in this period",
	} {
		if w := get(t, h, "/finance/appeals"+query); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, no %q", query, w.Code, want)
		}
	}
	read := asked
	for query, want := range map[string]string{
		"?from=yesterday":                "&#34;yesterday&#34; is not a day. Write it as 2026-01-31.",
		"?from=2026-02-30":               "&#34;2026-02-30&#34; is not a day",
		"?from=2026-11-02&to=2026-11-02": "The period is empty: 2026-11-02 is not before 2026-11-02",
		"?from=0000-01-01":               "is not a day",
		"?to=%3Cscript%3E":               "&#34;&lt;script&gt;&#34; is not a day",
	} {
		w := get(t, h, "/finance/appeals"+query)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d\n%s", query, w.Code, w.Body)
		}
	}
	if asked != read {
		t.Error("the books were read for a period that does not exist")
	}
}

func TestBooksAway(t *testing.T) {
	h := newDesk(t, func(report.Query) (report.Results, error) {
		return report.Results{}, errors.New("secret of the database")
	})
	w := get(t, h, "/finance/appeals")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "cannot be read at the moment") || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
	post := httptest.NewRecorder()
	h.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/finance/appeals", nil))
	if post.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", post.Code)
	}
}
