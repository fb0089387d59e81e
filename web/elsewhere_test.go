package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/web"
)

// sentFromHost posts a form from another site's page as a browser does: without the
// cookies, which are SameSite=Lax.
func (b *visitor) sentFromHost(form url.Values) *httptest.ResponseRecorder {
	return b.takes(b.donate(form, from(host)))
}

// givesFromHost does it and goes where the answer leads on our site.
func (b *visitor) givesFromHost(form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.sentFromHost(form)
	next := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(next, "/gift/") || w.Header().Get("Cache-Control") != "no-store" {
		b.t.Fatalf("status %d, location %q, %v", w.Code, next, w.Header())
	}
	return b.opens(next)
}

func hostedGift(pairs ...string) url.Values {
	return gift(append([]string{"placement", "embed", "article", host + "/harbour"}, pairs...)...)
}

// hostedVisitor is a browser that meets our asks on another site's pages too.
func hostedVisitor(t *testing.T) *visitor {
	t.Helper()
	return &visitor{site: hosted(t)}
}

// A gift from another site's page is added to those that the browser remembers.
func TestGiftFromAnotherSiteForgetsNone(t *testing.T) {
	b := hostedVisitor(t)
	own := b.started(b.gives(gift("amount", "11")))
	there := b.started(b.givesFromHost(hostedGift("amount", "12")))
	second := b.started(b.givesFromHost(hostedGift("amount", "13")))
	last := b.started(b.gives(gift("amount", "14")))
	remembered := 0
	for _, c := range b.cookies {
		if c.SameSite != http.SameSiteLaxMode || !c.HttpOnly || !c.Secure {
			t.Errorf("%+v", c)
		}
		switch c.Path {
		case "/donate", "/gift":
			remembered++
			if c.Value != strings.Join([]string{last, second, there, own}, ".") {
				t.Errorf("%s: %s", c.Path, c.Value)
			}
		case "/gift/" + there, "/gift/" + second:
			if c.MaxAge > 600 {
				t.Errorf("%s is kept for %d seconds", c.Path, c.MaxAge)
			}
		default:
			t.Errorf("a cookie for %s", c.Path)
		}
	}
	if remembered != 2 {
		t.Errorf("cookies: %v", b.cookies)
	}
	if items := elements(t, b.opens("/gift").Body.String(), "li"); len(items) != 4 {
		t.Errorf("%d gifts", len(items))
	}
}

// What was given within the hour, here or there, is asked about; said again, it is
// meant, and is what was chosen.
func TestWarningBeforeASecondGiftFromAnotherSite(t *testing.T) {
	for name, first := range map[string]func(*visitor) *httptest.ResponseRecorder{
		"here":  func(b *visitor) *httptest.ResponseRecorder { return b.gives(gift()) },
		"there": func(b *visitor) *httptest.ResponseRecorder { return b.givesFromHost(hostedGift()) },
	} {
		t.Run(name, func(t *testing.T) {
			b := hostedVisitor(t)
			session := b.session(b.started(first(b)))
			b.donation(session, "succeeded")
			began := time.Now()
			b.now.set(func() time.Time { return began.Add(12 * time.Minute) })
			for range 2 {
				w := b.givesFromHost(hostedGift("dedication", "For Ada", "comment", "Thanks", "cover_fees", "1", "anonymous", "1"))
				wantStatus(t, w, http.StatusConflict, "<h1>You gave $25 only 12 minutes ago, and it arrived</h1>",
					`href="/thanks?session_id=`+session+`"`, "Yes, give $26.06 a second time")
				if w.Header().Get("Cache-Control") != "no-store" {
					t.Error("the question is kept")
				}
				again := forms(t, w.Body.String())[0]
				if !strings.HasPrefix(again.action, "/donate") {
					t.Errorf("it is sent again to %s", again.action)
				}
				id := b.started(b.gives(again.values()))
				if n := b.count(`select count(*) from checkouts where id = $1 and amount - fee_cover = 2500 and cover_fees and anonymous
					and dedication = 'For Ada' and comment = 'Thanks' and article = $2 and appeal = 'keep-it-alive' and placement = 'embed'`, id, host+"/harbour"); n != 1 {
					t.Error("the second gift is another one")
				}
			}
			// Said twice while its payment page is open, it is one.
			if n := b.count(`select count(*) from checkouts where stripe_session is not null`); n != 1 {
				t.Errorf("%d payment pages", n)
			}
		})
	}
}

