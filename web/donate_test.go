package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/web"
)

func display(t *testing.T, minor int64, code string) string {
	t.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return money.New(minor, c).Display()
}

func TestDonate(t *testing.T) {
	s := newSite(t)
	tests := map[string]struct {
		form  url.Values
		where string // of the checkout
	}{
		"documented fields": {gift(), `kind = 'one_time' and amount = 2500 and currency = 'USD' and placement = 'end' and article = 'geneva-joint-centre'`},
		"yen":               {gift("amount", "500", "currency", "JPY"), `amount = 500 and currency = 'JPY'`},
		"dinar":             {gift("amount", "1.500", "currency", "KWD"), `amount = 1500 and currency = 'KWD'`},
		"lower case":        {gift("currency", "eur", "amount", "12.34"), `amount = 1234 and currency = 'EUR'`},
		"comma":             {gift("custom_amount", "7,50"), `amount = 750`},
		"point":             {gift("custom_amount", "7.50"), `amount = 750`},
		"own amount wins":   {gift("custom_amount", " 42 "), `amount = 4200`},
		"no preset needed":  {gift("amount", "13.37"), `amount = 1337`},
		"group wins": {gift("frequency", "monthly", "currency", "EUR", "amount", "15", "amount_monthly_EUR", "5", "amount_monthly_USD", "25"),
			`amount = 500 and currency = 'EUR'`},
		"only what is needed": {url.Values{"frequency": {"monthly"}, "amount": {"10"}, "currency": {"EUR"}},
			`amount = 1000 and campaign = 'independent-journalism' and appeal = '' and article = '' and placement = ''`},
		"unknown article":   {gift("article", "no-such"), `article = '' and appeal = 'keep-it-alive' and placement = 'end'`},
		"unknown appeal":    {gift("appeal", "no-such", "variant", "b"), `appeal = '' and variant = '' and article = 'geneva-joint-centre'`},
		"unknown placement": {gift("placement", "everywhere"), `placement = ''`},
		"long values":       {gift("article", strings.Repeat("a", 5000), "placement", strings.Repeat("b", 5000)), `article = '' and placement = ''`},
		"fee covered":       {gift("cover_fees", "1"), `cover_fees and amount = 2606 and fee_cover = 106 and fee_note like '%$1.06%$25%'`},
		"fee not covered":   {gift("cover_fees", "0"), `not cover_fees and amount = 2500 and fee_cover = 0 and fee_note = ''`},
		"no fee known":      {gift("cover_fees", "1", "currency", "KWD", "amount", "3"), `not cover_fees and amount = 3000 and fee_cover = 0`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			id := s.started(s.donate(tt.form))
			if n := s.count(`select count(*) from checkouts where id = $1 and `+tt.where, id); n != 1 {
				t.Errorf("the checkout is not one with %s", tt.where)
			}
		})
	}
	if len(s.seen.started) != len(tests) {
		t.Errorf("%d gifts counted, %d begun", len(s.seen.started), len(tests))
	}
}

