package reader

import (
	"bytes"
	"fmt"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// cover is the checkbox of one group that adds the payment provider's fee.
type cover struct {
	Field   string // its name and, with the form's own before it, its id
	Checked bool
	Figures []string // the words for each preset of the group, in their order
	Own     string   // the words beside an amount of one's own, whose figure no page can know
}

// newCover words the checkbox of a group; nil where no fee is known.
func newCover(g group, terms campaign.CurrencyTerms, amounts []money.Amount, words *teller) *cover {
	if terms.Fee == nil {
		return nil
	}
	c := &cover{Field: coverField(string(g.Frequency), string(g.Currency)), Own: words.say("cover.own")}
	if g.Field == fieldAmount {
		c.Field = fieldCover
	}
	for _, gift := range amounts {
		c.Figures = append(c.Figures, words.say("cover.figure", "fee", feeOn(gift, *terms.Fee), "amount", gift))
	}
	return c
}

// feeOn is what has to be added to a gift.
func feeOn(gift money.Amount, fee campaign.Fee) money.Amount {
	return money.New(fee.Total(gift).Minor-gift.Minor, gift.Currency)
}

// cover puts the fee on top of an order's gift, where the currency has one.
func (p *Pages) cover(o *payments.Order, words *catalogue) error {
	terms, _ := p.Newsroom.Site.Terms(o.Amount.Currency)
	if terms.Fee == nil {
		return nil
	}
	gift := o.Amount
	fee := feeOn(gift, *terms.Fee)
	o.CoverFees = true
	if fee.IsZero() {
		return nil
	}
	var err error
	o.FeeNote, err = words.text("cover.note", "fee", fee, "amount", gift)
	o.Amount, o.FeeCover = terms.Fee.Total(gift), fee.Minor
	return err
}

// figures are the style rules that show, beside the checkbox of a group, the
// figure of the preset that is chosen in it. See switches.
func figures(n *campaign.Newsroom) []byte {
	most := 0
	count := func(appeal *campaign.Appeal) {
		for f := range appeal.Amounts {
			for _, presets := range appeal.Amounts[f] {
				most = max(most, len(presets))
			}
		}
	}
	for _, appeal := range n.Appeals {
		count(appeal)
		if appeal.Experiment != nil {
			for _, arm := range appeal.Experiment.Arms {
				count(arm.Appeal)
			}
		}
	}
	var b bytes.Buffer
	for i := range most {
		fmt.Fprintf(&b, ".p-%[1]d:checked~.cover .n-%[1]d{display:inline}\n", i)
	}
	return b.Bytes()
}
