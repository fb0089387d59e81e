package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// Everything that a reader can change, from the form to the books.
func TestChangesReachTheBooks(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	wantStatus(t, b.get("/manage"), http.StatusOK, "What you give regularly", "€10 each month", "Active", "Next charge", path, "Change, pause or stop")
	wantStatus(t, b.get(path), http.StatusOK, path+"/amount", path+"/pause", path+"/card", path+"/cancel", "Independent journalism at")

	steps := []struct {
		form  string
		pairs []string
		said  string
		after []string // on the page
		holds func(r manage.Recurring) bool
	}{
		{"/amount", []string{"amount", "12,50"}, "The new amount holds from the next charge on", []string{"€12.50 each month"},
			func(r manage.Recurring) bool { return r.Amount.Minor == 1250 }},
		{"/pause", []string{"months", "3"}, "Your gift pauses", []string{"Paused until ", path + "/resume"},
			func(r manage.Recurring) bool { return r.Paused && r.PausedUntil.After(time.Now().AddDate(0, 3, -2)) }},
		{"/resume", nil, "Your gift goes on", []string{"Active", path + "/pause"},
			func(r manage.Recurring) bool { return !r.Paused && r.Status == "active" }},
		{"/cancel", []string{"reason", "too_expensive", "comment", "Sorry.\r\nUntil later!"}, "Your gift has ended", []string{"Ended on "},
			func(r manage.Recurring) bool { return !r.Running() }},
	}
	for _, step := range steps {
		action, values := b.form(path+step.form, step.pairs...)
		w := b.post(action, values)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path+"?lang=en" {
			t.Fatalf("%s: %d %s", step.form, w.Code, w.Body)
		}
		wantStatus(t, b.follows(w), http.StatusOK, step.said)
		m.flush()
		w = b.get(path)
		wantStatus(t, w, http.StatusOK, step.after...)
		if strings.Contains(w.Body.String(), step.said) {
			t.Errorf("%s: it is said again", step.form)
		}
		if r := m.only(ada); !step.holds(r) {
			t.Errorf("%s: %+v", step.form, r)
		}
		// The same form once more, by a second press or from the history.
		if w := b.post(action, values); step.form != "/resume" && w.Code != http.StatusSeeOther {
			t.Errorf("%s again: %d", step.form, w.Code)
		}
	}
	m.flush()
	if n := m.count(`select count(*) from reader_changes where action = 'cancel' and reason = 'too_expensive' and comment = E'Sorry.\nUntil later!'`); n != 1 {
		t.Error("the reason is not kept")
	}
	for _, form := range []string{"amount", "pause", "resume", "cancel"} {
		if w := b.get(path + "/" + form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != path+"?lang=en" {
			t.Errorf("%s of a gift that has ended: %d", form, w.Code)
		}
	}
	wantStatus(t, b.get("/manage/recurring/rec_nothing"), http.StatusNotFound, "We find nothing here")
	for _, w := range []*httptest.ResponseRecorder{b.get(path + "/card"), b.post(path+"/card", nil)} {
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path+"?lang=en" {
			t.Errorf("the card of a gift that has ended: %d %s", w.Code, w.Header().Get("Location"))
		}
	}
	if changed := m.count(`select count(*) from reader_changes where done_at is not null`); changed != 4 {
		t.Errorf("%d changes were carried out", changed)
	}
}

// What has ended stands below what runs, under words of its own, with a way to give
// again.
func TestWhatHasEndedStandsApart(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	if strings.Contains(b.get("/manage").Body.String(), "have ended") {
		t.Error("nothing has ended yet")
	}
	action, values := b.form(path + "/cancel")
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift has ended")
	m.flush()
	wantStatus(t, b.get(path+"?lang=en"), http.StatusOK, "Give again")
	if strings.Contains(b.get("/manage?lang=en").Body.String(), "What you give regularly") {
		t.Error("what has ended is given regularly")
	}
	m.gives(gift("frequency", "annual", "currency", "EUR", "amount", "100"), ada, "Ada")
	for language, want := range map[string][]string{
		"en": {"What you give regularly", "€100 each year", "Regular gifts that have ended", "€10 each month", "Give again"},
		"de": {"Was Sie regelmäßig geben", "im Jahr", "Beendete regelmäßige Spenden", "im Monat", "Wieder spenden"},
		"ru": {"Регулярные пожертвования", "в год", "Прекращённые регулярные пожертвования", "в месяц", "Пожертвовать снова"},
		"ar": {"تبرعاتكم المنتظمة", "كل سنة", "تبرعات منتظمة انتهت", "كل شهر", "تبرعوا من جديد"},
	} {
		page := b.get("/manage?lang=" + language).Body.String()
		rest := page
		for _, part := range want {
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Errorf("%s: %q does not follow:\n%s", language, part, page)
				break
			}
			rest = after
		}
		if !strings.Contains(page, "#support") && !strings.Contains(page, "/donate/") {
			t.Errorf("%s: nothing leads to the ask", language)
		}
	}
}

