package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// cookies is scs' store. scs' own for pgx ends no question when the request ends, so
// that requests would pile up behind a database that hangs; and it goes by the
// database's clock.
type cookies struct {
	db  *pgxpool.Pool
	now func() time.Time
}

// FindCtx gives what a cookie stands for.
func (c *cookies) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = c.db.QueryRow(ctx, `select data from staff_cookies where token = $1 and until > $2`, token, c.now()).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading a cookie: %w", err)
	}
	return data, true, nil
}

// CommitCtx keeps what a cookie stands for. It counts the time itself, by the clock
// that it is found by; within it, the session's own row says when that ends.
func (c *cookies) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	_, err := c.db.Exec(ctx, `insert into staff_cookies (token, data, until) values ($1, $2, $3)
		on conflict (token) do update set data = excluded.data, until = excluded.until`, token, data, c.now().Add(SessionsFor))
	if err != nil {
		return fmt.Errorf("keeping a cookie: %w", err)
	}
	return nil
}

// DeleteCtx forgets a cookie.
func (c *cookies) DeleteCtx(ctx context.Context, token string) error {
	if _, err := c.db.Exec(ctx, `delete from staff_cookies where token = $1`, token); err != nil {
		return fmt.Errorf("forgetting a cookie: %w", err)
	}
	return nil
}

// Find, Commit and Delete are the forms that scs asks for and does not call where
// there are those with a context.

// Find is FindCtx.
func (c *cookies) Find(token string) ([]byte, bool, error) {
	return c.FindCtx(context.Background(), token)
}

// Commit is CommitCtx.
func (c *cookies) Commit(token string, data []byte, until time.Time) error {
	return c.CommitCtx(context.Background(), token, data, until)
}

// Delete is DeleteCtx.
func (c *cookies) Delete(token string) error { return c.DeleteCtx(context.Background(), token) }
