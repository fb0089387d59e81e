package closing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report"
)

// Desk closes months and compares them. All fields are needed but Adoption.
type Desk struct {
	DB       *pgxpool.Pool
	Zone     *time.Location // by whose clock a month begins and ends
	Adoption string         // the fingerprint of the rules of adoption; "" where there are none
}

// Order says which month is to be closed, and by whom.
type Order struct {
	Month Month
	By    string
	// Anyway closes it in spite of what is unfinished, for a Reason, which is kept.
	Anyway bool
	Reason string
	// Note, where it is not nil, writes within the transaction that closes the month:
	// what it cannot write down is not done.
	Note func(ctx context.Context, tx pgx.Tx) error
}

// UnfinishedError refuses to close a month of which the books know that they are
// unfinished.
type UnfinishedError struct {
	Month Month
	Items []Item // those that stand in the way
}

// Error names what is unfinished, each with what to do.
func (e *UnfinishedError) Error() string {
	lines := []string{fmt.Sprintf("%s is not closed: the books know that they are unfinished", e.Month)}
	for _, item := range e.Items {
		lines = append(lines, item.String())
	}
	return strings.Join(lines, "\n  ")
}

// Close closes a month: it reads its reports from one snapshot and keeps them. Errors:
// UnfinishedError; payments.Error with Invalid where the month is not over, or closed
// already, or something of the order is missing.
func (d *Desk) Close(ctx context.Context, o Order) (Closing, error) {
	q := o.Month.query(d.Zone)
	if err := d.mayClose(ctx, o, q); err != nil {
		return Closing{}, err
	}
	items, err := d.Checklist(ctx, o.Month)
	if err != nil {
		return Closing{}, err
	}
	blocking := blocking(items)
	if len(blocking) > 0 && !o.Anyway {
		return Closing{}, &UnfinishedError{Month: o.Month, Items: blocking}
	}
	if len(blocking) > 0 && strings.TrimSpace(o.Reason) == "" {
		return Closing{}, invalid("say why %s is closed in spite of what is unfinished: the reason is kept with it", o.Month)
	}
	c := Closing{Month: o.Month, Zone: d.Zone.String(), From: q.From, To: q.To, By: o.By}
	for _, item := range blocking {
		c.Unfinished, c.Reason = append(c.Unfinished, item.What), strings.TrimSpace(o.Reason)
	}
	err = d.inSnapshot(ctx, func(snapshot pgx.Tx) error {
		// Rows are written beside the snapshot: it is read to its end by one connection.
		return pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
			if err := d.begin(ctx, snapshot, tx, &c); err != nil {
				return err
			}
			for _, name := range Reports() {
				if err := freeze(ctx, snapshot, tx, &c, name, q); err != nil {
					return err
				}
			}
			if o.Note != nil {
				return o.Note(ctx, tx)
			}
			return nil
		})
	})
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.ConstraintName == "closed_months_pkey" {
		if refused := d.mayClose(ctx, o, q); refused != nil { // somebody else was first
			return Closing{}, refused
		}
	}
	if err != nil {
		return Closing{}, fmt.Errorf("closing %s: %w", o.Month, err)
	}
	return c, nil
}

// mayClose says why the month cannot be closed, whatever is in the books.
func (d *Desk) mayClose(ctx context.Context, o Order, q report.Query) error {
	if strings.TrimSpace(o.By) == "" {
		return invalid("say who closes %s", o.Month)
	}
	now, err := report.Clock(ctx, d.DB)
	if err != nil {
		return err
	}
	if now.Before(q.To) {
		return invalid("%s is not over: it ends on %s (%s)", o.Month, q.To.Format("2 January 2006, 15:04"), d.Zone)
	}
	closed, is, err := d.Closed(ctx, o.Month)
	if err != nil {
		return err
	}
	if is {
		return invalid("%s is closed already, on %s by %s; an admin can open it again, with a reason", o.Month,
			closed.AsOf.In(d.Zone).Format("2 January 2006, 15:04"), closed.By)
	}
	return nil
}

