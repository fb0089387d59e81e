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

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/exports"
)

// A journal for a bookkeeping program is one file, and an archive once it needs several:
// the same period has another name then. Whoever imports all that stands in the folder
// would book its entries twice, if both stayed.

// outrun tells whether a later turn of the same saved export brought the same journal
// under another name.
func outrun(ctx context.Context, tx pgx.Tx, p placing) (late bool, err error) {
	others := exports.OtherNames(p.format, p.file)
	if len(others) == 0 {
		return false, nil
	}
	err = tx.QueryRow(ctx, `select exists (select from saved_turns l join export_runs r using (run_id)
		where l.folder = $1 and l.file = any($2) and l.saved_id = $3 and l.turn_id > $4 and l.state = 'done'
			and split_part(r.format, ';', 1) = split_part($5, ';', 1))`, p.folder, others, p.saved, p.turn, p.format).Scan(&late)
	return late, err
}

// supersede takes out what earlier turns of the same saved export put into the folder of
// the same journal under another name. The new file stands by then: a service that dies
// in between leaves both, and the next try takes the old one out. Whoever calls it holds
// the folder.
func (f *Folders) supersede(ctx context.Context, tx pgx.Tx, p placing) error {
	dir := filepath.Join(f.Dir, p.folder)
	for _, name := range exports.OtherNames(p.format, p.file) {
		var last int64
		var saved, format string
		// The last that was put under the name counts, whosever it is.
		err := tx.QueryRow(ctx, `select t.turn_id, t.saved_id, r.format from saved_turns t join export_runs r using (run_id)
			where t.folder = $1 and t.file = $2 and t.placed_at is not null and t.taken_at is null order by t.turn_id desc limit 1`,
			p.folder, name).Scan(&last, &saved, &format)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if saved != p.saved || last > p.turn || program(format) != program(p.format) {
			continue
		}
		own, err := brought(ctx, tx, p, name)
		if err != nil {
			return err
		}
		out, err := takeOut(dir, name, own)
		if err != nil {
			return fmt.Errorf("taking out %s, in whose place %s stands: %w", name, p.file, err)
		}
		if !out {
			f.Log.Warn("a journal stands in a folder beside the one that replaces it, for it was changed since", "folder", p.folder, "file", name, "replaced by", p.file)
			continue
		}
		if _, err := tx.Exec(ctx, `update saved_turns set taken_at = $5 where folder = $1 and file = $2 and saved_id = $3 and turn_id <= $4
			and placed_at is not null and taken_at is null`, p.folder, name, p.saved, last, f.Now()); err != nil {
			return err
		}
	}
	return nil
}

// program is for which bookkeeping program a format is.
func program(format string) string {
	b, _ := exports.ReadFormat(format)
	return string(b.Program)
}

// brought are the checksums of all that earlier turns of the same saved export have
// brought to the folder under a name, and of its manifests: a try in which the service
// died may have put one there that does not count.
func brought(ctx context.Context, tx pgx.Tx, p placing, name string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `select r.sha256, r.manifest from saved_turns t join export_runs r using (run_id)
		where t.saved_id = $1 and t.folder = $2 and t.file = $3 and t.turn_id < $4 and t.state = 'done'`, p.saved, p.folder, name, p.turn)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	var file, manifest string
	_, err = pgx.ForEachRow(rows, []any{&file, &manifest}, func() error {
		sum := sha256.Sum256([]byte(manifest))
		own[file], own[hex.EncodeToString(sum[:])] = true, true
		return nil
	})
	return own, err
}

// takeOut removes a file and then its manifest, each where it is one of the export's own;
// out is false where the file was changed since, for that one is somebody's.
func takeOut(dir, name string, own map[string]bool) (out bool, err error) {
	for _, one := range []string{name, name + manifestEnding} {
		path := filepath.Join(dir, one)
		held, err := checksum(path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // somebody took it, or a try before did
			continue
		case err != nil:
			return false, err
		case !own[held] && one == name:
			return false, nil
		case !own[held]:
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, synced(dir)
}

// checksum is a file's SHA-256, in hexadecimal.
func checksum(path string) (_ string, err error) {
	file, err := os.Open(path) //nolint:gosec // the folder's name is checked
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
