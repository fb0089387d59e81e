package closing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report"
)

// spools are the reports of a month, in the order of Reports.
type spools []*spool

func (s spools) close() {
	for _, one := range s {
		one.close()
	}
}

// standing is how the books stood at the moment of a snapshot.
type standing struct {
	asOf       time.Time
	last       int64   // event, by its number
	awaited    []int64 // of those up to it
	derivation int
	adoption   string
}

// readMonth reads how the books stand and all reports of a month from one snapshot,
// which ends with it, unless unfinished refuses what of the month it is told. Whoever writes down what is done writes later: the audit's chain
// goes on meanwhile, and a snapshot would not see its end.
func (d *Desk) readMonth(ctx context.Context, q report.Query, unfinished func([]Item) error) (all spools, s standing, err error) {
	err = d.inSnapshot(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, standsSQL, payments.Derivation, d.Adoption, storingAtOnce).Scan(&s.asOf, &s.last, &s.awaited, &s.derivation, &s.adoption)
		if err != nil {
			return fmt.Errorf("reading how the books stand: %w", err)
		}
		items, err := d.checklist(ctx, tx, MonthOf(q.From))
		if err != nil {
			return err
		}
		if err := unfinished(items); err != nil {
			return err
		}
		for _, name := range Reports() {
			one, err := spooled(ctx, tx, name, q)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		all.close()
		return nil, s, err
	}
	return all, s, nil
}

// inSnapshot gives fn a repeatable-read transaction of a moment at which no merge is
// under way: whatever was booked before it is in it, and what is booked later says so
// by its time. A lock of the connection's own outlives the statement that a
// transaction's lock would have taken the snapshot with, so that one connection does.
func (d *Desk) inSnapshot(ctx context.Context, fn func(tx pgx.Tx) error) error {
	conn, err := d.DB.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("waiting for what is being booked: %w", err)
	}
	defer conn.Release()
	tx, err := snapshot(ctx, conn)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) // it wrote nothing
	return fn(tx)
}

// snapshot keeps every merge waiting until it has begun.
func snapshot(ctx context.Context, conn *pgxpool.Conn) (pgx.Tx, error) {
	if _, err := conn.Exec(ctx, "select pg_advisory_lock"+payments.BooksLock); err != nil {
		// Where the lock was given though that is not known here, it goes with the connection.
		_ = conn.Conn().Close(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("locking the books: %w", err)
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err == nil {
		_, err = tx.Exec(ctx, `select pg_advisory_unlock`+payments.BooksLock) // takes the snapshot first
	}
	if err != nil {
		_ = conn.Conn().Close(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("taking a snapshot: %w", err)
	}
	return tx, nil
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
func begin(ctx context.Context, tx pgx.Tx, c *Closing, s standing) error {
	unfinished := append([]string{}, c.Unfinished...)
	err := tx.QueryRow(ctx, `insert into closings (month, zone, from_at, to_at, as_of, closed_by, reason, unfinished, last_event, awaited, derivation, adoption)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning closing_id`,
		c.Month.String(), c.Zone, c.From, c.To, c.AsOf, c.By, c.Reason, unfinished, s.last, s.awaited, c.derivation, c.adoption).Scan(&c.ID)
	if err != nil {
		return fmt.Errorf("writing the close down: %w", err)
	}
	if _, err := tx.Exec(ctx, `insert into closed_months (month, closing_id) values ($1, $2)`, c.Month.String(), c.ID); err != nil {
		return fmt.Errorf("writing the close down: %w", err)
	}
	return nil
}

// freeze keeps one report.
func freeze(ctx context.Context, tx pgx.Tx, c *Closing, one *spool) error {
	name := one.manifest.Report
	rows, err := newKeeper(tx, c.ID, name)
	if err != nil {
		return err
	}
	for {
		cells, err := one.next()
		if err != nil {
			return err
		}
		if cells == nil {
			break
		}
		if err := rows.keep(ctx, cells); err != nil {
			return err
		}
	}
	if err := rows.flush(ctx); err != nil {
		return err
	}
	manifest, err := json.Marshal(one.manifest)
	if err != nil {
		return fmt.Errorf("keeping the manifest of %s: %w", name, err)
	}
	if _, err := tx.Exec(ctx, `insert into closing_reports (closing_id, report, manifest, columns) values ($1, $2, $3, $4)`, c.ID, name, manifest, one.columns); err != nil {
		return fmt.Errorf("keeping the manifest of %s: %w", name, err)
	}
	c.Manifests = append(c.Manifests, one.manifest)
	return nil
}