func invalid(format string, a ...any) error {
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(format, a...)}
}

// inSnapshot gives fn a repeatable-read transaction of a moment at which no merge is
// under way: whatever was booked before it is in it, and what is booked later says so
// by its time.
func (d *Desk) inSnapshot(ctx context.Context, fn func(tx pgx.Tx) error) error {
	held, err := d.DB.Begin(ctx)
	if err != nil {
		return fmt.Errorf("waiting for what is being booked: %w", err)
	}
	defer held.Rollback(context.WithoutCancel(ctx)) // it wrote nothing
	if err := payments.Hold(ctx, held); err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, d.DB, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select 1`); err != nil { // takes the snapshot
			return fmt.Errorf("taking a snapshot: %w", err)
		}
		if err := held.Rollback(ctx); err != nil {
			return fmt.Errorf("letting the books go on: %w", err)
		}
		return fn(tx)
	})
}

// storingAtOnce is how many events may be being stored while a snapshot is taken: their
// numbers are taken, and they are not to be seen.
const storingAtOnce = 10_000

// standsSQL reads up to which event the snapshot has them all, but for those that wait.
const standsSQL = `
with last as (select coalesce(max(seq), 0) as seq from inbox_events)
select now(), last.seq, array(
		select n from generate_series(greatest(last.seq - $3, 1), last.seq) as n where not exists (select from inbox_events e where e.seq = n)
		union all select e.seq from inbox_events e where e.status = 'parked'),
	coalesce((select derivation from books_made), $1), coalesce((select adoption from books_made), $2)
from last`

// begin writes the close itself. That the month is closed comes first: a second close
// at the same moment waits for this one, and is refused.
func (d *Desk) begin(ctx context.Context, snapshot, tx pgx.Tx, c *Closing) error {
	var last int64
	var awaited []int64
	err := snapshot.QueryRow(ctx, standsSQL, payments.Derivation, d.Adoption, storingAtOnce).Scan(&c.AsOf, &last, &awaited, &c.derivation, &c.adoption)
	if err != nil {
		return fmt.Errorf("reading how the books stand: %w", err)
	}
	unfinished := append([]string{}, c.Unfinished...)
	err = tx.QueryRow(ctx, `insert into closings (month, zone, from_at, to_at, as_of, closed_by, reason, unfinished, last_event, awaited, derivation, adoption)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning closing_id`,
		c.Month.String(), c.Zone, c.From, c.To, c.AsOf, c.By, c.Reason, unfinished, last, awaited, c.derivation, c.adoption).Scan(&c.ID)
	if err != nil {
		return fmt.Errorf("writing the close down: %w", err)
	}
	if _, err := tx.Exec(ctx, `insert into closed_months (month, closing_id) values ($1, $2)`, c.Month.String(), c.ID); err != nil {
		return fmt.Errorf("writing the close down: %w", err)
	}
	return nil
}

// freeze keeps one report.
func freeze(ctx context.Context, snapshot, tx pgx.Tx, c *Closing, name string, q report.Query) error {
	var columns []string
	rows, err := newKeeper(tx, c.ID, name)
	if err != nil {
		return err
	}
	m, err := reading{
		head: func(names []string) error { columns = names; return nil },
		row:  func(cells []string) error { return rows.keep(ctx, cells) },
	}.read(ctx, snapshot, name, q)
	if err != nil {
		return err
	}
	if err := rows.flush(ctx); err != nil {
		return err
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keeping the manifest of %s: %w", name, err)
	}
	if _, err := tx.Exec(ctx, `insert into closing_reports (closing_id, report, manifest, columns) values ($1, $2, $3, $4)`, c.ID, name, manifest, columns); err != nil {
		return fmt.Errorf("keeping the manifest of %s: %w", name, err)
	}
	c.Manifests = append(c.Manifests, m)
	return nil
}
