package campaign

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// byFrequency reads a mapping of frequencies that the appeal offers.
func (d document) byFrequency(n *yaml.Node, name string, offered []Frequency) []pair {
	var all []pair
	for _, p := range d.pairs(n, name) {
		f, err := ParseFrequency(p.name)
		switch {
		case err != nil:
			d.problem(p.key, quote(p.name)+" is not a frequency", "write "+choices(Frequencies()))
		case !slices.Contains(offered, f) && len(offered) > 0:
			d.problem(p.key, fmt.Sprintf("%s is not among the frequencies of this appeal", p.name), "add it to frequencies, or take it out here")
		default:
			all = append(all, p)
		}
	}
	return all
}

// readAmounts reads the appeal's own presets and fills the site's in where it
// names none.
func (r *appealReader) readAmounts() {
	a := r.appeal
	a.Amounts = map[Frequency]map[money.Currency][]money.Amount{}
	for _, f := range a.Frequencies {
		a.Amounts[f] = map[money.Currency][]money.Amount{}
	}
	broken := maps.Clone(r.siteFile.broken) // what is reported already
	r.readOwnAmounts(broken)
	for _, f := range a.Frequencies {
		r.fillAmounts(f, broken)
	}
}

// readOwnAmounts reads the presets under "amounts" and marks those as broken that
// it has reported.
func (r *appealReader) readOwnAmounts(broken map[presetKey]bool) {
	n := r.values["amounts"]
	if n == nil {
		return
	}
	a := r.appeal
	for _, p := range r.byFrequency(n, `"amounts"`, a.Frequencies) {
		f := Frequency(p.name)
		for _, c := range r.byCurrency(p.value, "the amounts for "+p.name) {
			presets := c.presets(c.code, c.terms)
			if len(presets) == 0 || a.Amounts[f] == nil {
				broken[presetKey{f, c.terms.Currency}] = true
				continue
			}
			a.Amounts[f][c.terms.Currency] = presets
		}
	}
}

// fillAmounts fills in the site's presets for a frequency.
func (r *appealReader) fillAmounts(f Frequency, broken map[presetKey]bool) {
	a := r.appeal
	for _, terms := range r.siteFile.site.Currencies {
		c := terms.Currency
		if a.Amounts[f][c] != nil || broken[presetKey{f, c}] {
			continue
		}
		if presets := terms.Defaults[f]; presets != nil {
			a.Amounts[f][c] = presets
		} else {
			r.problem(r.values["frequencies"], fmt.Sprintf("the appeal offers %s, and there are no amounts for it in %s", f, c),
				fmt.Sprintf("write them under %s in %s, or under amounts here", c, siteFileName))
		}
	}
}

// currencyPair is one line of a mapping of currencies.
type currencyPair struct {
	*table
	code  string
	key   *yaml.Node
	terms CurrencyTerms
}

// byCurrency reads a mapping of currencies that the site takes.
func (r *appealReader) byCurrency(n *yaml.Node, name string) []currencyPair {
	var all []currencyPair
	for _, p := range r.pairs(n, name) {
		terms, ok := r.siteFile.termsOf(r.document, p.key, p.name)
		if !ok {
			continue
		}
		if slices.ContainsFunc(all, func(c currencyPair) bool { return c.terms.Currency == terms.Currency }) {
			r.problem(p.key, string(terms.Currency)+" is written twice", "keep one of the two")
			continue
		}
		code := string(terms.Currency)
		one := &table{document: r.document, name: name, node: n, values: map[string]*yaml.Node{code: p.value}}
		all = append(all, currencyPair{table: one, code: code, key: p.key, terms: terms})
	}
	return all
}

// readDefault reads what the form has chosen at first. Where the file leaves
// something out, it is the first of the list: of the frequencies, of the site's
// currencies, of the presets.
func (r *appealReader) readDefault() {
	r.firstOfEach()
	r.readChosen()
}

func (r *appealReader) firstOfEach() {
	a := r.appeal
	a.Default.Amount = map[Frequency]map[money.Currency]money.Amount{}
	if len(a.Frequencies) > 0 {
		a.Default.Frequency = a.Frequencies[0]
	}
	if len(r.siteFile.site.Currencies) > 0 {
		a.Default.Currency = r.siteFile.site.Currencies[0].Currency
	}
	for f, byCurrency := range a.Amounts {
		a.Default.Amount[f] = map[money.Currency]money.Amount{}
		for c, presets := range byCurrency {
			a.Default.Amount[f][c] = presets[0]
		}
	}
}

// readChosen reads "default".
func (r *appealReader) readChosen() {
	a := r.appeal
	n := r.values["default"]
	if n == nil {
		return
	}
	t := r.table.table(n, `"default"`, optional("frequency"), optional("currency"), optional("amounts"))
	if t == nil {
		return
	}
	if text := t.text("frequency"); text != "" {
		if f := Frequency(text); slices.Contains(a.Frequencies, f) {
			a.Default.Frequency = f
		} else if len(a.Frequencies) > 0 {
			t.problem(t.values["frequency"], quote(text)+" is not among the frequencies of this appeal", "write "+choices(a.Frequencies)+", or add it to frequencies")
		}
	}
	if text := t.text("currency"); text != "" {
		if terms, ok := r.siteFile.termsOf(r.document, t.values["currency"], text); ok {
			a.Default.Currency = terms.Currency
		}
	}
	if n := t.values["amounts"]; n != nil {
		r.readDefaultAmounts(n)
	}
}

// readDefaultAmounts reads which preset is chosen; one that is no preset could
// not be shown as chosen.
func (r *appealReader) readDefaultAmounts(n *yaml.Node) {
	a := r.appeal
	for _, p := range r.byFrequency(n, "the default amounts", a.Frequencies) {
		f := Frequency(p.name)
		for _, c := range r.byCurrency(p.value, "the default amounts for "+p.name) {
			presets, offered := a.Offers(f, c.terms.Currency)
			value := c.values[c.code]
			amount, ok := r.amount(value, "the default amount", c.terms.Currency)
			switch {
			case !ok || !offered:
			case slices.Contains(presets, amount):
				a.Default.Amount[f][c.terms.Currency] = amount
			default:
				r.problem(value, fmt.Sprintf("the default %s is not among the amounts for %s in %s", amount.Major(), f, c.code),
					"write "+majors(presets)+", or add it to the amounts")
			}
		}
	}
}

// majors words amounts for a message: "5.00, 10.00 or 25.00".
func majors(amounts []money.Amount) string {
	words := make([]word, len(amounts))
	for i, a := range amounts {
		words[i] = word(a.Major())
	}
	return choices(words)
}

type word string
