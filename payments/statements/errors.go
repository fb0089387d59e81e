package statements

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/readerfund/readerfund/payments"
)

// away says that the database is, unless err says already what is amiss.
func away(err error) error {
	if payments.CodeOf(err) != "" {
		return err
	}
	return &payments.Error{Code: payments.Unavailable, RetryAfter: 5 * time.Second, Err: err,
		Sentence: "The books cannot be read at the moment. Nothing was changed; please try again in a minute."}
}

func noRun() error {
	return &payments.Error{Code: payments.NotFound, Sentence: "There is no such run of statements."}
}

// taken tells whether err is that of a unique index that holds such a row already.
func taken(err error, index string) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23505" && pg.ConstraintName == index
}

// orphaned tells whether err is that of a reference to what is gone.
func orphaned(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23503"
}
