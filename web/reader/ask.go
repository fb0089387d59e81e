package reader

import (
	"slices"
	"strings"
	"unicode"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// ask is an appeal with its form, as the template needs it.
type ask struct {
	speaker            // in the appeal's language
	Action      string // where the form is posted
	Appeal      *campaign.Appeal
	Level       int    // of the headline: 1 where the ask is the page, 2 below an article
	Base        string // before the address that the form posts to; "" on our own pages
	ID          string // before every id, so that none meets one of another site's page; "" on ours
	Hidden      []option
	Frequencies []option
	Currencies  []option
	Groups      []group
	Ranges      []option
	Buttons     []option
	Owns        []option // the label of the field for one's own amount
	Custom      string
	wishes
	Goal      *ticker // nil where none is shown
	Recurring string  // how a recurring gift is stopped; "" where none is offered
	Problems  []problem
	Through   string    // address of the page that tells whether a gift went through
	Script    string    // what form.js needs to know, as JSON
	Seen      *sighting // nil where the reader saw the ask before and sent it
}

// option is one thing to choose, or one text that belongs to a choice.
type option struct {
	Value   string
	Label   string
	Checked bool
	Note    string // what choosing it means, below the label; may be ""
	Live    string // the label where a script can fill the amount in; "" where that changes nothing
}

// group is the presets of one frequency and one currency.
type group struct {
	Frequency campaign.Frequency
	Currency  money.Currency
	Field     string // the name its radio buttons are posted under
	Legend    string
	Presets   []option
	Cover     *cover // nil where the fee is not known
}

// Problem is the sentence for a field, or "" where the field is well.
func (a ask) Problem(field string) string {
	for _, p := range a.Problems {
		if p.Field == field {
			return p.Sentence
		}
	}
	return ""
}

// First tells whether a field is the first that has a problem.
func (a ask) First(field string) bool { return len(a.Problems) > 0 && a.Problems[0].Field == field }

// Mendable tells whether there is something in the form that a reader can mend.
// Other failures say in their own words that nothing was charged.
func (a ask) Mendable() bool {
	return slices.ContainsFunc(a.Problems, func(p problem) bool { return p.Field != "" })
}

// newAsk prepares the form of an appeal with a choice made in it. What the
// appeal does not offer falls back to its default, and an amount that is none of
// the presets stands in the field for one's own, so that nothing typed is lost.
func (p *Pages) newAsk(appeal *campaign.Appeal, ch choice, level int) (ask, error) {
	words := teller{words: p.in(appeal.Language)}
	a := ask{speaker: speaker{words.words}, Action: p.formAddress(appeal.Language), Appeal: appeal, Level: level, Custom: ch.Custom, wishes: ch.wishes, Hidden: []option{
		{Value: ch.Campaign, Label: fieldCampaign}, {Value: ch.Appeal, Label: fieldAppeal},
		{Value: ch.Placement, Label: fieldPlacement}, {Value: ch.Article, Label: fieldArticle},
		{Value: appeal.Variant, Label: fieldVariant},
	}, Seen: sightingOf(campaign.Placement(ch.Placement), appeal, ch.Article)}
	f, c := campaign.Frequency(ch.Frequency), money.Currency(ch.Currency)
	if !slices.Contains(appeal.Frequencies, f) {
		f = appeal.Default.Frequency
	}
	if _, ok := p.Newsroom.Site.Terms(c); !ok {
		c = appeal.Default.Currency
	}
	for _, offered := range appeal.Frequencies {
		a.Frequencies = append(a.Frequencies, option{Value: string(offered), Label: words.say("often." + string(offered)), Checked: offered == f})
		a.Buttons = append(a.Buttons, buttonOf(offered, appeal.Buttons[offered]))
	}
	for _, terms := range p.Newsroom.Site.Currencies {
		code := terms.Currency
		name := words.words.currency(code)
		a.Currencies = append(a.Currencies, option{Value: string(code), Label: name, Checked: code == c})
		a.Owns = append(a.Owns, option{Value: string(code), Label: words.say("own", "currency", name)})
		hint := words.say("own.range", "min", terms.Min, "max", terms.Max)
		if terms.Fee != nil {
			hint += " " + words.say("cover.hint")
		}
		a.Ranges = append(a.Ranges, option{Value: string(code), Label: hint})
		for _, offered := range appeal.Frequencies {
			g := presets(appeal, offered, terms, &words)
			g.Legend = words.say("presets."+string(offered), "currency", name)
			if offered == f && code == c && !g.choose(ch.Preset) && a.Custom == "" {
				a.Custom = ch.Preset
			}
			if g.Cover != nil {
				g.Cover.Checked = ch.Cover && offered == f && code == c
			}
			a.Groups = append(a.Groups, g)
		}
	}
	p.addNotes(&a, &words)
	a.Through, a.Script = p.giftAddress(p.known(appeal.Language)), p.scripted(&words)
	return a, words.failed
}

// addNotes words what stands beside the form.
func (p *Pages) addNotes(a *ask, words *teller) {
	if slices.ContainsFunc(a.Appeal.Frequencies, func(f campaign.Frequency) bool { return f != campaign.OneTime }) {
		a.Recurring = words.say("give.recurring", "email", p.Newsroom.Site.ContactEmail)
	}
	a.Goal = p.newTicker(a.Appeal, words)
}

// Columns is in how many columns the presets stand, so that no row is left with
// one alone: 2, 3, 4 or 5. Long amounts need the wider columns.
func (g group) Columns() int {
	longest := 0
	for _, o := range g.Presets {
		longest = max(longest, breadth(o.Label))
	}
	n := len(g.Presets)
	switch {
	case longest > 8:
		return 2
	case n == 5 && longest <= 5:
		return 5
	case n%4 == 0 && longest <= 6:
		return 4
	case n%3 != 0 && n%2 == 0:
		return 2
	}
	return 3
}

// breadth is about how many digits wide a label is. Arabic letters are about
// half as wide, and the marks upon them have no width.
func breadth(label string) int {
	halves := 0
	for _, r := range label {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.Is(unicode.Arabic, r):
			halves++
		default:
			halves += 2
		}
	}
	return (halves + 1) / 2
}

