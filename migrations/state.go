package migrations

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The ways in which a database may not be at this program's schema; the errors
// of Check, Up and Down wrap them.
var (
	ErrEmpty = errors.New("the database is empty")
	ErrOlder = errors.New("the database is older than this program")
	ErrNewer = errors.New("the database is newer than this program")
	ErrDirty = errors.New("a migration of the database was cut off")
)

// State tells which schema a database has and which one this program needs.
type State struct {
	Current, Latest    uint     // version of our schema: in the database, in this program; 0 is none
	Dirty              bool     // a migration to or from Current was begun and its end is not known
	River, RiverLatest int      // the same for the job queue's tables
	Pending            []string // our migrations after Current, in order, as "0002_name"

	unknown bool   // Current is no version of this program's, nor beyond them all
	suspect string // where Dirty: the file that may or may not be in
	revert  uint   // where Dirty: the version before Current
}

// Err is nil when the database is exactly at this program's schema; otherwise
// it wraps ErrEmpty, ErrOlder, ErrNewer or ErrDirty and says what to do.
func (s State) Err() error {
	switch {
	case s.Dirty:
		return fmt.Errorf("%w: %s", ErrDirty, s.dirtyAdvice())
	case s.Current > s.Latest || s.unknown:
		return fmt.Errorf("%w: it has schema %d, this program knows up to %d; "+
			"run the newer readerfund, or take the schema back with that one's `readerfund migrate down`",
			ErrNewer, s.Current, s.Latest)
	case s.River > s.RiverLatest:
		return fmt.Errorf("%w: its job queue has schema %d, this program knows up to %d; run the newer readerfund",
			ErrNewer, s.River, s.RiverLatest)
	case s.Current == 0 && s.Latest > 0:
		return fmt.Errorf("%w: it has no Readerfund schema yet; run `readerfund migrate up`", ErrEmpty)
	case s.Current < s.Latest:
		return fmt.Errorf("%w: it has schema %d, this program needs %d (%s); run `readerfund migrate up`",
			ErrOlder, s.Current, s.Latest, strings.Join(s.Pending, ", "))
	case s.River < s.RiverLatest:
		return fmt.Errorf("%w: its job queue has schema %d, this program needs %d; run `readerfund migrate up`",
			ErrOlder, s.River, s.RiverLatest)
	}
	return nil
}

// dirtyAdvice tells how to get out of a dirty state: the file is one
// transaction, so it is either in or not, and a look at the database decides.
func (s State) dirtyAdvice() string {
	undo := fmt.Sprintf("update schema_migrations set version = %d, dirty = false", s.revert)
	if s.revert == 0 {
		undo = "delete from schema_migrations"
	}
	file := s.suspect
	if file == "" {
		file = fmt.Sprintf("migration %d", s.Current)
	}
	return fmt.Sprintf("version %d is marked dirty: the program or its connection ended while %s ran; "+
		"look whether what that file makes is in the database; if it is, run the SQL `update schema_migrations set dirty = false`, "+
		"if it is not, `%s`; then `readerfund migrate up`", s.Current, file, undo)
}

// String is a short report for people: the versions, what is pending, and what
// to do where something is.
func (s State) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "schema     %d of %d\n", s.Current, s.Latest)
	fmt.Fprintf(&b, "job queue  %d of %d\n", s.River, s.RiverLatest)
	for _, p := range s.Pending {
		fmt.Fprintf(&b, "pending    %s\n", p)
	}
	if err := s.Err(); err != nil {
		fmt.Fprintf(&b, "%v", err)
	} else {
		b.WriteString("up to date")
	}
	return b.String()
}

// querier is what reading the state needs: a pool, a connection, a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// state reads the version tables of golang-migrate and River. It reads them by
// itself because the libraries' own ways create the table, or fail on a version
// they do not know, and both must be told apart here.
func (s schema) state(ctx context.Context, db querier) (State, error) {
	queue, err := queueMigrations()
	if err != nil {
		return State{}, err
	}
	st := State{Latest: s.latest(), RiverLatest: queue[len(queue)-1].Version}

	var ours, river bool
	err = db.QueryRow(ctx, `select to_regclass('schema_migrations') is not null, to_regclass('river_migration') is not null`).Scan(&ours, &river)
	if err != nil {
		return State{}, fmt.Errorf("read schema version: %w", err)
	}
	if ours {
		var version int64
		err = db.QueryRow(ctx, `select version, dirty from schema_migrations limit 1`).Scan(&version, &st.Dirty)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return State{}, fmt.Errorf("read schema version: %w", err)
		}
		// golang-migrate writes -1 for "before the first" while a down runs.
		st.Current = uint(max(version, 0))
	}
	if river {
		err = db.QueryRow(ctx, `select coalesce(max(version), 0) from river_migration`).Scan(&st.River)
		if err != nil {
			return State{}, fmt.Errorf("read job queue's schema version: %w", err)
		}
	}
	s.explain(&st)
	return st, nil
}

// explain fills in what the versions mean against the files.
func (s schema) explain(st *State) {
	_, pending := s.split(st.Current)
	for _, p := range pending {
		st.Pending = append(st.Pending, p.stem)
	}
	at, known := s.find(st.Current)
	st.unknown = st.Current > 0 && !known
	if !st.Dirty {
		return
	}
	switch {
	case known:
		st.suspect, st.revert = at.file("up"), s.before(at)
		if len(pending) > 0 {
			st.suspect += " or " + pending[0].file("down")
		}
	case st.Current == 0 && len(pending) > 0:
		st.suspect = pending[0].file("down")
	}
}