func TestWarningInTheReadersLanguageFromAnotherSite(t *testing.T) {
	for appeal, title := range map[string]string{
		"keep-it-alive-de": "<h1>Sie geben bereits jeden Monat 25\u00a0$ (begonnen vor 1 Minute)</h1>",
		"keep-it-alive-ru": "<h1>Вы уже даёте 25", "keep-it-alive-ar": "كل شهر (بدأ ذلك قبل دقيقة",
	} {
		b := hostedVisitor(t)
		form := hostedGift("frequency", "monthly", "appeal", appeal)
		sent := func() *httptest.ResponseRecorder {
			language := appeal[len(appeal)-2:]
			return b.takes(b.do(http.MethodPost, "/donate?lang="+language, strings.NewReader(form.Encode()), posted, from(host)))
		}
		b.donation(b.session(b.started(b.opens(sent().Header().Get("Location")))), "succeeded")
		began := time.Now()
		b.now.set(func() time.Time { return began.Add(time.Minute) })
		wantStatus(t, b.opens(sent().Header().Get("Location")), http.StatusConflict, title)
	}
}

// posted marks a body as a form.
func posted(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }

// One decision, pressed twice on another site's page, has one payment page.
func TestOnePaymentPageForOneDecisionOnAnotherSite(t *testing.T) {
	b := hostedVisitor(t)
	first := b.started(b.givesFromHost(hostedGift()))
	for range 2 { // whether or not the payment page was opened
		if again := b.started(b.givesFromHost(hostedGift())); again != first {
			t.Errorf("a page of its own: %s, not %s", again, first)
		}
		b.session(first)
	}
	if other := b.started(b.givesFromHost(hostedGift("amount", "26"))); other == first {
		t.Error("another order has the page of the first")
	}
	if n := b.count(`select count(*) from checkouts where stripe_session is not null`); n != 1 {
		t.Errorf("%d payment pages", n)
	}

	// The second press came before the answer to the first: only one of the two goes on.
	b = hostedVisitor(t)
	one, two := b.sentFromHost(hostedGift()), b.sentFromHost(hostedGift())
	id := b.started(b.opens(one.Header().Get("Location")))
	if late := b.started(b.opens(two.Header().Get("Location"))); late != id {
		t.Errorf("two payment pages, %s and %s", id, late)
	}
}

// The address on the way leads whoever else opens it to the payment page, and adds
// nothing to what that browser remembers.
func TestSomebodyElsesWayToThePaymentPage(t *testing.T) {
	giver, other := hostedVisitor(t), hostedVisitor(t)
	other.site = giver.site
	own := other.started(other.gives(gift("amount", "11")))
	next := giver.sentFromHost(hostedGift()).Header().Get("Location")
	w := other.opens(next)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != strings.Replace(next, "/gift/", "/checkout/", 1) || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d %s %v", w.Code, to, w.Result().Cookies())
	}
	for _, c := range other.cookies {
		if c.Value != own {
			t.Errorf("%+v", c)
		}
	}
	// Looking is not going, and what is no gift is none.
	wantStatus(t, giver.do(http.MethodHead, next, nil, giver.sends), http.StatusOK)
	wantStatus(t, giver.get(next, giver.sends, func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") }), http.StatusServiceUnavailable)
	wantStatus(t, giver.get("/checkout/"+strings.Repeat("a", 26)), http.StatusNotFound)
	if w := giver.opens("/gift/" + strings.Repeat("a", 26)); w.Header().Get("Location") != "/checkout/"+strings.Repeat("a", 26) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	// Opened again after the payment it leads to the thanks, and warns of nothing.
	id := giver.started(giver.opens(next))
	giver.donation(giver.session(id), "succeeded")
	if again := giver.started(giver.opens(next)); again != id {
		t.Errorf("opened again it leads to %s", again)
	}
}

// Which site a form was sent from, as old and new browsers say it.
func TestWhichFormsComeFromAnotherSite(t *testing.T) {
	s := hosted(t)
	header := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for at := 0; at < len(pairs); at += 2 {
				r.Header.Set(pairs[at], pairs[at+1])
			}
		}
	}
	for name, tt := range map[string]struct {
		change func(*http.Request)
		way    string
	}{
		"another site":                 {from(host), "/gift/"},
		"another site, an old browser": {header("Origin", host), "/gift/"},
		"a sibling host":               {header("Origin", host, "Sec-Fetch-Site", "same-site"), "/checkout/"},
		"our page":                     {header("Origin", "https://news.example", "Sec-Fetch-Site", "same-origin"), "/checkout/"},
		"our page, an old browser":     {header("Origin", "https://news.example"), "/checkout/"},
		"a program, or a very old one": {header(), "/checkout/"},
		"no page at all":               {header("Sec-Fetch-Site", "none"), "/checkout/"},
	} {
		if w := s.donate(gift(), tt.change); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), tt.way) {
			t.Errorf("%s: %d, %s", name, w.Code, w.Header().Get("Location"))
		}
	}
	wantStatus(t, newSite(t, func(*web.Options) {}).donate(gift(), from(host)), http.StatusForbidden)
}
