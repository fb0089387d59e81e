package reader

import (
	"net/url"
	"strings"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// choice is what a reader's form said, as it was typed.
type choice struct {
	Frequency string
	Currency  string
	Preset    string // of the presets that belong to Frequency and Currency
	Custom    string
	Campaign  string
	Appeal    string
	Variant   string
	Placement string
	Article   string
	Cover     bool // the fee
	wishes
}

// The fields of the form.
const (
	fieldFrequency = "frequency"
	fieldCurrency  = "currency"
	fieldAmount    = "amount"
	fieldCustom    = "custom_amount"
	fieldCampaign  = "campaign"
	fieldAppeal    = "appeal"
	fieldPlacement = "placement"
	fieldArticle   = "article"
	fieldVariant   = "variant"
	fieldCover     = "cover_fees"
)

// maxField bounds what is kept of a field, in bytes. What is longer is nothing
// that a page of ours could have sent.
const maxField = 200

// maxAddress bounds the address of another site's page, in bytes, before what is
// not kept of it is cut off.
const maxAddress = 4096

// groupField names the presets of one frequency and currency. A browser sends
// the chosen preset of every group, seen or not, so each group must have a name
// of its own; otherwise a reader who saw euros could be charged the number that
// was ticked in dollars.
func groupField(f, c string) string { return fieldAmount + "_" + f + "_" + c }

// coverField names the checkbox that covers the fee of such a group. Its label
// tells the figure of the group's amounts, and so it counts for them alone: what
// was ticked and hidden since is not charged.
func coverField(f, c string) string { return fieldCover + "_" + f + "_" + c }

// ticked tells whether a checkbox was sent. Programs may say no in words.
func ticked(form url.Values, name string) bool {
	switch strings.ToLower(strings.TrimSpace(form.Get(name))) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// readChoice takes a choice from a posted form. The preset is the one of the
// group that belongs to the chosen frequency and currency; where the form names
// no such group, which is the default group of a page and every program that
// posts the documented fields, it is the field amount.
func readChoice(form url.Values) choice {
	getUpTo := func(name string, most int) string {
		s := strings.TrimSpace(strings.ToValidUTF8(form.Get(name), ""))
		if len(s) > most {
			s = strings.ToValidUTF8(s[:most], "")
		}
		return s
	}
	get := func(name string) string { return getUpTo(name, maxField) }
	ch := choice{
		Frequency: get(fieldFrequency), Currency: string(money.FromCode(get(fieldCurrency))),
		Preset: get(fieldAmount), Custom: get(fieldCustom),
		Campaign: get(fieldCampaign), Appeal: get(fieldAppeal), Variant: get(fieldVariant), Placement: get(fieldPlacement), Article: getUpTo(fieldArticle, maxAddress),
	}
	cover := fieldCover
	if preset := get(groupField(ch.Frequency, ch.Currency)); preset != "" {
		ch.Preset, cover = preset, coverField(ch.Frequency, ch.Currency)
	}
	ch.Cover, ch.wishes = ticked(form, cover), readWishes(form)
	return ch
}

// amount is the text that counts: the reader's own where one is filled in.
func (ch choice) amount() string {
	if ch.Custom != "" {
		return ch.Custom
	}
	return ch.Preset
}

// defaultChoice is what the form has chosen when an appeal is opened.
func defaultChoice(a *campaign.Appeal, p campaign.Placement, article string) choice {
	f, c := a.Default.Frequency, a.Default.Currency
	return choice{
		Frequency: string(f), Currency: string(c), Preset: plainMajor(a.Default.Amount[f][c]),
		Campaign: a.Campaign, Appeal: a.ID, Variant: a.Variant, Placement: string(p), Article: article,
	}
}

// fields are the choice as a form sends it that has nothing left to choose.
func (ch choice) fields() []option {
	var all []option
	for _, f := range []option{
		{Label: fieldFrequency, Value: ch.Frequency}, {Label: fieldCurrency, Value: ch.Currency}, {Label: fieldAmount, Value: ch.Preset},
		{Label: fieldCustom, Value: ch.Custom}, {Label: fieldCampaign, Value: ch.Campaign}, {Label: fieldAppeal, Value: ch.Appeal}, {Label: fieldVariant, Value: ch.Variant},
		{Label: fieldPlacement, Value: ch.Placement}, {Label: fieldArticle, Value: ch.Article},
		{Label: fieldCover, Value: yes(ch.Cover)}, {Label: fieldAnonymous, Value: yes(ch.Anonymous)},
		{Label: fieldDedication, Value: ch.Dedication}, {Label: fieldComment, Value: ch.Comment},
	} {
		if f.Value != "" {
			all = append(all, f)
		}
	}
	return all
}

// yes is the value of a checkbox.
func yes(is bool) string {
	if is {
		return "1"
	}
	return ""
}
