package saved

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/calendar"
)

// Kept is a saved export as lists show it: with the names of those who saved and
// changed it, and its last turn.
type Kept struct {
	Export
	Last TurnOf // its ID is 0 where there was none yet
}

// TurnOf is a turn, and what became of it.
type TurnOf struct {
	ID        int64
	Turn      Turn
	OrderedBy string // the name of the staff; BySchedule
	Passed    int    // missed turns before it that were not caught up
	State     State
	Run       string // the run's id; "" where none could be ordered
	Tries     int
	AgainAt   time.Time // of state Again
	Why       string    // why it failed, in sentences
	EndedAt   time.Time

	Folder, File string // where its file went or is to go; "" for nowhere
	PlacedAt     time.Time
	PlaceWhy     string // why it is not there, in sentences; "" where nothing went wrong
	TakenAt      time.Time

	Letters, Sent, Unsent int // letters about it: all, sent, failed or withheld
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// exportColumns are what scanExport reads, of saved_exports as e.
const exportColumns = `e.saved_id, e.name, e.report, e.format, e.span, e.zone, e.currency, e.campaign, e.basis, e.every, e.weekday, e.month_day, e.minute,
	e.folder, e.next_day, e.next_at, coalesce((select name from staff where staff_id = e.saved_by), saved_by), e.saved_at,
	coalesce((select name from staff where staff_id = e.changed_by), changed_by), e.changed_at,
	array(select staff_id from saved_export_readers where saved_id = e.saved_id order by staff_id)`

func scanExport(row pgx.CollectableRow) (e Export, err error) {
	var zone string
	var day, at, changed *time.Time
	if err := row.Scan(&e.ID, &e.Name, &e.Report, &e.Format, &e.Span, &zone, &e.Currency, &e.Campaign, &e.Basis, &e.Schedule.Every, &e.Schedule.Weekday,
		&e.Schedule.MonthDay, &e.Schedule.Minute, &e.Folder, &day, &at, &e.SavedBy, &e.SavedAt, &e.ChangedBy, &changed, &e.Readers); err != nil {
		return e, err
	}
	if e.Zone, err = time.LoadLocation(zone); err != nil {
		return e, fmt.Errorf("the saved export %s has an unknown time zone: %w", e.ID, err)
	}
	if at != nil {
		e.Next = Turn{Day: calendar.Of(day.UTC()), At: at.In(e.Zone)}
	}
	if changed != nil {
		e.ChangedAt = *changed
	}
	return e, nil
}

// one reads a saved export that is not removed.
func one(ctx context.Context, db querier, id string) (Export, error) {
	if !strings.HasPrefix(id, "sav_") || strings.ContainsRune(id, 0) || !utf8.ValidString(id) {
		return Export{}, unknown() // Postgres would not even look
	}
	rows, err := db.Query(ctx, `select `+exportColumns+` from saved_exports e where e.saved_id = $1 and e.removed_at is null`, id)
	if err != nil {
		return Export{}, err
	}
	found, err := pgx.CollectRows(rows, scanExport)
	switch {
	case err != nil:
		return Export{}, err
	case len(found) == 0:
		return Export{}, unknown()
	}
	return found[0], nil
}

// Get gives one. Errors: *payments.Error of code NotFound; Unavailable.
func (b *Book) Get(ctx context.Context, id string) (Export, error) {
	e, err := one(ctx, b.DB, id)
	return e, explain(err, "looking for a saved export")
}

// List gives all saved exports, by name. Errors: *payments.Error of code Unavailable.
func (b *Book) List(ctx context.Context) ([]Kept, error) {
	rows, err := b.DB.Query(ctx, `select `+exportColumns+` from saved_exports e where e.removed_at is null order by lower(e.name), e.saved_id`)
	if err != nil {
		return nil, explain(err, "listing saved exports")
	}
	all, err := pgx.CollectRows(rows, scanExport)
	if err != nil {
		return nil, explain(err, "listing saved exports")
	}
	last, err := b.turns(ctx, `t.turn_id in (select max(turn_id) from saved_turns group by saved_id)`)
	if err != nil {
		return nil, explain(err, "listing saved exports")
	}
	kept := make([]Kept, len(all))
	for i, e := range all {
		kept[i] = Kept{Export: e, Last: last[e.ID].first()}
	}
	return kept, nil
}

// Turns gives the last turns of a saved export, the latest first. Errors:
// *payments.Error of code Unavailable.
func (b *Book) Turns(ctx context.Context, id string, most int) ([]TurnOf, error) {
	found, err := b.turns(ctx, `t.saved_id = $1 order by t.turn_id desc limit `+strconv.Itoa(most), id)
	return found[id], explain(err, "reading the turns of a saved export")
}

type turns []TurnOf

func (t turns) first() (first TurnOf) {
	if len(t) > 0 {
		first = t[0]
	}
	return first
}

// turns reads those that a condition on t holds of, by the id of their saved export.
func (b *Book) turns(ctx context.Context, where string, args ...any) (map[string]turns, error) {
	rows, err := b.DB.Query(ctx, `select t.saved_id, t.turn_id, t.day, t.due_at, coalesce((select name from staff where staff_id = t.ordered_by), ordered_by),
			t.passed, t.state, t.run_id, t.tries, t.again_at, t.why, t.ended_at, t.folder, t.file, t.placed_at, t.place_why, t.taken_at, l.n, l.sent, l.unsent
		from saved_turns t cross join lateral (select count(*) as n, count(*) filter (where state = 'sent') as sent,
			count(*) filter (where state in ('failed', 'withheld')) as unsent from saved_letters where turn_id = t.turn_id) l
		where `+where, args...)
	if err != nil {
		return nil, err
	}
	all := map[string]turns{}
	var id string
	var t TurnOf
	var day time.Time
	var again, ended, placed, taken *time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &t.ID, &day, &t.Turn.At, &t.OrderedBy, &t.Passed, &t.State, &t.Run, &t.Tries, &again, &t.Why, &ended,
		&t.Folder, &t.File, &placed, &t.PlaceWhy, &taken, &t.Letters, &t.Sent, &t.Unsent}, func() error {
		t.Turn.Day = calendar.Of(day.UTC())
		t.AgainAt, t.EndedAt, t.PlacedAt, t.TakenAt = moment(again), moment(ended), moment(placed), moment(taken)
		all[id] = append(all[id], t)
		return nil
	})
	return all, err
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
