package statements

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Cancel ends a run: whoever was not mailed yet is not mailed. A statement that is
// handed to the mail server at this moment goes out, unless the server does not take
// it. also is called in the same transaction, last. Errors: NotFound; Invalid where the run has ended; Unavailable.
func (o *Office) Cancel(ctx context.Context, id, by string, also func(context.Context, pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) error {
		if err := o.hold(ctx, tx, id); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `update statement_runs set state = 'cancelled', cancelled_by = $2, ended_at = $3 where id = $1 and state = 'running'`, id, by, o.Now())
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return &payments.Error{Code: payments.Invalid, Sentence: "This run has ended already; there is nothing to cancel."}
		}
		_, err = tx.Exec(ctx, `update statements set state = 'skipped', reason = 'cancelled', error = ''
			where run = $1 and state = 'waiting' and handed_at is null`, id)
		if err != nil {
			return err
		}
		return also(ctx, tx)
	})
	if err != nil {
		return away(fmt.Errorf("cancelling a run of statements: %w", err))
	}
	return nil
}

// Again has what a run could not mail tried again: what mail servers refused, or,
// where unsure, what may have gone out and may not. The latter may come to somebody
// twice, and is done only when a person asks for it. It gives how many there are.
// Whoever has had the statement by a later run is left out. Errors: NotFound; Invalid
// where there is none, or another run of the year is under way; Unavailable.
func (o *Office) Again(ctx context.Context, id string, unsure bool, also func(context.Context, pgx.Tx, int) error) (int, error) {
	state := "failed"
	if unsure {
		state = "unsure"
	}
	var n int
	err := pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) error {
		if err := o.hold(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update statement_runs set state = 'running', ended_at = null, cancelled_by = '' where id = $1 and state <> 'running'`, id)
		if taken(err, "statement_runs_running") {
			return &payments.Error{Code: payments.Invalid, Err: err, Sentence: "Another run of that year is under way: wait until it has ended, or cancel it."}
		}
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `update statements s set state = 'waiting', tries = 0, tried_at = null, handed_at = null, due_at = $2, error = ''
			where s.run = $1 and s.state = $3 and s.donor_id is not null and not exists (
				select from statements o where o.year = s.year and o.donor_id = s.donor_id and o.id <> s.id
					and o.state in ('waiting', 'sent', 'unsure') and (o.id > s.id or not s.replaces))`, id, o.Now(), state)
		if err != nil {
			return err
		}
		if n = int(done.RowsAffected()); n == 0 {
			return &payments.Error{Code: payments.Invalid, Sentence: "None of this run’s statements is to be tried again: whoever lacked one has it by a later run, or was erased."}
		}
		return also(ctx, tx, n)
	})
	if err != nil {
		return 0, away(fmt.Errorf("trying statements again: %w", err))
	}
	return n, nil
}

// hold keeps others from changing a run until tx ends.
func (o *Office) hold(ctx context.Context, tx pgx.Tx, id string) error {
	rows, err := tx.Query(ctx, `select id from statement_runs where id = $1 for update`, id)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(found) == 0 {
		return noRun()
	}
	return err
}
