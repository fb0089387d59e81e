package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/readerfund/readerfund/web"
)

// visitor keeps cookies as a browser does, by their path.
type visitor struct {
	*site
	cookies []*http.Cookie
}

func (b *visitor) takes(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	for _, set := range w.Result().Cookies() {
		b.cookies = slices.DeleteFunc(b.cookies, func(c *http.Cookie) bool { return c.Name == set.Name && c.Path == set.Path })
		b.cookies = append(b.cookies, set)
	}
	return w
}

func (b *visitor) sends(r *http.Request) {
	for _, c := range b.cookies {
		if path := r.URL.Path; path == c.Path || c.Path == "/" || strings.HasPrefix(path, c.Path+"/") {
			r.Header.Add("Cookie", c.Name+"="+c.Value)
		}
	}
}

func (b *visitor) gives(form url.Values) *httptest.ResponseRecorder {
	return b.takes(b.donate(form, b.sends))
}

func (b *visitor) opens(target string) *httptest.ResponseRecorder {
	return b.takes(b.get(target, b.sends))
}

// session opens the payment page of a checkout and gives the session.
func (b *visitor) session(id string) (session string) {
	b.t.Helper()
	wantStatus(b.t, b.opens("/checkout/"+id), http.StatusSeeOther)
	if err := b.db.QueryRow(b.t.Context(), `select stripe_session from checkouts where id = $1`, id).Scan(&session); err != nil {
		b.t.Fatal(err)
	}
	return session
}

func TestTheBrowserRemembersItsGifts(t *testing.T) {
	for base, secure := range map[string]bool{"https://news.example": true, "http://127.0.0.1:8080": false} {
		b := &visitor{site: newSite(t, func(o *web.Options) { o.BaseURL = base })}
		var ids []string
		for amount := range 13 {
			ids = append([]string{b.started(b.gives(gift("amount", strconv.Itoa(11+amount))))}, ids...)
		}
		if len(b.cookies) != 2 {
			t.Fatalf("cookies: %v", b.cookies)
		}
		for i, path := range []string{"/donate", "/gift"} {
			c := b.cookies[i]
			if c.Name != "gifts" || c.Path != path || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure ||
				c.MaxAge != 30*24*3600 || c.Value != strings.Join(ids[:12], ".") {
				t.Errorf("%s: %+v", base, c)
			}
		}
	}
}

// Nothing that readers read depends on it, and none of it sets a cookie.
func TestPagesForEverybodySetNoCookie(t *testing.T) {
	b := &visitor{site: newSite(t)}
	b.started(b.gives(gift()))
	for _, target := range []string{"/", article, "/donate/independent-journalism", "/embed/independent-journalism"} {
		w := b.get(target, b.sends)
		if w.Header().Get("Set-Cookie") != "" || strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Cookie") {
			t.Errorf("%s: %v", target, w.Header())
		}
	}
}

func TestDidMyGiftGoThrough(t *testing.T) {
	b := &visitor{site: newSite(t)}
	wantStatus(t, b.opens("/gift"), http.StatusOK, "Did my gift go through?", "We see no gift that was begun in this browser",
		"Look for a receipt in your mail", "readers@meridian.example")
	states := []struct{ amount, status, words, link string }{
		{"11", "succeeded", "It has arrived.", "See this gift"},
		{"12", "pending", "Your bank confirms it", "See this gift"},
		{"13", "failed", "It did not go through. Nothing was charged.", "Choose your gift again"},
		{"14", "", "It is not finished.", "Go on to the payment"},
	}
	for _, state := range states {
		id := b.started(b.gives(gift("amount", state.amount)))
		if session := b.session(id); state.status != "" {
			b.donation(session, state.status)
		}
	}
	b.started(b.gives(gift("amount", "15"))) // its payment page was never opened
	w := b.opens("/gift")
	wantStatus(t, w, http.StatusOK, "These are the gifts that were begun in this browser")
	items := elements(t, w.Body.String(), "li")
	if len(items) != len(states)+1 {
		t.Fatalf("%d gifts", len(items))
	}
	for i, state := range states {
		item := items[len(items)-1-i]
		for _, want := range []string{"$" + state.amount + ", given once", state.words, state.link} {
			if !strings.Contains(item, want) {
				t.Errorf("%s: %q lacks %q", state.amount, item, want)
			}
		}
	}
	if !strings.Contains(items[0], "Go on to the payment") {
		t.Errorf("not opened yet: %q", items[0])
	}
	if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("headers %v", h)
	}
	later := time.Now().Add(48 * time.Hour)
	b.now.set(func() time.Time { return later })
	if item := elements(t, b.opens("/gift").Body.String(), "li")[1]; !strings.Contains(item, "the payment page has expired. Nothing was charged.") {
		t.Errorf("two days later: %q", item)
	}
}

