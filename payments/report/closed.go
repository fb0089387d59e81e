package report

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
)

// Closed is what a manifest says of the close of its period: whether the report is
// still what it was then.
type Closed struct {
	Month string    `json:"month"` // as 2026-10
	At    time.Time `json:"closed_at"`
	By    string    `json:"closed_by"`
	// SHA256 is of the report as CSV when the month was closed, and Same whether it still
	// has that very checksum, in whichever format this export is.
	SHA256 string `json:"frozen_sha256"`
	Same   bool   `json:"same"`
	// Added, Gone and Changed count the rows that differ, personal columns aside.
	Added   int64 `json:"added"`
	Gone    int64 `json:"gone"`
	Changed int64 `json:"changed"`
}

// Months knows which months are closed; payments/closing does.
type Months interface {
	// Closed compares a report of which the manifest is complete with what was frozen of
	// it, within the snapshot that it was written from; nil where its period is not
	// exactly a closed month.
	Closed(ctx context.Context, tx pgx.Tx, q Query, m Manifest) (*Closed, error)
}

// tellClosed puts into the manifest that its period is closed, where it is.
func (e Export) tellClosed(ctx context.Context, tx pgx.Tx, m *Manifest) (err error) {
	if e.Months == nil {
		return nil
	}
	if m.Closed, err = e.Months.Closed(ctx, tx, e.Query, *m); err != nil {
		return fmt.Errorf("comparing with what was closed: %w", err)
	}
	return nil
}

// beginner begins a transaction: a pool, or one that is under way.
type beginner interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// underWay lets a report be read within a transaction that somebody else has begun.
type underWay struct{ tx pgx.Tx }

// BeginTx begins a part of it, which sees its snapshot.
func (u underWay) BeginTx(ctx context.Context, _ pgx.TxOptions) (pgx.Tx, error) {
	return u.tx.Begin(ctx)
}

// WriteWithin is Write from the snapshot of a repeatable-read transaction of the
// caller's, so that several reports are of one moment. A report by the time of booking
// is refused: it has to wait for what is being booked before its snapshot is taken.
func (e Export) WriteWithin(ctx context.Context, tx pgx.Tx, w io.Writer) (Manifest, error) {
	if e.Query.Basis == Booked {
		return Manifest{}, fmt.Errorf("the report %s by %s takes a snapshot of its own", e.Report, Booked)
	}
	k, err := e.kind()
	if err != nil {
		return Manifest{}, err
	}
	return e.writeIn(ctx, underWay{tx}, k, w)
}
