package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/web"
)

// spoken is what a reader of each language meets.
type spoken struct{ tag, dir, article, appeal, currency, button, strip, wrong, problem, gone, notFound string }

func languages() []spoken {
	return []spoken{
		{"de", "ltr", "pegel-am-tarrow", "keep-it-alive-de", "EUR", "Monatlich geben", "Monatlich 10\u00a0€ geben", "Bitte geben Sie mindestens 1\u00a0€.", "Ihre Spende wurde noch nicht begonnen", "Zurück zum Bericht", "Diese Seite gibt es nicht"},
		{"ru", "ltr", "datchiki-na-tarrou", "keep-it-alive-ru", "EUR", "Давать каждый месяц", "Давать 10\u00a0€ в месяц", "Наименьшая сумма — 1\u00a0€.", "Пожертвование ещё не начато", "Вернуться к материалу", "Такой страницы нет"},
		{"ar", "rtl", "maqayis-nahr-tarrow", "keep-it-alive-ar", "USD", "تبرّع بمبلغ شهريًا", "تبرّع بمبلغ 10\u00a0دولارات شهريًا", "أقل مبلغ للتبرع هو 1\u00a0دولار.", "لم يبدأ تبرعكم بعد", "العودة إلى التقرير", "لا وجود لهذه الصفحة"},
	}
}

// A reader who begins in a language stays in it: on the article, in the form and
// what is wrong with it, at the checkout and afterwards.
func TestReaderStaysInTheLanguage(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.DonationsPerMinute = 1000 })
	for _, l := range languages() {
		t.Run(l.tag, func(t *testing.T) {
			page := `<html lang="` + l.tag + `" dir="` + l.dir + `">`
			wantStatus(t, s.get("/articles/"+l.article), http.StatusOK, page, l.button, l.strip,
				`<link rel="alternate" hreflang="en" href="https://news.example/articles/tarrow-river-gauges">`,
				`action="/donate?lang=`+l.tag+`#support"`)
			wantStatus(t, s.get("/?lang="+l.tag), http.StatusOK, page, "/articles/"+l.article,
				`<link rel="canonical" href="https://news.example/?lang=`+l.tag+`">`)
			wantStatus(t, s.get("/donate/independent-journalism?lang="+l.tag), http.StatusOK, page, l.button,
				`hreflang="ar"`, `hreflang="en"`, `name="appeal" value="`+l.appeal+`"`)
			wantStatus(t, s.get("/nothing?lang="+l.tag), http.StatusNotFound, page, l.notFound)

			form := gift("article", l.article, "appeal", l.appeal, "currency", l.currency)
			small := url.Values{}
			for name, values := range form {
				small[name] = values
			}
			small.Set("custom_amount", "0,50")
			wantStatus(t, s.donate(small), http.StatusUnprocessableEntity, page, l.wrong, l.problem, "/articles/")

			id := s.started(s.donate(form))
			if n := s.count(`select count(*) from checkouts where id = $1 and language = $2`, id, l.tag); n != 1 {
				t.Error("the checkout does not keep the language")
			}
			s.get("/checkout/" + id)
			var session string
			if err := s.db.QueryRow(t.Context(), `select stripe_session from checkouts where id = $1`, id).Scan(&session); err != nil {
				t.Fatal(err)
			}
			wantStatus(t, s.get("/thanks?session_id="+session), http.StatusOK, page, l.gone, `href="/articles/`+l.article+`"`)

			whole := s.do(http.MethodPost, "/donate?lang="+l.tag, strings.NewReader(url.Values{
				"frequency": {"one_time"}, "amount": {"25"}, "currency": {l.currency}, "campaign": {"independent-journalism"}, "placement": {"page"},
			}.Encode()), func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
			if n := s.count(`select count(*) from checkouts where id = $1 and language = $2`, s.started(whole), l.tag); n != 1 {
				t.Error("the whole-page ask does not keep the language")
			}
		})
	}
}

// A page in a language is another page than that in another, and its language
// depends on nothing but its address. Only the currency may be guessed, where the
// address names none.
func TestLanguageIsInTheAddressOnly(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"/", "/donate/independent-journalism", "/articles/tarrow-river-gauges"} {
		plain := s.get(target)
		german := s.get(target+"?currency=USD", func(r *http.Request) { r.Header.Set("Accept-Language", "de, ar;q=0.9") })
		if plain.Body.String() != german.Body.String() || slices.Contains(plain.Header().Values("Vary"), "Accept-Language") {
			t.Errorf("%s depends on what the browser prefers", target)
		}
		unknown := s.get(target + "?lang=xx")
		if unknown.Body.String() != plain.Body.String() {
			t.Errorf("%s in a language that the site does not have is another page", target)
		}
	}
	front := s.get("/").Body.String()
	for _, l := range languages() {
		if strings.Contains(front, `<a href="/articles/`+l.article) {
			t.Errorf("the English front page shows the article in %s", l.tag)
		}
		if !strings.Contains(front, `<link rel="alternate" hreflang="`+l.tag+`" href="https://news.example/?lang=`+l.tag+`">`) {
			t.Errorf("the front page does not lead to %s", l.tag)
		}
	}
}

// Languages stand in the order of the site file, whatever the page.
func TestLanguagesStandInOneOrder(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Newsroom = changedNewsroom(t, [3]string{"site.yaml", "languages: [de, ru, ar]", "languages: [ru, ar, de]"})
	})
	for _, page := range []string{"/", "/?lang=de", "/articles/tarrow-river-gauges", "/articles/maqayis-nahr-tarrow", "/donate/independent-journalism?lang=ru"} {
		var order []string
		for _, m := range regexp.MustCompile(`<li><a [^>]*hreflang="(\w+)"`).FindAllStringSubmatch(s.get(page).Body.String(), -1) {
			order = append(order, m[1])
		}
		if !slices.Equal(order, []string{"en", "ru", "ar", "de"}) {
			t.Errorf("%s offers %q", page, order)
		}
	}
}
