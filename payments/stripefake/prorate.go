package stripefake

import (
	"math/big"
	"time"
)

// portion is the share of an amount for part of a period, rounded half up to a
// step of the currency.
func portion(amount, part, whole, step int64) int64 {
	if whole <= 0 {
		return 0
	}
	// amount × part / (whole × step), in numbers that cannot overflow.
	n := new(big.Int).Mul(big.NewInt(2*amount), big.NewInt(part))
	d := new(big.Int).Mul(big.NewInt(whole), big.NewInt(step))
	n.Add(n, d).Div(n, d.Mul(d, big.NewInt(2)))
	return n.Int64() * step
}

// prorate charges what items cost for the rest of the period more than before:
// a credit for the old and a charge for the new, each an invoice item that waits
// for the next invoice. fresh is empty where a new period begins, whose invoice
// asks for it whole. at is the time of the change, Unix seconds.
// https://docs.stripe.com/billing/subscriptions/prorations
func (s *Server) prorate(why cause, sub *subscription, old, fresh []subscriptionItem, at int64) {
	rest, whole := sub.PeriodEnd-at, sub.PeriodEnd-sub.PeriodStart
	if rest <= 0 || sub.Status == trialing || sub.Status == incomplete {
		return
	}
	for _, item := range old {
		if !holds(fresh, item) {
			s.prorateItem(why, sub, item, -1, "Unused time on ", at, rest, whole)
		}
	}
	for _, item := range fresh {
		if !holds(old, item) {
			s.prorateItem(why, sub, item, 1, "Remaining time on ", at, rest, whole)
		}
	}
}

// holds says whether an item is among those at the same price and quantity.
func holds(items []subscriptionItem, item subscriptionItem) bool {
	for _, other := range items {
		if other.ID == item.ID && other.Price == item.Price && other.Quantity == item.Quantity {
			return true
		}
	}
	return false
}

func (s *Server) prorateItem(why cause, sub *subscription, item subscriptionItem, sign int64, what string, at, rest, whole int64) {
	p := s.st.Prices.at(item.Price)
	s.newInvoiceItem(why, &invoiceItem{
		Customer: sub.Customer, Subscription: sub.ID, Item: item.ID, Price: p.ID, Quantity: item.Quantity, Currency: sub.Currency,
		Amount:      sign * portion(p.Amount*item.Quantity, rest, whole, rulesOf(sub.Currency).step),
		Description: what + s.st.Products.at(p.Product).Name + " after " + time.Unix(at, 0).UTC().Format("02 Jan 2006"),
		Metadata:    map[string]string{}, Start: at, End: sub.PeriodEnd, Proration: true,
	})
}
