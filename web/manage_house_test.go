package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/web"
	"github.com/readerfund/readerfund/web/mail"
	webreader "github.com/readerfund/readerfund/web/reader"
)

// managed is a site with the reader's own page. What the stand-in tells reaches
// its books.
type managed struct {
	*site
	standIn *stripefake.Server
	access  *manage.Access
	books   *manage.Books
}

func newManaged(t *testing.T, change ...func(*web.Options)) *managed {
	t.Helper()
	m := &managed{}
	m.site = newSite(t, append([]func(*web.Options){func(o *web.Options) {
		started, ok := o.Checkouts.(*payments.Checkouts)
		if !ok {
			t.Fatalf("checkouts are a %T", o.Checkouts)
		}
		gateway, ok := started.Gateway.(*stripegw.Gateway)
		if !ok {
			t.Fatalf("the gateway is a %T", started.Gateway)
		}
		if _, err := gateway.SetUpPortal(t.Context()); err != nil {
			t.Fatal(err)
		}
		papers, err := mail.NewWriter(o.Newsroom, "", o.Now)
		if err != nil {
			t.Fatal(err)
		}
		m.access, m.books = &manage.Access{DB: started.DB, Now: o.Now}, &manage.Books{DB: started.DB}
		o.Manage = &webreader.Manage{
			Access: m.access, Books: m.books, Papers: papers,
			Changes: &manage.Changes{DB: started.DB, Stripe: gateway, Now: o.Now, Zone: o.Newsroom.Site.BaseTimezone},
		}
		o.DonationsPerMinute = 1000
	}}, change...)...)
	standIn, ok := m.stripe.Config.Handler.(*stripefake.Server)
	if !ok {
		t.Fatalf("the stand-in is a %T", m.stripe.Config.Handler)
	}
	m.standIn = standIn
	hook := httptest.NewServer(m.handler)
	t.Cleanup(func() {
		m.flush() // before anything closes
		hook.Close()
	})
	standIn.AddEndpoint(hook.URL+"/webhooks/stripe", secret, "2023-10-16")
	return m
}

// flush waits until all that the stand-in told is in the books.
func (m *managed) flush() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := m.standIn.Flush(ctx); err != nil {
		m.t.Fatal(err)
	}
}

// days moves the stand-in's clock.
func (m *managed) days(n int) {
	m.t.Helper()
	resp, err := m.stripe.Client().Post(m.stripe.URL+"/_control/advance", "application/json", strings.NewReader(fmt.Sprintf(`{"seconds": %d}`, n*24*60*60)))
	if err != nil {
		m.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		m.t.Fatalf("advance: %s, %v", resp.Status, err)
	}
	m.flush()
}

// gives has a reader give through Stripe's page.
func (m *managed) gives(form url.Values, email, name string) {
	m.t.Helper()
	_, session := m.opened(form)
	resp, err := m.stripe.Client().PostForm(m.stripe.URL+"/pay/"+session, url.Values{
		"method": {"card"}, "card_number": {"4242424242424242"}, "email": {email}, "name": {name},
	})
	if err == nil {
		err = resp.Body.Close()
	}
	// It leads back to a page of a newsroom that does not exist.
	if err != nil && !strings.Contains(err.Error(), "news.example") {
		m.t.Fatal(err)
	}
	m.flush()
}

// browser is a reader's, as far as cookies go.
type browser struct {
	*managed
	cookies map[string]string
}

func (m *managed) browser() *browser { return &browser{managed: m, cookies: map[string]string{}} }

// opens asks for a link, takes the letter and opens the page.
func (m *managed) opens(email string) *browser {
	m.t.Helper()
	b := m.browser()
	wantStatus(m.t, b.post("/manage", url.Values{"email": {email}}), http.StatusOK)
	w := b.post("/manage/open", url.Values{"token": {m.letter().Token}})
	if w.Code != http.StatusSeeOther {
		m.t.Fatalf("opening: %d %s", w.Code, w.Body)
	}
	return b
}

// letter takes the letter that is due.
func (m *managed) letter() manage.Letter {
	m.t.Helper()
	var got manage.Letter
	outcome, err := m.access.SendNext(m.t.Context(), func(_ context.Context, l manage.Letter) error {
		got = l
		return nil
	})
	if err != nil || outcome != manage.Sent {
		m.t.Fatalf("%s, %v", outcome, err)
	}
	return got
}

func (b *browser) do(method, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.site.do(method, target, strings.NewReader(form.Encode()), append([]func(*http.Request){func(r *http.Request) {
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		for name, value := range b.cookies {
			r.Header.Add("Cookie", name+"="+value)
		}
	}}, change...)...)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return w
}

func (b *browser) get(target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.do(http.MethodGet, target, nil, change...)
}

func (b *browser) post(target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.do(http.MethodPost, target, form, change...)
}

// follows goes where an answer leads.
func (b *browser) follows(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	b.t.Helper()
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("status %d, want %d\n%s", w.Code, http.StatusSeeOther, w.Body)
	}
	return b.get(w.Header().Get("Location"))
}

// form fills in the form of a page, of which that has one.
func (b *browser) form(target string, pairs ...string) (action string, values url.Values) {
	b.t.Helper()
	w := b.get(target)
	all := forms(b.t, w.Body.String())
	if w.Code != http.StatusOK || len(all) != 1 {
		b.t.Fatalf("%s: %d, %d forms\n%s", target, w.Code, len(all), w.Body)
	}
	values = all[0].values()
	for pair := range slices.Chunk(pairs, 2) {
		values.Set(pair[0], pair[1])
	}
	return all[0].action, values
}

// only is the one recurring donation of a donor.
func (m *managed) only(email string) manage.Recurring {
	m.t.Helper()
	all, err := m.books.Recurring(m.t.Context(), m.donor(email))
	if err != nil || len(all) != 1 {
		m.t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func (m *managed) donor(email string) (id string) {
	m.t.Helper()
	if err := m.db.QueryRow(m.t.Context(), `select donor_id from donors where email_key = $1`, email).Scan(&id); err != nil {
		m.t.Fatal(err)
	}
	return id
}
