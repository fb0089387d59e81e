package saved

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/exports"
)

// Sweep takes files out of folders that name people and whose run's own file was
// removed, for its time was over or somebody was erased since; also those that a copy of
// the service was putting there when it died. Files that name nobody stay until somebody
// takes them. Call it every minute, after exports.Runs.Sweep.
func (f *Folders) Sweep(ctx context.Context) error {
	rows, err := f.DB.Query(ctx, `select t.turn_id, r.report from saved_turns t join export_runs r using (run_id)
		where (t.placed_at is not null and t.taken_at is null or t.place_at is not null) and r.removed <> '' order by t.turn_id`)
	if err != nil {
		return fmt.Errorf("looking for exports in folders: %w", err)
	}
	var gone []int64
	var turn int64
	var report string
	if _, err := pgx.ForEachRow(rows, []any{&turn, &report}, func() error {
		if exports.NamesPeople(report) {
			gone = append(gone, turn)
		}
		return nil
	}); err != nil {
		return fmt.Errorf("looking for exports in folders: %w", err)
	}
	var failed error
	for _, turn := range gone {
		failed = errors.Join(failed, f.take(ctx, turn))
	}
	if failed != nil {
		return fmt.Errorf("taking exports out of folders: %w", failed)
	}
	return nil
}

// take takes the file of one turn out, whose run's own file was removed.
func (f *Folders) take(ctx context.Context, turn int64) error {
	return pgx.BeginFunc(ctx, f.DB, func(tx pgx.Tx) error {
		p := placing{turn: turn}
		if err := tx.QueryRow(ctx, `select folder from saved_turns where turn_id = $1`, turn).Scan(&p.folder); err != nil {
			return err
		}
		if held, err := hold(ctx, tx, p.folder); err != nil || !held {
			return err // who is at it takes a while; there is another minute
		}
		err := tx.QueryRow(ctx, `select run_id, file, placed_at is not null from saved_turns
			where turn_id = $1 and (placed_at is not null and taken_at is null or place_at is not null)
			for no key update`, turn).Scan(&p.run, &p.file, &p.placed)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // somebody took it
		}
		if err != nil {
			return err
		}
		if err := f.clear(ctx, tx, p); err != nil {
			return err
		}
		if p.placed {
			_, err = tx.Exec(ctx, `update saved_turns set taken_at = $2 where turn_id = $1`, turn, f.Now())
			return err
		}
		_, err = tx.Exec(ctx, `update saved_turns set place_at = null, place_why = $2 where turn_id = $1`, turn,
			"The file of the export was removed before it was in its folder. Run it again.")
		return err
	})
}

// stands is what the books know to stand under a name.
type stands struct {
	turn             int64
	sha256, manifest string
}

// clear takes out of the folder what the putting of a file left there: the file and its
// manifest, whole or in part. Where the file of another turn stands under the name, that
// one stays, with its own manifest. Whoever calls it holds the folder.
func (f *Folders) clear(ctx context.Context, tx pgx.Tx, p placing) error {
	dir := filepath.Join(f.Dir, p.folder)
	gone := []string{passing(p.file), passing(p.file + manifestEnding)}
	var other stands
	err := tx.QueryRow(ctx, `select t.turn_id, r.sha256, r.manifest from saved_turns t join export_runs r using (run_id)
		where t.folder = $1 and t.file = $2 and t.turn_id <> $3 and t.placed_at is not null and t.taken_at is null order by t.turn_id desc limit 1`,
		p.folder, p.file, p.turn).Scan(&other.turn, &other.sha256, &other.manifest)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && p.placed && other.turn < p.turn:
		gone = append(gone, p.file, p.file+manifestEnding)
	case err != nil:
		return err
	case other.turn < p.turn:
		if err := restore(dir, p.file, other); err != nil {
			return err
		}
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := synced(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// restore gives a file the manifest that belongs to it: a copy of the service that died
// may have put a new one beside the old file.
func restore(dir, name string, other stands) error {
	file, err := os.Open(filepath.Join(dir, name)) //nolint:gosec // the folder's name is checked
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody took it
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it is only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != other.sha256 {
		return nil // it is another's file, or changed by hand
	}
	manifest, err := whole(dir, name+manifestEnding, strings.NewReader(other.manifest))
	if err != nil {
		return err
	}
	return os.Rename(manifest, filepath.Join(dir, name+manifestEnding))
}
