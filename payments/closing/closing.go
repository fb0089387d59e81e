package closing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report"
)

// Closing is one close of a month.
type Closing struct {
	ID       int64
	Month    Month
	Zone     string    // by whose clock the month goes
	From, To time.Time // To is the first moment that is no longer of it
	AsOf     time.Time // of the snapshot
	By       string
	// Unfinished is what stood in the way, and Reason why the month was closed all the
	// same; both are empty where nothing did.
	Unfinished []string
	Reason     string
	// Manifests are those of Reports, in their order.
	Manifests []report.Manifest
	// Reopened tells who opened the month again; nil where nobody did.
	Reopened *Reopening

	derivation int
	adoption   string
}

// Reopening is when, by whom and why a closed month was opened again.
type Reopening struct {
	At     time.Time
	By     string
	Reason string
}

// Manifest is that of a report.
func (c Closing) Manifest(name string) report.Manifest {
	for _, m := range c.Manifests {
		if m.Report == name {
			return m
		}
	}
	return report.Manifest{}
}

const closingsSQL = `
select c.closing_id, c.month, c.zone, c.from_at, c.to_at, c.as_of, c.closed_by, c.unfinished, c.reason, c.derivation, c.adoption,
	r.reopened_at, coalesce(r.reopened_by, ''), coalesce(r.reason, ''),
	(select array_agg(p.manifest order by array_position($1::text[], p.report)) from closing_reports p where p.closing_id = c.closing_id)
from closings c left join closing_reopenings r on r.closing_id = c.closing_id
`

func closings(ctx context.Context, db payments.Querier, where string, args ...any) ([]Closing, error) {
	rows, err := db.Query(ctx, closingsSQL+where, append([]any{Reports()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("reading what was closed: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Closing, err error) {
		var month string
		var reopened *time.Time
		var r Reopening
		err = row.Scan(&c.ID, &month, &c.Zone, &c.From, &c.To, &c.AsOf, &c.By, &c.Unfinished, &c.Reason, &c.derivation, &c.adoption,
			&reopened, &r.By, &r.Reason, &c.Manifests)
		if err != nil {
			return c, err
		}
		if reopened != nil {
			r.At, c.Reopened = *reopened, &r
		}
		c.Month, err = ParseMonth(month)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was closed: %w", err)
	}
	return all, nil
}

// Closed is the close of a month that is closed now; is tells whether it is.
func (d *Desk) Closed(ctx context.Context, m Month) (c Closing, is bool, err error) {
	all, err := closings(ctx, d.DB, `where c.closing_id = (select closing_id from closed_months where month = $2)`, m.String())
	if err != nil || len(all) == 0 {
		return Closing{}, false, err
	}
	return all[0], true, nil
}

// AllClosed lists the months that are closed now, the newest first.
func (d *Desk) AllClosed(ctx context.Context) ([]Closing, error) {
	return closings(ctx, d.DB, `where c.closing_id in (select closing_id from closed_months) order by c.month desc`)
}

// History lists every close that a month ever had, the newest first.
func (d *Desk) History(ctx context.Context, m Month) ([]Closing, error) {
	return closings(ctx, d.DB, `where c.month = $2 order by c.closing_id desc`, m.String())
}

// First is the month of the first gift or booking; where there is none, is tells so.
func (d *Desk) First(ctx context.Context) (m Month, is bool, err error) {
	var first *time.Time
	err = d.DB.QueryRow(ctx, `select least((select min(received_at) from donations),
		(select to_timestamp(min(created)) from balance_transactions where created > 0))`).Scan(&first)
	if err != nil || first == nil {
		return Month{}, false, err
	}
	return MonthOf(first.In(d.Zone)), true, nil
}

// Reopen opens a closed month again; what was frozen stays, and its history tells who
// did it and why. note, where it is not nil, writes within the same transaction.
// Errors: payments.Error with Invalid where the month is not closed, or something is
// missing.
func (d *Desk) Reopen(ctx context.Context, m Month, by, reason string, note func(ctx context.Context, tx pgx.Tx) error) error {
	by, reason = strings.TrimSpace(by), strings.TrimSpace(reason)
	switch {
	case by == "":
		return invalid("say who opens %s again", m)
	case reason == "":
		return invalid("say why %s is opened again: the reason is kept in its history", m)
	}
	err := pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, `select closing_id from closed_months where month = $1 for update`, m.String()).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return invalid("%s is not closed", m)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into closing_reopenings (closing_id, reopened_at, reopened_by, reason) values ($1, now(), $2, $3)`, id, by, reason); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from closed_months where closing_id = $1`, id); err != nil {
			return err
		}
		if note != nil {
			return note(ctx, tx)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("opening %s again: %w", m, err)
	}
	return nil
}
