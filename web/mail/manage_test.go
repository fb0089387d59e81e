package mail

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

const opens = "https://news.example/manage/open?token=abcdefghijklmnop234567&lang=de"

func asked(language string) manage.Letter {
	return manage.Letter{To: "reader@example.org", Name: "Ada Reader", Language: language, Token: "abcdefghijklmnop234567",
		Until: time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC), Known: true}
}

func letter(t *testing.T, w *Writer, l manage.Letter) caught {
	t.Helper()
	m, err := w.Link(l, opens)
	if err != nil {
		t.Fatal(err)
	}
	return taken(t, m)
}

func TestLetterInEachLanguage(t *testing.T) {
	w := testWriter(t)
	for language, want := range map[string][]string{
		"en": {"Dear Ada Reader,", "It works once, until 08:30\u00a0GMT."},
		"de": {"Guten Tag Ada Reader,", "Er gilt einmal, bis 08:30\u00a0GMT."},
		"ru": {"Здравствуйте, Ada Reader!", "до 08:30\u00a0GMT"},
		"ar": {"تحية طيبة Ada Reader،", "\u206608:30\u00a0GMT\u2069"},
		"":   {"Dear Ada Reader,"},
	} {
		t.Run(language, func(t *testing.T) {
			m := letter(t, w, asked(language))
			for _, part := range want {
				if !strings.Contains(m.text, part) || !strings.Contains(m.html, part) {
					t.Errorf("text or HTML lacks %q:\n%s\n%s", part, m.text, m.html)
				}
			}
			if !strings.Contains(m.text, "\r\n"+opens+"\r\n") || !strings.Contains(m.html, `href="`+strings.ReplaceAll(opens, "&", "&amp;")+`"`) {
				t.Errorf("the address is broken:\n%s\n%s", m.text, m.html)
			}
			if strings.ContainsAny(m.text, "[]{}") {
				t.Errorf("something is not filled in:\n%s", m.text)
			}
			head, _, _ := strings.Cut(m.raw, "\r\n\r\n")
			subject, err := m.header.Subject()
			if err != nil || strings.Contains(head+subject, "abcdefghijklmnop") || !strings.Contains(subject, "The Meridian Times") {
				t.Errorf("the headers are %s, %v", head, err)
			}
			if m.header.Get("Auto-Submitted") != "auto-generated" || m.header.Get("To") != "<reader@example.org>" || m.file != nil {
				t.Errorf("headers %s", head)
			}
		})
	}
	// Two letters are two mails, whoever keeps them.
	if a, b := letter(t, w, asked("en")), letter(t, w, asked("en")); a.header.Get("Message-ID") == b.header.Get("Message-ID") {
		t.Error("two letters have one Message-ID")
	}
	l := asked("en")
	l.To = "nobody@localhost"
	if _, err := w.Link(l, opens); !payments.IsDeliveryError(err) {
		t.Errorf("%v", err)
	}
}

func TestClock(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 5, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Europe/London": "13:05\u00a0BST", "Europe/Istanbul": "15:05\u00a0UTC+03", "UTC": "12:05\u00a0UTC"} {
		in, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := clock(at.In(in)); got != want {
			t.Errorf("%s: %q", zone, got)
		}
	}
}

// Where the service has an address, receipts lead to the reader's own page.
func TestReceiptLeadsToThePage(t *testing.T) {
	w := testWriter(t).At("https://news.example")
	for language, address := range map[string]string{"en": "https://news.example/manage", "": "https://news.example/manage", "de": "https://news.example/manage?lang=de", "ar": "https://news.example/manage?lang=ar"} {
		m := compose(t, w, given(language))
		if !strings.Contains(m.text, "\r\n"+address+"\r\n") || !strings.Contains(m.html, `<a href="`+address+`">`) || !strings.Contains(pdfText(t, m.file), address) {
			t.Errorf("%q: not everywhere is %s:\n%s\n%s", language, address, m.text, pdfText(t, m.file))
		}
	}
	once := given("en")
	once.Kind = payments.OneTime
	if m := compose(t, w, once); strings.Contains(m.text, "stop your regular gift") || !strings.Contains(m.text, "See all your gifts") {
		t.Errorf("a gift made once is stopped:\n%s", m.text)
	}
}