func TestDonateMultipart(t *testing.T) {
	s := newSite(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range gift("amount", "31") {
		if err := w.WriteField(name, values[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	id := s.started(s.do(http.MethodPost, "/donate", &body, func(r *http.Request) { r.Header.Set("Content-Type", w.FormDataContentType()) }))
	if n := s.count(`select count(*) from checkouts where id = $1 and amount = 3100`, id); n != 1 {
		t.Error("a form sent in parts was read differently")
	}
}

func TestDonateToMend(t *testing.T) {
	s := newSite(t)
	tests := map[string]struct {
		form     url.Values
		sentence string
		kept     string // in the field for one's own amount
	}{
		"below the minimum":      {gift("custom_amount", "0.50"), "Please give at least $1.", "0.50"},
		"nothing at all":         {gift("custom_amount", "0"), "Please give at least $1.", "0"},
		"yen below":              {gift("custom_amount", "99", "currency", "JPY"), "Please give at least ¥100.", "99"},
		"above the maximum":      {gift("custom_amount", "10000.01"), "We can take at most $10,000 here. For a larger gift, please write to readers@meridian.example.", "10000.01"},
		"far too large":          {gift("custom_amount", "99999999999999"), "We can take at most $10,000 here.", "99999999999999"},
		"not a number":           {gift("custom_amount", "ten"), "Please write the amount in digits, such as 7.50.", "ten"},
		"negative":               {gift("custom_amount", "-5"), "Please write an amount above zero, such as 7.50.", "-5"},
		"two readings":           {gift("custom_amount", "1,000"), "Did you mean 1000 or 1.00? Please write the amount without a thousands separator, such as 1000 or 1.00.", "1,000"},
		"two readings, point":    {gift("custom_amount", "7.500"), "Did you mean 7500 or 7.50?", "7.500"},
		"two readings of dinar":  {gift("custom_amount", "1,500", "currency", "KWD"), "Did you mean 1500 or 1.500?", "1,500"},
		"one reading of many":    {gift("custom_amount", "1,234"), "Please write the amount so that it can be read in one way only, such as 7.50", "1,234"},
		"grouped wrongly":        {gift("custom_amount", "25,00,00"), "Please write the amount so that it can be read in one way only, such as 7.50", "25,00,00"},
		"decimals of yen":        {gift("custom_amount", "500.5", "currency", "JPY"), "Amounts in JPY have no decimals. Please write a whole number, such as 750.", "500.5"},
		"too many decimals":      {gift("custom_amount", "7.5055"), "Amounts in USD have at most 2 decimals.", "7.5055"},
		"third decimal of dinar": {gift("custom_amount", "1.505", "currency", "KWD"), "In KWD the third decimal must be 0. Please write it as 7.500, for example.", "1.505"},
		"no amount":              {gift("amount", ""), "Please choose an amount, or write your own.", ""},
		"preset out of range":    {gift("amount", "0.01"), "Please give at least $1.", "0.01"},
		"currency not offered":   {gift("currency", "AUD", "custom_amount", "42"), "We cannot take gifts in that currency. Please choose USD, EUR, GBP, CHF, JPY, KWD.", "42"},
		"no such currency":       {gift("currency", "<b>", "custom_amount", "42"), "We cannot take gifts in that currency.", "42"},
		"no currency":            {gift("currency", ""), "Please choose a currency: USD, EUR, GBP, CHF, JPY, KWD.", ""},
		"no frequency":           {gift("frequency", ""), "Please choose how often you would like to give.", ""},
		"no such frequency":      {gift("frequency", "weekly"), "Please choose how often you would like to give.", ""},
		"no such campaign":       {gift("campaign", "elsewhere"), "You can give to “Independent journalism at The Meridian Times” here instead.", ""},
		"script":                 {gift("custom_amount", `"><script>alert(1)</script>`), "Please write the amount in digits", `"><script>alert(1)</script>`},
		"not text":               {gift("custom_amount", "\xff\xfe\x00"), "Please write the amount in digits", "\x00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := s.donate(tt.form)
			wantStatus(t, w, http.StatusUnprocessableEntity, "Your gift has not been started yet", "<h1>Russia and US")
			if got := html.UnescapeString(w.Body.String()); !strings.Contains(got, tt.sentence) {
				t.Errorf("the page lacks %q", tt.sentence)
			}
			if runs(w.Body.String()) || strings.Contains(w.Body.String(), "<b>") {
				t.Error("what was posted came back as markup")
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Error("one reader's page may be cached")
			}
			all := forms(t, w.Body.String())
			if len(all) != 1 {
				t.Fatalf("%d forms", len(all))
			}
			// The parser, as browsers do, shows a zero byte as U+FFFD.
			if got := strings.ReplaceAll(all[0].value("custom_amount"), "\uFFFD", "\x00"); got != tt.kept {
				t.Errorf("the own amount is %q, not %q", got, tt.kept)
			}
		})
	}
	if n := s.count(`select count(*) from checkouts`); n != 0 {
		t.Errorf("%d checkouts from forms that had to be mended", n)
	}
}

func TestChoicesAreKept(t *testing.T) {
	s := newSite(t)
	w := s.donate(gift("frequency", "annual", "currency", "GBP", "amount", "120", "amount_annual_GBP", "200", "custom_amount", "x", "placement", "strip"))
	wantStatus(t, w, http.StatusUnprocessableEntity, `id="support" role="alert"`, `href="#custom_amount"`,
		`aria-describedby="custom_amount-wrong custom_amount-range" aria-invalid="true" autofocus`)
	f := forms(t, w.Body.String())[0]
	for name, want := range map[string]string{"frequency": "annual", "currency": "GBP", "amount_annual_GBP": "200"} {
		if got := f.checked(name); got != want {
			t.Errorf("%s: %q is ticked, not %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"campaign": "independent-journalism", "appeal": "keep-it-alive", "placement": "strip", "article": "geneva-joint-centre", "variant": "base",
	} {
		if got := f.value(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	// Mended and sent again, it is a gift.
	values := f.values()
	values.Set("custom_amount", "")
	id := s.started(s.donate(values))
	if n := s.count(`select count(*) from checkouts where id = $1 and kind = 'annual' and currency = 'GBP' and amount = 20000 and placement = 'strip'`, id); n != 1 {
		t.Error("the mended gift is another one")
	}
}

func TestToMendWithoutArticle(t *testing.T) {
	s := newSite(t)
	w := s.donate(gift("custom_amount", "x", "article", "", "placement", "page"))
	wantStatus(t, w, http.StatusUnprocessableEntity, `<h1 id="ask-title">Independent journalism`)
}

func TestDonateRefused(t *testing.T) {
	s := newSite(t)
	encoded := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	wantStatus(t, s.do(http.MethodPost, "/donate", strings.NewReader("frequency="+strings.Repeat("x", 65<<10)), encoded),
		http.StatusRequestEntityTooLarge, "That was too much")
	wantStatus(t, s.do(http.MethodPost, "/donate", strings.NewReader("amount=%zz"), encoded), http.StatusBadRequest, "We could not read that")
	wantStatus(t, s.do(http.MethodPost, "/donate", strings.NewReader("--x\r\nbroken"), func(r *http.Request) {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	}), http.StatusBadRequest, "We could not read that")
	// Whatever else is posted is a form without fields.
	wantStatus(t, s.do(http.MethodPost, "/donate", strings.NewReader(`{"amount":25}`), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
	}), http.StatusUnprocessableEntity, "Please choose")
}

func TestDonateFromAnotherSite(t *testing.T) {
	s := newSite(t)
	for name, header := range map[string][2]string{
		"fetch metadata": {"Sec-Fetch-Site", "cross-site"}, "origin": {"Origin", "https://elsewhere.example"},
	} {
		w := s.donate(gift(), func(r *http.Request) { r.Header.Set(header[0], header[1]) })
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "That came from another site") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	// Behind a proxy that changes Host, the origin is the public one.
	s.started(s.donate(gift(), func(r *http.Request) {
		r.Header.Set("Origin", "https://news.example")
		r.Host = "10.0.0.7:8080"
	}))
	if n := s.count(`select count(*) from checkouts`); n != 1 {
		t.Errorf("%d checkouts", n)
	}
}

func TestDonateTooOften(t *testing.T) {
	s := newSite(t)
	from := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	for range 30 {
		s.started(s.donate(gift(), from(reader)))
	}
	w := s.donate(gift(), from(reader))
	wantStatus(t, w, http.StatusTooManyRequests, "Too many tries", "wait a minute")
	if w.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	}
	// Nobody trusts this client to say who it is.
	w = s.donate(gift(), from(reader), func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") })
	wantStatus(t, w, http.StatusTooManyRequests)
	s.started(s.donate(gift(), from("192.0.2.11:4711")))
	// A proxy on the same machine that nobody listed is one client too.
	for range 30 {
		s.started(s.donate(gift(), from("127.0.0.1:4711")))
	}
	wantStatus(t, s.donate(gift(), from("127.0.0.1:4711")), http.StatusTooManyRequests)
}

// A service that is there for its own machine only is a developer's.
func TestDeveloperGivesAllDay(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"} {
		s := newSite(t, func(o *web.Options) { o.BaseURL, o.DonationsPerMinute = base, 1 })
		for range 3 {
			s.started(s.donate(gift()))
		}
	}
}

// Without the database a gift cannot begin, but nothing the reader chose is lost.
func TestDonateWithoutDatabase(t *testing.T) {
	s := newSite(t)
	s.db.Close()
	w := s.donate(gift("custom_amount", "31"))
	wantStatus(t, w, http.StatusServiceUnavailable, "We cannot take gifts for a moment", "Nothing was charged")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if got := forms(t, w.Body.String())[0].value("custom_amount"); got != "31" {
		t.Errorf("the amount became %q", got)
	}
	if !strings.Contains(s.log.String(), "gift not started") {
		t.Error("nothing in the log")
	}
}

// A reader who goes away while waiting is not an error of ours.
func TestDonateAbandoned(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := s.donate(gift(), func(r *http.Request) { *r = *r.WithContext(ctx) })
	if w.Code != 499 || strings.Contains(s.log.String(), "gift not started") {
		t.Errorf("status %d, log: %s", w.Code, s.log)
	}
}
