package campaign

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// readCurrency reads one entry of the site's currencies: its limits and the
// presets of each frequency.
func (f *siteFile) readCurrency(d document, n *yaml.Node) {
	t := d.table(n, "a currency",
		required("code", "USD"), required("min", "2"), required("max", "10000"),
		optional(string(OneTime)), optional(string(Monthly)), optional(string(Annual)), optional("fee"))
	if t == nil {
		return
	}
	code := t.text("code")
	if code == "" {
		return
	}
	c, err := money.ParseCurrency(code)
	if err != nil {
		t.problem(t.values["code"], quote(code)+" is not a currency that Stripe charges in", "write a code of three letters, such as USD, EUR or GBP")
		return
	}
	if slices.Contains(f.currencies, c) {
		t.problem(t.values["code"], string(c)+" is listed twice", "keep one of the two entries")
		return
	}
	f.currencies = append(f.currencies, c)
	terms := CurrencyTerms{Currency: c, Defaults: map[Frequency][]money.Amount{}}
	if !t.limits(&terms) {
		return
	}
	terms.Fee = t.readFee(terms)
	for _, freq := range Frequencies() {
		if presets := t.presets(string(freq), terms); len(presets) > 0 {
			terms.Defaults[freq] = presets
		} else if t.values[string(freq)] != nil {
			f.broken[presetKey{freq, c}] = true
		}
	}
	f.site.Currencies = append(f.site.Currencies, terms)
}

// limits reads min and max and holds them against Stripe's own.
func (t *table) limits(terms *CurrencyTerms) bool {
	c := terms.Currency
	lowest, highest := t.values["min"], t.values["max"]
	if lowest == nil || highest == nil {
		return false
	}
	var okMin, okMax bool
	terms.Min, okMin = t.amount(lowest, `"min"`, c)
	terms.Max, okMax = t.amount(highest, `"max"`, c)
	if !okMin || !okMax {
		return false
	}
	if least, known := money.StripeMinimum(c); known && terms.Min.Cmp(least) < 0 {
		t.problem(lowest, fmt.Sprintf("%s is below the least that Stripe charges in %s", terms.Min.Major(), c), "write "+least.Major()+" or more")
		return false
	}
	if most := money.StripeMaximum(c); terms.Max.Cmp(most) > 0 {
		t.problem(highest, fmt.Sprintf("%s is above the most that Stripe charges in %s", terms.Max.Major(), c), "write "+most.Major()+" or less")
		return false
	}
	if terms.Min.Cmp(terms.Max) >= 0 {
		t.problem(highest, fmt.Sprintf("max %s is not above min %s", terms.Max.Major(), terms.Min.Major()), "write a max above the min")
		return false
	}
	return true
}

// presets reads the amounts of one key, each within the currency's limits and
// none twice. Their order is kept: it is the order on the page.
func (t *table) presets(key string, terms CurrencyTerms) []money.Amount {
	var all []money.Amount
	for _, n := range t.list(key) {
		a, ok := t.preset(n, terms)
		if !ok {
			continue
		}
		if slices.Contains(all, a) {
			t.problem(n, fmt.Sprintf("%s is among the amounts twice", a.Major()), "keep one of the two")
			continue
		}
		all = append(all, a)
	}
	return all
}

// preset reads an amount that a reader can choose.
func (d document) preset(n *yaml.Node, terms CurrencyTerms) (money.Amount, bool) {
	a, ok := d.amount(n, "an amount", terms.Currency)
	if !ok {
		return a, false
	}
	switch {
	case a.Cmp(terms.Min) < 0:
		d.problem(n, fmt.Sprintf("%s is below the least that the site takes in %s", a.Major(), a.Currency),
			fmt.Sprintf("write %s or more, or lower min in %s", terms.Min.Major(), siteFileName))
	case a.Cmp(terms.Max) > 0:
		d.problem(n, fmt.Sprintf("%s is above the most that the site takes in %s", a.Major(), a.Currency),
			fmt.Sprintf("write %s or less, or raise max in %s", terms.Max.Major(), siteFileName))
	default:
		return a, true
	}
	return a, false
}

// termsOf finds the terms for a currency that an appeal names. Where the site's
// own entry is broken, that is already reported, and the answer is just false.
func (f *siteFile) termsOf(d document, key *yaml.Node, code string) (CurrencyTerms, bool) {
	c := money.FromCode(code)
	if terms, ok := f.site.Terms(c); ok {
		return terms, true
	}
	if f.currencies != nil && !slices.Contains(f.currencies, c) {
		d.problem(key, fmt.Sprintf("%s is not among the currencies of %s", quote(code), siteFileName),
			"write "+choices(f.currencies)+", or add it to "+siteFileName)
	}
	return CurrencyTerms{}, false
}
