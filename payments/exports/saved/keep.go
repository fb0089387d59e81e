package saved

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Save keeps a new export; of e, what staff say counts. It gives it as it is kept.
// Errors: *payments.Error of code Invalid, with a sentence for staff; Unavailable.
func (b *Book) Save(ctx context.Context, by By, e Export) (Export, error) {
	e, err := checked(e)
	if err != nil {
		return e, err
	}
	e.ID, e.SavedBy, e.SavedAt = newID(), by.Who, b.Now()
	b.plan(&e)
	err = pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into saved_exports (saved_id, name, report, format, span, zone, currency, campaign, basis, every, weekday, month_day, minute,
				folder, next_day, next_at, saved_by, saved_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, append(e.columns(), e.SavedBy, e.SavedAt)...)
		if err != nil {
			return err
		}
		return b.kept(ctx, tx, by, e, "save an export")
	})
	return e, explain(err, "saving an export")
}

// Change keeps an export otherwise. Where its schedule is changed, the next turn is the
// first that this one names from now on, and what is due by the old one is due no more;
// else its turns come as they would have. Errors: those of Save; NotFound.
func (b *Book) Change(ctx context.Context, by By, e Export) error {
	e, err := checked(e)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		was, err := locked(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		if e.Next = was.Next; was.Schedule != e.Schedule || was.Zone.String() != e.Zone.String() {
			b.plan(&e)
		}
		_, err = tx.Exec(ctx, `update saved_exports set name = $2, report = $3, format = $4, span = $5, zone = $6, currency = $7, campaign = $8, basis = $9,
				every = $10, weekday = $11, month_day = $12, minute = $13, folder = $14, next_day = $15, next_at = $16, changed_by = $17, changed_at = $18
			where saved_id = $1`, append(e.columns(), by.Who, b.Now())...)
		if err != nil {
			return err
		}
		return b.kept(ctx, tx, by, e, "change a saved export")
	})
	return explain(err, "changing a saved export")
}

// locked reads a saved export, and keeps others from ordering or changing it.
func locked(ctx context.Context, tx pgx.Tx, id string) (Export, error) {
	e, err := one(ctx, tx, id)
	if err != nil {
		return e, err
	}
	if _, err := tx.Exec(ctx, `select from saved_exports where saved_id = $1 for no key update`, id); err != nil {
		return e, err
	}
	return one(ctx, tx, id) // it may have been changed while this waited
}

// Remove ends a saved export: it has no more turns, and none is tried again. What its
// runs left stays as long as it would have. Errors: *payments.Error of code NotFound;
// Unavailable.
func (b *Book) Remove(ctx context.Context, by By, id string) error {
	err := pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		_, err := locked(ctx, tx, id)
		if err == nil {
			_, err = tx.Exec(ctx, `update saved_exports set removed_at = $2, next_day = null, next_at = null where saved_id = $1`, id, b.Now())
		}
		if err == nil {
			_, err = tx.Exec(ctx, `update saved_turns set state = 'failed', again_at = null, ended_at = $2 where saved_id = $1 and state = 'again'`, id, b.Now())
		}
		if err != nil {
			return err
		}
		return b.Record(ctx, tx, Entry{By: by, Action: "delete a saved export", Object: id})
	})
	return explain(err, "removing a saved export")
}

// plan says when the export has its next turn.
func (b *Book) plan(e *Export) {
	e.Next = Turn{}
	if e.Schedule.Every != Never {
		e.Next = e.Schedule.From(b.Now(), e.Zone)
	}
}

// columns are those from saved_id to next_at.
func (e Export) columns() []any {
	var day, at *time.Time
	if !e.Next.At.IsZero() {
		utc := e.Next.Day.UTC()
		day, at = &utc, &e.Next.At
	}
	s := e.Schedule
	return []any{e.ID, e.Name, e.Report, e.Format, string(e.Span), e.Zone.String(), string(e.Currency), e.Campaign, string(e.Basis),
		string(s.Every), int(s.Weekday), s.MonthDay, s.Minute, e.Folder, day, at}
}

// kept keeps who is told of it, and writes down what was done.
func (b *Book) kept(ctx context.Context, tx pgx.Tx, by By, e Export, action string) error {
	if _, err := tx.Exec(ctx, `delete from saved_export_readers where saved_id = $1`, e.ID); err != nil {
		return err
	}
	told, err := tx.Exec(ctx, `insert into saved_export_readers (saved_id, staff_id)
		select $1, staff_id from staff where staff_id = any($2) and `+mayRead, e.ID, e.Readers)
	if err != nil {
		return fmt.Errorf("who is told: %w", err)
	}
	if told.RowsAffected() != int64(len(e.Readers)) {
		return invalid("Exports can be told only to staff with the role finance or admin who may come in. Choose again.")
	}
	return b.Record(ctx, tx, Entry{By: by, Action: action, Object: e.ID, Detail: e.told()})
}

// mayRead tells of a row of staff whether its person may have exports: as the pages of
// exports ask for.
const mayRead = `disabled_at is null and role in ('finance', 'admin')`