// The browser writes down what came or is on its way, and takes back what a bank
// refused days later: that reader is asked again.
func TestAGiftThatFailsLaterIsTakenBack(t *testing.T) {
	b := &visitor{site: newSite(t)}
	session := b.session(b.started(b.gives(gift())))
	b.donation(session, "pending")
	pages := []string{"/thanks?session_id=" + session, "/gift"}
	for _, page := range pages {
		w := b.opens(page)
		wantStatus(t, w, http.StatusOK, `data-gave-at="1793921400"`)
		if strings.Contains(w.Body.String(), "data-lost") {
			t.Errorf("%s takes back what is on its way", page)
		}
	}
	if _, err := b.db.Exec(t.Context(), `update donations set status = 'failed'`); err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		w := b.opens(page)
		var from, to int64
		_, said, _ := strings.Cut(w.Body.String(), "data-lost=")
		if _, err := fmt.Sscanf(said, `"%d %d"`, &from, &to); err != nil || from > 1793921400 || to < 1793921400 {
			t.Errorf("%s takes back %d to %d: %v", page, from, to, err)
		}
		if strings.Contains(w.Body.String(), "data-gave") {
			t.Errorf("%s thanks for what failed", page)
		}
	}
	// Another that came stays.
	b.donation(b.session(b.started(b.gives(gift("amount", "30")))), "succeeded")
	wantStatus(t, b.opens("/gift"), http.StatusOK, `data-gave-at="1793921400"`, "data-lost=")
}

// Whatever stands in the cookie, it is an id of ours or nothing.
func TestCookiesOfAnotherMaking(t *testing.T) {
	s := newSite(t)
	other := s.started(s.donate(gift("amount", "77")))
	var twelve []string
	for _, letter := range "abcdefghijkl" {
		twelve = append(twelve, strings.Repeat(string(letter), 26))
	}
	for value, shown := range map[string]bool{
		other: true, strings.ToUpper(other): false, other + "x": false, "'; drop table checkouts": false, strings.Repeat("a", 4000): false,
		strings.Repeat("a", 26): false, "..." + other + "..": true, strings.Join(twelve, ".") + "." + other: false,
	} {
		w := s.get("/gift", func(r *http.Request) { r.Header.Set("Cookie", "gifts="+value) })
		wantStatus(t, w, http.StatusOK)
		if got := strings.Contains(w.Body.String(), "$77"); got != shown {
			t.Errorf("%q: shown %v", value, got)
		}
	}
}

// A gift that this browser made within the hour is not made twice by mistake.
func TestWarningBeforeASecondPayment(t *testing.T) {
	for _, tt := range []struct{ status, title string }{
		{"succeeded", "You gave $25 only 12 minutes ago, and it arrived"}, {"pending", "You gave $25 only 12 minutes ago, and it is on its way"},
	} {
		t.Run(tt.status, func(t *testing.T) {
			b := &visitor{site: newSite(t)}
			session := b.session(b.started(b.gives(gift())))
			b.donation(session, tt.status)
			began := time.Now()
			b.now.set(func() time.Time { return began.Add(12 * time.Minute) })
			w := b.gives(gift("dedication", "For Ada", "cover_fees", "1"))
			wantStatus(t, w, http.StatusConflict, "<h1>"+tt.title+"</h1>", "Nothing has been charged for another gift",
				`href="/thanks?session_id=`+session+`"`, ">Yes, give $26.06 a second time</button>", "Includes $1.06 for the payment fee, so that all of your $25 arrives.")
			if w.Header().Get("Cache-Control") != "no-store" || b.count(`select count(*) from checkouts`) != 1 {
				t.Error("a second checkout was begun")
			}
			// Said again, it is meant, and is what was chosen.
			b.started(b.gives(forms(t, w.Body.String())[0].values()))
			if n := b.count(`select count(*) from checkouts where amount - fee_cover = 2500 and cover_fees and dedication = 'For Ada'
				and article = 'geneva-joint-centre' and appeal = 'keep-it-alive' and placement = 'end'`); n != 1 {
				t.Error("the second gift is another one")
			}
		})
	}
}

