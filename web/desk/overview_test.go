package desk_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
	"github.com/readerfund/readerfund/web/desk"
	"github.com/readerfund/readerfund/web/frame"
)

// firstPage serves the overview to somebody who may open these pages.
func firstPage(t *testing.T, links []frame.Link, read func(rollup.Query) (rollup.Overview, error), standing desk.Standing) http.Handler {
	t.Helper()
	zone, now := berlin(t)
	pages, err := frame.New("News", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	open := openDoors{http.NewServeMux()}
	if err := desk.Mount(open, desk.Options{
		Overview: func(_ context.Context, q rollup.Query) (rollup.Overview, error) { return read(q) },
		Standing: func(context.Context) (desk.Standing, error) { return standing, nil },
		Frame:    pages, Zone: zone, Log: slog.New(slog.DiscardHandler), Now: now,
	}); err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open.ServeHTTP(w, r.WithContext(frame.WithHead(r.Context(), frame.Head{Person: "Vera", Role: "viewer", Links: links})))
	})
}

// some is an overview with a gift of most kinds.
func some(t *testing.T, q rollup.Query) rollup.Overview {
	t.Helper()
	c := q.Currency
	if c == "" {
		c = "EUR"
	}
	sum := func(value string, gifts, amount, gone int64) rollup.Sum {
		return rollup.Sum{Value: value, Currency: c, Gifts: gifts, Amount: amount, Refunded: gone}
	}
	o := rollup.Overview{
		Calendar: rollup.NewCalendar(q.Now, q.Zone), Currency: c, Currencies: []money.Currency{"EUR", "JPY"},
		Given: map[rollup.Stretch]rollup.Pair{
			rollup.Today: {This: sum("", 1, 2_500, 0), Before: sum("", 0, 0, 0)},
			rollup.Month: {This: sum("", 30, 123_450, 1_000), Before: sum("", 20, 100_000, 0)},
			rollup.Year:  {This: sum("", 400, 999_500, 0), Before: sum("", 400, 1_000_000, 0)},
		},
		By: map[rollup.Dimension][]rollup.Pair{
			rollup.Kind:     {{This: sum("monthly", 20, 100_000, 0), Before: sum("monthly", 10, 50_000, 0)}, {This: sum("one_time", 10, 23_450, 1_000)}},
			rollup.Campaign: {{This: sum("<b>news</b>", 30, 123_450, 1_000), Before: sum("", 20, 100_000, 0)}},
			rollup.Country:  {{This: sum("DE", 29, 120_000, 1_000)}, {This: sum("", 1, 3_450, 0)}},
		},
		ByCurrency: []rollup.Pair{{This: sum("", 30, 123_450, 1_000)}},
		Base:       rollup.Base{Active: rollup.Count{Monthly: 3, Annual: 1, MonthlyAmount: 3_000, AnnualAmount: 6_000}, Started: make([]rollup.Count, 6), Lost: make([]rollup.Count, 6)},
		Recovered:  1,
	}
	for i := range 14 {
		o.By[rollup.Article] = append(o.By[rollup.Article], rollup.Pair{This: sum("article-"+string(rune('a'+i)), 1, int64(2_000-i), 0), Before: sum("", 0, 0, 0)})
	}
	for i, col := range o.Calendar.Days {
		g := rollup.Given{Column: col}
		if i < 24 {
			g.Pair = rollup.Pair{This: sum("", 2, int64(100*i), 0), Before: sum("", 1, 1_000, 0)}
		}
		o.Days = append(o.Days, g)
	}
	for _, col := range o.Calendar.Months {
		o.Months = append(o.Months, rollup.Given{Column: col})
	}
	return o
}

