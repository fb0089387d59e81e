package refund

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Stripe makes the refund that an order asks for: once, however often it is
// called. Errors are *payments.Error: Busy where nobody knows yet whether it was
// made; any other code where it was not.
type Stripe interface {
	GiveBack(ctx context.Context, o payments.RefundOrder) (payments.StripeAnswer, error)
}

// Books take in what Stripe answered.
type Books interface {
	TakeAnswer(ctx context.Context, what string, a payments.StripeAnswer) error
}

// Desk makes orders and has Stripe carry them out. Its errors are *payments.Error
// whose sentences are for staff: NotFound; Invalid where the wish cannot be; Busy
// where the order is committed and its end not known yet; Refused by Stripe;
// Unavailable where the database is away.
type Desk struct {
	DB     *pgxpool.Pool
	Stripe Stripe
	Books  Books
	Now    func() time.Time
	Log    *slog.Logger
}

// Ask tells what an order would do. It changes nothing.
func (d *Desk) Ask(ctx context.Context, w Wish) (Offer, error) {
	if err := w.plain(); err != nil {
		return Offer{}, err
	}
	var o Offer
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, d.DB, snapshot, func(tx pgx.Tx) (err error) {
		o, err = d.offer(ctx, tx, w)
		return err
	})
	return o, wrapped("looking at the donation", err)
}

// Look finds a donation by its id, its payment intent or its charge.
func (d *Desk) Look(ctx context.Context, donation string) (Gift, error) {
	var g Gift
	err := pgx.BeginTxFunc(ctx, d.DB, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		g, err = look(ctx, tx, donation)
		return err
	})
	return g, wrapped("looking at the donation", err)
}

// Order commits a wish, and gives the order that is to be carried out: a new one,
// or the open one of the same amount. Orders of one donation take turns: together
// they give back no more than is left.
func (d *Desk) Order(ctx context.Context, w Wish) (Order, error) {
	if err := w.plain(); err != nil {
		return Order{}, err
	}
	var made Order
	err := pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		g, err := look(ctx, tx, w.Donation)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+payments.RefundLock, g.Payment); err != nil {
			return err
		}
		// Looked at again, now that nobody else orders.
		if known, err := w.before(ctx, tx, g); err != nil || known != nil {
			if known != nil {
				made, made.Before = *known, true
			}
			return err
		}
		o, err := d.offer(ctx, tx, w)
		if err != nil {
			return err
		}
		if o.Open != nil {
			made, made.Before = *o.Open, true
			return nil
		}
		made, err = insert(ctx, tx, w, o, d.Now())
		return err
	})
	return made, wrapped("ordering a refund", err)
}

// ordersLookedAt bounds the orders of one donation that are looked at.
const ordersLookedAt = 1000

func (d *Desk) offer(ctx context.Context, tx pgx.Tx, w Wish) (Offer, error) {
	g, err := look(ctx, tx, w.Donation)
	if err != nil {
		return Offer{}, err
	}
	before, err := orders(ctx, tx, ordersLookedAt, "o.payment = $1", g.Payment)
	if err != nil {
		return Offer{}, err
	}
	return w.offer(g, before, d.Now())
}

// insert commits a new order. Of somebody whose data were erased no words are kept.
func insert(ctx context.Context, tx pgx.Tx, w Wish, o Offer, now time.Time) (Order, error) {
	id, g := w.orderID(), o.Gift
	_, err := tx.Exec(ctx, `
		insert into refund_orders (id, payment, donation_id, payment_intent, charge, currency, gift, amount, reason, note, asked_by, asked_at, due_at)
		select $1, $2, $3, $4, $5, $6, $7, $8, $9,
			case when exists (select from erased_objects where id = $2) then '' else $10 end, $11, $12, $12`,
		id, g.Payment, g.DonationID, g.PaymentIntent, g.Charge, g.Amount.Currency, g.Amount.Minor, o.Amount.Minor,
		w.Reason, strings.TrimSpace(w.Note), strings.TrimSpace(w.By), now)
	if err != nil {
		return Order{}, err
	}
	made, err := orders(ctx, tx, 1, "o.id = $1", id)
	if err != nil || len(made) != 1 {
		return Order{}, errors.Join(err, fmt.Errorf("order %s is not there", id))
	}
	return made[0], nil
}

// look finds a donation. What a payment is known by is never a donation's id.
func look(ctx context.Context, tx pgx.Tx, donation string) (Gift, error) {
	var g Gift
	donation = strings.TrimSpace(donation)
	if donation == "" || len(donation) > 255 || strings.ContainsRune(donation, 0) {
		return g, &payments.Error{Code: payments.NotFound, Sentence: "say which donation: its id (don_…), its payment intent (pi_…) or its charge (ch_…)"}
	}
	err := tx.QueryRow(ctx, `
		select d.donation_id, d.payment, d.payment_intent, d.charge, d.donor_name, d.donor_email, d.received_at, d.status, d.dispute_status,
			d.currency, d.amount, d.refunded, d.disputed,
			coalesce((select sum(o.amount) from refund_orders o where o.payment = d.payment and (o.outcome = ''
				or o.outcome = 'done' and not exists (select from refunds r where r.id = o.stripe_refund))), 0)::bigint
		from donations d where d.payment = $1 or d.donation_id = $1
			or d.payment = (select c.payment from charges c where c.id = $1)`, donation).
		Scan(&g.DonationID, &g.Payment, &g.PaymentIntent, &g.Charge, &g.DonorName, &g.DonorEmail, &g.ReceivedAt, &g.Status, &g.DisputeStatus,
			&g.Amount.Currency, &g.Amount.Minor, &g.Refunded, &g.Disputed, &g.Ordered)
	if !errors.Is(err, pgx.ErrNoRows) {
		return g, err
	}
	var foreign bool
	if err := tx.QueryRow(ctx, `select exists (select from foreign_payments where payment = $1 or charge = $1)`, donation).Scan(&foreign); err != nil {
		return g, err
	}
	if foreign {
		return g, &payments.Error{Code: payments.NotFound,
			Sentence: fmt.Sprintf("payment %s is no donation: it did not begin here, and no rule of the site file adopts it. Give it back in Stripe's dashboard", donation)}
	}
	return g, &payments.Error{Code: payments.NotFound,
		Sentence: fmt.Sprintf("there is no donation %q; the report donations has the ids (donation_id, stripe_payment_intent)", donation)}
}

// wrapped gives the errors of this room as they are, and takes any other for one of
// the database.
func wrapped(what string, err error) error {
	if err == nil || payments.CodeOf(err) != "" {
		return err
	}
	return &payments.Error{Code: payments.Unavailable, RetryAfter: 5 * time.Second, Err: fmt.Errorf("%s: %w", what, err),
		Sentence: "The database does not answer; nothing was asked of Stripe. Try again."}
}
