package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/term"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// formatOf is the format that the ending of a file's name says: csv where it says none.
func formatOf(path string) string {
	ending := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if slices.Contains(report.Formats(), ending) {
		return ending
	}
	return string(sheet.CSV)
}

// watched tells whether somebody looks at what is written.
func watched(w io.Writer) bool {
	f, is := w.(*os.File)
	return is && term.IsTerminal(int(f.Fd()))
}

// progress says on a terminal how far a long export is; it is nil elsewhere, so that it
// fills no log.
func (c *cli) progress(name string) func(rows int64) {
	if !watched(c.stderr) {
		return nil
	}
	told := c.telling("export " + name)
	return func(rows int64) { told.tell(int(rows), "rows") }
}

// readable keeps a format that is no text off a terminal.
func (c *cli) readable(format string) error {
	if (format == string(sheet.XLSX) || format == string(sheet.Parquet)) && watched(c.stdout) {
		return usagef("--format %s is no text that a terminal could show: name a file with --out", format)
	}
	return nil
}

// exportInto writes into something that is there and no file: a pipe, a device.
// Its manifest goes to standard error.
func (c *cli) exportInto(ctx context.Context, db *pgxpool.Pool, e report.Export, path string) (err error) {
	out, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the caller names it
	if err != nil {
		return usagef("--out: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return c.exportTo(ctx, db, e, out)
}

func (c *cli) exportTo(ctx context.Context, db *pgxpool.Pool, e report.Export, w io.Writer) error {
	m, err := e.Write(ctx, db, w)
	if err != nil {
		return fmt.Errorf("%w; what was printed is not the whole report", err)
	}
	_, err = m.WriteTo(c.stderr)
	return err
}

// exportFile writes beside the target and renames at the end, so that a file
// under the report's name is always whole.
func exportFile(ctx context.Context, db *pgxpool.Pool, e report.Export, path string) (m report.Manifest, err error) {
	err = whole(path, func(w io.Writer) error {
		m, err = e.Write(ctx, db, w)
		return err
	})
	if err != nil {
		return m, err
	}
	return m, whole(path+".manifest.json", func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

func whole(path string, write func(io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // what a link leads to is replaced, not the link
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return usagef("--out %s: there is no folder that can be written to; %w", path, errors.Unwrap(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	if err = write(tmp); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err = errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
