package mail

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// The mail with a year's statement has the sums, each in its currency, and the whole
// statement beside them, in the reader's language.
func TestYearEndInEachLanguage(t *testing.T) {
	w := testWriter(t).At("https://news.example")
	for language, want := range map[string][]string{
		"en": {"Thank you for your gifts to", "Total in EUR: €1,030.00", "Total in JPY: ¥10,000", "Dear Ada Reader,", "https://news.example/manage", "in 2026."},
		"de": {"Danke für Ihre Spenden an", "Summe in EUR: 1.030,00\u00a0€", "Guten Tag Ada Reader,", "https://news.example/manage?lang=de"},
		"ru": {"Спасибо за ваши пожертвования", "Итого, EUR: 1\u00a0030,00\u00a0€"},
		"ar": {"شكرًا لكم على تبرعاتكم", "المجموع بعملة EUR"},
	} {
		t.Run(language, func(t *testing.T) {
			to := manage.Correspondent{To: "reader@example.org", Name: "Ada Reader", Language: language}
			message, err := w.YearEnd("2026.7", to, year(3), false)
			if err != nil {
				t.Fatal(err)
			}
			m := taken(t, message)
			for _, part := range want {
				if !strings.Contains(m.text, part) {
					t.Errorf("it lacks %q:\n%s", part, m.text)
				}
			}
			if strings.Contains(m.text, "[") || strings.Contains(m.text, "{") {
				t.Errorf("a sentence is missing:\n%s", m.text)
			}
			if m.fileName != "gifts-2026.pdf" || !bytes.HasPrefix(m.file, []byte("%PDF")) {
				t.Errorf("attached is %q", m.fileName)
			}
			if dir := os.Getenv("READERFUND_ARTIFACTS"); dir != "" {
				if err := os.WriteFile(dir+"/yearend."+language+".html", []byte(m.html), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if !strings.HasPrefix(message.ID, "<statement.2026.7@") {
				t.Errorf("its id is %s", message.ID)
			}
			again, err := w.YearEnd("2026.7", to, year(3), true)
			if err != nil || again.ID != message.ID {
				t.Fatalf("%s, %v", again.ID, err)
			}
			replaced := taken(t, again)
			first, failed := m.header.Subject()
			if second, err := replaced.header.Subject(); failed != nil || err != nil || second == first || !strings.Contains(second, "2026") {
				t.Errorf("the subjects are %q and %q, %v", first, second, err)
			}
			if len(replaced.text) <= len(m.text) {
				t.Errorf("it does not say that it takes another's place:\n%s", replaced.text)
			}
		})
	}
}

// Whoever has nothing left of what they gave is not thanked for a total of nothing.
func TestYearEndOfWhichNothingIsLeft(t *testing.T) {
	s := year(0)
	for i := range s.Gifts {
		s.Gifts[i].Refunded = s.Gifts[i].Amount
	}
	for currency := range s.Totals {
		s.Totals[currency] = 0
	}
	for language, thanks := range map[string]string{"en": "Thank you", "de": "Danke", "ru": "Спасибо", "ar": "شكرًا"} {
		message, err := testWriter(t).YearEnd("2026.7", manage.Correspondent{To: "reader@example.org", Language: language}, s, true)
		if err != nil {
			t.Fatal(err)
		}
		if text := taken(t, message).text; strings.Contains(text, thanks) || strings.Contains(text, "[") || strings.Contains(text, "{") || !strings.Contains(text, "2026") {
			t.Errorf("%s:\n%s", language, text)
		}
	}
}

func TestYearEndOfAnAddressThatCannotBe(t *testing.T) {
	_, err := testWriter(t).YearEnd("2026.7", manage.Correspondent{To: "reader at example"}, year(1), false)
	refused, ok := errors.AsType[*payments.DeliveryError](err)
	if !ok || !refused.Permanent {
		t.Errorf("%v", err)
	}
}

// The days of a statement are those of its own zone, where it has one.
func TestStatementInItsOwnZone(t *testing.T) {
	s := year(0) // given at 23:30 of 31 January, in London
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s.Zone = tokyo
	file, err := testWriter(t).Statement(s, "en")
	if err != nil {
		t.Fatal(err)
	}
	if got := pdfText(t, file); !strings.Contains(got, "1 February 2026") || !strings.Contains(got, "Asia/Tokyo") {
		t.Errorf("its days:\n%s", got)
	}
}
