package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

const (
	// keyLife is how long after a change was committed Stripe may be asked for it
	// again: Stripe keeps idempotency keys for at least 24 hours
	// (https://docs.stripe.com/api/idempotent_requests).
	keyLife = 23 * time.Hour
	// claimLife is how long a change is another's to make: a little longer than that
	// can take, since a process that is killed never gives its claim back.
	claimLife = ChangeWithin + databaseWithin + time.Second
	// apart is how far what happens to one subscription is kept apart: Stripe's
	// events tell whole seconds, and of two in one second nobody could say which
	// came last.
	apart = 1100 * time.Millisecond
	// turnWithin is how long a change waits for another of the same subscription; what
	// is left of ChangeWithin is Stripe's.
	turnWithin = 10 * time.Second
	turnLook   = 150 * time.Millisecond
)

// change is a wish that was committed and is this process's to carry out.
type change struct {
	id        string
	askedAt   time.Time
	resumesAt time.Time // of a pause
}

// claim commits a wish, once, and takes it to be carried out; done says that it
// was carried out before. Changes of one subscription take turns: the second
// click waits for the first, and gets what that got.
func (c *Changes) claim(ctx context.Context, w wish, at standing) (_ change, done bool, _ error) {
	ctx, cancel := context.WithTimeout(ctx, min(turnWithin, c.within()*2/5))
	defer cancel()
	for waited := false; ; waited = true {
		var claimed change
		var wait time.Duration
		err := pgx.BeginFunc(ctx, c.DB, func(tx pgx.Tx) (err error) {
			claimed, done, wait, err = c.tryClaim(ctx, tx, w, at)
			return err
		})
		if ours, ok := errors.AsType[*payments.Error](err); ok {
			return claimed, false, ours
		}
		if err != nil && waited && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return claimed, false, notYet(ctx.Err()) // the time was over while it looked once more
		}
		if err != nil {
			return claimed, false, away(fmt.Errorf("committing a change: %w", err))
		}
		if wait == 0 {
			return claimed, done, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return claimed, false, notYet(ctx.Err())
		}
	}
}

// notYet is the answer to a change whose turn did not come.
func notYet(cause error) error {
	return &payments.Error{
		Code: payments.Busy, RetryAfter: 3 * time.Second, Err: cause,
		Sentence: "Another change of this donation is under way. Please try again in a moment.",
	}
}

