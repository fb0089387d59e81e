package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/readerfund/readerfund/payments"
)

// limit slows tries down: after free ones each failure doubles the wait before the
// next, up to longest. The longest are short enough that nobody is locked out for
// ever, and long enough that guessing comes to nothing.
type limit struct {
	free    int
	longest time.Duration
}

// The limits of tries.
func limitOfAccount() limit { return limit{free: 5, longest: 5 * time.Minute} }
func limitOfCodes() limit   { return limit{free: 5, longest: 15 * time.Minute} }
func limitOfAddress() limit { return limit{free: 30, longest: 15 * time.Minute} }

// forgotten is how long a failure counts.
const forgotten = 24 * time.Hour

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// claim takes a try for key, before it is known how it ends: many at once are then no
// more tries than one after the other. The error is a *payments.Error of code Busy
// while the key has to wait.
func (l limit) claim(ctx context.Context, db querier, key string, now time.Time) error {
	var until time.Time
	err := db.QueryRow(ctx, `
		insert into staff_tries as t (key, tries, at, until) values ($1, 1, $2, $2)
		on conflict (key) do update set (tries, at, until) = (
			select n, $2, $2 + make_interval(secs => case when n <= $3 then 0 else least($4, power(2, least(n - $3 - 1, 30))) end)
			from (select case when t.at < $5 then 1 else t.tries + 1 end) as counted (n))
		where t.until <= $2
		returning until`, key, now, l.free, l.longest.Seconds(), now.Add(-forgotten)).Scan(&until)
	if err == nil {
		return nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("counting tries: %w", err)
	}
	wait := time.Second
	err = db.QueryRow(ctx, `select until from staff_tries where key = $1`, key).Scan(&until)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("counting tries: %w", err)
	}
	if left := until.Sub(now); left > wait {
		wait = left.Round(time.Second)
	}
	return &payments.Error{Code: payments.Busy, RetryAfter: wait, Err: errors.New("too many tries"),
		Sentence: fmt.Sprintf("There were too many tries. Please wait %s and try again.", inWords(wait))}
}

// succeeded takes back the failures of a key.
func succeeded(ctx context.Context, db querier, key string) error {
	if _, err := db.Exec(ctx, `delete from staff_tries where key = $1`, key); err != nil {
		return fmt.Errorf("forgetting tries: %w", err)
	}
	return nil
}

// returned gives one try back: whoever signs in with an account of their own must not
// thereby wipe out the tries that they made at others'.
func returned(ctx context.Context, db querier, key string) error {
	if _, err := db.Exec(ctx, `update staff_tries set tries = greatest(tries - 1, 0) where key = $1`, key); err != nil {
		return fmt.Errorf("forgetting a try: %w", err)
	}
	return nil
}

// place is what tries from an address are counted by: of IPv6 the network, since one
// subscriber has more addresses than there are tries.
func place(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}

func inWords(d time.Duration) string {
	switch {
	case d < 2*time.Second:
		return "a second"
	case d < time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < 90*time.Second:
		return "a minute"
	default:
		return fmt.Sprintf("%d minutes", int(d.Minutes()+.99))
	}
}
