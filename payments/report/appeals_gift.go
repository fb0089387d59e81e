package report

import (
	"context"
	"fmt"
	"math/big"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// gift is a donation that succeeded, with what Stripe booked for it.
type gift struct {
	spot
	checkout           string
	amount             money.Amount
	refunded, disputed int64 // minor units of the same currency

	// settled is what Stripe booked for the charge, before its fee, in the currency
	// of the account; without a currency where that is not known yet.
	settled money.Amount
	fee     int64 // minor units of settled's currency

	// disputeFee is what disputes cost on top, without a currency where nothing is
	// known of it.
	disputeFee money.Amount
}

const giftsSQL = `
select d.campaign, d.appeal, d.variant, d.placement, d.article, d.checkout_id, d.currency, d.amount, d.refunded, d.disputed,
	coalesce(b.currency, ''), coalesce(b.amount, 0) + coalesce(m.amount, 0), coalesce(b.fee, 0) + coalesce(m.fee, 0),
	d.dispute_fee_currency, d.dispute_fee
from donations d left join balance_transactions b on b.id = d.balance_transaction and d.balance_transaction <> ''
	left join (` + besideSQL + `) as m on m.payment = d.payment and m.currency = b.currency
where d.status = 'succeeded' and d.received_at >= $1 and d.received_at < $2
	and ($3 = '' or d.currency = $3) and ($4 = '' or d.campaign = $4)`

// readGifts gives every gift that came in the period and succeeded, in no order.
func readGifts(ctx context.Context, tx pgx.Tx, q Query, each func(gift)) error {
	rows, err := tx.Query(ctx, giftsSQL, q.From, q.To, string(q.Currency), q.Campaign)
	if err != nil {
		return fmt.Errorf("reading gifts: %w", err)
	}
	var g gift
	fields := []any{&g.campaign, &g.appeal, &g.variant, &g.placement, &g.article, &g.checkout, &g.amount.Currency, &g.amount.Minor,
		&g.refunded, &g.disputed, &g.settled.Currency, &g.settled.Minor, &g.fee, &g.disputeFee.Currency, &g.disputeFee.Minor}
	if _, err = pgx.ForEachRow(rows, fields, func() error { each(g); return nil }); err != nil {
		return fmt.Errorf("reading gifts: %w", err)
	}
	return nil
}

// feeInOwnCurrency is what Stripe took for the gift and its disputes, in minor
// units of the gift's currency: fees that it took in the account's currency are
// turned at the rate at which it turned the gift itself. Where a part of it is
// not known, the answer is what is known, and false.
func (g gift) feeInOwnCurrency() (fee int64, known bool) {
	known = true
	take := func(minor int64, c money.Currency) {
		switch {
		case minor == 0 && c != "":
		case c == "":
			known = false
		case c == g.amount.Currency:
			fee += minor
		case c == g.settled.Currency && g.settled.Minor > 0:
			fee += share(big.NewInt(minor), g.amount.Minor, g.settled.Minor)
		default:
			known = false
		}
	}
	take(g.fee, g.settled.Currency)
	if g.disputed != 0 || g.disputeFee.Minor != 0 {
		take(g.disputeFee.Minor, g.disputeFee.Currency)
	}
	return fee, known
}

// share is x × part ÷ whole, rounded half to even; whole is positive.
func share(x *big.Int, part, whole int64) int64 {
	divisor := big.NewInt(whole)
	product := new(big.Int).Mul(x, big.NewInt(part))
	quotient, rest := new(big.Int).DivMod(product, divisor, new(big.Int)) // rounded down, also below zero
	switch twice := rest.Lsh(rest, 1).Cmp(divisor); {
	case twice > 0, twice == 0 && quotient.Bit(0) == 1:
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient.Int64()
}
