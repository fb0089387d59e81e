package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Made is what the derived rows of the books were made with.
type Made struct {
	Derivation int    // the version of the rules of derivation
	Adoption   string // the fingerprint of the rules of adoption
}

// Stale says why the books should be made again, or "".
func (m Made) Stale(adoption string) string {
	switch {
	case m.Derivation != payments.Derivation:
		return "they were made by another version of this program"
	case m.Adoption != adoption:
		return "the site file's rules of adoption have changed since they were made"
	default:
		return ""
	}
}

// NoteMade writes down what the books are made with now.
func NoteMade(ctx context.Context, tx pgx.Tx, adoption string) error {
	_, err := tx.Exec(ctx, `insert into books_made (derivation, adoption) values ($1, $2)
		on conflict (one) do update set derivation = excluded.derivation, adoption = excluded.adoption`, payments.Derivation, adoption)
	if err != nil {
		return fmt.Errorf("noting what the books are made with: %w", err)
	}
	return nil
}

// Made reads what the books were made with. Books that hold no event yet count
// as made with what this program has.
func (in *Inbox) Made(ctx context.Context) (Made, error) {
	var m Made
	err := pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, "select derivation, adoption from books_made").Scan(&m.Derivation, &m.Adoption)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var events bool
		if err := tx.QueryRow(ctx, "select exists (select from inbox_events)").Scan(&events); err != nil || events {
			return err // events and no note: made before there were notes
		}
		m = Made{Derivation: payments.Derivation, Adoption: in.Adoption}
		return NoteMade(ctx, tx, in.Adoption)
	})
	if err != nil {
		return Made{}, fmt.Errorf("reading what the books were made with: %w", err)
	}
	return m, nil
}
