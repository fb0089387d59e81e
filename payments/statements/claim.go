package statements

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// claim is how long nobody else takes a statement that is being written and sent.
const claim = 5 * time.Minute

// turn is a statement whose turn it is.
type turn struct {
	id       int64
	run      string
	donorID  *string
	year     int
	zone     string
	replaces bool
	tries    int
	due      time.Time // before it was claimed
	until    time.Time // when another may claim it; whoever does writes another time
	triedAt  *time.Time
}

// mine holds for the statement of the turn $1, $2 (id, until) while nobody else has
// claimed it, and nobody has settled what becomes of it. Whoever takes longer than a
// claim lasts must not undo what the next one does.
const mine = ` id = $1 and due_at = $2 and state = 'waiting'`

// errNotMine says that a statement is not to be mailed in this turn: it was cancelled,
// its donor erased, or another has claimed it, while it was written.
var errNotMine = errors.New("the statement is another's, or nobody's")

func (o *Office) claim(ctx context.Context, now time.Time) (turn, error) {
	var t turn
	err := o.DB.QueryRow(ctx, `
		with next as (
			select s.id, s.due_at from statements s where s.state = 'waiting' and s.due_at <= $1 and s.handed_at is null
			order by s.due_at, s.id limit 1 for update of s skip locked
		), claimed as (
			update statements s set due_at = $2 from next where s.id = next.id returning s.id, s.due_at
		)
		select s.id, s.run, s.donor_id, s.year, r.zone, s.replaces, s.tries, next.due_at, claimed.due_at, s.tried_at
		from next join claimed on claimed.id = next.id join statements s on s.id = next.id join statement_runs r on r.id = s.run`, now, now.Add(claim)).
		Scan(&t.id, &t.run, &t.donorID, &t.year, &t.zone, &t.replaces, &t.tries, &t.due, &t.until, &t.triedAt)
	return t, err
}

// hand commits that the mail server is told next, and of which figures: where nobody
// knows how that ended, these are what the donor may have. Errors: errNotMine.
func (o *Office) hand(ctx context.Context, t turn, l Letter, now time.Time) error {
	figures := Figures(l.Statement)
	done, err := o.DB.Exec(ctx, `update statements set handed_at = $3, figures = $4
		where`+mine+` and handed_at is null and donor_id is not null
			and exists (select from statement_runs r where r.id = run and r.state = 'running')`, t.id, t.until, now, figures[:])
	if err != nil {
		return fmt.Errorf("noting that a statement is handed over: %w", err)
	}
	if done.RowsAffected() == 0 {
		return errNotMine
	}
	return nil
}

// giveBack has a statement that was not mailed wait as it did before its turn, or
// skips it where its run waits for nothing any more.
func (o *Office) giveBack(ctx context.Context, t turn) error {
	err := pgx.BeginFunc(ctx, o.DB, func(tx pgx.Tx) error {
		if off, err := calledOff(ctx, tx, t); off || err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update statements set due_at = $3, handed_at = null where`+mine, t.id, t.until, t.due)
		return err
	})
	if err != nil {
		return fmt.Errorf("giving a statement back: %w", err)
	}
	return nil
}

// calledOff skips a statement whose run was cancelled during its turn, and tells
// whether it was. Cancel leaves to us what is handed over; if it waited again, in a run
// that mails nothing any more, nobody would settle it. The run is held until tx ends,
// so that none is cancelled between the look and what is written then.
func calledOff(ctx context.Context, tx pgx.Tx, t turn) (bool, error) {
	var running bool
	if err := tx.QueryRow(ctx, `select state = 'running' from statement_runs where id = $1 for share`, t.run).Scan(&running); err != nil {
		return false, err
	}
	if running {
		return false, nil
	}
	return true, skip(ctx, tx, t, "cancelled")
}

// skip writes down why a statement is not mailed.
func skip(ctx context.Context, tx pgx.Tx, t turn, reason string) error {
	_, err := tx.Exec(ctx, `update statements set state = 'skipped', reason = case when donor_id is null then 'erased' else $3 end,
		handed_at = null, error = '' where`+mine, t.id, t.until, reason)
	return err
}
