package mail

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/emersion/go-message/mail"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

func testWriter(t *testing.T) *Writer {
	t.Helper()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	newsroom, err := campaign.Load(campaign.Sample(), now)
	if err != nil {
		t.Fatal(err)
	}
	newsroom.Site.ReceiptNote = "No goods or services were given in return for this gift."
	w, err := NewWriter(newsroom, "The Meridian Times <readers@meridian.example>", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// given is a monthly gift that was made at night: 23 November in London, still
// the 22nd in the west.
func given(language string) payments.Receipt {
	return payments.Receipt{
		DonationID: "don_0123456789abcdef0123", ReceivedAt: time.Date(2026, 11, 23, 0, 30, 0, 0, time.UTC), Kind: payments.Monthly,
		Amount: money.New(123450, "EUR"), Campaign: "independent-journalism", CampaignName: "As it was called then",
		DonorName: "Ada Reader", DonorEmail: "reader@example.org", Language: language,
	}
}

// caught is a mail as a reader's program takes it apart.
type caught struct {
	raw        string
	header     mail.Header
	text, html string
	file       []byte
	fileName   string
}

func compose(t *testing.T, w *Writer, r payments.Receipt) caught {
	t.Helper()
	m, err := w.Receipt(r)
	if err != nil {
		t.Fatal(err)
	}
	return taken(t, m)
}

// taken takes a mail apart.
func taken(t *testing.T, m Message) caught {
	t.Helper()
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	c := caught{raw: raw.String()}
	reader, err := mail.CreateReader(&raw)
	if err != nil {
		t.Fatal(err)
	}
	c.header = reader.Header
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch h := part.Header.(type) {
		case *mail.AttachmentHeader:
			c.file = body
			c.fileName, _ = h.Filename()
		case *mail.InlineHeader:
			if kind, _, _ := h.ContentType(); kind == "text/html" {
				c.html = string(body)
			} else {
				c.text = string(body)
			}
		}
	}
}

func TestReceiptInEachLanguage(t *testing.T) {
	w := testWriter(t)
	// What the sample's site file says in other languages.
	ownWords := map[string]string{
		"de-CH": "Unabhängiger Journalismus bei The Meridian Times|Herausgegeben von The Meridian Times, einer Redaktion, die es nur als Beispiel gibt",
		"ru":    "Независимая журналистика в The Meridian Times|Издатель – The Meridian Times, редакция, которая существует только как пример",
		"ar":    "الصحافة المستقلة في The Meridian Times|تصدر عن The Meridian Times، وهي غرفة أخبار لا وجود لها إلا على سبيل المثال",
	}
	for language, want := range map[string][]string{
		"en":    {"Dear Ada Reader,", "€1,234.50", "Given on", "23 November 2026", "Monthly gift"},
		"de-CH": {"Guten Tag Ada Reader,", "1.234,50\u00a0€", "Gegeben am", "23. November 2026", "Monatliche Spende"},
		"ru":    {"Здравствуйте, Ada Reader!", "1\u00a0234,50\u00a0€", "Дата пожертвования", "23\u00a0ноября 2026\u00a0года", "Ежемесячное пожертвование"},
		"ar":    {"تحية طيبة Ada Reader،", "1,234.50\u00a0يورو", "تاريخ التبرع", "23\u00a0نوفمبر 2026", "تبرع شهري"},
		"pt":    {"Dear Ada Reader,", "€1,234.50"}, // no catalogue yet
		"":      {"Dear Ada Reader,", "€1,234.50"},
	} {
		t.Run(language, func(t *testing.T) {
			m := compose(t, w, given(language))
			want = append(want, "don_0123456789abcdef0123", "readers@meridian.example", "The Meridian Times", "No goods or services were given in return for this gift.")
			own := ownWords[language]
			if own == "" {
				own = "Independent journalism at The Meridian Times|Published by The Meridian Times, a newsroom that exists only as an example"
			}
			want = append(want, strings.Split(own, "|")...)
			for _, part := range want {
				if !strings.Contains(m.text, part) {
					t.Errorf("the text lacks %q:\n%s", part, m.text)
				}
				if !strings.Contains(m.html, part) {
					t.Errorf("the HTML lacks %q:\n%s", part, m.html)
				}
			}
			if strings.Contains(m.text, "[") || strings.ContainsAny(m.text, "{}") {
				t.Errorf("something is not filled in:\n%s", m.text)
			}
			direction := "ltr"
			if language == "ar" {
				direction = "rtl"
			}
			if !strings.Contains(m.html, `dir="`+direction+`">`) || strings.Contains(m.html, "http") || strings.Contains(m.html, "<img") {
				t.Errorf("the HTML has another direction than %s, or an address:\n%s", direction, m.html)
			}
			if m.fileName != "receipt-don_0123456789abcdef0123.pdf" || !bytes.HasPrefix(m.file, []byte("%PDF-")) || len(m.file) > 100<<10 {
				t.Errorf("attached: %q, %d bytes", m.fileName, len(m.file))
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	w := testWriter(t)
	m := compose(t, w, given("de"))
	for name, want := range map[string]string{
		"Message-ID": "<receipt.don_0123456789abcdef0123@meridian.example>", "Auto-Submitted": "auto-generated", "To": "<reader@example.org>",
		"From": `"The Meridian Times" <readers@meridian.example>`, "Reply-To": "<readers@meridian.example>",
		"Date": "Mon, 23 Nov 2026 08:00:00 +0000", "Content-Language": "de",
	} {
		if got := m.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if subject, err := m.header.Subject(); err != nil || subject != "Quittung für Ihre Spende an The Meridian Times" {
		t.Errorf("subject %q, %v", subject, err)
	}
}

// What a donor typed stands in the text and nowhere in the headers, and is no
// advertisement.
func TestWhatDonorsTyped(t *testing.T) {
	w := testWriter(t)
	for name, want := range map[string]string{
		"Ada\r\nBcc: all@example.org":  "",
		"Ada\r\nReader":                "Ada Reader",
		"<b>Ada</b>":                   "<b>Ada</b>",
		"Win at https://cheap.example": "",
		"{site}":                       "{site}",
		"\u202eadA":                    "adA",
		strings.Repeat("x", 3000):      strings.Repeat("x", 79) + "…",
		"אדה":                          "אדה",
		"\x00\xff":                     "",
	} {
		r := given("en")
		r.DonorName = name
		m := compose(t, w, r)
		greeting := "Dear reader,\r\n"
		if want != "" {
			greeting = "Dear " + want + ",\r\n"
		}
		if !strings.HasPrefix(m.text, greeting) {
			t.Errorf("%q: %q", name, strings.SplitAfter(m.text, "\n")[0])
		}
		if m.header.Get("Bcc") != "" || m.header.Get("To") != "<reader@example.org>" || strings.Contains(m.html, "<b>") {
			t.Errorf("%q reaches further than the text: %s", name, m.raw)
		}
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	w := testWriter(t)
	for _, address := range []string{
		"", "reader", "reader@", "@example.org", "reader@localhost", "reader@192.0.2.1", "reader@[192.0.2.1]", "a b@example.org",
		"reader@example.org\r\nBcc: all@example.org", "Ada <reader@example.org>", "a@example.org, b@example.org",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b.", 130) + "org",
	} {
		r := given("en")
		r.DonorEmail = address
		_, err := w.Receipt(r)
		if refused, ok := errors.AsType[*payments.DeliveryError](err); !ok || !refused.Permanent {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAmounts(t *testing.T) {
	words, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		amount money.Amount
		en, de string
	}{
		{money.New(2500, "USD"), "$25.00", "25,00\u00a0$"},
		{money.New(500, "JPY"), "¥500", "500\u00a0¥"},
		{money.New(1500, "KWD"), "KWD\u00a01.500", "1,500\u00a0KWD"},
		{money.New(123456789, "CHF"), "CHF\u00a01,234,567.89", "1.234.567,89\u00a0CHF"},
		{money.New(99999900, "ISK"), "ISK\u00a0999,999", "999.999\u00a0ISK"},
	} {
		if en, de := words["en"].amount(tt.amount), words["de"].amount(tt.amount); en != tt.en || de != tt.de {
			t.Errorf("%s: %q and %q", tt.amount, en, de)
		}
	}
}

// pdfText reads the text of a PDF from its streams, a line a piece.
func pdfText(t *testing.T, file []byte) string {
	t.Helper()
	var text strings.Builder
	for _, stream := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(file, -1) {
		r, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue // not a page
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range regexp.MustCompile(`(?s)BT .*?\(((?:\\.|[^\\)])*)\) ?Tj ET`).FindAllSubmatch(content, -1) {
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(piece[1], func(b []byte) []byte {
				if b[1] == 'r' {
					return []byte("\r")
				}
				return b[1:]
			})
			units := make([]uint16, len(raw)/2)
			for i := range units {
				units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
			}
			text.WriteString(string(utf16.Decode(units)) + "\n")
		}
	}
	return text.String()
}

func TestPDF(t *testing.T) {
	w := testWriter(t)
	for language, want := range map[string][]string{
		"en": {"The Meridian Times", "Receipt", "€1,234.50", "23 November 2026", "Monthly gift", "don_0123456789abcdef0123", "Ada Reader", "No goods or services were given in return for this gift."},
		"de": {"Quittung", "1.234,50\u00a0€", "Monatliche Spende"},
		"ru": {"Квитанция", "1\u00a0234,50\u00a0€", "23\u00a0ноября 2026\u00a0года", "Ежемесячное пожертвование"},
		// Arabic as it is seen from left to right: its letters joined, its numbers as they are.
		"ar": {visual(shape("إيصال"), true), visual(shape("تبرع شهري"), true), visual(shape("1,234.50\u00a0يورو"), true), "don_0123456789abcdef0123", "2026 " + visual(shape("نوفمبر"), true) + "\u00a023",
			"No goods or services were given in return for this gift.\n"},
	} {
		t.Run(language, func(t *testing.T) {
			file, err := w.PDF(given(language))
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("READERFUND_ARTIFACTS"); dir != "" {
				if err := os.WriteFile(dir+"/receipt."+language+".pdf", file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := pdfText(t, file)
			for _, part := range want {
				if !strings.Contains(got, part) {
					t.Errorf("it lacks %q:\n%s", part, got)
				}
			}
			again, err := w.PDF(given(language))
			if err != nil || !bytes.Equal(file, again) {
				t.Errorf("the same receipt gives other bytes: %v", err)
			}
		})
	}
}

func TestPDFOfAnyName(t *testing.T) {
	w := testWriter(t)
	for name, want := range map[string]string{
		"Ада Читатель": "Ада Читатель", "李雷": "reader@example.org", "": "reader@example.org", "Ada 🎉": "reader@example.org",
		"Łucja (Łódź) \\": "Łucja (Łódź) \\",
	} {
		r := given("en")
		r.DonorName, r.Refunded = name, money.New(100, "EUR")
		file, err := w.PDF(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := pdfText(t, file); !strings.Contains(got, want+"\n") || !strings.Contains(got, "€1.00\n") {
			t.Errorf("%q: it lacks %q:\n%s", name, want, got)
		}
	}
}

func TestArabicLetters(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain",
		"سلام":  "\uFEB3\uFEFC\uFEE1",       // seen, lam with alef after a letter, mim alone
		"لا":    "\uFEFB",                   // lam with alef, alone
		"بَبٌ":  "\uFE91\u064E\uFE90\u064C", // a mark parts no letters
		"دار":   "\uFEA9\uFE8D\uFEAD",       // letters that join to nothing after them
		"چای":   "\uFB7C\uFE8E\uFBFC",       // Persian
		"ء":     "\u0621",                   // hamza joins nothing
	} {
		if got := shape(text); got != want {
			t.Errorf("%s: %+q, want %+q", text, got, want)
		}
	}
	if got, want := visual("אב (12) abc גד", true), "דג abc (12) בא"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReceiptNamesThePartForTheFee(t *testing.T) {
	w := testWriter(t)
	for language, want := range map[string]string{"en": "€36.00 of it, so that all of your €1,198.50", "de": "36,00\u00a0€ davon", "ru": "36,00\u00a0€ из этой суммы", "ar": "منه 36.00\u00a0يورو"} {
		r := given(language)
		if m := compose(t, w, r); strings.Contains(m.text, want) {
			t.Errorf("%s: a fee that was not given: %s", language, m.text)
		}
		r.FeeCover = money.New(3600, "EUR")
		m := compose(t, w, r)
		if !strings.Contains(m.text, want) || !strings.Contains(m.html, want) {
			t.Errorf("%s: %s", language, m.text)
		}
		if language == "en" && !strings.Contains(pdfText(t, m.file), "Payment fee") {
			t.Error("the PDF does not name the fee")
		}
	}
}
