package exports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/report"
)

// Writable tells whether files can be written in the folder, or whether the folder can
// be made where there is none yet; nil where they can. The error is for whoever runs
// the service. It leaves nothing behind.
func Writable(dir string) error {
	at := filepath.Clean(dir)
	info, err := os.Stat(at)
	for errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at) {
		at = filepath.Dir(at)
		info, err = os.Stat(at)
	}
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: at, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return fmt.Errorf("no file can be written in %s: %w", dir, err)
	}
	f, err := os.CreateTemp(at, ".writable-*")
	if err != nil {
		return fmt.Errorf("no file can be written in %s: %w", dir, err)
	}
	_, err = f.WriteString("whether files can be written here\n")
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("no file can be written in %s: %w", dir, err)
	}
	return nil
}

// part is a file that is being written under a passing name.
type part struct {
	*os.File
	path  string       // its name once it is whole
	ended func() error // why it is not to be written any further; nil while it is
	bytes atomic.Int64
}

// storedName is what the file of a run is called in the folder. Each try has its own:
// a copy of the service that was only slow writes over nobody's file. It ends in the
// format, without what is chosen of it.
func storedName(r Run) string {
	format, _, _ := strings.Cut(r.Format, ";")
	return fmt.Sprintf("%s.%d.%s", r.ID, r.Attempt, format)
}

// create begins the file of a run, for its owner alone to read.
func (r *Runs) create(ctx context.Context, run Run) (*part, error) {
	if err := os.MkdirAll(r.Dir, 0o750); err != nil {
		return nil, err
	}
	path := filepath.Join(r.Dir, storedName(run))
	f, err := os.OpenFile(filepath.Join(r.Dir, "."+storedName(run)+".part"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &part{File: f, path: path, ended: ctx.Err}, nil
}

// Write is part of io.Writer.
func (p *part) Write(b []byte) (int, error) {
	if err := p.ended(); err != nil { // a workbook is put together when all rows were read
		return 0, err
	}
	n, err := p.File.Write(b)
	p.bytes.Add(int64(n))
	return n, err
}

// finish gives the file its name, once all of it is on disk.
func (p *part) finish() error {
	if err := errors.Join(p.Sync(), p.Close()); err != nil {
		return err
	}
	if err := os.Rename(p.Name(), p.path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(p.path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close()) // so that the name is on disk too
}

// discard removes what was written; what is left behind is removed by Sweep.
func (j *job) discard() {
	if j.file == nil {
		return
	}
	_ = j.file.Close() // closed already where it was whole
	for _, path := range []string{j.file.Name(), j.file.path} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			j.runs.Log.Warn("the file of an export that came to nothing is left for now", "file", path, "error", err)
		}
	}
	j.file = nil
}

// done ends the run with its file.
func (j *job) done(ctx context.Context, tx pgx.Tx, erased int64) error {
	var manifest strings.Builder
	if _, err := j.manifest.WriteTo(&manifest); err != nil {
		return err
	}
	return j.runs.end(ctx, tx, j.run.ID, Done,
		`failure = '', rows = $4, as_of = $5, erased = $6, name = $7, stored = $8, bytes = $9, sha256 = $10, manifest = $11`,
		j.manifest.Rows, j.manifest.AsOf, erased, j.name, storedName(j.run), j.file.bytes.Load(), j.sum, manifest.String())
}

// FileName is what people call the file of an order in one of the formats of every
// report: the report with its days, or with its month or year where the period is one,
// and what it is narrowed to.
func FileName(o Order) string { return stem(o) + "." + o.Format }

// stem is what the file is called but for its ending; for a bookkeeping program it names
// that too, and by what entries are summed up.
func stem(o Order) string {
	from, to := o.Query.From.In(o.Query.Zone), o.Query.To.In(o.Query.Zone)
	first, end := calendar.Of(from), calendar.Of(to)
	period := first.String() + "-to-" + calendar.From(to).Add(-1).String()
	switch {
	case !calendar.Begins(from) || !calendar.Begins(to):
		period = from.Format("2006-01-02T150405") + "-to-" + to.Format("2006-01-02T150405")
	case first == calendar.Date(first.Year, 1, 1) && end == calendar.Date(first.Year+1, 1, 1):
		period = from.Format("2006")
	case first.Day == 1 && end == calendar.Date(first.Year, first.Month+1, 1):
		period = from.Format("2006-01")
	case end == first.Add(1):
		period = first.String()
	}
	name := []string{o.Report, period}
	books, _ := ReadFormat(o.Format) // names nothing where it is for none
	for _, narrowed := range []string{string(books.Program), string(books.Summary), string(o.Query.Basis), string(o.Query.Currency), o.Query.Campaign} {
		if plain := plainName(narrowed); plain != "" {
			name = append(name, plain)
		}
	}
	return strings.Join(name, "-")
}

// longestPlain bounds what a file is called by one of its filters, in bytes: a disk has
// 255 for the whole name, and others are made of it.
const longestPlain = 60

// plainName keeps of a text what a file's name takes everywhere. Where letters are lost
// by that, it ends in a bit of the text's checksum: other campaigns have other files.
func plainName(s string) string {
	lost := false
	plain := strings.Trim(strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
			return c
		}
		lost = lost || c > unicode.MaxASCII
		return '-'
	}, s), "-")
	if s == "" || plain != "" && !lost && len(plain) <= longestPlain {
		return plain
	}
	sum := sha256.Sum256([]byte(s))
	return strings.TrimLeft(plain[:min(len(plain), longestPlain)]+"-"+hex.EncodeToString(sum[:4]), "-")
}

// reason says in words for staff why a run came to nothing, and whether trying again may
// help. What may not be shown is in the log.
func reason(why error) (words string, again bool) {
	if words, ok := booksReason(why); ok {
		return words, false
	}
	early, isEarly := errors.AsType[*report.NotOverError](why)
	answer, answered := errors.AsType[*pgconn.PgError](why)
	_, file := errors.AsType[*fs.PathError](why)
	_, link := errors.AsType[*os.LinkError](why)
	switch {
	case isEarly:
		return sentence(early), false
	case errors.Is(why, syscall.ENOSPC), errors.Is(why, syscall.EDQUOT):
		return "There is no room left on the disk that exports are written to. Whoever runs the service has to make room (EXPORT_DIR); then order it again.", false
	case file, link:
		return "The file could not be written. Whoever runs the service has to see to the folder of exports (EXPORT_DIR; readerfund doctor says what is wrong); then order it again.", false
	case answered && !broken(answer.Code):
		return "The books could not be read: the service's log says why.", false
	case errors.Is(why, context.DeadlineExceeded):
		return "It took too long. Order a shorter period.", false
	case errors.Is(why, errSilent), answered:
		return "The database did not answer meanwhile.", true
	}
	return "The connection to the database broke off.", true
}

// broken tells of an error of Postgres whether it is one of a server that stops, starts,
// is short of something or was in the way of others
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func broken(code string) bool {
	for _, class := range []string{"08", "40", "53", "57P", "58"} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}
