package web_test

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web"
)

// goalSite is a site whose appeals have a goal of these lines. It reads the books
// anew whenever later is called.
type goalSite struct {
	*site
	clock time.Time
	given int
}

func (s *goalSite) later() { s.clock = s.clock.Add(time.Minute) }

func newGoalSite(t *testing.T, goal string, change ...func(*web.Options)) *goalSite {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(campaign.Sample(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(campaign.Sample(), name)
		if strings.HasPrefix(name, "appeals/") {
			data = append(data, "\ngoal: {amount: 1000, currency: USD, label: For reporters"+goal+"}\n"...)
		}
		all[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := campaign.Load(all, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &goalSite{clock: time.Now()}
	s.site = newSite(t, append([]func(*web.Options){atStart, func(o *web.Options) {
		o.Newsroom = n
		books := o.Gifts.(*payments.Gifts)
		o.Giving = payments.NewGivingWatch(&payments.Giving{DB: books.DB}, func() time.Time { return s.clock }, slog.New(slog.DiscardHandler))
	}}, change...)...)
	return s
}

// give puts gifts into the books.
func (s *goalSite) give(n int, currency string, minor int) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), `
		insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || i, 'pi_' || i, $5, 'one_time', 'succeeded', $2, $3, 0, 'card', '', i, 'independent-journalism',
			'', '', '', '', '', '', '', '', '', '', '', ''
		from generate_series($4 + 1, $4 + $1) i`, n, currency, minor, s.given, autumn); err != nil {
		s.t.Fatal(err)
	}
	s.given += n
}

func (s *goalSite) exec(sql string) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatal(err)
	}
}

var autumn = time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)

func TestGoalInEveryLanguage(t *testing.T) {
	s := newGoalSite(t, ", deadline: 2026-12-01, rates: {JPY: 0.01}")
	s.now.set(func() time.Time { return autumn })
	s.give(2, "USD", 100_50)
	s.give(1, "JPY", 10_000)
	s.give(1, "KWD", 99_000) // without a rate
	s.later()
	for article, words := range map[string][]string{
		"geneva-joint-centre": {"$301", "raised of $1,000", "30%", "3 gifts", "27 days left, until 30 November 2026"},
		"pegel-am-tarrow":     {"301_$", "von 1.000_$ gesammelt", "30_%", "3 Spenden", "noch 27 Tage, bis zum 30. November 2026"},
		"datchiki-na-tarrou":  {"301_$", "собрано из 1_000_$", "30_%", "3 пожертвования", "осталось 27 дней, до 30_ноября 2026_года"},
		"maqayis-nahr-tarrow": {"301_دولار", "جُمعت من أصل 1,000_دولار", "30%", "3 تبرعات", "بقي 27 يومًا، حتى 30_نوفمبر 2026"},
	} {
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "_", "\u00a0")
		}
		w := s.get("/articles/" + article)
		wantStatus(t, w, http.StatusOK, append(words, `<progress max="100" value="30" aria-labelledby="goal">`, `id="goal">For reporters<`)...)
	}
	wantStatus(t, s.get("/donate/independent-journalism"), http.StatusOK, "$301", `data-goal="/goals/keep-it-alive"`)
	w := s.get(fragment)
	wantStatus(t, w, http.StatusOK, "$301", `aria-labelledby="readerfund-independent-journalism-goal"`)
	if strings.Contains(w.Body.String(), "data-goal=") {
		t.Error("the fragment for other sites names an address of ours as its own")
	}
}

// A page with a goal is kept for seconds, and is another page when the figure is
// another, and only then.
func TestGoalMovesWithTheBooks(t *testing.T) {
	s := newGoalSite(t, "")
	s.give(1, "USD", 2500)
	s.later()
	tags, figures := map[string]map[string]string{}, map[string]string{} // by page and step, and by step
	look := func(step string, raised, gifts string) {
		t.Helper()
		figures[step] = raised + gifts
		for _, page := range []string{article, "/donate/independent-journalism", fragment, "/donate/independent-journalism?article=https://elsewhere.example/", "/goals/keep-it-alive"} {
			w := s.get(page)
			wantStatus(t, w, http.StatusOK, raised, gifts)
			tag := w.Header().Get("ETag")
			if tags[page] == nil {
				tags[page] = map[string]string{}
			}
			tags[page][step] = tag
			if got := w.Header().Get("Cache-Control"); got != "public, max-age=3, stale-while-revalidate=3" {
				t.Errorf("%s: Cache-Control %q", page, got)
			}
			if !strings.HasPrefix(tag, `"`) {
				t.Errorf("%s: ETag %s", page, tag)
			}
			again := s.get(page, func(r *http.Request) { r.Header.Set("If-None-Match", tag) })
			if again.Code != http.StatusNotModified || again.Header().Get("Cache-Control") == "" {
				t.Errorf("%s: %d, %v", page, again.Code, again.Header())
			}
		}
	}
	look("one", "$25", "1 gift")
	s.later()
	look("still one", "$25", "1 gift")
	s.give(1, "USD", 2500)
	look("not read yet", "$25", "1 gift")
	s.later()
	look("two", "$50", "2 gifts")
	s.exec("update donations set refunded = amount where payment = 'pi_1'")
	s.later()
	look("one given back", "$25", "1 gift")
	s.exec("update donations set disputed = 500, dispute_status = 'lost' where payment = 'pi_2'")
	s.later()
	look("one lost in part", "$20", "1 gift")
	for page, seen := range tags {
		for step, tag := range seen {
			for other, theirs := range seen {
				if (figures[step] == figures[other]) != (tag == theirs) {
					t.Errorf("%s: %q and %q have the tags %s and %s", page, step, other, tag, theirs)
				}
			}
		}
	}
}

