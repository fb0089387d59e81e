package refund

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

const (
	// carryWithin bounds one try, all questions to Stripe together.
	carryWithin = time.Minute
	// claimLife is how long an order is another's to carry out: a little longer than
	// a try can take, since a process that is killed never gives its claim back.
	claimLife = carryWithin + 30*time.Second
	// recordWithin bounds what is written after Stripe has answered.
	recordWithin = 20 * time.Second
	// restFirst and restMost are how long an order rests between two tries that
	// nobody asked for.
	restFirst = time.Minute
	restMost  = time.Hour
	// carriedAtOnce bounds one run.
	carriedAtOnce = 50
)

// CarryOut has Stripe carry an order out and takes what it answers into the books.
// It may be called any number of times, by anybody, after a crash at any point: one
// order is one refund. With Busy it is not known yet; CarryPending finds out.
func (d *Desk) CarryOut(ctx context.Context, id string) (Order, error) {
	asked, err := d.claim(ctx, id)
	if err != nil {
		return Order{}, wrapped("taking an order", err)
	}
	if asked == nil { // it is carried out, or another's
		o, err := d.Get(ctx, id)
		if err != nil {
			return o, err
		}
		return o, o.end()
	}
	// From here on whoever asked may go away: an answer of Stripe's is written down.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), carryWithin)
	defer cancel()
	answer, err := d.Stripe.GiveBack(asking, *asked)
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if err == nil {
		// Before the order is done: should this end in between, it is open still, looks
		// for its refund and finds it.
		if err := d.Books.TakeAnswer(recording, "refunded", answer); err != nil {
			return Order{}, d.rest(recording, id, &payments.Error{Code: payments.Busy, RetryAfter: time.Minute, Err: err,
				Sentence: fmt.Sprintf("Stripe has made refund %s; it could not be written into the books, which is tried again by itself", answer.ID)})
		}
		return d.settle(recording, id, Done, answer.ID, "")
	}
	if code := payments.CodeOf(err); code == payments.Refused || code == payments.NotFound {
		if _, recorded := d.settle(recording, id, Refused, "", sentence(err)); recorded != nil && payments.CodeOf(recorded) != payments.Refused {
			return Order{}, recorded
		}
		return Order{}, err
	}
	return Order{}, d.rest(recording, id, err)
}

// CarryPending carries out the open orders that are due, with all also those that
// rest, and gives how many came to their end, done or refused. Nobody waits for it,
// so that the error of one keeps no other from being tried.
func (d *Desk) CarryPending(ctx context.Context, all bool) (ended int, err error) {
	rows, err := d.DB.Query(ctx, `select id from refund_orders where outcome = '' and (due_at <= $1 or $2) order by due_at, id limit $3`,
		d.Now(), all, carriedAtOnce)
	if err != nil {
		return 0, wrapped("looking for open orders", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, wrapped("looking for open orders", err)
	}
	var failed []error
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		o, err := d.CarryOut(ctx, id)
		code := payments.CodeOf(err)
		switch {
		case err == nil:
			ended++
			d.Log.Info("a refund that was ordered before is made", "order", id, "refund", o.StripeRefund)
		case code == payments.Refused || code == payments.NotFound:
			ended++
			d.Log.Error("Stripe refuses a refund that was ordered", "order", id, "reason", sentence(err))
		default:
			failed = append(failed, fmt.Errorf("order %s: %w", id, err))
		}
	}
	return ended, errors.Join(failed...)
}

// claim takes an open order that nobody else is carrying out; nil where there is
// none. The time is the database's, which every replica shares.
func (d *Desk) claim(ctx context.Context, id string) (*payments.RefundOrder, error) {
	o := payments.RefundOrder{ID: id}
	err := d.DB.QueryRow(ctx, `
		update refund_orders set attempts = attempts + 1, claimed_until = clock_timestamp() + $2::interval
		where id = $1 and outcome = '' and (claimed_until is null or claimed_until < clock_timestamp())
		returning payment_intent, charge, currency, gift, currency, amount, reason, attempts > 1`, id, claimLife).
		Scan(&o.PaymentIntent, &o.Charge, &o.Gift.Currency, &o.Gift.Minor, &o.Amount.Currency, &o.Amount.Minor, &o.Reason, &o.Tried)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // none to carry out is no failure
	}
	return &o, err
}

// settle ends an order. One that was ended meanwhile stays as it is.
func (d *Desk) settle(ctx context.Context, id string, to Outcome, refund, why string) (Order, error) {
	_, err := d.DB.Exec(ctx, `
		update refund_orders set outcome = $2, stripe_refund = $3, error = $4, settled_at = $5, claimed_until = null
		where id = $1 and outcome = ''`, id, to, refund, why, d.Now())
	if err != nil {
		return Order{}, &payments.Error{Code: payments.Busy, RetryAfter: time.Minute, Err: fmt.Errorf("recording an order's end: %w", err),
			Sentence: "The database went away before the end could be recorded; it is found out by itself within minutes"}
	}
	o, err := d.Get(ctx, id)
	if err != nil {
		return o, err
	}
	return o, o.end()
}

// rest leaves an order open, to be tried again later, and gives back why.
func (d *Desk) rest(ctx context.Context, id string, why error) error {
	_, err := d.DB.Exec(ctx, `
		update refund_orders set claimed_until = null, error = $2,
			due_at = $3::timestamptz + least($4::interval * power(2, least(greatest(attempts - 1, 0), 20)), $5::interval)
		where id = $1 and outcome = ''`, id, sentence(why), d.Now(), restFirst, restMost)
	if err != nil {
		d.Log.Warn("an order of a refund could not be given back; it is tried again", "order", id, "error", err)
	}
	return why
}

// end is what a caller is told of an order.
func (o Order) end() error {
	switch o.Outcome {
	case Done:
		return nil
	case Refused:
		return &payments.Error{Code: payments.Refused, Sentence: o.Error}
	default:
		return &payments.Error{Code: payments.Busy, RetryAfter: claimLife,
			Sentence: fmt.Sprintf("order %s is being carried out at this moment; readerfund refund --list shows what becomes of it", o.ID)}
	}
}

// sentence is the part of an error that may be shown and kept.
func sentence(err error) string {
	if e, ok := errors.AsType[*payments.Error](err); ok {
		return e.Sentence
	}
	return err.Error()
}