// tryClaim gives how long to wait where it is another's turn. All times are the
// database's, which every replica shares.
func (c *Changes) tryClaim(ctx context.Context, tx pgx.Tx, w wish, at standing) (_ change, done bool, wait time.Duration, _ error) {
	claimed := change{id: w.id()}
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+payments.ChangeLock, at.subscription); err != nil {
		return claimed, false, 0, err
	}
	var outcome string
	var askedAt, resumes, doneAt *time.Time
	// Locked, so that it does not settle between the two statements.
	err := tx.QueryRow(ctx, `select outcome, asked_at, resumes_at, done_at from reader_changes where id = $1 for update`, claimed.id).
		Scan(&outcome, &askedAt, &resumes, &doneAt)
	known := !errors.Is(err, pgx.ErrNoRows)
	if err != nil && known {
		return claimed, false, 0, err
	}
	var taken, overtaken, old bool
	var since *time.Duration // since the last change, or the last that Stripe told as far as its clock is ours
	err = tx.QueryRow(ctx, `
		select coalesce(bool_or(claimed_until > clock_timestamp()), false),
			coalesce(bool_or(id <> $6 and done_at > coalesce($3::timestamptz, $2::timestamptz)), false),
			clock_timestamp() - greatest(max(done_at), case when $5 < clock_timestamp() + '1 second' then $5 end),
			coalesce($2 < clock_timestamp() - $4::interval, false)
		from reader_changes where subscription = $1`, at.subscription, askedAt, doneAt, keyLife, at.toldAt, claimed.id).Scan(&taken, &overtaken, &since, &old)
	if err != nil {
		return claimed, false, 0, err
	}
	switch {
	case outcome == "done" && !overtaken:
		return claimed, true, 0, nil
	case outcome == "gone":
		return claimed, false, 0, ended()
	case overtaken, old:
		return claimed, false, 0, &payments.Error{Code: payments.Gone, Sentence: "This form was used already. Please open the page again."}
	case taken:
		return claimed, false, turnLook, nil
	case since != nil && *since < apart:
		return claimed, false, apart - *since, nil
	}
	if known {
		claimed.askedAt, claimed.resumesAt = instant(askedAt), instant(resumes)
		_, err := tx.Exec(ctx, `update reader_changes set attempts = attempts + 1, claimed_until = clock_timestamp() + $2::interval,
			seen_at = (select to_timestamp(told_at) from subscriptions where id = $3)
			where id = $1`, claimed.id, claimLife, at.subscription)
		return claimed, false, 0, err
	}
	if err := w.possible(at); err != nil {
		return claimed, false, 0, err
	}
	if w.action == "amount" {
		var already bool
		if err := tx.QueryRow(ctx, alreadySQL, w.amount.Minor, at.subscription, w.action, keyLife).Scan(&already); err != nil || already {
			return claimed, already, 0, err
		}
	}
	if w.action == "pause" {
		due := w.due
		due.ToldAt = at.toldAt
		claimed.resumesAt = due.PauseEnds(c.Now(), w.months, c.Zone)
		resumes = &claimed.resumesAt
	}
	err = tx.QueryRow(ctx, `
		insert into reader_changes (id, subscription, donor_id, action, currency, amount, resumes_at, reason, comment, asked_at,
			attempts, claimed_until, seen_at, fee_cover, language, was)
		values ($1, $2, $4, $3, $5, $6, $7, $8, $9, clock_timestamp(), 1, clock_timestamp() + $10::interval,
			(select to_timestamp(told_at) from subscriptions where id = $2), $11, $12, `+wasSQL+`)
		returning asked_at`,
		claimed.id, at.subscription, w.action, w.donorID, w.amount.Currency, w.amount.Minor, resumes, w.reason, w.comment,
		claimLife, w.cover.Minor, LanguageOf(ctx)).Scan(&claimed.askedAt)
	return claimed, false, 0, err
}

// alreadySQL tells whether what is given each time is the amount that is asked for,
// and no change that may have been made says otherwise.
const alreadySQL = `select $1 = ` + wasSQL + ` and not exists (select from reader_changes
	where subscription = $2 and outcome = '' and asked_at > clock_timestamp() - $4::interval)`

// wasSQL is what is given each time before a change of the amount, also where the
// books do not know of the last change yet. $2 is the subscription, $3 the action.
const wasSQL = `case when $3 = 'amount' then coalesce(
	(select amount from reader_changes where subscription = $2 and action = 'amount' and outcome = 'done'
		and done_at > clock_timestamp() - interval '15 minutes' order by done_at desc limit 1),
	(select amount from recurring_donations where subscription = $2 limit 1), 0) else 0 end`

// settle records what Stripe answered and gives it back. A change that may or may
// not have been made stays open: the same form finds out.
func (c *Changes) settle(ctx context.Context, claimed change, answer error) error {
	outcome, reason := "done", ""
	if answer != nil {
		outcome, reason = "", answer.Error()
		if payments.CodeOf(answer) == payments.Gone {
			outcome = "gone"
		}
	}
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), databaseWithin)
	defer cancel()
	_, err := c.DB.Exec(recording, `
		update reader_changes set outcome = $2, error = $3, claimed_until = null,
			done_at = case when $2 = 'done' then clock_timestamp() end
		where id = $1 and outcome = ''`, claimed.id, outcome, reason)
	if err != nil && answer == nil {
		// It is made all the same: the same form, sent again, finds that out.
		return &payments.Error{
			Code: payments.Unavailable, RetryAfter: 5 * time.Second, Err: fmt.Errorf("recording a change: %w", err),
			Sentence: "Your change may have been made already. Please open the page again in a moment.",
		}
	}
	return answer
}