// A second recurring gift runs beside the first, and the page says so; who only
// means another amount is shown the way.
func TestWarningBeforeASecondSubscription(t *testing.T) {
	m := newManaged(t)
	for _, tt := range []struct {
		language, kind, status string
		minutes                int
		words                  []string
	}{
		{"en", "monthly", "succeeded", 5, []string{"<h1>You already give $25 every month (begun 5 minutes ago)</h1>", "Start a second monthly gift of $25?", ">Start a second monthly gift of $25</button>", ">Change the amount instead</a>"}},
		{"en", "annual", "pending", 0, []string{"<h1>You already give $25 every year (begun a moment ago)</h1>", "Its first payment is on its way.", ">Start a second yearly gift of $25</button>"}},
		{"de", "monthly", "succeeded", 1, []string{"<h1>Sie geben bereits jeden Monat 25\u00a0$ (begonnen vor 1 Minute)</h1>", ">Eine zweite monatliche Spende von 25\u00a0$ beginnen</button>", ">Stattdessen den Betrag ändern</a>"}},
		{"ru", "annual", "succeeded", 3, []string{"каждый год (начали 3 минуты назад)</h1>", ">Начать второе пожертвование: ", ">Лучше изменить сумму</a>"}},
		{"ar", "monthly", "pending", 2, []string{"كل شهر (بدأ ذلك قبل دقيقتين)</h1>", "دفعته الأولى في الطريق.", ">بدء تبرع شهري ثانٍ بمبلغ "}},
	} {
		t.Run(tt.language+" "+tt.kind, func(t *testing.T) {
			m.now.set(time.Now)
			b := &visitor{site: m.site}
			form := gift("frequency", tt.kind, "article", "", "appeal", map[string]string{"en": "keep-it-alive"}[tt.language])
			if tt.language != "en" {
				form.Set("appeal", "keep-it-alive-"+tt.language)
			}
			b.donation(b.session(b.started(b.gives(form))), tt.status)
			began := time.Now()
			b.now.set(func() time.Time { return began.Add(time.Duration(tt.minutes) * time.Minute) })
			checkouts := b.count(`select count(*) from checkouts`)
			w := b.gives(form)
			wantStatus(t, w, http.StatusConflict, append(tt.words, `href="/manage`)...)
			if b.count(`select count(*) from checkouts`) != checkouts {
				t.Error("a second subscription was begun")
			}
			b.started(b.gives(forms(t, w.Body.String())[0].values()))
		})
	}
}

// Who has just begun one regular gift and begins another, of another amount, rhythm
// or currency, is asked too: both would be taken.
func TestWarningBeforeAnotherSubscription(t *testing.T) {
	m := newManaged(t)
	b := &visitor{site: m.site}
	b.donation(b.session(b.started(b.gives(gift("frequency", "monthly", "amount", "15")))), "succeeded")
	for _, amount := range []string{"21", "22", "23", "24", "25", "26"} {
		b.started(b.gives(gift("amount", amount))) // others that are begun between, and not paid
	}
	for _, tt := range []struct {
		form  url.Values
		words []string
	}{
		{gift("frequency", "monthly", "amount", "15"), []string{"Start a second monthly gift of $15?"}},
		{gift("frequency", "monthly", "amount", "20"), []string{"Start another gift of $20 every month?", ">Start another gift of $20 every month</button>"}},
		{gift("frequency", "annual", "amount", "15"), []string{">Start another gift of $15 every year</button>"}},
		{gift("frequency", "monthly", "amount", "15", "currency", "EUR"), []string{">Start another gift of €15 every month</button>"}},
	} {
		checkouts := b.count(`select count(*) from checkouts`)
		w := b.gives(tt.form)
		wantStatus(t, w, http.StatusConflict, append(tt.words, "<h1>You already give $15 every month (begun a moment ago)</h1>", ">Change the amount instead</a>")...)
		if b.count(`select count(*) from checkouts`) != checkouts {
			t.Error("another subscription was begun")
		}
		again := forms(t, w.Body.String())[0].values()
		if again.Get("currency") != tt.form.Get("currency") || again.Get("frequency") != tt.form.Get("frequency") {
			t.Errorf("sent again: %v", again)
		}
	}
	b.started(b.gives(gift("amount", "15"))) // once is no regular gift
}

// Every sum on that page is one that is taken, with what covers the fee.
func TestWarningNamesWhatIsTaken(t *testing.T) {
	b := &visitor{site: newSite(t)}
	b.donation(b.session(b.started(b.gives(gift("frequency", "monthly", "amount", "12.50", "currency", "EUR", "cover_fees", "1")))), "succeeded")
	w := b.gives(gift("frequency", "annual", "amount", "10000", "currency", "JPY", "cover_fees", "1"))
	wantStatus(t, w, http.StatusConflict, "<h1>You already give €12.94 every month", "Start another gift of ¥10,373 every year?",
		"Includes ¥373 for the payment fee, so that all of your ¥10,000 arrives.", ">Start another gift of ¥10,373 every year</button>")
	b.started(b.gives(forms(t, w.Body.String())[0].values()))
	if b.count(`select count(*) from checkouts where currency = 'JPY' and amount = 10373`) != 1 {
		t.Error("another sum is taken than was named")
	}
	b.donation(b.session(b.started(b.gives(gift("amount", "40", "cover_fees", "1")))), "succeeded")
	wantStatus(t, b.gives(gift("amount", "40")), http.StatusConflict, "You gave $41.50 a moment ago", ">Yes, give $40 a second time</button>")
}

