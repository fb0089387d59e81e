package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// finishAtOnce bounds how many changes one call of Finish takes up.
const finishAtOnce = 100

// Finish takes up changes of which no answer came, or none could be recorded, and
// which the books show as made by now: Stripe is asked once more, which looks first,
// and makes what may still be missing of them. So they are settled, and told by a
// letter, also where nobody sends their form again. What the books do not show stays
// for the reader to ask for again. It gives how many were settled.
func (c *Changes) Finish(ctx context.Context) (settled int, _ error) {
	var failed []error
	for range finishAtOnce {
		if ctx.Err() != nil {
			break
		}
		w, at, claimed, err := c.claimMade(ctx)
		if errors.Is(err, pgx.ErrNoRows) {
			break
		}
		if err != nil {
			return settled, errors.Join(append(failed, fmt.Errorf("looking for changes without an answer: %w", err))...)
		}
		if err := c.finish(ctx, w, at, claimed); err != nil {
			failed = append(failed, fmt.Errorf("finishing a change of %s: %w", at.subscription, err))
			continue
		}
		settled++
	}
	return settled, errors.Join(failed...)
}

func (c *Changes) finish(ctx context.Context, w wish, at standing, claimed change) error {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.within())
	defer cancel()
	return c.settle(asking, claimed, c.ask(asking, w, at, claimed))
}

// madeSQL are the changes without an answer that the books show as made, and whose
// turn it is: nobody is asking Stripe about that subscription, and what cannot be
// finished is tried less and less often. A later change of the same thing went over
// it: what the books show is that one's. $1 is keyLife.
const madeSQL = `
	from reader_changes o
	join subscriptions s on s.id = o.subscription
	join recurring_donations r on r.subscription = o.subscription
	where o.outcome = '' and o.asked_at > clock_timestamp() - $1::interval
		and o.asked_at + least(o.attempts, 100) ^ 2 * interval '10 seconds' < clock_timestamp()
		and not exists (select from reader_changes u where u.subscription = o.subscription and u.claimed_until > clock_timestamp())
		and not exists (select from reader_changes l where l.subscription = o.subscription and l.done_at > o.asked_at
			and (l.action = 'cancel' or (l.action = 'amount') = (o.action = 'amount')))
		and case o.action
			when 'amount' then (r.currency, r.amount) = (o.currency, o.amount)
			when 'pause' then s.pause_behavior <> '' and s.pause_resumes_at = extract(epoch from o.resumes_at)::bigint
			when 'resume' then s.pause_behavior = ''
			else r.status = 'canceled' end`

// claimMade takes the oldest of those to be carried out. The error is pgx.ErrNoRows
// where there is none.
func (c *Changes) claimMade(ctx context.Context) (w wish, at standing, claimed change, _ error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	err := pgx.BeginFunc(ctx, c.DB, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `select o.id, o.subscription`+madeSQL+` order by o.asked_at limit 1`, keyLife).Scan(&claimed.id, &at.subscription)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+payments.ChangeLock, at.subscription); err != nil {
			return err
		}
		// Looked at anew: until now somebody else may have had their turn.
		var resumes *time.Time
		err = tx.QueryRow(ctx, `
			update reader_changes c set attempts = c.attempts + 1, claimed_until = clock_timestamp() + $3::interval,
				seen_at = (select to_timestamp(told_at) from subscriptions where id = c.subscription)
			where c.id = $2 and c.id in (select o.id`+madeSQL+`)
			returning c.action, c.currency, c.amount, c.resumes_at, c.reason, c.comment, c.asked_at`, keyLife, claimed.id, claimLife).
			Scan(&w.action, &w.amount.Currency, &w.amount.Minor, &resumes, &w.reason, &w.comment, &claimed.askedAt)
		claimed.resumesAt = instant(resumes)
		return err
	})
	return w, at, claimed, err
}
