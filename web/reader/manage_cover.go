package reader

import (
	"net/url"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// coverNow says what part of the present amount covers the payment fee; "" for none.
func coverNow(v *visit, r manage.Recurring) string {
	if r.FeeCover.IsZero() {
		return ""
	}
	whole := money.New(r.Amount.Minor-r.FeeCover.Minor, r.Amount.Currency)
	return v.say("manage.amount.cover", "fee", r.FeeCover, "amount", whole)
}

// coverOffer is the box that adds the payment fee to a new amount; nil where no fee is
// known. Its figure can be told once an amount was sent.
func (p *Pages) coverOffer(v *visit, r manage.Recurring, terms campaign.CurrencyTerms, in url.Values) *coverBox {
	if terms.Fee == nil {
		return nil
	}
	f := &coverBox{Label: v.say("cover.own"), Checked: in.Get(fieldCover) != ""}
	if len(in) == 0 {
		f.Checked = !r.FeeCover.IsZero()
	}
	gift, wrong := readAmount(firstBytes(in.Get(fieldAmount)), terms, p.Newsroom.Site.ContactEmail, v.words)
	if wrong == nil {
		f.Label = v.say("cover.figure", "fee", feeOn(gift, *terms.Fee), "amount", gift)
		f.Seen = gift.Major()
	}
	return f
}

// withCover puts the fee on top of a new amount where that is asked for, and gives
// the sum and its part. Here no page of Stripe's names the sum before it is taken:
// until the reader has seen it, the form comes back with it.
func withCover(v *visit, r manage.Recurring, gift money.Amount, terms campaign.CurrencyTerms, in url.Values) (amount, cover money.Amount, unseen []problem) {
	if terms.Fee == nil || in.Get(fieldCover) == "" {
		return gift, money.New(0, gift.Currency), nil
	}
	total, fee := terms.Fee.Total(gift), feeOn(gift, *terms.Fee)
	if in.Get(fieldSeen) == gift.Major() {
		return total, fee, nil
	}
	with := r
	with.Amount = total
	about := []any{"fee", fee, "gift", v.gift(with)}
	switch {
	case total != r.Amount || r.Changing != "":
		return total, fee, []problem{{Sentence: v.say("manage.amount.total", about...), Notice: true, Button: v.say("manage.amount.to", "gift", v.gift(with))}}
	case fee == r.FeeCover:
		return total, fee, []problem{{Sentence: v.say("manage.amount.already", about...), Notice: true}}
	}
	return total, fee, nil // the sum is known, and only what of it covers the fee is new
}
