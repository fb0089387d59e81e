package mail

import (
	"os"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

func TestAmountsInTheWordsOfArabic(t *testing.T) {
	c := testWriter(t).words["ar"]
	for amount, want := range map[money.Amount]string{
		money.New(12500, "KWD"):       "12.500\u00a0دينار كويتي",
		money.New(300, "USD"):         "3.00\u00a0دولارات",
		money.New(2500, "USD"):        "25.00\u00a0دولارًا",
		money.New(2550, "USD"):        "25.50\u00a0دولار",
		money.New(500, "JPY"):         "500\u00a0ين",
		money.New(1_000_005, "JPY"):   "1,000,005\u00a0ينات",
		money.New(-2500, "USD"):       "-25.00\u00a0دولارًا",
		money.New(99999999999, "EUR"): "999,999,999.99\u00a0يورو",
	} {
		if got := c.amount(amount); got != want {
			t.Errorf("%s: %q, want %q", amount, got, want)
		}
	}
}

// Mails and pages write days and currencies in one way.
func TestMailsWriteAsPagesDo(t *testing.T) {
	for language, c := range testWriter(t).words {
		data, err := os.ReadFile("../reader/messages/" + language + "/page.yaml")
		if err != nil {
			t.Fatal(err)
		}
		page := map[string]any{}
		if err := yaml.Unmarshal(data, &page); err != nil {
			t.Fatal(err)
		}
		if page["date"] != c.texts["date"] {
			t.Errorf("%s: pages write %q, mails %q", language, page["date"], c.texts["date"])
		}
		signs := 0
		for key, value := range page {
			forms, ok := value.(map[string]any)
			if !ok || len(key) != len("sign.USD") || key[:5] != "sign." {
				continue
			}
			signs++
			for form, word := range forms {
				if c.signs[key[5:]][form] != word {
					t.Errorf("%s: %s is %q on pages, %q in mails", language, key, word, c.signs[key[5:]][form])
				}
			}
		}
		if signs != len(c.signs) {
			t.Errorf("%s: %d currencies on pages, %d in mails", language, signs, len(c.signs))
		}
	}
}
