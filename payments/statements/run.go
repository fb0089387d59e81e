package statements

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// State is how a run stands.
type State string

// The states of a run.
const (
	Running   State = "running"
	Over      State = "done"
	Cancelled State = "cancelled"
)

// Run is one order of a year's statements, and what became of it.
type Run struct {
	ID          string
	Year        int
	Zone        string // of the year's first and last moment
	Again       bool   // those too who had one with other figures
	By          string
	At          time.Time // UTC
	State       State
	EndedAt     time.Time // UTC; zero while it runs
	CancelledBy string

	Waiting, Sent, Failed int
	// Unsure is how many were handed to the mail server when the service, or the
	// connection, was cut off: nobody knows whether they went out.
	Unsure int
	// Skipped are those that are not mailed: no address is known, nothing is left of
	// what was given, the donor was erased, the run was cancelled.
	NoAddress, Nothing, Erased, CalledOff int
	// Mailed are the sums of those that went out, by currency.
	Mailed []Sum

	changed int // have one with other figures, when it was ordered
}

// All is how many statements are to be mailed, or were: without those of which nothing
// was left, or no address known, when their turn came.
func (r Run) All() int {
	return r.Waiting + r.Sent + r.Failed + r.Unsure + r.Erased + r.CalledOff
}

const runsSQL = `
	select r.id, r.year, r.zone, r.again, r.ordered_by, r.ordered_at, r.state, r.ended_at, r.cancelled_by,
		coalesce(c.waiting, 0), coalesce(c.sent, 0), coalesce(c.failed, 0), coalesce(c.unsure, 0),
		coalesce(c.no_address, 0), coalesce(c.nothing, 0), coalesce(c.erased, 0), coalesce(c.called_off, 0)
	from statement_runs r left join lateral (
		select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'sent') as sent,
			count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'unsure') as unsure,
			count(*) filter (where reason = 'no_address') as no_address, count(*) filter (where reason = 'nothing') as nothing,
			count(*) filter (where reason = 'erased') as erased, count(*) filter (where reason = 'cancelled') as called_off
		from statements s where s.run = r.id
	) c on true`

func scanRun(row pgx.CollectableRow) (Run, error) {
	var r Run
	var ended *time.Time
	err := row.Scan(&r.ID, &r.Year, &r.Zone, &r.Again, &r.By, &r.At, &r.State, &ended, &r.CancelledBy,
		&r.Waiting, &r.Sent, &r.Failed, &r.Unsure, &r.NoAddress, &r.Nothing, &r.Erased, &r.CalledOff)
	r.At = r.At.UTC()
	if ended != nil {
		r.EndedAt = ended.UTC()
	}
	return r, err
}

// listed bounds how many runs a list has: there are a few a year.
const listed = 40

// List gives the last runs, newest first, without their sums; of one year where it is
// not 0. Errors: Unavailable.
func (o *Office) List(ctx context.Context, year int) ([]Run, error) {
	rows, err := o.DB.Query(ctx, runsSQL+` where $1 = 0 or r.year = $1 order by r.ordered_at desc, r.id desc limit $2`, year, listed)
	if err != nil {
		return nil, away(fmt.Errorf("listing runs of statements: %w", err))
	}
	runs, err := pgx.CollectRows(rows, scanRun)
	if err != nil {
		return nil, away(fmt.Errorf("listing runs of statements: %w", err))
	}
	return runs, nil
}

// Get gives a run. Errors: NotFound; Unavailable.
func (o *Office) Get(ctx context.Context, id string) (Run, error) {
	if !storable(id) {
		return Run{}, noRun()
	}
	rows, err := o.DB.Query(ctx, runsSQL+` where r.id = $1`, id)
	if err != nil {
		return Run{}, away(fmt.Errorf("reading a run of statements: %w", err))
	}
	found, err := pgx.CollectRows(rows, scanRun)
	switch {
	case err != nil:
		return Run{}, away(fmt.Errorf("reading a run of statements: %w", err))
	case len(found) == 0:
		return Run{}, noRun()
	}
	run := found[0]
	sums, err := o.DB.Query(ctx, `select t.currency::text, count(*)::int, sum(t.gifts)::int, sum(t.net)::bigint
		from statements s join statement_sums t on t.statement = s.id where s.run = $1 and s.state = 'sent'
		group by 1 order by 1`, id)
	if err != nil {
		return Run{}, away(fmt.Errorf("adding up a run of statements: %w", err))
	}
	run.Mailed, err = pgx.CollectRows(sums, func(row pgx.CollectableRow) (Sum, error) {
		var s Sum
		var currency string
		err := row.Scan(&currency, &s.Donors, &s.Gifts, &s.Net.Minor)
		s.Net.Currency = money.Currency(currency)
		return s, err
	})
	if err != nil {
		return Run{}, away(fmt.Errorf("adding up a run of statements: %w", err))
	}
	return run, nil
}

// Trouble is a statement that could not be mailed, or may not have been.
type Trouble struct {
	DonorID string
	Unsure  bool
	At      time.Time // UTC, when it was tried first; zero where nobody knows
	Error   string    // the mail server's words, which may hold the address
}

// Troubles gives those of a run, at most limit. Errors: Unavailable.
func (o *Office) Troubles(ctx context.Context, id string, limit int) ([]Trouble, error) {
	rows, err := o.DB.Query(ctx, `select coalesce(donor_id, ''), state = 'unsure', coalesce(tried_at, handed_at, 'epoch'), error from statements
		where run = $1 and state in ('failed', 'unsure') order by id limit $2`, id, limit)
	if err != nil {
		return nil, away(fmt.Errorf("listing statements that failed: %w", err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Trouble, error) {
		var t Trouble
		err := row.Scan(&t.DonorID, &t.Unsure, &t.At, &t.Error)
		t.At = t.At.UTC()
		return t, err
	})
	if err != nil {
		return nil, away(fmt.Errorf("listing statements that failed: %w", err))
	}
	return all, nil
}