func wantAll(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestOverview(t *testing.T) {
	var asked rollup.Query
	standing := desk.Standing{
		Parked: 1, ParkedSince: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Compared: true, ComparedAt: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), Differ: 2,
		ClosedChanged: []desk.ChangedMonth{{Words: "October 2026", Rows: 1, Since: time.Date(2026, 11, 22, 2, 10, 0, 0, time.UTC)}, {Words: "May 2026", Rows: 1200, Unexplained: 2, Since: time.Date(2026, 11, 22, 2, 11, 0, 0, time.UTC)}},
		Missing:       3, Disputes: 7, DisputeDue: []desk.Dispute{{ID: "dp_1", Amount: money.New(2500, "EUR"), DueBy: time.Date(2026, 11, 25, 22, 59, 0, 0, time.UTC)}},
		Inquiries: 1, InquiryDue: []desk.Dispute{{ID: "dp_9", Amount: money.New(900, "EUR")}},
		OnTheWay: 2, OnTheWayFirst: []desk.Payout{{ID: "po_1", Amount: money.New(123456, "EUR"), Status: "in_transit", Arrival: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)}},
		Counted: true, CountedAt: time.Date(2026, 11, 23, 23, 29, 0, 0, time.UTC), BankMissing: 1, AtStripe: []money.Amount{money.New(500, "EUR"), money.New(0, "JPY")},
	}
	links := []frame.Link{{Href: "/finance/disputes", Label: "Disputes", About: "What banks ask back."}}
	h := firstPage(t, links, func(q rollup.Query) (rollup.Overview, error) { asked = q; return some(t, q), nil }, standing)
	w := get(t, h, "/finance")
	page := w.Body.String()
	if w.Code != http.StatusOK || asked.Stretch != rollup.Month || asked.Currency != "" {
		t.Fatalf("%d, asked %+v", w.Code, asked)
	}
	wantAll(t, page,
		"24 November 2026, 00:30:00 CET; days of Europe/Berlin", "The year before counts until 00:45 on 24 November 2025",
		`<p class="figure">1,234.50`, "30 gifts; 10.00 of it given back or disputed", "1,000.00 of 20 gifts", "&#43;23\u00a0%", "\u22120.1\u00a0%", "The year before: nothing.",
		`href="/finance?currency=JPY&amp;stretch=month"`, `href="/finance?currency=EUR&amp;stretch=year#where"`, "This month, November 2026",
		"&lt;b&gt;news&lt;/b&gt;", "Germany", "(not told)", "article-j", "4 more", "Together",
		"<td class=\"net\">4</td><td>30.00 from 3</td><td>60.00 from 1</td>", "1 was paid again this month",
		"<b>7</b> disputes wait for an answer", `<a href="/finance/disputes">See them</a>`, "25 November 2026, 23:59: 25.00 EUR, dp_1", "and 6 more",
		"<b>1</b> inquiry of a bank waits for an answer", "The bank has taken nothing.", "9.00 EUR, dp_9",
		"<b>2</b> closed months have changed since", "October 2026: 1 row differs; found on 22 November 2026, 03:10", "May 2026: 1,200 rows differ, of 2 the books do not know why; found on 22 November 2026, 03:11", "<code>readerfund close --check</code>",
		"<b>1</b> event is parked", "<code>readerfund replay --parked</code>", "<b>2</b> differences between the books and Stripe", "<b>3</b> renewals are missing",
		"<b>1</b> payout is not on the bank", "1,234.56\u00a0EUR", "on its way", "and 1 more", "Stripe still holds 5.00\u00a0EUR, by the ledger as it was on 24 November 2026, 00:29:00: what comes",
		"statements were last counted on 24 November 2026, 00:29:00. The books were last compared with Stripe on 22 November 2026, 03:00.",
	)
	if strings.Contains(page, "article-k") || strings.Contains(page, "JPY 0") || strings.Contains(page, "below zero") || strings.Contains(page, "counted anew") || strings.Contains(page, "style=") || strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "See them</a>") && strings.Count(page, "See them") != 2 {
		t.Error("the page has what it should not")
	}
	if page = get(t, h, "/finance?currency=jpy&stretch=today").Body.String(); asked.Currency != "JPY" || asked.Stretch != rollup.Today || !strings.Contains(page, `<p class="figure">123,450 `) {
		t.Errorf("asked %+v", asked)
	}
}

// What is owed to Stripe is not told as what Stripe holds, and an old count says that it
// is one.
func TestOverviewOfABalanceBelowZero(t *testing.T) {
	h := firstPage(t, nil, func(q rollup.Query) (rollup.Overview, error) { return some(t, q), nil }, desk.Standing{
		Counted: true, CountedAt: time.Date(2026, 11, 20, 16, 8, 46, 0, time.UTC), Recounted: true, AtStripe: []money.Amount{money.New(-22058, "EUR")},
	})
	page := get(t, h, "/finance").Body.String()
	wantAll(t, page, "The balance with Stripe is below zero: 220.58\u00a0EUR is owed to Stripe, by the ledger as it was on 20 November 2026, 17:08:46.",
		"counted anew; look again in a minute")
	if strings.Contains(page, "still holds") || strings.Contains(page, "later payouts") {
		t.Error("what is owed is told as what comes")
	}
}

