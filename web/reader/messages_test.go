package reader

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

func mustCatalogue(t *testing.T, tag string) *catalogue {
	t.Helper()
	c, err := loadCatalogue(tag)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSentences(t *testing.T) {
	c := mustCatalogue(t, "en-GB")
	got, err := c.text("goal", "label", "For {amount} of paper", "amount", "$5")
	if err != nil || got != "For {amount} of paper: $5" {
		t.Errorf("%q, %v", got, err)
	}
	for want, args := range map[string][]any{
		`no sentence "nothing"`: {"nothing"}, "nothing is given for {amount}": {"goal", "label", "x"}, "a value is missing": {"goal", "label"},
	} {
		if _, err := c.text(args[0].(string), args[1:]...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if err := c.check([]string{"skip", "gone", "lost"}); err == nil || !strings.Contains(err.Error(), "missing gone, lost") {
		t.Errorf("check: %v", err)
	}
	if c.currency("XAF") != "XAF" || c.currency("EUR") != "euros" {
		t.Errorf("currencies: %q, %q", c.currency("XAF"), c.currency("EUR"))
	}
}

// A newsroom may write in a language before these pages speak it.
func TestLanguageWithoutSentences(t *testing.T) {
	for _, tag := range []string{"cy", "", "no such thing", "../../etc"} {
		c, err := loadCatalogue(tag)
		if err != nil || c.language != "en" {
			t.Errorf("%q: %v, %v", tag, c, err)
		}
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[string]string{"en": "ltr", "ar": "rtl", "he-IL": "rtl", "fa": "rtl", "ru": "ltr", "pa-Arab": "rtl", "": "ltr"} {
		if got := direction(tag); got != want {
			t.Errorf("%q is written %s", tag, got)
		}
	}
}

// Every language says all that English says, with the same names to fill in and
// every form that its numbers ask for. Only signs of currencies are a matter of
// each language.
func TestLanguagesSayTheSame(t *testing.T) {
	english := mustCatalogue(t, "en")
	forms := map[string]string{"en": "one other", "de": "one other", "ru": "few many one other", "ar": "few many one other two zero"}
	for tag, want := range forms {
		c := mustCatalogue(t, tag)
		for key, s := range english.texts {
			theirs, ok := c.texts[key]
			if !ok {
				t.Errorf("%s lacks %s", tag, key)
				continue
			}
			if (s.forms == nil) != (theirs.forms == nil) && key != "minutes" {
				t.Errorf("%s: %s has forms for numbers in one language and none in the other", tag, key)
			}
			if got := namesIn(theirs.other); !slices.Equal(got, namesIn(s.other)) {
				t.Errorf("%s: %s is filled in with %v, in English with %v", tag, key, got, namesIn(s.other))
			}
		}
		for key, s := range c.texts {
			if _, ok := english.texts[key]; !ok && !strings.HasPrefix(key, "sign.") {
				t.Errorf("%s has %s, which English lacks", tag, key)
			}
			if strings.TrimSpace(s.other) == "" {
				t.Errorf("%s: %s is empty", tag, key)
			}
			if s.forms == nil {
				continue
			}
			var got []string
			for name, text := range s.forms {
				got = append(got, name)
				for _, filled := range namesIn(text) {
					if !slices.Contains(namesIn(s.other), filled) {
						t.Errorf("%s: %s is filled in with %s in the form %s only", tag, key, filled, name)
					}
				}
			}
			if slices.Sort(got); strings.Join(got, " ") != want {
				t.Errorf("%s: %s has the forms %v, the language has %s", tag, key, got, want)
			}
		}
	}
	files, err := filepath.Glob("messages/*")
	if err != nil || len(files) != len(forms) {
		t.Errorf("%v, %v: not every catalogue is held here", files, err)
	}
}

func namesIn(s string) []string {
	names := openName.FindAllString(s, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

// No sentence stands in the catalogues that no page says.
func TestEverySentenceIsSaid(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile(`"([\w.]+)"`).FindAllStringSubmatch(source.String(), -1) {
		said[m[1]] = true
		said[m[1]+".title"], said[m[1]+".lead"] = true, true
	}
	for _, f := range campaign.Frequencies() {
		for _, family := range []string{"often.", "strip.", "inline.", "presets.", "thanks.kind.", "thanks.next."} {
			said[family+string(f)] = true
		}
		for _, family := range []string{"again.now.", "again.minutes.", "again.lead.", "again.yes.", "again.lead.other.", "again.yes.other."} {
			said[family+string(f)] = f != campaign.OneTime
		}
	}
	for _, reason := range manage.Reasons() {
		said["manage.reason."+reason] = true
	}
	for month := range 12 {
		said["month."+strconv.Itoa(month+1)] = true
	}
	for _, status := range []int{400, 403, 404, 405, 410, 413, 422, 429, 500, 503} {
		for _, part := range []string{".title", ".lead"} {
			said["error."+strconv.Itoa(status)+part] = true
		}
	}
	for key := range mustCatalogue(t, "en").texts {
		if code, ok := strings.CutPrefix(key, "currency."); ok && money.Currency(code).Known() {
			continue
		}
		if !said[key] {
			t.Errorf("no page says %s", key)
		}
	}
}

func TestAmountsAndDates(t *testing.T) {
	day := time.Date(2026, 11, 3, 9, 5, 0, 0, time.UTC)
	tests := []struct {
		tag          string
		want         []string // 25 USD, 1234.50 EUR, 10000 JPY, 7.500 KWD, 3 CHF, -0.50 GBP
		date, moment string
	}{
		{"en", []string{"$25", "€1,234.50", "¥10,000", "KWD_7.500", "CHF_3", "−£0.50"}, "3 November 2026", "3 November 2026, 09:05"},
		{"en-GB", []string{"US$25", "€1,234.50", "JP¥10,000", "KWD_7.500", "CHF_3", "−£0.50"}, "3 November 2026", "3 November 2026, 09:05"},
		{"de", []string{"25_$", "1.234,50_€", "10.000_¥", "7,500_KWD", "3_CHF", "−0,50_£"}, "3. November 2026", "3. November 2026, 09:05 Uhr"},
		{"de-CH", []string{"25_$", "1’234.50_EUR", "10’000_¥", "7.500_KWD", "3_CHF", "−0.50_£"}, "3. November 2026", "3. November 2026, 09:05 Uhr"},
		{"ru", []string{"25_$", "1_234,50_€", "10_000_¥", "7,500_KWD", "3_CHF", "−0,50_£"}, "3_ноября 2026_года", "3_ноября 2026_года, 09:05"},
		{"ar", []string{"25_دولارًا", "1,234.50_يورو", "10,000_ين", "7.500_دينار كويتي", "3_فرنكات سويسرية", "−0.50_جنيه إسترليني"}, "3_نوفمبر 2026", "3_نوفمبر 2026، 09:05"},
	}
	amounts := []money.Amount{
		money.New(2500, "USD"), money.New(123450, "EUR"), money.New(10000, "JPY"), money.New(7500, "KWD"), money.New(300, "CHF"), money.New(-50, "GBP"),
	}
	for _, tt := range tests {
		c := mustCatalogue(t, tt.tag)
		for i, a := range amounts {
			got, err := c.amount(a)
			if got = strings.ReplaceAll(got, "\u00a0", "_"); err != nil || got != tt.want[i] {
				t.Errorf("%s: %s is written %q, %v; want %q", tt.tag, a, got, err, tt.want[i])
			}
		}
		for want, write := range map[string]func(time.Time) (string, error){tt.date: c.date, tt.moment: c.moment} {
			got, err := write(day)
			if got = strings.ReplaceAll(got, "\u00a0", "_"); err != nil || got != want {
				t.Errorf("%s: %q, %v; want %q", tt.tag, got, err, want)
			}
		}
	}
}

func TestFormsForNumbers(t *testing.T) {
	for tag, tests := range map[string]map[int]string{
		"ru": {1: "1 минута на чтение", 3: "3 минуты на чтение", 11: "11 минут на чтение", 21: "21 минута на чтение"},
		"ar": {1: "قراءة في دقيقة واحدة", 2: "قراءة في دقيقتين", 7: "قراءة في 7 دقائق", 11: "قراءة في 11 دقيقة", 100: "قراءة في 100 دقيقة"},
		"de": {1: "1 Min. Lesezeit", 1200: "1.200 Min. Lesezeit"},
	} {
		c := mustCatalogue(t, tag)
		for n, want := range tests {
			if got, err := c.text("minutes", "n", n); err != nil || got != want {
				t.Errorf("%s, %d: %q, %v", tag, n, got, err)
			}
		}
	}
}

// What runs in the other direction is shielded, and cannot break out.
func TestNamesAreIsolated(t *testing.T) {
	tests := []struct{ tag, name, want string }{
		{"en", "Ada Reader", "Ada Reader"},
		{"en", "ليلى", "\u2068ليلى\u2069"},
		{"ar", "ليلى", "ليلى"},
		{"ar", "Ada", "\u2068Ada\u2069"},
		{"en", "A\u202eb\u2069c", "\u2068Abc\u2069"},
	}
	for _, tt := range tests {
		c := mustCatalogue(t, tt.tag)
		got, err := c.text("thanks.lead.name", "name", tt.name)
		if err != nil || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, %v", tt.tag, got, err)
		}
	}
}

// Every sentence can be said in every form, whatever it is filled in with.
func TestEverySentenceCanBeSaid(t *testing.T) {
	for _, tag := range []string{"en", "de", "ru", "ar"} {
		c := mustCatalogue(t, tag)
		for key, s := range c.texts {
			pairs := []any{"n", 0}
			for _, name := range namesIn(s.other) {
				if name != "{n}" {
					pairs = append(pairs, strings.Trim(name, "{}"), "Ada ليلى")
				}
			}
			for n := range 120 {
				pairs[1] = n
				got, err := c.text(key, pairs...)
				if err != nil || strings.ContainsAny(got, "{}") {
					t.Fatalf("%s: %s: %q, %v", tag, key, got, err)
				}
			}
		}
	}
}
