package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// A long period is read in halves by two connections that see one snapshot: most of the
// time of an export is Postgres's, which joins and sorts on one processor for each.

// middle finds the moment that parts the rows of a query's period in about two equal
// halves, each of which is the report of its part; ok is false where they are too few
// for that to help.
type middle func(ctx context.Context, tx pgx.Tx, q Query) (at time.Time, ok bool, err error)

// middleGift is the middle of what was received in the period, found on a sample of it,
// so many of a hundred pages of the table, that is always the same: where exactly it is,
// changes nothing of the report. Fewer gifts on these than enough are no long period. By
// another basis the rows are not parted by the moment at which gifts were received.
func middleGift(sampled, enough int) middle {
	return func(ctx context.Context, tx pgx.Tx, q Query) (at time.Time, ok bool, err error) {
		if q.Basis != Own && q.Basis != Received {
			return at, false, nil
		}
		var gifts int
		var found *time.Time
		err = tx.QueryRow(ctx, fmt.Sprintf(`
			select count(*), percentile_disc(0.5) within group (order by received_at)
			from donations tablesample system (%d) repeatable (1)
			where received_at >= $1 and received_at < $2 and ($3 = '' or currency = $3) and ($4 = '' or campaign = $4)`, sampled),
			q.From, q.To, string(q.Currency), q.Campaign).Scan(&gifts, &found)
		if err != nil || found == nil || gifts < enough {
			return at, false, err
		}
		return *found, true, nil
	}
}

// acquirer gives a connection of its own; a pool does.
type acquirer interface {
	Acquire(ctx context.Context) (*pgxpool.Conn, error)
}

// patience is how long an export waits for a second connection: what holds one may wait
// for another no longer, or exports could wait for each other.
const patience = time.Second

// readers gives those who read the report, in the order of their rows, and what ends
// what was begun for them.
func (e Export) readers(ctx context.Context, db beginner, tx pgx.Tx, k kind) (all []rows, end func(), err error) {
	whole := func(r *sheet.Row, emit func() error) error { return k.read(ctx, tx, e.Query, r, emit) }
	from, pooled := db.(acquirer)
	if k.middle == nil || !pooled {
		return []rows{whole}, func() {}, nil
	}
	at, ok, err := k.middle(ctx, tx, e.Query)
	if err != nil {
		return nil, nil, fmt.Errorf("looking for the middle of the period: %w", err)
	}
	if !ok {
		return []rows{whole}, func() {}, nil
	}
	soon, done := context.WithTimeout(ctx, patience)
	defer done()
	conn, err := from.Acquire(soon)
	if err != nil {
		// Nobody has one to spare: one connection gives the same rows.
		return []rows{whole}, func() {}, ctx.Err()
	}
	var snapshot string
	if err := tx.QueryRow(ctx, `select pg_export_snapshot()`).Scan(&snapshot); err != nil {
		conn.Release()
		return nil, nil, fmt.Errorf("sharing the snapshot: %w", err)
	}
	first, second := e.Query, e.Query
	first.To, second.From = at, at
	return []rows{
		func(r *sheet.Row, emit func() error) error { return k.read(ctx, tx, first, r, emit) },
		func(r *sheet.Row, emit func() error) error {
			return pgx.BeginTxFunc(ctx, conn, snapshotRead(), func(tx pgx.Tx) error {
				// The name is Postgres's own, which takes no parameter here.
				if _, err := tx.Exec(ctx, `set transaction snapshot '`+snapshot+`'; `+roomToSort); err != nil {
					return fmt.Errorf("sharing the snapshot: %w", err)
				}
				return k.read(ctx, tx, second, r, emit)
			})
		},
	}, conn.Release, nil
}
