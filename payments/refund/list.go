package refund

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Filter says which orders to list.
type Filter struct {
	Donation string // of one donation, as in Wish; "" of all
	Open     bool   // only those that are not carried out yet
	Limit    int    // at most so many; 0 is 100
}

// List gives orders, the last one first.
func (d *Desk) List(ctx context.Context, f Filter) ([]Order, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	var found []Order
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, d.DB, snapshot, func(tx pgx.Tx) error {
		payment := ""
		if f.Donation != "" {
			g, err := look(ctx, tx, f.Donation)
			if err != nil {
				return err
			}
			payment = g.Payment
		}
		var err error
		found, err = orders(ctx, tx, limit, "(o.payment = $1 or $1 = '') and (o.outcome = '' or not $2)", payment, f.Open)
		return err
	})
	if err != nil {
		return nil, wrapped("listing orders", err)
	}
	return found, nil
}

// Get gives one order. Errors: NotFound; Unavailable.
func (d *Desk) Get(ctx context.Context, id string) (Order, error) {
	var found []Order
	err := pgx.BeginTxFunc(ctx, d.DB, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		found, err = orders(ctx, tx, 1, "o.id = $1", id)
		return err
	})
	switch {
	case err != nil:
		return Order{}, wrapped("looking for an order", err)
	case len(found) == 0:
		return Order{}, &payments.Error{Code: payments.NotFound, Sentence: fmt.Sprintf("there is no order %q", id)}
	}
	return found[0], nil
}

// Standing is what a person who looks after refunds wants to know.
type Standing struct {
	Open      int64
	OpenSince time.Time // when the oldest open order was made; zero where none is
	Refused   int64     // of the last week
	CameBack  int64     // refunds of the last 30 days that Stripe made and that failed afterwards
}

// Standing reads it.
func (d *Desk) Standing(ctx context.Context) (Standing, error) {
	var s Standing
	var since *time.Time
	now := d.Now()
	err := d.DB.QueryRow(ctx, `
		select count(*) filter (where outcome = ''), min(asked_at) filter (where outcome = ''),
			count(*) filter (where outcome = 'refused' and asked_at > $1),
			count(*) filter (where asked_at > $2 and exists (select from refunds r where r.id = stripe_refund and r.status in ('failed', 'canceled')))
		from refund_orders where outcome = '' or asked_at > $2`, now.Add(-7*24*time.Hour), now.Add(-30*24*time.Hour)).
		Scan(&s.Open, &since, &s.Refused, &s.CameBack)
	if err != nil {
		return Standing{}, wrapped("looking at orders of refunds", err)
	}
	if since != nil {
		s.OpenSince = *since
	}
	return s, nil
}

// orders reads those that a condition on o holds of, at most so many, the last one
// first.
func orders(ctx context.Context, tx pgx.Tx, most int, where string, args ...any) ([]Order, error) {
	rows, err := tx.Query(ctx, `
		select o.id, o.donation_id, o.payment, o.currency, o.amount, o.reason, o.note, o.asked_by, o.asked_at, o.attempts, o.outcome,
			o.stripe_refund, coalesce(r.status, ''), o.settled_at, o.error
		from refund_orders o left join refunds r on r.id = o.stripe_refund and o.stripe_refund <> ''
		where `+where+` order by o.asked_at desc, o.id limit `+strconv.Itoa(most), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Order, error) {
		var o Order
		var settled *time.Time
		err := row.Scan(&o.ID, &o.DonationID, &o.Payment, &o.Amount.Currency, &o.Amount.Minor, &o.Reason, &o.Note, &o.By, &o.AskedAt, &o.Attempts,
			&o.Outcome, &o.StripeRefund, &o.StripeStatus, &settled, &o.Error)
		if settled != nil {
			o.SettledAt = *settled
		}
		return o, err
	})
}
