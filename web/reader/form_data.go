package reader

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// formData is what form.js reads from the form: how the language writes amounts,
// what each currency allows and costs, and the sentences that depend on what is
// typed. Names in braces are filled in by the script.
type formData struct {
	Language   string                        `json:"lang"`
	Point      string                        `json:"point"` // between units and decimals
	Mark       string                        `json:"mark"`  // between thousands
	Say        map[string]string             `json:"say"`
	Currencies map[money.Currency]scriptData `json:"in"`
}

// scriptData is one currency. Amounts are in minor units.
type scriptData struct {
	Exponent int               `json:"e"`
	Digits   int               `json:"d"`
	Step     int64             `json:"s"`
	Least    int64             `json:"min"`
	Most     int64             `json:"max"`
	Fee      []int64           `json:"fee,omitempty"` // the share in millionths, the fixed part
	Sign     map[string]string `json:"sign"`          // how an amount is written, by the form that its number asks for
	Symbol   string            `json:"y"`             // that may be typed beside it
	Example  string            `json:"eg"`
}

// scripted is the data of a form as JSON.
func (p *Pages) scripted(words *teller) string {
	c := words.words
	d := formData{Language: c.language, Point: c.numbers.point, Currencies: map[money.Currency]scriptData{}, Say: map[string]string{
		"number":  words.say("problem.amount.not_a_number", "example", "{eg}"),
		"unclear": words.say("own.unclear", "example", "{eg}"),
		"min":     words.say("problem.amount.min", "min", "{min}"),
		"max":     words.say("problem.amount.max", "max", "{max}", "email", p.Newsroom.Site.ContactEmail),
		"cover":   words.say("cover.figure", "fee", "{fee}", "amount", "{gift}"),
	}}
	// The amounts that the script fills in need no shield against the direction of
	// the sentence around them.
	bare := strings.NewReplacer("\u2068{", "{", "}\u2069", "}")
	for _, key := range []string{"min", "max", "cover"} {
		d.Say[key] = bare.Replace(d.Say[key])
	}
	d.Mark = strings.TrimSuffix(strings.TrimPrefix(c.numbers.whole(1234), "1"), "234")
	for _, terms := range p.Newsroom.Site.Currencies {
		d.Currencies[terms.Currency] = dataOf(terms, c)
	}
	text, err := json.Marshal(d)
	words.keep(err)
	return string(text)
}

func dataOf(terms campaign.CurrencyTerms, c *catalogue) scriptData {
	d := scriptData{
		Exponent: terms.Currency.Exponent(), Digits: terms.Currency.Digits(), Step: terms.Currency.Step(),
		Least: terms.Min.Minor, Most: terms.Max.Minor, Sign: c.patterns(terms.Currency), Example: c.plainAmount(exampleOf(terms)),
		Symbol: terms.Currency.Symbol(),
	}
	if terms.Fee != nil {
		d.Fee = []int64{terms.Fee.PerMillion, terms.Fee.Fixed.Minor}
	}
	return d
}

// patterns are how amounts of a currency are written, with # for the number: one
// for each form where the language writes a word, else one alone.
func (c *catalogue) patterns(code money.Currency) map[string]string {
	write := func(sign string, isWord bool) string {
		key := "money.sign"
		if isWord {
			key = "money.word"
		}
		return strings.NewReplacer("{sign}", sign, "{number}", "#").Replace(c.texts[key].other)
	}
	if word, ok := c.texts[fmt.Sprintf("sign.%s", code)]; ok && word.forms != nil {
		all := map[string]string{}
		for name, form := range word.forms {
			all[name] = write(form, true)
		}
		return all
	}
	return map[string]string{"other": write(c.sign(code, operands{}))}
}
