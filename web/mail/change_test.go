package mail

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// changed is a change of a regular gift at night, the day before in the west.
func changed(language, action string) manage.Notice {
	return manage.Notice{
		Correspondent: manage.Correspondent{To: "reader@example.org", Name: "Ada Reader", Language: language},
		ID:            strings.Repeat("a", 64), Action: action, At: time.Date(2026, 11, 23, 0, 30, 0, 0, time.UTC), Kind: payments.Monthly,
		Amount: money.New(1500, "EUR"), Was: money.New(1000, "EUR"), Until: time.Date(2027, 2, 23, 0, 30, 0, 0, time.UTC),
		NextAt: time.Date(2027, 3, 1, 0, 30, 0, 0, time.UTC), Given: money.New(12000, "EUR"),
	}
}

func TestLettersThatConfirmChanges(t *testing.T) {
	w := testWriter(t).At("https://news.example")
	for language, actions := range map[string]map[string][]string{
		"en": {
			"amount": {"it was €10.00, and is now €15.00 each month", "for the first time on 1 March 2027", "If this was not you, write to readers@meridian.example."},
			"pause":  {"pauses until 23 February 2027", "The next charge is on 1 March 2027."},
			"resume": {"€15.00 each month", "goes on", "1 March 2027"},
			"cancel": {"ended on 23 November 2026", "you gave €120.00 in all"},
		},
		"de": {"amount": {"bisher 10,00\u00a0€, jetzt 15,00\u00a0€ im Monat"}, "pause": {"bis zum 23. Februar 2027"}, "resume": {"läuft weiter"}, "cancel": {"120,00\u00a0€"}},
		"ru": {"amount": {"было 10,00\u00a0€, теперь 15,00\u00a0€ в месяц"}, "pause": {"23\u00a0февраля 2027\u00a0года"}, "resume": {"возобновлено"}, "cancel": {"120,00\u00a0€"}},
		"ar": {"amount": {"كان 10.00\u00a0يورو، وهو الآن 15.00\u00a0يورو كل شهر"}, "pause": {"23\u00a0فبراير 2027"}, "resume": {"استُؤنف تبرعكم"}, "cancel": {"120.00\u00a0يورو"}},
	} {
		for action, want := range actions {
			m, err := w.Change(changed(language, action))
			if err != nil {
				t.Fatal(err)
			}
			c := taken(t, m)
			address := "https://news.example/manage"
			if language != "en" {
				address += "?lang=" + language
			}
			for _, part := range append(want, "Ada Reader", "readers@meridian.example", address) {
				if !strings.Contains(c.text, part) || !strings.Contains(c.html, part) {
					t.Errorf("%s %s lacks %q:\n%s", language, action, part, c.text)
				}
			}
			if strings.ContainsAny(c.text, "[]{}") || m.ID != "<change."+strings.Repeat("a", 32)+"@meridian.example>" ||
				c.header.Get("To") != "<reader@example.org>" || c.header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("%s %s: %s\n%s", language, action, m.ID, c.raw)
			}
		}
		m, err := w.Erased(changed(language, "").Correspondent, w.now(), false)
		if err != nil {
			t.Fatal(err)
		}
		if imprint := w.newsroom.Site.In(language).Imprint; !strings.Contains(taken(t, m).text, imprint[0]) {
			t.Errorf("%s: the imprint is in another language", language)
		}
		if c := taken(t, m); !strings.Contains(c.text, "Stripe") || strings.Contains(c.text, "/manage") || strings.ContainsAny(c.text, "[]{}") {
			t.Errorf("%s: %s", language, c.text)
		}
		all := taken(t, m)
		if m, err = w.Erased(changed(language, "").Correspondent, w.now(), true); err != nil {
			t.Fatal(err)
		}
		// What stays until a gift has ended is said in subject and text.
		c := taken(t, m)
		if waits := map[string]string{"en": "lapses within a day", "de": "binnen eines Tages", "ru": "в течение суток", "ar": "يسقط خلال يوم"}[language]; !strings.Contains(strings.Join(strings.Fields(c.text), " "), waits) ||
			strings.ContainsAny(c.text, "[]{}") || c.header.Get("Subject") == all.header.Get("Subject") {
			t.Errorf("%s: %s\n%s", language, c.header.Get("Subject"), c.text)
		}
	}
	n := changed("en", "amount")
	n.Was, n.NextAt, n.Kind = money.Amount{}, time.Time{}, payments.Annual
	m, err := w.Change(n)
	if err != nil {
		t.Fatal(err)
	}
	if c := taken(t, m); !strings.Contains(c.text, "it is now €15.00 each year.") || strings.Contains(c.text, "first time") {
		t.Errorf("what nobody knows is said: %s", c.text)
	}
	n.To = "nobody@localhost"
	if _, err := w.Change(n); !payments.IsDeliveryError(err) {
		t.Errorf("%v", err)
	}
}

// Of an amount that covers the payment fee the letter says so: it is not the amount
// that the reader wrote.
func TestTheLetterNamesThePartForTheFee(t *testing.T) {
	w := testWriter(t)
	for language, want := range map[string]string{
		"en": "€0.52 of it covers the payment fee, so that €14.48 arrives.", "de": "Darin sind 0,52\u00a0€ für die Zahlungsgebühr, damit 14,48\u00a0€ ganz ankommen.",
		"ru": "0,52\u00a0€ покрывают комиссию за платёж", "ar": "منه 0.52\u00a0يورو لرسوم الدفع",
	} {
		n := changed(language, "amount")
		for _, cover := range []int64{52, 0} {
			n.Cover = money.New(cover, "EUR")
			m, err := w.Change(n)
			if err != nil {
				t.Fatal(err)
			}
			if c := taken(t, m); strings.Contains(c.text, want) != (cover > 0) || strings.Contains(c.html, want) != (cover > 0) {
				t.Errorf("%s, a cover of %d: %s", language, cover, c.text)
			}
		}
	}
}