func TestFiguresOfAGoal(t *testing.T) {
	s := newGoalSite(t, "")
	s.give(1234, "USD", 50)
	s.later()
	w := s.get("/goals/keep-it-alive-de")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %v, %v", w.Body, err, w.Header())
	}
	for name, want := range map[string]any{"raised": "617\u00a0$", "share": "61\u00a0%", "gifts": "1.234 Spenden", "value": 61.0} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	early := newGoalSite(t, "", func(o *web.Options) {
		appeal, _ := o.Newsroom.Appeal("keep-it-alive")
		appeal.Starts = autumn.Add(time.Second)
	})
	early.now.set(func() time.Time { return autumn.Add(time.Second) })
	wantStatus(t, early.get("/goals/keep-it-alive"), http.StatusOK)
	early.now.set(func() time.Time { return autumn })
	if w := early.get("/goals/keep-it-alive"); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "$") {
		t.Errorf("an appeal that is still to come: %d %s", w.Code, w.Body)
	}
	for _, nothing := range []string{"/goals/nothing", "/goals/%00", "/goals/"} {
		if w := s.get(nothing); w.Code != http.StatusNotFound || strings.HasPrefix(w.Header().Get("Cache-Control"), "public") {
			t.Errorf("%s: %d, %v", nothing, w.Code, w.Header())
		}
	}
	if w := newSite(t).get("/goals/keep-it-alive"); w.Code != http.StatusNotFound {
		t.Errorf("an appeal without a goal: %d", w.Code)
	}
}

// A page is shown without a figure while the books cannot be read.
func TestGoalWithoutTheBooks(t *testing.T) {
	s := newGoalSite(t, ", deadline: 2026-12-01")
	s.now.set(func() time.Time { return autumn })
	s.give(1, "USD", 2500)
	s.later()
	wantStatus(t, s.get(article), http.StatusOK, "$25")
	s.db.Close()
	s.clock = s.clock.Add(9 * time.Second)
	wantStatus(t, s.get(article), http.StatusOK, "$25")
	s.clock = s.clock.Add(time.Second)
	for range 2 {
		w := s.get(article)
		wantStatus(t, w, http.StatusOK, "For reporters: $1,000", "27 days left", `action="/donate#support"`)
		if strings.Contains(w.Body.String(), "<progress") || strings.Contains(w.Body.String(), "data-goal") {
			t.Error("a bar without a figure")
		}
	}
	if w := s.get("/goals/keep-it-alive"); w.Code != http.StatusNoContent || w.Body.Len() != 0 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.now.set(func() time.Time { return autumn.AddDate(0, 2, 0) })
	w := s.get(article)
	wantStatus(t, w, http.StatusOK)
	if strings.Contains(w.Body.String(), "For reporters") {
		t.Error("a goal whose time is over, without a figure")
	}
	wantStatus(t, newGoalSite(t, "", func(o *web.Options) { o.Giving = nil }).get(article), http.StatusOK, "For reporters: $1,000")
}

// Many readers at once are shown one page, made once.
func TestGoalForManyReaders(t *testing.T) {
	s := newGoalSite(t, "")
	s.give(1, "USD", 2500)
	s.later()
	pages := make([]string, 32)
	var wg sync.WaitGroup
	for i := range pages {
		wg.Go(func() { pages[i] = s.get(article).Body.String() })
	}
	wg.Wait()
	for _, page := range pages {
		if page != pages[0] || !strings.Contains(page, "$25") {
			t.Fatal("two readers get two pages")
		}
	}
}