// A payment page that is done is a payment, told or not.
func TestWarningWhileTheFirstIsConfirmed(t *testing.T) {
	b := &visitor{site: newSite(t)}
	session := b.session(b.started(b.gives(gift())))
	if _, err := b.db.Exec(t.Context(), `insert into checkout_sessions (id, checkout_id, mode, status, payment_status, payment, subscription, invoice,
		customer, currency, amount, email, name, country, created) values ($1, '', 'payment', 'complete', 'paid', '', '', '', '', 'USD', 2500, '', '', '', 1)`, session); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, b.gives(gift()), http.StatusConflict, "You gave $25 a moment ago, and it is on its way")
	wantStatus(t, b.opens("/gift"), http.StatusOK, "We are waiting for our payment provider to confirm it")
}

// What is no second payment is not held up.
func TestNoWarning(t *testing.T) {
	b := &visitor{site: newSite(t)}
	session := b.session(b.started(b.gives(gift())))
	b.donation(session, "succeeded")
	for name, form := range map[string]url.Values{
		"another amount": gift("amount", "26"), "another currency": gift("currency", "EUR"), "another rhythm": gift("frequency", "monthly"),
		"meant": gift("again", "1"),
	} {
		if w := b.donate(form, b.sends); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	b.started(b.donate(gift())) // another browser
	began := time.Now()
	b.now.set(func() time.Time { return began.Add(61 * time.Minute) })
	b.started(b.gives(gift()))
}

// An order that is sent again while its payment page is open leads there: two
// pages for one decision are how it is paid twice.
func TestOneDecisionOnePaymentPage(t *testing.T) {
	b := &visitor{site: newSite(t)}
	first := b.started(b.gives(gift()))
	if again := b.started(b.gives(gift())); again != first {
		t.Error("a second checkout was begun before the first was opened")
	}
	b.session(first)
	if again := b.started(b.gives(gift())); again != first {
		t.Error("a second checkout was begun")
	}
	for name, form := range map[string]url.Values{
		"placement": gift("placement", "strip"), "dedication": gift("dedication", "For Ada"), "cover": gift("cover_fees", "1"), "anonymous": gift("anonymous", "1"),
	} {
		if other := b.started(b.donate(form, b.sends)); other == first {
			t.Errorf("%s: another order led to the first one's page", name)
		}
	}
	began := time.Now()
	b.now.set(func() time.Time { return began.Add(61 * time.Minute) })
	if later := b.started(b.gives(gift())); later == first {
		t.Error("an old page was opened again")
	}
}

// Without the books a gift cannot be looked up, and nothing sounds as if it were lost.
func TestGiftsWithoutDatabase(t *testing.T) {
	b := &visitor{site: newSite(t)}
	b.started(b.gives(gift()))
	b.db.Close()
	w := b.opens("/gift")
	wantStatus(t, w, http.StatusServiceUnavailable, "nothing is lost", "looks again by itself")
	if w.Header().Get("Refresh") != "10; url=/gift" {
		t.Errorf("headers %v", w.Header())
	}
	wantStatus(t, b.gives(gift()), http.StatusServiceUnavailable, "We cannot take gifts for a moment")
}

// The way there stands in the small print of every ask and on pages for failures.
func TestTheWayToOnesGift(t *testing.T) {
	s := newSite(t)
	wantStatus(t, s.get(article), http.StatusOK, `<a href="/gift">Did my gift go through?</a>`)
	wantStatus(t, s.get("/embed/independent-journalism?lang=de"), http.StatusOK, `<a href="https://news.example/gift?lang=de">Ist meine Spende angekommen?</a>`)
	wantStatus(t, s.get("/thanks?session_id=cs_test_nothing"), http.StatusNotFound, `href="/gift"`)
	for language, title := range map[string]string{"de": "Ist meine Spende angekommen?", "ru": "Дошло ли моё пожертвование?", "ar": "هل وصل تبرعي؟"} {
		wantStatus(t, s.get("/gift?lang="+language), http.StatusOK, title, `lang="`+language+`"`)
	}
}

// elements gives the text of every element of a kind that stands in main.
func elements(t *testing.T, page, kind string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "main" {
			continue
		}
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.Data == kind {
				all = append(all, strings.Join(strings.Fields(text(d)), " "))
			}
		}
	}
	return all
}
