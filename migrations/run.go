package migrations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

func (s schema) statusOf(ctx context.Context, dsn string) (State, error) {
	pool, err := connect(ctx, dsn)
	if err != nil {
		return State{}, err
	}
	defer pool.Close()
	return s.state(ctx, pool)
}

func (s schema) up(ctx context.Context, dsn string, log *slog.Logger) (applied int, err error) {
	err = s.inTurn(ctx, dsn, log, func(r *runner, st State) error {
		if err := st.Err(); errors.Is(err, ErrDirty) || errors.Is(err, ErrNewer) {
			return err
		}
		_, pending := s.split(st.Current)
		for _, p := range pending {
			if err := r.step(ctx, p, true); err != nil {
				return err
			}
			applied++
		}
		n, err := queueUp(ctx, r.pool, log)
		applied += n
		return err
	})
	return applied, err
}

func (s schema) down(ctx context.Context, dsn string, n int, log *slog.Logger) error {
	if n < 1 {
		return fmt.Errorf("migrate down %d: say how many migrations to take back, 1 or more", n)
	}
	return s.inTurn(ctx, dsn, log, func(r *runner, st State) error {
		if err := st.Err(); errors.Is(err, ErrDirty) || errors.Is(err, ErrNewer) {
			return err
		}
		applied, _ := s.split(st.Current)
		if n > len(applied) {
			return fmt.Errorf("migrate down %d: the database has only %d migrations", n, len(applied))
		}
		for i := len(applied) - 1; i >= len(applied)-n; i-- {
			if err := r.step(ctx, applied[i], false); err != nil {
				return err
			}
		}
		if n < len(applied) {
			return nil
		}
		return queueDown(ctx, r.pool, log)
	})
}

// inTurn runs fn while no other process migrates, with the state read then.
func (s schema) inTurn(ctx context.Context, dsn string, log *slog.Logger, fn func(*runner, State) error) (err error) {
	pool, err := connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	end, err := takeTurn(ctx, pool, log)
	if err != nil {
		return err
	}
	defer end()

	st, err := s.state(ctx, pool)
	if err != nil {
		return err
	}
	r, err := s.runner(pool, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	return fn(r, st)
}

// runner moves one database step by step with golang-migrate.
type runner struct {
	schema  schema
	pool    *pgxpool.Pool
	migrate *migrate.Migrate
	log     *slog.Logger
}

func (s schema) runner(pool *pgxpool.Pool, log *slog.Logger) (*runner, error) {
	src, err := iofs.New(s.fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	driver, err := migratepgx.WithInstance(stdlib.OpenDBFromPool(pool), &migratepgx.Config{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare to migrate: %w", err), src.Close())
	}
	m, err := migrate.NewWithInstance("iofs", src, "pgx5", driver)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare to migrate: %w", err), src.Close(), driver.Close())
	}
	return &runner{schema: s, pool: pool, migrate: m, log: log}, nil
}

func (r *runner) close() error {
	src, db := r.migrate.Close()
	return errors.Join(src, db)
}

// step applies one migration, or takes it back. golang-migrate knows no
// context: ctx is heeded before each step.
func (r *runner) step(ctx context.Context, st step, up bool) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("migrate: stopped before %s: %w", st.stem, err)
	}
	file, by, from, did := st.file("up"), 1, r.schema.before(st), "migration applied"
	if !up {
		file, by, from, did = st.file("down"), -1, st.version, "migration taken back"
	}
	began := time.Now()
	for tries := 1; ; tries++ {
		err := r.migrate.Steps(by)
		if err == nil {
			break
		}
		err = r.failed(file, from, err)
		if !inTheWay(err) || tries == lockTries || ctx.Err() != nil {
			return err
		}
		r.log.InfoContext(ctx, "migration tried again", "migration", st.stem, "error", err)
	}
	r.log.InfoContext(ctx, did, "migration", st.stem, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// lockTries is how often a migration is tried that a service at work is in the way of.
const lockTries = 10

// inTheWay tells whether Postgres rolled a migration back because it and somebody else
// waited for each other's tables. Migrations take their locks first, so that little is
// lost.
func inTheWay(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refused.Code == "40P01" || refused.Code == "55P03")
}

// failed turns golang-migrate's error, which holds the whole SQL, into one that
// names the place; where Postgres refused the file, and so rolled it back, it
// also clears the dirty mark that golang-migrate left.
func (r *runner) failed(file string, from uint, err error) error {
	var dbErr database.Error
	var pgErr *pgconn.PgError
	if errors.As(err, &dbErr) {
		if !errors.As(dbErr.OrigErr, &pgErr) {
			// The connection broke: whether the file is in is not known.
			return fmt.Errorf("migration %s: %w", file, dbErr.OrigErr)
		}
		back := int(from)
		if from == 0 {
			back = database.NilVersion
		}
		place := file
		if dbErr.Line > 0 {
			place = fmt.Sprintf("%s:%d", file, dbErr.Line)
		}
		err = fmt.Errorf("migration %s: %w", place, pgErr)
		if ferr := r.migrate.Force(back); ferr != nil {
			return errors.Join(err, fmt.Errorf("restore schema version %d: %w", from, ferr))
		}
		return fmt.Errorf("%w; it was rolled back, the database is at schema %d as before", err, from)
	}
	return fmt.Errorf("migration %s: %w", file, err)
}
