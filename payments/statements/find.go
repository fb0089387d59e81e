package statements

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// storable tells whether Postgres can hold a text that somebody typed; what it cannot
// hold, nothing is called.
func storable(typed string) bool { return utf8.ValidString(typed) && !strings.ContainsRune(typed, 0) }

// Example gives a donor who gave in a year and can be mailed, for a look at how a
// statement is. Errors: Invalid; NotFound where there is none; Unavailable.
func (o *Office) Example(ctx context.Context, year int) (donorID string, err error) {
	s, err := spanOf(year, o.Zone)
	if err != nil {
		return "", err
	}
	rows, err := o.DB.Query(ctx, `select f.donor_id from donations f
		where f.status = 'succeeded' and f.received_at >= $1 and f.received_at < $2 and f.donor_id is not null and `+addressed+`
		order by f.received_at, f.donation_id limit 1`, s.from, s.to)
	if err != nil {
		return "", away(fmt.Errorf("looking for a donor: %w", err))
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	switch {
	case err != nil:
		return "", away(fmt.Errorf("looking for a donor: %w", err))
	case len(found) == 0:
		return "", &payments.Error{Code: payments.NotFound, Sentence: fmt.Sprintf("No donor with a mail address is known who gave in %d.", year)}
	}
	return found[0], nil
}

// Find gives the donor's id of a mail address, or of an id itself. Errors: NotFound;
// Unavailable.
func (o *Office) Find(ctx context.Context, donor string) (donorID string, err error) {
	if !storable(donor) {
		return "", noDonor()
	}
	rows, err := o.DB.Query(ctx, `select donor_id from donors where donor_id = $1 or email_key = $2`, donor, payments.NormalAddress(donor))
	if err != nil {
		return "", away(fmt.Errorf("looking for a donor: %w", err))
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	switch {
	case err != nil:
		return "", away(fmt.Errorf("looking for a donor: %w", err))
	case len(found) == 0:
		return "", noDonor()
	}
	return found[0], nil
}

func noDonor() error {
	return &payments.Error{Code: payments.NotFound, Sentence: "No donor has this id or mail address."}
}
