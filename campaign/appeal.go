package campaign

import (
	"html/template"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Appeal is one way of asking for a campaign: the words, the amounts, where and
// when it is shown. An experiment has one for each of its variants, with the same ID.
type Appeal struct {
	ID       string
	Campaign string // id of the campaign that the gifts go to
	Variant  string // "base" where the file names none
	Language string // BCP 47
	Priority int    // of two appeals for one spot the higher is shown

	Headline   string
	Strip      StripCopy            // both empty where the appeal is not placed on strip or banner
	Inline     InlineCopy           // the card inside an article
	Paragraphs []template.HTML      // rendered and sanitised, each with its <p>
	Buttons    map[Frequency]string // one for each of Frequencies

	Frequencies []Frequency // offered, in the order of the form
	Default     DefaultChoice
	// Amounts are the presets for each offered frequency and each currency of
	// the site, the site's own filled in where the appeal names none.
	Amounts map[Frequency]map[money.Currency][]money.Amount

	Starts, Ends time.Time // in the file's zone; Ends is the first moment without it; zero is open
	Goal         *Goal     // nil where there is none
	Placements   []Placement
	Experiment   *Experiment // shared by all its variants; nil where nothing is compared

	Cap       Cap // how often one browser shows strip, inline and banner
	Dismissed int // days that these stay away once a reader has put one away
}

// StripCopy is the short form of an appeal, for one line.
type StripCopy struct {
	Text   string
	Button string
}

// DefaultChoice is what the form has chosen when a reader opens it.
type DefaultChoice struct {
	Frequency Frequency
	Currency  money.Currency
	// Amount holds one of the presets for each offered frequency and currency.
	Amount map[Frequency]map[money.Currency]money.Amount
}

// Offers gives the presets for a frequency and a currency, in the order of the
// form; false where the appeal does not offer that frequency or the site does
// not take that currency.
func (a *Appeal) Offers(f Frequency, c money.Currency) ([]money.Amount, bool) {
	presets, ok := a.Amounts[f][c]
	return presets, ok
}
