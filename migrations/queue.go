package migrations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// newQueue makes River's own migrator, on the connection's default schema. A
// nil pool makes one that can only tell which migrations it holds.
func newQueue(pool *pgxpool.Pool, log *slog.Logger) (*rivermigrate.Migrator[pgx.Tx], error) {
	q, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("job queue migrations: %w", err)
	}
	return q, nil
}

// queueMigrations lists the job queue's migrations in order of version.
func queueMigrations() ([]rivermigrate.Migration, error) {
	q, err := newQueue(nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	all := q.AllVersions()
	if len(all) == 0 {
		return nil, errors.New("job queue migrations: the River library holds none")
	}
	return all, nil
}

// queueUp applies what the job queue lacks and returns how many that were.
func queueUp(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) (int, error) {
	q, err := newQueue(pool, log)
	if err != nil {
		return 0, err
	}
	res, err := q.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return 0, fmt.Errorf("job queue migrations: %w", err)
	}
	return len(res.Versions), nil
}

// queueDown removes the job queue's tables, and the jobs in them.
func queueDown(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	q, err := newQueue(pool, log)
	if err != nil {
		return err
	}
	const everything = -1
	opts := &rivermigrate.MigrateOpts{TargetVersion: everything}
	if _, err := q.Migrate(ctx, rivermigrate.DirectionDown, opts); err != nil {
		return fmt.Errorf("job queue migrations: %w", err)
	}
	return nil
}
