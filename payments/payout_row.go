package payments

// PayoutRow says that an automatic payout sent a balance transaction to the
// bank. Stripe says so only where it is asked for the balance transactions of the
// payout (https://docs.stripe.com/payouts/reconciliation): no event and no object
// tells it. The payout's own balance transaction is a row of its own as well.
type PayoutRow struct {
	ID     string // the balance transaction; none is sent twice
	Payout string
}

func (a PayoutRow) join(b PayoutRow) PayoutRow {
	return PayoutRow{ID: a.ID, Payout: either(a.Payout, b.Payout)}
}

var payoutRows = table[PayoutRow]{
	title:   "payout_rows",
	columns: "id, payout",
	key:     func(p *PayoutRow) string { return p.ID },
	join:    PayoutRow.join,
	fields:  func(p *PayoutRow) []any { return []any{&p.ID, &p.Payout} },
	in:      func(f *Facts) *[]PayoutRow { return &f.PayoutRows },
	names: func(x *PayoutRow, r *reach) {
		r.others = append(r.others, x.ID)
	},
}
