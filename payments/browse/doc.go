// Package browse reads the books for people who look things up: lists that are
// filtered, sorted and turned page by page, and all that is known of one donation,
// donor or payout. It changes nothing.
//
// A list is read by key, never by counting rows from its start: a page costs the same
// wherever it stands, and rows that come while somebody turns pages neither double
// nor hide one. Each page is of one snapshot.
package browse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Books reads them. Its errors are *payments.Error: Invalid where the filter cannot
// be; NotFound; Unavailable where the database is away or a list takes too long; or
// ErrCursor.
type Books struct {
	DB *pgxpool.Pool
}

// ErrCursor says that a cursor is none of this list's, filtered and sorted as it is.
var ErrCursor = errors.New("this page's address is broken, or of another list")

// beginSQL bounds what a list may cost: nobody waits for longer, and Postgres
// compiles nothing for so few rows. Its memory is enough to remember the places of all
// gifts of one name.
const beginSQL = "begin isolation level repeatable read, read only; set local statement_timeout = '15s'; set local jit = off; set local work_mem = '16MB'"

// read runs do in a snapshot.
func (b *Books) read(ctx context.Context, what string, do func(tx pgx.Tx) error) error {
	err := pgx.BeginTxFunc(ctx, b.DB, pgx.TxOptions{BeginQuery: beginSQL}, do)
	switch {
	case err == nil || payments.CodeOf(err) != "" || errors.Is(err, ErrCursor):
		return err
	case tookTooLong(err):
		return &payments.Error{Code: payments.Unavailable, RetryAfter: 10 * time.Second, Err: fmt.Errorf("%s: %w", what, err),
			Sentence: "This took too long to look up. Narrow it down, by a period for instance, and try again."}
	}
	return &payments.Error{Code: payments.Unavailable, RetryAfter: 10 * time.Second, Err: fmt.Errorf("%s: %w", what, err),
		Sentence: "The books cannot be read at the moment. Nothing is lost; please try again in a minute."}
}

// tookTooLong tells that Postgres ended a statement at the bound above.
func tookTooLong(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "57014"
}

func invalid(format string, a ...any) error {
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(format, a...)}
}

func notFound(format string, a ...any) error {
	return &payments.Error{Code: payments.NotFound, Sentence: fmt.Sprintf(format, a...)}
}