func TestChangesToMend(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	tests := map[string]struct {
		form     string
		pairs    []string
		sentence string
		field    string
	}{
		"no amount":    {"/amount", []string{"amount", ""}, "Please choose an amount, or write your own.", "amount"},
		"too little":   {"/amount", []string{"amount", "0.50"}, "Please give at least €1.", "amount"},
		"too much":     {"/amount", []string{"amount", "10001"}, "We can take at most €10,000 here.", "amount"},
		"no number":    {"/amount", []string{"amount", `"><script>x</script>`}, "Please write the amount in digits", "amount"},
		"two readings": {"/amount", []string{"amount", "1,000"}, "Did you mean 1000 or 1.00?", "amount"},
		"how long":     {"/pause", nil, "Please choose how long your gift pauses.", "months"},
		"for ever":     {"/pause", []string{"months", "120"}, "Please choose how long your gift pauses.", "months"},
		"too long":     {"/cancel", []string{"comment", strings.Repeat("ж", 501)}, "Please shorten your words to 500 characters.", "comment"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			action, values := b.form(path+tt.form, tt.pairs...)
			w := b.post(action, values)
			wantStatus(t, w, http.StatusUnprocessableEntity, "Nothing was changed", `role="alert"`, `href="#`+tt.field+`"`, `id="`+tt.field+`"`, "<title>Not yet:",
				`name="request" value="`+values.Get("request")+`"`)
			if got := html.UnescapeString(w.Body.String()); !strings.Contains(got, tt.sentence) {
				t.Errorf("the page lacks %q:\n%s", tt.sentence, got)
			}
			if runs(w.Body.String()) {
				t.Error("what was posted came back as markup")
			}
		})
	}
	if n := m.count(`select count(*) from reader_changes`); n != 0 {
		t.Errorf("%d changes noted", n)
	}
	// A form without its id, or with one of somebody's making, asks again.
	for amount, request := range map[string]string{"20": "", "21": "x", "22": "\xff", "23": strings.Repeat("a", 500)} {
		w := b.post(path+"/amount?lang=en", url.Values{"amount": {amount}, "request": {request}})
		wantStatus(t, w, http.StatusUnprocessableEntity, "Something in what was sent does not fit", `value="`+amount+`"`)
		action, values := forms(t, w.Body.String())[0].action, forms(t, w.Body.String())[0].values()
		if id := values.Get("request"); id == request || len(id) < 16 {
			t.Errorf("the form keeps the id %q", id)
		}
		if request == "x" {
			wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "The new amount holds")
		}
	}
	// No reason need be given, and one that is not offered keeps nobody.
	action, values := b.form(path+"/cancel", "reason", "<other>")
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift has ended")
}

