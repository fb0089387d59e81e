package exports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// Queue wakes a copy of the service that is to call Work, in a transaction: nothing is
// carried out before it commits.
type Queue interface {
	Wake(ctx context.Context, tx pgx.Tx, id string) error
}

// Runs orders exports and carries them out. All but Ended are needed.
type Runs struct {
	DB    *pgxpool.Pool
	Dir   string // where files are written; all copies of the service share it
	Queue Queue
	Now   func() time.Time
	Log   *slog.Logger
	// Ended is told of each run that ended, in the transaction that ends it: what it
	// writes is written with the end or not at all. It is told again where that
	// transaction fails. nil for nobody.
	Ended func(ctx context.Context, tx pgx.Tx, r Run) error
	// Months tells manifests of the close of their month; nil where that is not asked for.
	Months report.Months
	// Accounts reads how the ledger's accounts are called in bookkeeping programs, for
	// each journal anew; nil for the names of the programs' own.
	Accounts func() (*accounts.Map, error)
}

// Order commits what is to be exported with the caller's transaction, and gives the id
// of the run. Errors: *payments.Error of code Invalid, with a sentence for staff, where
// no such report can be written.
func (r *Runs) Order(ctx context.Context, tx pgx.Tx, o Order) (id string, err error) {
	if err := o.check(); err != nil {
		return "", err
	}
	id = newID(o)
	made, err := tx.Exec(ctx, `insert into export_runs
		(run_id, report, format, title, saved, ordered_by, ordered_at, zone, begins, ends, currency, campaign, basis)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		on conflict do nothing`,
		id, o.Report, o.Format, o.Title, o.Saved, o.By, r.Now(), o.Query.Zone.String(), o.Query.From, o.Query.To,
		string(o.Query.Currency), o.Query.Campaign, string(o.Query.Basis))
	if err == nil && made.RowsAffected() > 0 {
		err = r.Queue.Wake(ctx, tx, id)
	}
	if err != nil {
		return "", unavailable("ordering an export", err)
	}
	return id, nil
}

// longest bounds a title, a campaign and a currency, in bytes.
const longest = 255

// check says why no such report can be written.
func (o Order) check() error {
	switch {
	case !slices.Contains(report.Names(), o.Report):
		return invalid("There is no report %.40q; there is: %s.", o.Report, strings.Join(report.Names(), ", "))
	case o.Query.Zone == nil || o.Query.Zone == time.Local || o.Query.Zone.String() == "":
		return invalid("Name the time zone, such as Europe/London or UTC.")
	case !o.Query.From.Before(o.Query.To):
		return invalid("The period is empty: it has to begin before it ends.")
	case o.By == "":
		return errors.New("exports: nobody orders it")
	case !utf8.ValidString(o.Title+o.Query.Campaign+string(o.Query.Currency)) || strings.ContainsRune(o.Title+o.Query.Campaign+string(o.Query.Currency), 0):
		return invalid("A name has letters in it that are none.")
	case len(o.Title) > longest || len(o.Query.Campaign) > longest || len(o.Query.Currency) > longest:
		return invalid("Titles and campaigns have at most %d letters.", longest)
	}
	if err := CheckFormat(o.Report, o.Format); err != nil {
		return &payments.Error{Code: payments.Invalid, Sentence: err.Error(), Err: err}
	}
	if _, err := time.LoadLocation(o.Query.Zone.String()); err != nil {
		return invalid("%.40q is not a time zone; write an IANA name such as Europe/London or UTC.", o.Query.Zone.String())
	}
	if err := report.CheckFilters(o.Report, o.Query); err != nil {
		return &payments.Error{Code: payments.Invalid, Sentence: sentence(err), Err: err}
	}
	return nil
}

// Cancel asks for the end of a run. One that waits has ended when Cancel returns; one
// that is being carried out ends within a second or two. by is who asks, as the audit
// names them. Errors: *payments.Error of code NotFound; Gone where it has ended already.
func (r *Runs) Cancel(ctx context.Context, id, by string) error {
	err := pgx.BeginFunc(ctx, r.DB, func(tx pgx.Tx) error {
		run, err := one(ctx, tx, `r.run_id = $1 for update of r`, id)
		switch {
		case err != nil:
			return err
		case run.State.Ended():
			return &payments.Error{Code: payments.Gone, Sentence: "This export has ended already: it is " + string(run.State) + "."}
		case run.State == Waiting:
			return r.end(ctx, tx, id, Cancelled, `cancelled_by = $4`, by)
		case run.CancelledBy != "":
			return nil
		}
		_, err = tx.Exec(ctx, `update export_runs set cancelled_by = $2 where run_id = $1`, id, by)
		return err
	})
	return unavailable("cancelling an export", err)
}

// end ends a run, of which tx holds the row, and tells who wants to know. set is what
// else is kept of it; its arguments count from $4.
func (r *Runs) end(ctx context.Context, tx pgx.Tx, id string, s State, set string, args ...any) error {
	if _, err := tx.Exec(ctx, `update export_runs set state = $2, ended_at = $3, `+set+` where run_id = $1`,
		append([]any{id, string(s), r.Now()}, args...)...); err != nil {
		return err
	}
	if r.Ended == nil {
		return nil
	}
	run, err := one(ctx, tx, `r.run_id = $1`, id)
	if err != nil {
		return err
	}
	if err := r.Ended(ctx, tx, run); err != nil {
		return fmt.Errorf("telling that an export has ended: %w", err)
	}
	return nil
}

func invalid(format string, a ...any) error {
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(format, a...)}
}

// unavailable wraps what is no *payments.Error yet: the database's errors.
func unavailable(doing string, err error) error {
	if err == nil || payments.CodeOf(err) != "" {
		return err
	}
	return &payments.Error{Code: payments.Unavailable, Sentence: "The books cannot be reached at the moment. Please try again in a minute.",
		Err: fmt.Errorf("%s: %w", doing, err)}
}

// sentence makes one of an error's words.
func sentence(err error) string {
	words := err.Error()
	return strings.ToUpper(words[:1]) + words[1:] + "."
}