// year is a year of gifts, one of each sort and as many monthly ones as are wanted.
func year(months int) manage.Statement {
	gift := func(kind payments.Kind, amount money.Amount) manage.Gift {
		none := money.New(0, amount.Currency)
		return manage.Gift{DonationID: "don_1", ReceivedAt: time.Date(2026, 1, 31, 23, 30, 0, 0, time.UTC), Kind: kind, Status: "succeeded", Amount: amount,
			Refunded: none, Disputed: none, Campaign: "independent-journalism"}
	}
	s := manage.Statement{Year: 2026, Name: "Ada Reader", Email: "reader@example.org", Totals: map[money.Currency]int64{}}
	s.Gifts = append(s.Gifts, gift(payments.OneTime, money.New(123450, "EUR")), gift(payments.Annual, money.New(10000, "JPY")))
	s.Gifts[0].Refunded = money.New(23450, "EUR")
	for range months {
		s.Gifts = append(s.Gifts, gift(payments.Monthly, money.New(1000, "EUR")))
	}
	for _, g := range s.Gifts {
		s.Totals[g.Amount.Currency] += g.Net().Minor
	}
	return s
}

func TestStatement(t *testing.T) {
	w := testWriter(t)
	for language, want := range map[string][]string{
		"en": {"Gifts in 2026", "Given on", "Ada Reader", "31 January 2026", "Given once", "Yearly gift", "Monthly gift", "€1,234.50", "€1,000.00", "¥10,000",
			"Total in EUR", "€1,030.00", "Total in JPY", "Page 1 of 1", "No goods or services were given in return for this gift."},
		"de": {"Spenden im Jahr 2026", "Gegeben am", "31. Januar 2026", "Summe in EUR", "1.030,00\u00a0€", "Seite 1 von 1"},
		"ru": {"Пожертвования за 2026\u00a0год", "Итого, EUR", "1\u00a0030,00\u00a0€", "Страница 1 из 1"},
		"ar": {visual(shape("الباقي هو ما قدم بعد خصم ما أعيد وما استرده مصرف."), true), visual(shape("تبرع شهري"), true), visual(shape("1,030.00\u00a0يورو"), true), visual(shape("المجموع بعملة EUR"), true)},
	} {
		t.Run(language, func(t *testing.T) {
			file, err := w.Statement(year(3), language)
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("READERFUND_ARTIFACTS"); dir != "" {
				if err := os.WriteFile(dir+"/statement."+language+".pdf", file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := pdfText(t, file)
			for _, part := range want {
				if !strings.Contains(got, part) {
					t.Errorf("it lacks %q:\n%s", part, got)
				}
			}
			again, err := w.Statement(year(3), language)
			if err != nil || !bytes.Equal(file, again) {
				t.Errorf("the same statement gives other bytes: %v", err)
			}
		})
	}
}

// However many gifts there are, each stands on a page that says which of how many
// it is, below the names of the columns.
func TestLongStatement(t *testing.T) {
	w := testWriter(t)
	for _, months := range []int{0, 11, 12, 13, 14, 60, 400} {
		s := year(months)
		s.Name = "李雷" // not in the typeface
		file, err := w.Statement(s, "en")
		if err != nil {
			t.Fatal(err)
		}
		got := pdfText(t, file)
		pages := strings.Count(got, "Page ")
		if n := strings.Count(got, "Monthly gift\n"); n != months {
			t.Errorf("%d monthly gifts, %d lines", months, n)
		}
		if !strings.Contains(got, fmt.Sprintf("Page %d of %d\n", pages, pages)) || strings.Count(got, "Remains\n") < pages-1 || !strings.Contains(got, "reader@example.org\n") {
			t.Errorf("%d gifts: %d pages:\n%s", months, pages, got)
		}
	}
}
