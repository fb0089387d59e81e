package closing

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"

	"github.com/readerfund/readerfund/payments/report"
)

// spool is a report that was read to its end, in a file that has no name: while it is
// gone through, the connection that it came from is free. Whoever held a connection and
// waited for a second one could wait for others who do the same, for ever. It has no
// personal columns, and what is left of it after a crash is nothing.
type spool struct {
	manifest report.Manifest
	columns  []string
	file     *os.File
	unpack   *zstd.Decoder
	lines    *csv.Reader
}

// spooled reads a report within the snapshot of tx. Its reader closes it.
func spooled(ctx context.Context, tx pgx.Tx, name string, q report.Query) (*spool, error) {
	file, err := os.CreateTemp("", "readerfund-month-*")
	if err != nil {
		return nil, fmt.Errorf("a file for the rows of %s: %w", name, err)
	}
	s := &spool{file: file}
	_ = os.Remove(file.Name()) // where an open file cannot be removed, close does
	if err := s.fill(ctx, tx, name, q); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *spool) fill(ctx context.Context, tx pgx.Tx, name string, q report.Query) error {
	pack, err := zstd.NewWriter(s.file, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("preparing to hold the rows of %s: %w", name, err)
	}
	rows := csv.NewWriter(pack)
	s.manifest, err = reading{
		head: func(names []string) error { s.columns = names; return nil },
		row:  rows.Write,
	}.read(ctx, tx, name, q)
	rows.Flush()
	if err = errors.Join(err, rows.Error(), pack.Close()); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("going through the rows of %s: %w", name, err)
	}
	if s.unpack, err = zstd.NewReader(s.file, zstd.WithDecoderConcurrency(1)); err != nil {
		return fmt.Errorf("going through the rows of %s: %w", name, err)
	}
	s.lines = csv.NewReader(s.unpack)
	return nil
}

// next gives the next row, which the caller may keep; nil after the last.
func (s *spool) next() ([]string, error) {
	cells, err := s.lines.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("going through the rows of %s: %w", s.manifest.Report, err)
	}
	return cells, nil
}

// close gives its memory and its file back.
func (s *spool) close() {
	if s.unpack != nil {
		s.unpack.Close()
	}
	_ = s.file.Close()           // it was read, or is of no use
	_ = os.Remove(s.file.Name()) // mostly it has no name any more
}
