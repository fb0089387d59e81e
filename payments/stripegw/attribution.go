package stripegw

import (
	"strings"

	"github.com/readerfund/readerfund/payments"
)

// traits is what an object shows of where it comes from, the most trusted
// metadata first.
type traits struct {
	metadata []meta
	items    []item
	link     ref // the payment link
}

// item is something paid for: a line of an invoice or a session, or an item of a
// subscription, in any of their shapes.
type item struct {
	price, product string
}

// and adds what another object shows that it belongs to.
func (t traits) and(o traits) traits {
	t.metadata = append(t.metadata, o.metadata...)
	t.items = append(t.items, o.items...)
	return t
}

// checkout files the attribution of an object with the facts and gives its
// checkout, "" where it has none. Metadata that names a checkout of ours goes
// before every rule.
func (told telling) checkout(f *payments.Facts, shown traits) (id string) {
	for _, m := range shown.metadata {
		a, ok := payments.AttributionFrom(m)
		// The sign of a rule is for rules to set.
		if ok && !strings.HasPrefix(a.CheckoutID, payments.AdoptedBy) {
			f.Attributions = append(f.Attributions, a)
			return a.CheckoutID
		}
	}
	if len(told.rules) == 0 {
		return ""
	}
	a, ok := told.rules.Adopt(shown.plain())
	if !ok {
		return ""
	}
	f.Attributions = append(f.Attributions, a)
	return a.CheckoutID
}

func (t traits) plain() payments.Traits {
	out := payments.Traits{PaymentLink: string(t.link)}
	for _, m := range t.metadata {
		out.Metadata = append(out.Metadata, m)
	}
	for _, i := range t.items {
		if i.price != "" {
			out.Prices = append(out.Prices, i.price)
		}
		if i.product != "" {
			out.Products = append(out.Products, i.product)
		}
	}
	return out
}
