package migrations

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// lockTimeout bounds how long a migration waits for a table that others use.
// A schema change that queues for its lock makes everyone behind it wait too:
// better it fails, leaves no trace and is tried again.
const lockTimeout = "15s"

// connect opens the few connections that migrating takes. pgx keeps the
// password out of its errors.
func connect(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	cfg.MaxConns = 4 // the turn's, golang-migrate's, and two for River
	params := cfg.ConnConfig.RuntimeParams
	if _, set := params["application_name"]; !set {
		params["application_name"] = "readerfund migrate"
	}
	if _, set := params["lock_timeout"]; !set {
		params["lock_timeout"] = lockTimeout
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, nil
}

// The advisory lock that makes migrating processes take turns: two halves of a
// key that nothing else of ours uses. Such locks are per database.
const turnClass, turnObject = 0x52464e44, 1 // "RFND"

// takeTurn waits until this process alone may migrate, and returns what ends
// the turn. golang-migrate locks as well, but gives up after fifteen seconds,
// and not around River.
func takeTurn(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) (func(), error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	// Asked again and again instead of waiting inside Postgres: a waiting
	// statement holds a snapshot, for which a `create index concurrently` of
	// the process whose turn it is would wait in its turn, for ever.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for told := false; ; told = true {
		var got bool
		err := conn.QueryRow(ctx, `select pg_try_advisory_lock($1, $2)`, turnClass, turnObject).Scan(&got)
		if err != nil {
			conn.Release()
			return nil, fmt.Errorf("take turn to migrate: %w", err)
		}
		if got {
			break
		}
		if !told {
			log.InfoContext(ctx, "another process is migrating this database, waiting for it")
		}
		select {
		case <-ctx.Done():
			conn.Release()
			return nil, fmt.Errorf("take turn to migrate: another process is at it: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
	return func() {
		// With a context of its own, so that a cancelled caller unlocks too.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, `select pg_advisory_unlock($1, $2)`, turnClass, turnObject); err != nil {
			log.WarnContext(ctx, "migration lock left to end with its connection", "error", err)
		}
		conn.Release()
	}, nil
}
