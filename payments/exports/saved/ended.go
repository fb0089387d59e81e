package saved

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/exports"
)

// State is how far a turn is.
type State string

// The states. A turn ends as Done, Failed or Cancelled and stays so.
const (
	Ordered   State = "ordered" // its run waits or is carried out
	Again     State = "again"   // its run failed, and is ordered again
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled" // somebody cancelled the run
)

// States lists them.
func States() []State { return []State{Ordered, Again, Done, Failed, Cancelled} }

// Ended notes what became of a turn's run, in the transaction that ends the run: so
// that the file's way into its folder and the letters are due if and only if the run has
// ended. Runs of no turn are passed over. It is what exports.Runs.Ended is for.
func (b *Book) Ended(ctx context.Context, tx pgx.Tx, r exports.Run) error {
	if r.Saved == "" {
		return nil
	}
	var turn int64
	var tries int
	var folder string
	var removed bool
	err := tx.QueryRow(ctx, `select t.turn_id, t.tries, e.folder, e.removed_at is not null from saved_turns t join saved_exports e using (saved_id)
		where t.run_id = $1 and t.state = 'ordered' for no key update of t`, r.ID).Scan(&turn, &tries, &folder, &removed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for the turn of a run: %w", err)
	}
	switch {
	case r.State == exports.Cancelled:
		_, err = tx.Exec(ctx, `update saved_turns set state = 'cancelled', ended_at = $2 where turn_id = $1`, turn, b.Now())
	case r.State == exports.Done:
		if removed {
			folder = ""
		}
		_, err = tx.Exec(ctx, `update saved_turns set state = 'done', ended_at = $2, why = '', folder = $3, file = $4,
			place_at = case when $3::text <> '' then $2::timestamptz end
			where turn_id = $1`, turn, b.Now(), folder, r.Name)
		if err == nil {
			err = b.tell(ctx, tx, turn)
		}
	case tries < Tries && !removed:
		_, err = tx.Exec(ctx, `update saved_turns set state = 'again', why = $2, again_at = $3 where turn_id = $1`, turn, r.Failure, b.Now().Add(wait(tries)))
	default:
		err = b.failed(ctx, tx, turn, r.Failure)
	}
	if err != nil {
		return fmt.Errorf("noting what became of a saved export: %w", err)
	}
	return nil
}

// failed ends a turn that came to nothing, and has it told.
func (b *Book) failed(ctx context.Context, tx pgx.Tx, turn int64, why string) error {
	if _, err := tx.Exec(ctx, `update saved_turns set state = 'failed', again_at = null, ended_at = $2, why = $3 where turn_id = $1`, turn, b.Now(), why); err != nil {
		return err
	}
	return b.tell(ctx, tx, turn)
}

// tell makes letters due to those who are told of the export, unless it was removed.
func (b *Book) tell(ctx context.Context, tx pgx.Tx, turn int64) error {
	_, err := tx.Exec(ctx, `insert into saved_letters (turn_id, staff_id, due_at)
		select t.turn_id, r.staff_id, $2 from saved_turns t join saved_exports e using (saved_id) join saved_export_readers r using (saved_id)
		where t.turn_id = $1 and e.removed_at is null`, turn, b.Now())
	return err
}