// While Stripe is away nothing is lost: the same form, sent again, does it once.
func TestChangesWhileStripeIsAway(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	action, values := b.form(path+"/amount", "amount", "15")
	m.faults(`{"error": 1}`)
	w := b.post(action, values)
	wantStatus(t, w, http.StatusServiceUnavailable, "Not finished yet", "Nothing is lost", "press the button once more", `value="15"`, `value="`+values.Get("request")+`"`)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	cardAction, card := b.form(path + "/card")
	wantStatus(t, b.post(cardAction, card), http.StatusServiceUnavailable, "press the button once more", cardAction)
	m.faults(`{}`)
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "The new amount holds")
	m.flush()
	if r := m.only(ada); r.Amount.Minor != 1500 {
		t.Errorf("%+v", r)
	}
}

// The card is changed on a page of Stripe's. Whatever leads here, another site or a
// program that looks ahead, only the reader's own press of the button asks for it.
func TestTheCardIsChangedAtStripe(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID + "/card"
	portals := func() int {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/events?type=billing_portal.session.created", nil)
		req.Header.Set("Authorization", "Bearer sk_test_123456789012")
		w := httptest.NewRecorder()
		m.standIn.ServeHTTP(w, req)
		wantStatus(t, w, http.StatusOK, `"object": "list"`)
		return strings.Count(w.Body.String(), `"object": "event"`)
	}
	w := b.get(path)
	wantStatus(t, w, http.StatusOK, "Change the card", "€10 each month", "What pays your other gifts stays as it is", path)
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://checkout.stripe.com https://billing.stripe.com "+m.stripe.URL+";") {
		t.Errorf("the browser would not follow the form: %s", policy)
	}
	wantStatus(t, b.do(http.MethodHead, path, nil), http.StatusOK)
	wantStatus(t, b.get(path, func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") }), http.StatusOK)
	action, values := b.form(path)
	wantStatus(t, b.post(action, values, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), http.StatusForbidden)
	if n := portals(); n != 0 {
		t.Fatalf("%d pages were asked for", n)
	}
	w = b.post(action, values)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), m.stripe.URL+"/portal/") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if n := portals(); n != 1 {
		t.Errorf("%d pages were asked for", n)
	}
}

func TestGiftsAndPapers(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada Reader")
	m.gives(gift("currency", "JPY", "amount", "500"), ada, "Ada Reader")
	m.days(40)
	b := m.opens(ada)
	w := b.get("/manage")
	wantStatus(t, w, http.StatusOK, "Good day, Ada Reader", "Your gifts so far", "¥500", "once", "€10", "monthly", "Received", `href="/articles/geneva-joint-centre"`)
	var pdfs []string
	for address := range strings.SplitSeq(w.Body.String(), `href="`) {
		if address, _, _ = strings.Cut(address, `"`); strings.Contains(address, ".pdf") {
			pdfs = append(pdfs, address)
		}
	}
	if len(pdfs) < 4 { // three gifts, and a year or two
		t.Fatalf("papers: %v", pdfs)
	}
	for _, address := range pdfs {
		w := b.get(address)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || w.Header().Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment; filename=") || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: %d %v", address, w.Code, w.Header())
		}
	}
	for _, address := range []string{
		"/manage/receipts/don_nothing.pdf", "/manage/receipts/x", "/manage/receipts/%00.pdf", "/manage/statements/1999.pdf", "/manage/statements/02026.pdf",
		"/manage/statements/2026", "/manage/statements/-1.pdf", "/manage/statements/99999999999999999999.pdf", "/manage/statements/x.pdf",
	} {
		wantStatus(t, b.get(address), http.StatusNotFound, "We find nothing here")
	}
}

