package reader

import (
	"testing"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// Whatever is typed: an amount that is taken lies within the limits, and what is
// not taken has a sentence that can be said, with examples that would be taken
// for one amount and no other.
func FuzzReadAmount(f *testing.F) {
	n, err := campaign.Load(campaign.Sample(), time.Now())
	if err != nil {
		f.Fatal(err)
	}
	var languages []*catalogue
	for _, tag := range []string{"en", "de", "ru", "ar"} {
		words, err := loadCatalogue(tag)
		if err != nil {
			f.Fatal(err)
		}
		languages = append(languages, words)
	}
	for _, text := range []string{"", "25", "7,50", "7.500", "1,000", "25,00,00", "-1", "1.505", "٧٫٥", "$5", "1e9", "9999999999999", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, terms := range n.Site.Currencies {
			words := languages[(len(text)+i)%len(languages)]
			amount, wrong := readAmount(text, terms, "a@news.example", words)
			if wrong == nil {
				if amount.Currency != terms.Currency || amount.Cmp(terms.Min) < 0 || amount.Cmp(terms.Max) > 0 {
					t.Fatalf("%q is taken as %s", text, amount)
				}
				continue
			}
			if _, err := words.text(wrong.key, wrong.pairs...); err != nil {
				t.Fatal(err)
			}
			if _, err := money.Parse(words.plainAmount(exampleOf(terms)), terms.Currency); err != nil {
				t.Fatal(err)
			}
			if many, few, ok := twoReadings(text, terms.Currency); ok && wrong.key == "problem.amount.ambiguous" {
				for _, reading := range []string{words.typed(many), words.typed(few)} {
					if _, err := money.Parse(reading, terms.Currency); err != nil {
						t.Fatalf("%q could be %q, which is refused: %v", text, reading, err)
					}
				}
			}
		}
	})
}
