package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// cardsSQL lists the recurring donations of which the card that paid last expires
// before the next charge, and those in their trial, of which no charge tells a card.
// A card is good to the end of its month. $1 is now.
const cardsSQL = `
	select r.subscription, r.current_period_end from recurring_donations r
	left join lateral (
		select c.card_expires from donations d join charges c on c.id = d.charge
		where d.subscription = r.subscription and d.subscription <> '' and d.status = 'succeeded'
		order by d.received_at desc, d.payment limit 1) c on true
	where r.status in ('active', 'trialing') and not r.cancel_at_period_end and r.current_period_end > $1
		and (c.card_expires > 0 and (to_date(c.card_expires::text, 'YYYYMM') + interval '1 month') at time zone 'UTC' <= r.current_period_end
			or c.card_expires is null and r.status = 'trialing')
	order by r.current_period_end, r.subscription`

// cards names the cards that expire before their next charge. What paid last may
// have been replaced by now, by the reader or by the card's network
// (https://docs.stripe.com/payments/cards/overview#automatic-card-updates), so that
// Stripe is asked about each. spared are those about which it was not asked.
func (w *Watch) cards(ctx context.Context, now time.Time, res *Result) (found []seen, spared []string, err error) {
	rows, err := w.DB.Query(ctx, cardsSQL, now)
	if err != nil {
		return nil, nil, fmt.Errorf("looking for cards that expire: %w", err)
	}
	type candidate struct {
		Subscription string
		Next         time.Time
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[candidate])
	if err != nil {
		return nil, nil, fmt.Errorf("looking for cards that expire: %w", err)
	}
	for i, c := range all {
		if i >= askedAtOnce {
			res.Unasked++
			spared = append(spared, c.Subscription)
			continue
		}
		expires, err := w.Stripe.CardOf(ctx, c.Subscription)
		if payments.CodeOf(err) == payments.NotFound {
			continue
		}
		if payments.CodeOf(err) == payments.Refused {
			// A restricted key: all else is found without it.
			w.Log.Warn("Stripe does not show cards to this key, so that those which expire are not found: "+
				"let it read customers and payment methods", "error", err)
			for _, c := range all[i:] {
				res.Unasked++
				spared = append(spared, c.Subscription)
			}
			return found, spared, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("asking about the card of %s: %w", c.Subscription, err)
		}
		if expires > 0 && !endOf(expires).After(c.Next) {
			found = append(found, seen{subscription: c.Subscription, kind: Card, due: c.Next,
				detail: fmt.Sprintf("its card expires with %04d-%02d, before the charge of %s", expires/100, expires%100, day(c.Next))})
		}
	}
	return found, spared, nil
}

// endOf is when a card is no longer good: at the end of its month, UTC.
func endOf(expires int64) time.Time {
	return time.Date(int(expires/100), time.Month(expires%100)+1, 1, 0, 0, 0, 0, time.UTC)
}