// buttonOf is the button of a frequency. Where an editor has not said where the
// amount stands, it stands behind the words.
func buttonOf(f campaign.Frequency, label string) option {
	o := option{Value: string(f), Label: campaign.WithoutAmount(label), Live: label}
	if !strings.Contains(label, campaign.AmountPlaceholder) {
		o.Live += " · " + campaign.AmountPlaceholder
	}
	return o
}

// presets is a group with the appeal's default chosen. The default group of the
// form carries the documented name of the field.
func presets(appeal *campaign.Appeal, f campaign.Frequency, terms campaign.CurrencyTerms, words *teller) group {
	c := terms.Currency
	g := group{Frequency: f, Currency: c, Field: groupField(string(f), string(c))}
	if f == appeal.Default.Frequency && c == appeal.Default.Currency {
		g.Field = fieldAmount
	}
	amounts, _ := appeal.Offers(f, c)
	for _, amount := range amounts {
		g.Presets = append(g.Presets, option{
			Value: plainMajor(amount), Label: words.amount(amount), Checked: amount == appeal.Default.Amount[f][c],
		})
	}
	g.Cover = newCover(g, terms, amounts, words)
	return g
}

// choose ticks the preset that a text means, and tells whether there is one.
func (g group) choose(text string) bool {
	amount, err := money.Parse(text, g.Currency)
	if err != nil {
		return false
	}
	at := slices.IndexFunc(g.Presets, func(o option) bool { return o.Value == plainMajor(amount) })
	if at < 0 {
		return false
	}
	for i := range g.Presets {
		g.Presets[i].Checked = i == at
	}
	return true
}
