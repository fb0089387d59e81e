package exports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Filter says which runs to list.
type Filter struct {
	Saved  string // ordered by this saved export; "" for all
	Cursor string // where a page of the list goes on; "" for its begin
	Limit  int    // at most so many; 0 is 25
}

// Page is a part of the list of runs, the one that was ordered last first.
type Page struct {
	Runs []Run
	Next string // the cursor of the older ones; "" where there are none
	Back string // of the newer ones; "" where there are none
}

// List gives a page of runs. Errors: *payments.Error of code Invalid for a cursor that
// is none; Unavailable.
func (r *Runs) List(ctx context.Context, f Filter) (Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 25
	}
	at, id, newer, err := readCursor(f.Cursor)
	if err != nil {
		return Page{}, err
	}
	where, order := `(r.ordered_at, r.run_id) < ($2, $3)`, `desc`
	switch {
	case f.Cursor == "":
		where = `$2::timestamptz is not null and $3::text = ''`
	case newer:
		where, order = `(r.ordered_at, r.run_id) > ($2, $3)`, `asc`
	}
	if f.Saved != "" {
		where += ` and r.saved <> ''` // so that its index is seen to do
	}
	found, err := many(ctx, r.DB, `(r.saved = $1 or $1 = '') and `+where+
		` order by r.ordered_at `+order+`, r.run_id `+order+` limit `+strconv.Itoa(limit+1), f.Saved, at, id)
	if err != nil {
		return Page{}, unavailable("listing exports", err)
	}
	more := len(found) > limit
	found = found[:min(len(found), limit)]
	if newer {
		slices.Reverse(found)
	}
	p := Page{Runs: found}
	if len(found) == 0 {
		return p, nil
	}
	if more || newer {
		p.Next = cursorOf(found[len(found)-1], false)
	}
	if newer && more || !newer && f.Cursor != "" {
		p.Back = cursorOf(found[0], true)
	}
	return p, nil
}

// cursorOf is where the list goes on beside a run.
func cursorOf(r Run, newer bool) string {
	way := "o"
	if newer {
		way = "n"
	}
	return fmt.Sprintf("%s.%d.%s", way, r.OrderedAt.UnixMicro(), r.ID)
}

func readCursor(text string) (at time.Time, id string, newer bool, err error) {
	if text == "" {
		return at, "", false, nil
	}
	parts := strings.Split(text, ".")
	broken := invalid("The address of this page is broken. Begin again at the first page.")
	if len(parts) != 3 || parts[0] != "o" && parts[0] != "n" || !strings.HasPrefix(parts[2], "exp_") || len(parts[2]) > 40 {
		return at, "", false, broken
	}
	micro, err := strconv.ParseInt(parts[1], 10, 64)
	if at = time.UnixMicro(micro); err != nil || at.Year() < 1 || at.Year() > 9999 || strings.ContainsRune(parts[2], 0) {
		return at, "", false, broken
	}
	return at, parts[2], parts[0] == "n", nil
}

// Get gives one run. Errors: *payments.Error of code NotFound; Unavailable.
func (r *Runs) Get(ctx context.Context, id string) (Run, error) {
	run, err := one(ctx, r.DB, `r.run_id = $1`, id)
	return run, unavailable("looking for an export", err)
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// many reads the runs that a condition on r holds of. The staff's names are those of
// today.
func many(ctx context.Context, db querier, where string, args ...any) ([]Run, error) {
	rows, err := db.Query(ctx, `select r.run_id, r.report, r.format, r.title, r.saved, r.ordered_by, coalesce(s.name, r.ordered_by), r.ordered_at,
			r.zone, r.begins, r.ends, r.currency, r.campaign, r.basis, r.state, r.attempt, r.begun_at, r.beat_at, r.rows, r.ended_at,
			r.cancelled_by, r.failure, r.as_of, r.name, r.stored, r.bytes, r.sha256, r.manifest, r.removed_at, r.removed
		from export_runs r left join staff s on s.staff_id = r.ordered_by where `+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

func one(ctx context.Context, db querier, where string, args ...any) (Run, error) {
	found, err := many(ctx, db, where, args...)
	switch {
	case err != nil:
		return Run{}, err
	case len(found) == 0:
		return Run{}, &payments.Error{Code: payments.NotFound, Sentence: "There is no such export."}
	}
	return found[0], nil
}

func scan(row pgx.CollectableRow) (r Run, err error) {
	var zone string
	var begun, beat, ended, asOf, removed *time.Time
	if err := row.Scan(&r.ID, &r.Report, &r.Format, &r.Title, &r.Saved, &r.By, &r.ByName, &r.OrderedAt,
		&zone, &r.Query.From, &r.Query.To, &r.Query.Currency, &r.Query.Campaign, &r.Query.Basis, &r.State, &r.Attempt, &begun, &beat, &r.Rows, &ended,
		&r.CancelledBy, &r.Failure, &asOf, &r.Name, &r.Stored, &r.Bytes, &r.SHA256, &r.Manifest, &removed, &r.Removed); err != nil {
		return r, err
	}
	for to, from := range map[*time.Time]*time.Time{&r.BegunAt: begun, &r.BeatAt: beat, &r.EndedAt: ended, &r.AsOf: asOf, &r.RemovedAt: removed} {
		if from != nil {
			*to = *from
		}
	}
	if r.Query.Zone, err = time.LoadLocation(zone); err != nil {
		return r, errors.Join(fmt.Errorf("the export %s has an unknown time zone", r.ID), err)
	}
	r.Query.From, r.Query.To = r.Query.From.In(r.Query.Zone), r.Query.To.In(r.Query.Zone)
	return r, nil
}
