package app

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations"
)

// connectWithin bounds one attempt to connect, so that a request finds out soon
// that the database is away.
const connectWithin = 5 * time.Second

// poolSize is how many connections the service holds at most, where DATABASE_URL
// does not say pool_max_conns: pgx's own measure is the number of processors, but
// those who wait for the database do not compute.
const poolSize = 16

// OpenDatabase connects to DATABASE_URL and makes sure that its schema is the
// one this program was built with. The error says what to do and holds no
// password.
func OpenDatabase(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	db, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := migrations.Check(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func connect(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	pool, err := pgxpool.ParseConfig(cfg.DatabaseURL.Reveal())
	if err != nil {
		return nil, asError([]Problem{{Variable: "DATABASE_URL", Wrong: "cannot be read", Write: "write a postgres:// address"}})
	}
	if pool.ConnConfig.ConnectTimeout == 0 {
		pool.ConnConfig.ConnectTimeout = connectWithin
	}
	if !namesPoolSize(cfg.DatabaseURL.Reveal()) {
		pool.MaxConns = poolSize
	}
	if _, named := pool.ConnConfig.RuntimeParams["application_name"]; !named {
		pool.ConnConfig.RuntimeParams["application_name"] = "readerfund"
	}
	db, err := pgxpool.NewWithConfig(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := db.Ping(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("the database does not answer: %w; check DATABASE_URL and that Postgres runs", err)
	}
	return db, nil
}

// namesPoolSize tells whether an address says pool_max_conns, which is all that
// pgx itself leaves among the parameters of a session.
func namesPoolSize(address string) bool {
	conn, err := pgx.ParseConfig(address)
	if err != nil {
		return false
	}
	_, named := conn.RuntimeParams["pool_max_conns"]
	return named
}
