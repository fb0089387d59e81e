package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgdev"
)

// serverVariable names a server to share; see the package's comment.
const serverVariable = "READERFUND_TEST_DATABASE_URL"

// host is the server that the tests of this process use.
type host struct {
	begin  sync.Once
	server *pgdev.Server // nil where the server is not our own
	admin  url.URL       // a database on it from which others are made
	err    error

	migrate     sync.Once
	migrated    string // name of the template
	migratedErr error
}

// shared is package state, which is otherwise avoided: the tests of a process
// share one server, and a test has nothing to be handed it by.
var shared host //nolint:gochecknoglobals // see above

// start makes sure that there is a server. The first caller waits for it, the
// others for the first.
func (h *host) start(ctx context.Context) error {
	h.begin.Do(func() {
		address := os.Getenv(serverVariable)
		if address == "" {
			h.server, h.err = pgdev.Start(ctx, pgdev.Options{Ephemeral: true, Progress: os.Stderr})
			if h.err != nil {
				return
			}
			address = h.server.URL("")
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "postgres") {
			// Without the error, which would show the password.
			h.err = fmt.Errorf("%s is no postgres:// address", serverVariable)
			return
		}
		h.admin = *u
	})
	return h.err
}

// stop ends a server of our own.
func (h *host) stop() error {
	if h.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return h.server.Stop(ctx)
}

// address is that of a database on the server.
func (h *host) address(db string) string {
	u := h.admin
	u.Path = "/" + db
	return u.String()
}

// clone makes a database like template, under a name of its own. Its files are copied:
// Postgres's own way since version 15 writes each page into the log instead, which spares
// a busy server two checkpoints, but where nothing is flushed to a disk takes three times
// the processor's time (https://www.postgresql.org/docs/15/sql-createdatabase.html).
func (h *host) clone(ctx context.Context, template string) (name string, err error) {
	conn, err := h.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the statement has been answered
	name = "test_" + strings.ToLower(rand.Text())
	sql := "create database " + quote(name) + " template " + quote(template)
	major, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), ".")
	if number, err := strconv.Atoi(major); err == nil && number >= 15 {
		sql += " strategy file_copy"
	}
	if _, err := conn.Exec(ctx, sql); err != nil {
		return "", fmt.Errorf("%s: %w", sql, err)
	}
	return name, nil
}

// drop removes a database and ends whoever is connected to it. Only a superuser
// may end Postgres's own autovacuum, where that happens to look at the database:
// it is soon done.
func (h *host) drop(ctx context.Context, name string) error {
	const tries, pause = 600, 100 * time.Millisecond
	for try := 1; ; try++ {
		err := h.exec(ctx, "drop database if exists "+quote(name)+" with (force)")
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != insufficientPrivilege || try == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// insufficientPrivilege is Postgres's code for what a role may not do.
const insufficientPrivilege = "42501"

// template returns the name of a database with the whole schema, which nobody
// can connect to and so can always be cloned.
func (h *host) template(ctx context.Context) (string, error) {
	h.migrate.Do(func() { h.migrated, h.migratedErr = h.makeTemplate(ctx) })
	return h.migrated, h.migratedErr
}

// makeTemplate makes the template, unless this or another process has: its name
// tells the schema by its fingerprint, and it gets that name only once it is
// whole.
func (h *host) makeTemplate(ctx context.Context) (string, error) {
	print, err := migrations.Fingerprint()
	if err != nil {
		return "", err
	}
	name := "readerfund_template_" + print[:16]
	conn, err := h.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it also ends the lock

	if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", fmt.Errorf("lock the template: %w", err)
	}
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil {
		return "", fmt.Errorf("look for the template: %w", err)
	}
	if there {
		return name, nil
	}
	making := name + "_making"
	for _, sql := range []string{
		"drop database if exists " + quote(making) + " with (force)",
		"create database " + quote(making) + " template template0",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("make the template: %w", err)
		}
	}
	if _, err := migrations.Up(ctx, h.address(making), slog.New(slog.DiscardHandler)); err != nil {
		return "", fmt.Errorf("migrate the template: %w", err)
	}
	for _, sql := range []string{
		"alter database " + quote(making) + " with allow_connections false",
		"alter database " + quote(making) + " rename to " + quote(name),
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("make the template: %w", err)
		}
	}
	return name, nil
}

func (h *host) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, h.admin.String())
	if err != nil {
		hint := ""
		if h.server == nil {
			hint = fmt.Sprintf(" (%s names it: start it, or unset the variable for a private one)", serverVariable)
		}
		return nil, fmt.Errorf("no connection to the PostgreSQL for tests%s: %w", hint, err)
	}
	return conn, nil
}

// exec runs one statement on a connection of its own, so that no connection
// idles between tests.
func (h *host) exec(ctx context.Context, sql string) error {
	conn, err := h.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the statement has been answered
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