// What became of each gift is said as it is.
func TestGiftsThatDidNotStay(t *testing.T) {
	m := newManaged(t)
	for range 6 {
		m.gives(gift(), ada, "")
	}
	for i, set := range []string{"refunded = 2500", "refunded = 500", "disputed = 2500", "status = 'pending'", "status = 'failed'", "status = 'canceled'"} {
		if _, err := m.db.Exec(t.Context(), `update donations set `+set+` where donation_id = (select donation_id from donations order by donation_id offset $1 limit 1)`, i); err != nil {
			t.Fatal(err)
		}
	}
	b := m.opens(ada)
	w := b.get("/manage")
	wantStatus(t, w, http.StatusOK, "<h1>Your gifts</h1>", "Given back", "$5 given back, $20 remains", "Taken back by your bank", "On its way", "Did not go through", "Canceled")
	if n := strings.Count(w.Body.String(), "/manage/receipts/"); n != 3 {
		t.Errorf("%d receipts", n)
	}
}

// A card that fails is said on the page, with the way to mend it.
func TestCardThatFails(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	id := m.only(ada).RecurringID
	if _, err := m.db.Exec(t.Context(), `update recurring_donations set status = 'past_due'`); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, b.get("/manage"), http.StatusOK, "The last payment did not go through", `class="main" href="/manage/recurring/`+id+`/card?lang=en"`)
	wantStatus(t, b.get("/manage/recurring/"+id+"/pause"), http.StatusOK, "The payment that did not go through is not tried again.")
	// A pause hides it no more than the list does.
	if _, err := m.db.Exec(t.Context(), `update recurring_donations set status = 'paused'; update subscriptions set status = 'past_due', pause_behavior = 'void'`); err != nil {
		t.Fatal(err)
	}
	for language, says := range map[string]string{"en": "The last payment did not go through. Please change the card before the next", "de": "bevor die nächste fällig wird", "ru": "смените карту до следующего списания", "ar": "تغيير البطاقة قبل موعد"} {
		wantStatus(t, b.get("/manage?lang="+language), http.StatusOK, says, "/manage/recurring/"+id+"/card?lang="+language)
	}
	if _, err := m.db.Exec(t.Context(), `update subscriptions set status = 'active', pause_behavior = ''`); err != nil {
		t.Fatal(err)
	}
	if _, err := m.db.Exec(t.Context(), `update recurring_donations set currency = 'AUD', status = 'active'`); err != nil {
		t.Fatal(err)
	}
	w := b.get("/manage/recurring/" + id + "/amount")
	wantStatus(t, w, http.StatusOK, "cannot be changed here", "readers@meridian.example")
	if len(forms(t, w.Body.String())) != 0 {
		t.Error("a form that nothing comes of")
	}
	wantStatus(t, b.post("/manage/recurring/"+id+"/amount", url.Values{"amount": {"20"}}), http.StatusUnprocessableEntity, "cannot be changed here")
}

// Each page speaks every language, the one of its address before the one of the
// gift.
func TestManageSpeaksEveryLanguage(t *testing.T) {
	m := newManaged(t)
	m.gives(gift("frequency", "annual", "currency", "EUR", "amount", "100", "article", "pegel-am-tarrow", "appeal", "keep-it-alive-de"), ada, "Ada")
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	all, err := m.books.Recurring(t.Context(), m.donor(ada))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	pages := []string{"/manage"}
	for _, r := range all {
		path := "/manage/recurring/" + r.RecurringID
		pages = append(pages, path, path+"/amount", path+"/pause", path+"/cancel")
		if r.Kind == payments.Annual {
			wantStatus(t, b.get(path+"?lang=de"), http.StatusOK, "100\u00a0€ im Jahr", "Pegel")
		}
	}
	for _, l := range append(languages(), spoken{tag: "en", dir: "ltr"}) {
		for _, page := range pages {
			w := b.get(page + "?lang=" + l.tag)
			wantStatus(t, w, http.StatusOK, `<html lang="`+l.tag+`" dir="`+l.dir+`">`, `hreflang="ru"`)
			for address := range strings.SplitSeq(w.Body.String(), `href="/manage`) {
				if address, _, _ = strings.Cut(address, `"`); strings.HasPrefix(address, "<!doctype") || strings.Contains(address, "lang=") {
					continue
				}
				t.Errorf("%s in %s leads to another language", page, l.tag)
			}
		}
	}
}
