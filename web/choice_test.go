package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/web"
)

// largeForm is the form of the whole-page ask.
func largeForm(t *testing.T, s *site, change ...func(*http.Request)) form {
	t.Helper()
	all := forms(t, s.get("/donate/independent-journalism", change...).Body.String())
	if len(all) != 1 {
		t.Fatalf("%d forms", len(all))
	}
	return all[0]
}

func (f form) tick(name string, on bool) {
	for i, c := range f.controls {
		if c.kind == "checkbox" && c.name == name {
			f.controls[i].checked = on
		}
	}
}

func (f form) write(name, text string) {
	for i, c := range f.controls {
		if c.name == name && c.kind != "radio" && c.kind != "checkbox" {
			f.controls[i].value = text
		}
	}
}

// Beside the box that covers the fee stands, for each preset of its group, what is
// added; and that is what is charged, no more and no less.
func TestEveryFigureOfAFeeIsWhatIsAdded(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.DonationsPerMinute = 1000 })
	tried := 0
	for _, frequency := range []string{"one_time", "monthly", "annual"} {
		for _, terms := range sample(t).Site.Currencies {
			currency := string(terms.Currency)
			group, cover := "amount_"+frequency+"_"+currency, "cover_fees_"+frequency+"_"+currency
			if frequency == "monthly" && currency == "USD" {
				group, cover = "amount", "cover_fees"
			}
			for _, preset := range radios(largeForm(t, s), group) {
				f := largeForm(t, s)
				f.choose("frequency", frequency)
				f.choose("currency", currency)
				f.choose(group, preset.value)
				f.tick(cover, true)
				id := s.started(s.donate(f.values()))
				var amount, fee int64
				if err := s.db.QueryRow(t.Context(), `select amount, fee_cover from checkouts where id = $1`, id).Scan(&amount, &fee); err != nil {
					t.Fatal(err)
				}
				if terms.Fee == nil {
					if fee != 0 || f.labels[cover] != "" {
						t.Errorf("%s: %d is added, with the words %q", group, fee, f.labels[cover])
					}
					continue
				}
				words := "Add " + display(t, fee, currency) + " for the payment fee, so that all of your " + display(t, amount-fee, currency) + " arrives"
				if fee == 0 || !strings.Contains(f.labels[cover], words) || display(t, amount-fee, currency) != f.labels[preset.id] {
					t.Errorf("%s %s: %d of %d is added, the words are %q", group, preset.value, fee, amount, f.labels[cover])
				}
				tried++
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d presets have a figure", tried)
	}
}

// A box that was ticked and is hidden since counts for nothing: its figure was
// another one.
func TestAHiddenBoxCoversNothing(t *testing.T) {
	s := newSite(t)
	f := largeForm(t, s)
	f.tick("cover_fees", true) // monthly, in dollars
	f.choose("frequency", "one_time")
	id := s.started(s.donate(f.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and not cover_fees and amount = 2500`, id); n != 1 {
		t.Error("a hidden box was charged")
	}
}

// The fee is added to an amount of one's own too; the limits hold for the gift
// before that, and what is wrong with it shows with the box as it was.
func TestFeeOnAnAmountOfOnesOwn(t *testing.T) {
	s := newSite(t)
	f := largeForm(t, s)
	f.tick("cover_fees", true)
	f.write("custom_amount", "10000")
	id := s.started(s.donate(f.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and amount - fee_cover = 1000000 and fee_cover > 0`, id); n != 1 {
		t.Error("the largest gift cannot cover its fee")
	}
	f.write("custom_amount", "0.99")
	w := s.donate(f.values())
	wantStatus(t, w, http.StatusUnprocessableEntity, "Please give at least $1.")
	again := forms(t, w.Body.String())[0]
	if again.values().Get("cover_fees") != "1" || again.value("custom_amount") != "0.99" {
		t.Error("what was chosen is lost")
	}
}

// What is covered is told where the reader pays, and recurs with the gift.
func TestWhatIsCoveredIsToldToStripe(t *testing.T) {
	s := newSite(t)
	for _, frequency := range []string{"one_time", "monthly"} {
		_, session := s.opened(gift("frequency", frequency, "cover_fees", "on", "dedication", "For Grace", "comment", "Only for you", "anonymous", "true"))
		answer, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.stripe.URL+"/v1/checkout/sessions/"+session, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.SetBasicAuth("sk_test_web0123456789", "")
		body := s.fetch(answer)
		for _, want := range []string{`"amount_total":2606`, "Includes $1.06 for the payment fee, so that all of your $25 arrives.", `"anonymous":"true"`} {
			if !strings.Contains(strings.ReplaceAll(body, `": `, `":`), want) {
				t.Errorf("%s: the session lacks %s:\n%s", frequency, want, body)
			}
		}
		for _, private := range []string{"Grace", "Only for you"} {
			if strings.Contains(body, private) {
				t.Errorf("%s: %q was sent to Stripe", frequency, private)
			}
		}
	}
}

func TestWishesAreKeptAndCleaned(t *testing.T) {
	s := newSite(t)
	tests := []struct{ dedication, comment, keptDedication, keptComment string }{
		{"  For\tGrace\r\nHopper ", "One\r\n\r\n\r\n\r\ntwo \r\n", "For Grace Hopper", "One\n\ntwo"},
		{"\u202eabc\u202c \u2066x\u2069", "a\x00b\x1b[31m", "abc x", "ab[31m"},
		{"В память о Льве", "👩‍👩‍👧 و \u200fنص", "В память о Льве", "👩‍👩‍👧 و \u200fنص"},
		{strings.Repeat("ж", 200), strings.Repeat("é\n", 250), strings.Repeat("ж", 200), strings.TrimSpace(strings.Repeat("é\n", 250))},
		{"\xff\xfe<b>", "'; drop table checkouts; --", "<b>", "'; drop table checkouts; --"},
		{"\u2028\u200b", "\ufeff\n\n", "\u200b", ""},
	}
	for _, tt := range tests {
		id := s.started(s.donate(gift("dedication", tt.dedication, "comment", tt.comment)))
		var dedication, comment string
		if err := s.db.QueryRow(t.Context(), `select dedication, comment from checkouts where id = $1`, id).Scan(&dedication, &comment); err != nil {
			t.Fatal(err)
		}
		if dedication != tt.keptDedication || comment != tt.keptComment {
			t.Errorf("%q and %q became %q and %q", tt.dedication, tt.comment, dedication, comment)
		}
	}
}

// What is too long is a problem of its field, and nothing of it is lost.
func TestWishesTooLong(t *testing.T) {
	s := newSite(t)
	f := largeForm(t, s)
	long, longer := strings.Repeat("ж", 201), strings.Repeat("word ", 101)[:501]
	f.write("dedication", long)
	f.write("comment", longer)
	f.tick("anonymous", true)
	w := s.donate(f.values())
	wantStatus(t, w, http.StatusUnprocessableEntity, "Please shorten this to 200 characters at most; it has 201 now.",
		"Please shorten this to 500 characters at most; it has 501 now.", `<details class="more" open>`, `href="#dedication"`, `href="#comment"`,
		`aria-describedby="dedication-wrong dedication-hint" aria-invalid="true" autofocus`)
	again := forms(t, w.Body.String())[0]
	if again.value("dedication") != long || again.value("comment") != longer || again.values().Get("anonymous") != "1" {
		t.Error("what was written is lost")
	}
	again.write("dedication", long[:400])
	again.write("comment", longer[:500])
	id := s.started(s.donate(again.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and anonymous and length(dedication) = 200 and length(comment) between 499 and 500`, id); n != 1 {
		t.Error("mended, it is another gift")
	}
}

// A reader who says nothing is not asked to: the words are folded away.
func TestWishesAreFoldedWhileEmpty(t *testing.T) {
	s := newSite(t)
	w := s.get("/donate/independent-journalism")
	wantStatus(t, w, http.StatusOK, `<details class="more">`)
	values := largeForm(t, s).values()
	for _, name := range []string{"cover_fees", "anonymous"} {
		if values.Has(name) {
			t.Errorf("%s is ticked", name)
		}
	}
	id := s.started(s.donate(values))
	if n := s.count(`select count(*) from checkouts where id = $1 and not anonymous and dedication = '' and comment = '' and not cover_fees`, id); n != 1 {
		t.Error("something was wished for")
	}
}

// The documented field is understood from programs in any of the usual words.
func TestTickedInWords(t *testing.T) {
	s := newSite(t)
	for value, want := range map[string]int{"1": 1, "on": 1, "true": 1, "yes": 1, "0": 0, "false": 0, "No": 0, "off": 0, " ": 0} {
		id := s.started(s.donate(url.Values{"frequency": {"one_time"}, "amount": {"25"}, "currency": {"USD"}, "cover_fees": {value}}))
		if n := s.count(`select count(*) from checkouts where id = $1 and cover_fees`, id); n != want {
			t.Errorf("%q: %d", value, n)
		}
	}
}

// fetch asks the stand-in for Stripe.
func (s *site) fetch(r *http.Request) string {
	s.t.Helper()
	resp, err := s.stripe.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s, %v", resp.Status, body, err)
	}
	return string(body)
}
