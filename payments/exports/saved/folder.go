package saved

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
)

// Folders puts files of runs into the folders of their saved exports, and takes those
// out that are to go. All fields are needed.
type Folders struct {
	DB  *pgxpool.Pool
	Dir string // EXPORT_DIR: the folders are in it; all copies of the service share it
	// Open gives a run and its file; exports.Runs has it.
	Open func(ctx context.Context, run string) (exports.Run, *os.File, error)
	Now  func() time.Time
	Log  *slog.Logger
}

const (
	// placeAgain is after what time a file is tried again that could not be put into its
	// folder; twice as long each time, up to placeLongest.
	placeAgain   = time.Minute
	placeLongest = 6 * time.Hour
	// placeWithin bounds the putting of one file.
	placeWithin = 10 * time.Minute
)

// placing is a file on its way.
type placing struct {
	turn         int64
	saved        string // the saved export of it
	run, format  string
	folder, file string
	tries        int
	late         bool // a later turn's file has the same name: that one counts
	placed       bool // it is there, and is to be taken out
}

// Place puts what is due into folders: the file under its name only when it is whole,
// with its manifest beside it. A file of an earlier turn under the same name is
// replaced; so is a journal that has another name since, for it was one file and is
// several now, or the other way round. It gives how many it put there; the error is that of the database, for what
// goes wrong with a file stands with its turn. Call it every minute, and soon after a
// run has ended.
func (f *Folders) Place(ctx context.Context) (placed int, err error) {
	seen := []int64{}
	for ctx.Err() == nil {
		turn, done, err := f.placeNext(ctx, seen)
		if err != nil {
			return placed, fmt.Errorf("putting an export into its folder: %w", err)
		}
		if turn == 0 {
			break
		}
		seen = append(seen, turn)
		if done {
			placed++
		}
	}
	return placed, nil
}

// hold keeps other copies of the service from putting files into a folder, and from
// taking some out, until the transaction ends. It is the folder that is held, whichever
// saved export has it, for another may have had it before. held is false where somebody
// is at it.
func hold(ctx context.Context, tx pgx.Tx, folder string) (held bool, err error) {
	err = tx.QueryRow(ctx, `select pg_try_advisory_xact_lock`+payments.FolderLock, folder).Scan(&held)
	return held, err
}

// placeNext puts the file that is due for the longest, but for those of turns that were
// seen, while it holds the folder; turn is 0 where none is due. A folder at which
// somebody else is, is left to them: they look again once they are done. Where the
// service dies in between, the same file is put there again, or taken out where it is
// not to be there any more: while place_at stands, the file may be there.
func (f *Folders) placeNext(ctx context.Context, seen []int64) (turn int64, done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, placeWithin)
	defer cancel()
	err = pgx.BeginFunc(ctx, f.DB, func(tx pgx.Tx) error {
		now := f.Now()
		var p placing
		err := tx.QueryRow(ctx, `select turn_id, folder from saved_turns where place_at <= $1 and turn_id <> all($2)
			order by place_at, turn_id limit 1`, now, seen).Scan(&p.turn, &p.folder)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		turn = p.turn
		if held, err := hold(ctx, tx, p.folder); err != nil || !held {
			return err
		}
		// Only now, for whoever was at it may have put this file, or a later one.
		err = tx.QueryRow(ctx, `select t.saved_id, t.run_id, coalesce(r.format, ''), t.file, t.place_tries,
				exists (select from saved_turns l where l.folder = t.folder and l.file = t.file and l.turn_id > t.turn_id and l.state = 'done')
			from saved_turns t left join export_runs r using (run_id) where t.turn_id = $1 and t.place_at <= $2
			for no key update of t`, p.turn, now).Scan(&p.saved, &p.run, &p.format, &p.file, &p.tries, &p.late)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err == nil && !p.late {
			p.late, err = outrun(ctx, tx, p)
		}
		if err != nil {
			return err
		}
		if p.late {
			return f.over(ctx, tx, p, "A later file stands under its name.")
		}
		if err = f.put(ctx, p); err == nil {
			err = f.supersede(ctx, tx, p)
		}
		_, gone := errors.AsType[*removed](err)
		switch {
		case err == nil:
			done = true
			_, err := tx.Exec(ctx, `update saved_turns set place_at = null, placed_at = $2, place_why = '' where turn_id = $1`, p.turn, f.Now())
			return err
		case gone:
			return f.over(ctx, tx, p, sentence(err))
		case ctx.Err() != nil:
			return err
		default:
			return f.later(ctx, tx, p, err)
		}
	})
	return turn, done, err
}

// later has a file tried again that could not be put into its folder, or not be taken
// out of it.
func (f *Folders) later(ctx context.Context, tx pgx.Tx, p placing, why error) error {
	f.Log.Error("an export was not put into its folder", "folder", p.folder, "file", p.file, "export", p.run, "error", why)
	_, err := tx.Exec(ctx, `update saved_turns set place_at = $2, place_tries = place_tries + 1, place_why = $3 where turn_id = $1`,
		p.turn, f.Now().Add(min(placeAgain<<min(p.tries, 10), placeLongest)), sentence(why))
	return err
}

// over ends the way of a file that is not to be there. A try of before, in which the
// service died, may have left it there whole or in part.
func (f *Folders) over(ctx context.Context, tx pgx.Tx, p placing, why string) error {
	if err := f.clear(ctx, tx, p); err != nil {
		return f.later(ctx, tx, p, err)
	}
	_, err := tx.Exec(ctx, `update saved_turns set place_at = null, place_why = $2 where turn_id = $1`, p.turn, why)
	return err
}

// sentence says for staff why a file is not in its folder.
func sentence(err error) string {
	if told, ok := errors.AsType[*payments.Error](err); ok && told.Sentence != "" {
		return told.Sentence
	}
	return "The file could not be put into the folder: whoever runs the service has to see to EXPORT_DIR. It is tried again."
}
