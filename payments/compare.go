package payments

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/jackc/pgx/v5"
)

// Difference is a row that two books do not share.
type Difference struct {
	Book string // donations, recurring_donations, …
	Key  string
	// Column is the first that differs, with its value in each; "" where one of
	// them lacks the row.
	Column       string
	Left, Right  string
	OnlyLeft     bool
	OnlyRight    bool
	OtherColumns int // how many more differ
}

// String says it in one line.
func (d Difference) String() string {
	switch {
	case d.OnlyLeft:
		return fmt.Sprintf("%s %s: in the books, but does not follow from the events", d.Book, d.Key)
	case d.OnlyRight:
		return fmt.Sprintf("%s %s: follows from the events, but is not in the books", d.Book, d.Key)
	default:
		more := ""
		if d.OtherColumns > 0 {
			more = fmt.Sprintf(" (and %d more columns)", d.OtherColumns)
		}
		return fmt.Sprintf("%s %s: %s is %q in the books, %q from the events%s", d.Book, d.Key, d.Column, d.Left, d.Right, more)
	}
}

// Compare reads two books at the same time, one row of each in memory, and gives
// both digests. Each row that differs goes to differs.
func Compare(ctx context.Context, left, right pgx.Tx, differs func(Difference)) (leftDigest, rightDigest string, err error) {
	leftSum, rightSum := sha256.New(), sha256.New()
	for _, b := range canonical() {
		if err := b.compare(ctx, left, right, leftSum, rightSum, differs); err != nil {
			return "", "", fmt.Errorf("comparing %s: %w", b.name, err)
		}
	}
	return hex.EncodeToString(leftSum.Sum(nil)), hex.EncodeToString(rightSum.Sum(nil)), nil
}

// side is one of the two books, at one of its rows.
type side struct {
	rows pgx.Rows
	sum  hash.Hash
	row  [][]byte // nil at the end
}

func (s *side) next() error {
	if !s.rows.Next() {
		s.row = nil
		return s.rows.Err()
	}
	s.row = s.rows.RawValues()
	hashRow(s.sum, s.row)
	return nil
}

func (b book) compare(ctx context.Context, left, right pgx.Tx, leftSum, rightSum hash.Hash, differs func(Difference)) error {
	l, err := b.open(ctx, left, leftSum)
	if err != nil {
		return err
	}
	defer l.rows.Close()
	r, err := b.open(ctx, right, rightSum)
	if err != nil {
		return err
	}
	defer r.rows.Close()
	for l.row != nil || r.row != nil {
		var order int
		switch {
		case r.row == nil:
			order = -1
		case l.row == nil:
			order = 1
		default:
			order = bytes.Compare(l.row[0], r.row[0])
		}
		switch {
		case order < 0:
			differs(Difference{Book: b.name, Key: string(l.row[0]), OnlyLeft: true})
		case order > 0:
			differs(Difference{Book: b.name, Key: string(r.row[0]), OnlyRight: true})
		default:
			if d, ok := b.rowDiffers(l, r); ok {
				differs(d)
			}
		}
		if order <= 0 {
			if err := l.next(); err != nil {
				return err
			}
		}
		if order >= 0 {
			if err := r.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b book) open(ctx context.Context, tx pgx.Tx, sum hash.Hash) (*side, error) {
	hashValue(sum, []byte(b.name))
	rows, err := tx.Query(ctx, b.query, pgx.QueryResultFormats{pgx.TextFormatCode})
	if err != nil {
		return nil, err
	}
	s := &side{rows: rows, sum: sum}
	if err := s.next(); err != nil {
		rows.Close()
		return nil, err
	}
	return s, nil
}

func (b book) rowDiffers(l, r *side) (Difference, bool) {
	d := Difference{Book: b.name, Key: string(l.row[0])}
	for i := range l.row {
		if bytes.Equal(l.row[i], r.row[i]) && (l.row[i] == nil) == (r.row[i] == nil) {
			continue
		}
		if d.Column != "" {
			d.OtherColumns++
			continue
		}
		d.Column, d.Left, d.Right = l.rows.FieldDescriptions()[i].Name, string(l.row[i]), string(r.row[i])
	}
	return d, d.Column != ""
}