// The pictures are well formed, nothing of them lies outside, and a day on which more
// was given has the higher column.
func TestChartsOfTheOverview(t *testing.T) {
	h := firstPage(t, nil, func(q rollup.Query) (rollup.Overview, error) { return some(t, q), nil }, desk.Standing{})
	page := get(t, h, "/finance").Body.String()
	heights, pictures := []string{}, 0
	for rest := page; strings.Contains(rest, "<svg"); pictures++ {
		rest = rest[strings.Index(rest, "<svg"):]
		svg := rest[:strings.Index(rest, "</svg>")+len("</svg>")]
		rest = rest[len(svg):]
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
				if strings.HasPrefix(a.Value, "-") && a.Name.Local != "dy" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s of %s is %s", a.Name.Local, start.Name.Local, a.Value)
				}
				if start.Name.Local == "rect" && a.Name.Local == "height" {
					heights = append(heights, a.Value)
				}
			}
		}
	}
	// Of the 24 days that were, the first brought nothing.
	if pictures != 4 || len(heights) != 23 || heights[0] == "0" || len(heights[22]) < len(heights[0]) || heights[22] == heights[21] {
		t.Errorf("%d pictures, heights %v", pictures, heights)
	}
	if n := strings.Count(page, `class="mark"`); n != 24 {
		t.Errorf("%d marks of the year before", n)
	}
}

func TestOverviewOfEmptyBooks(t *testing.T) {
	h := firstPage(t, nil, func(q rollup.Query) (rollup.Overview, error) {
		return rollup.Overview{Calendar: rollup.NewCalendar(q.Now, q.Zone), Currency: q.Currency}, nil
	}, desk.Standing{})
	w := get(t, h, "/finance")
	wantAll(t, w.Body.String(), "No gift is in the books yet", "<p>Nothing.</p>", "No payout is on its way.")
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<svg") {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
}

// What cannot be answered is said, and shows nothing of the machinery.
func TestOverviewThatCannotBe(t *testing.T) {
	away := func(rollup.Query) (rollup.Overview, error) {
		return rollup.Overview{}, errors.New("secret of the database")
	}
	h := firstPage(t, nil, away, desk.Standing{})
	for target, want := range map[string]struct {
		status int
		words  string
	}{
		"/finance":                {http.StatusServiceUnavailable, "cannot be read at the moment"},
		"/finance?stretch=week":   {http.StatusUnprocessableEntity, "is no stretch of time that this page knows. Write today, month or year."},
		"/finance?currency=euros": {http.StatusUnprocessableEntity, "is no currency. Write its three letters, such as EUR."},
		"/finance?currency=%3Cscript%3E&stretch=year": {http.StatusUnprocessableEntity, "&#34;&lt;script&gt;&#34; is no currency"},
	} {
		w := get(t, h, target)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.words) || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d\n%s", target, w.Code, w.Body)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	firstPage(t, nil, func(rollup.Query) (rollup.Overview, error) { return rollup.Overview{}, context.Canceled }, desk.Standing{}).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/finance", nil).WithContext(gone))
	if w.Body.Len() != 0 {
		t.Errorf("somebody who went away is answered:\n%s", w.Body)
	}
}

// Of a day or month that has not come nothing is known, and a day that brought nothing
// has a zero.
func TestWhatHasNotComeIsNoZero(t *testing.T) {
	h := firstPage(t, nil, func(q rollup.Query) (rollup.Overview, error) { return some(t, q), nil }, desk.Standing{})
	page := get(t, h, "/finance").Body.String()
	for name, dashes := range map[string]int{"Sun 1 Nov": 0, "Tue 24 Nov": 0, "Wed 25 Nov": 2, "Mon 30 Nov": 2, "January": 0, "November": 0, "December": 2} {
		_, after, found := strings.Cut(page, ">"+name+"<")
		row, _, _ := strings.Cut(after, "</tr>")
		if n := strings.Count(row, ">–<"); !found || n != dashes {
			t.Errorf("%s has %d dashes, want %d: %s", name, n, dashes, row)
		}
	}
}
