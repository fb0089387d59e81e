package refund

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// sameWithin is for how long the same amount of the same donation, ordered again,
// is taken for a slip.
const sameWithin = 24 * time.Hour

// maxNote is the longest note, in characters.
const maxNote = 500

func invalid(format string, a ...any) error {
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(format, a...)}
}

// plain checks what can be checked without the books.
func (w Wish) plain() error {
	switch {
	case !slices.Contains(Reasons(), w.Reason):
		return invalid("%q is no reason that Stripe takes; say one of %s", w.Reason, strings.Join(Reasons(), ", "))
	case utf8.RuneCountInString(w.Note) > maxNote || !utf8.ValidString(w.Note) || strings.ContainsRune(w.Note, 0):
		return invalid("the note is longer than %d characters, or is no text", maxNote)
	case strings.TrimSpace(w.By) == "" || len(w.By) > 200 || !utf8.ValidString(w.By):
		return invalid("say who asks for it")
	case strings.ContainsFunc(strings.TrimSpace(w.By), unicode.IsControl):
		return invalid("who asks for it is a name on one line: take the line breaks and tabs out")
	}
	return nil
}

// offer checks a wish against the gift and the orders of before, the last one
// first.
func (w Wish) offer(g Gift, before []Order, now time.Time) (Offer, error) {
	o := Offer{Gift: g, Amount: w.Amount}
	if err := g.canBeRefunded(); err != nil {
		return o, err
	}
	// The same wish may be on its way: then nothing may be left, and need not be.
	for i, b := range before {
		same := w.Amount == b.Amount || w.Amount == (money.Amount{}) && g.Left().Minor == 0
		if b.Outcome == Open && !w.Again && same {
			if b.Reason != w.Reason {
				return o, invalid("%s of this donation are ordered already, as %s by %s (order %s), and not carried out yet; "+
					"readerfund refund --pending carries that out. If the same is to be given back once more, say --again", b.Amount, b.Reason, b.By, b.ID)
			}
			o.Open, o.Amount = &before[i], b.Amount
			return o, nil
		}
	}
	if w.Amount == (money.Amount{}) {
		o.Amount = g.Left()
	}
	if err := w.fits(g, o.Amount); err != nil {
		return o, err
	}
	for _, b := range before {
		cameBack := b.StripeStatus == "failed" || b.StripeStatus == "canceled"
		if b.Outcome == Done && !cameBack && !w.Again && b.Amount == o.Amount && now.Sub(b.AskedAt) < sameWithin {
			return o, invalid("%s of this donation were given back at %s already, by %s (order %s); if the same is to be given back once more, say --again",
				b.Amount, b.AskedAt.UTC().Format("2006-01-02 15:04 UTC"), b.By, b.ID)
		}
	}
	return o, nil
}

// canBeRefunded refuses what no amount can be given back of.
func (g Gift) canBeRefunded() error {
	switch {
	case g.Status == "pending":
		return invalid("donation %s has not come yet: its payment is pending. Wait until it has succeeded or failed", g.DonationID)
	case g.Status != "succeeded":
		return invalid("donation %s was never paid: its payment %s", g.DonationID, map[string]string{"failed": "failed", "canceled": "was canceled"}[g.Status])
	case g.DisputeStatus == "open":
		return invalid("the donor of %s disputes it at their bank: the bank has taken it, and gives it back to them where they win. "+
			"A refund would give it back twice; accept the dispute in Stripe's dashboard instead", g.DonationID)
	case g.PaymentIntent == "" && g.Charge == "":
		return invalid("Stripe has not told of the charge of donation %s yet; try again in a minute", g.DonationID)
	}
	return nil
}

// fits holds an amount to the currency and to what is left.
func (w Wish) fits(g Gift, amount money.Amount) error {
	left := g.Left()
	switch {
	case left.Minor == 0:
		return invalid("nothing is left of donation %s: of %s, %s", g.DonationID, g.Amount, g.gone())
	case amount.Currency != g.Amount.Currency:
		return invalid("donation %s is in %s, not in %s", g.DonationID, g.Amount.Currency, amount.Currency)
	case amount.Minor <= 0:
		return invalid("%s is no amount to give back", amount)
	case amount.Minor%amount.Currency.Step() != 0:
		return invalid("%s is finer than Stripe refunds: it is a multiple of %s", amount, money.New(amount.Currency.Step(), amount.Currency))
	case amount.Minor > left.Minor:
		return invalid("only %s are left of donation %s, not %s: of %s, %s", left, g.DonationID, amount, g.Amount, g.gone())
	}
	return nil
}

// gone says where the money went.
func (g Gift) gone() string {
	var parts []string
	for _, p := range []struct {
		minor int64
		what  string
	}{{g.Refunded, "were given back"}, {g.Disputed, "were taken by disputes"}, {g.Ordered, "are ordered to be given back"}} {
		if p.minor > 0 {
			parts = append(parts, money.New(p.minor, g.Amount.Currency).String()+" "+p.what)
		}
	}
	if len(parts) == 0 {
		return "nothing was given back"
	}
	return strings.Join(parts, ", ")
}
