package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// RefuseToLose gives an error where the database holds anything that taking the
// schema back would lose. A database without the tables holds nothing.
func RefuseToLose(ctx context.Context, cfg Config) error {
	db, err := connect(ctx, cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	var held []string
	for _, t := range []struct{ table, words string }{
		{"inbox_events", "events from Stripe"}, {"checkouts", "checkouts"}, {"donations", "donations"}, {"staff", "accounts of finance staff"}, {"closings", "closes of months"},
	} {
		var exists bool
		if err := db.QueryRow(ctx, `select to_regclass($1) is not null`, t.table).Scan(&exists); err != nil {
			return fmt.Errorf("looking for data: %w", err)
		}
		if !exists {
			continue
		}
		var n int64
		if err := db.QueryRow(ctx, "select count(*) from "+pgx.Identifier{t.table}.Sanitize()).Scan(&n); err != nil {
			return fmt.Errorf("looking for data: %w", err)
		}
		if n > 0 {
			held = append(held, fmt.Sprintf("%d %s", n, t.words))
		}
	}
	if len(held) == 0 {
		return nil
	}
	return fmt.Errorf("the database holds %s, which would be lost; make a backup, and say --lose-data if that is meant",
		strings.Join(held, ", "))
}
