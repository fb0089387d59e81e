package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// NotOverError says that a period by the time of booking has not ended by the
// database's clock: the next one would lack what is still booked in this one.
type NotOverError struct {
	To, Now time.Time // in the report's zone
}

// Error says until when a period can be told.
func (e *NotOverError) Error() string {
	return fmt.Sprintf("by the time of booking a period can be told once it is over, and this one ends at %s: the database's clock says %s; end it at a time that has passed",
		e.To.Format(time.RFC3339), e.Now.Format(time.RFC3339))
}

// Clock is what time it is by the database's clock, which dates the entries of the
// ledger: a period that ends now has to end by that one, since the host's may be
// ahead.
func Clock(ctx context.Context, db *pgxpool.Pool) (time.Time, error) {
	var now time.Time
	if err := db.QueryRow(ctx, `select clock_timestamp()`).Scan(&now); err != nil {
		return now, fmt.Errorf("asking the database for the time: %w", err)
	}
	return now, nil
}

// allBooked sees to it that every entry which was booked before the end of the
// query's period can be seen by a snapshot that begins now. An entry takes its time
// once its merge holds the lock of the books, and keeps that until it is committed:
// whoever has had the lock alone after the end has waited for all of them, and those
// that come later are booked later. It does nothing for other bases.
func allBooked(ctx context.Context, db *pgxpool.Pool, q Query) error {
	if q.Basis != Booked {
		return nil
	}
	var now time.Time
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if err := payments.Hold(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select clock_timestamp()`).Scan(&now)
	})
	if err != nil {
		return fmt.Errorf("waiting for what is being booked: %w", err)
	}
	if now.Unix() < q.To.Unix() { // a period is cut at whole seconds
		return &NotOverError{To: q.To.In(q.Zone), Now: now.In(q.Zone)}
	}
	return nil
}
