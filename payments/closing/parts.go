package closing

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"
)

// rowsOfPart is how many rows are kept together: enough to compress them well, and few
// enough to hold some of them in memory.
const rowsOfPart = 2000

// keeper writes the rows of a report that is closed, in parts.
type keeper struct {
	tx      pgx.Tx
	closing int64
	report  string
	pack    *zstd.Encoder

	part, rows int
	text       bytes.Buffer
	lines      *csv.Writer
}

func newKeeper(tx pgx.Tx, closing int64, report string) (*keeper, error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("preparing to keep rows: %w", err)
	}
	k := &keeper{tx: tx, closing: closing, report: report, pack: pack}
	k.lines = csv.NewWriter(&k.text)
	return k, nil
}

// keep takes a row.
func (k *keeper) keep(ctx context.Context, cells []string) error {
	if err := k.lines.Write(cells); err != nil {
		return fmt.Errorf("keeping a row: %w", err)
	}
	if k.rows++; k.rows == rowsOfPart {
		return k.flush(ctx)
	}
	return nil
}

// flush writes what is waiting.
func (k *keeper) flush(ctx context.Context) error {
	if k.rows == 0 {
		return nil
	}
	k.lines.Flush()
	if err := k.lines.Error(); err != nil {
		return fmt.Errorf("keeping rows: %w", err)
	}
	_, err := k.tx.Exec(ctx, `insert into closing_parts (closing_id, report, part, rows, data) values ($1, $2, $3, $4, $5)`,
		k.closing, k.report, k.part, k.rows, k.pack.EncodeAll(k.text.Bytes(), nil))
	if err != nil {
		return fmt.Errorf("keeping rows: %w", err)
	}
	k.part, k.rows = k.part+1, 0
	k.text.Reset()
	return nil
}

// kept reads the rows of a report that is closed, a part at a time.
type kept struct {
	tx      pgx.Tx
	closing int64
	report  string
	unpack  *zstd.Decoder

	part  int
	lines *csv.Reader
	over  bool
}

func newKept(tx pgx.Tx, closing int64, report string) (*kept, error) {
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("preparing to read kept rows: %w", err)
	}
	return &kept{tx: tx, closing: closing, report: report, unpack: unpack}, nil
}

// close gives its memory back.
func (k *kept) close() { k.unpack.Close() }

// next gives the next row, nil after the last.
func (k *kept) next(ctx context.Context) ([]string, error) {
	for !k.over {
		if k.lines != nil {
			cells, err := k.lines.Read()
			if err == nil {
				return cells, nil
			}
			if !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("reading the kept rows of %s: %w", k.report, err)
			}
		}
		if err := k.open(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// open goes on to the next part.
func (k *kept) open(ctx context.Context) error {
	var data []byte
	err := k.tx.QueryRow(ctx, `select data from closing_parts where closing_id = $1 and report = $2 and part = $3`, k.closing, k.report, k.part).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		k.over = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the kept rows of %s: %w", k.report, err)
	}
	text, err := k.unpack.DecodeAll(data, nil)
	if err != nil {
		return fmt.Errorf("part %d of the kept rows of %s is broken: %w", k.part, k.report, err)
	}
	k.part, k.lines = k.part+1, csv.NewReader(bytes.NewReader(text))
	return nil
}
