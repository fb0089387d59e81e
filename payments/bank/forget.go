package bank

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// Statement is a file that was read.
type Statement struct {
	ID          string
	Name        string
	ReadAt      time.Time
	TakenBack   time.Time // zero where it was not
	Lines       int
	First, Last time.Time        // days of its lines, midnight UTC; zero where it has none any more
	Currencies  []money.Currency // of its lines, by code; nil where it has none any more
}

// ErrUnknown says that no such statement was read.
var ErrUnknown = errors.New("no such statement was read")

const statementsSQL = `select s.id, s.name, s.read_at, s.taken_back, count(l.id), min(l.day), max(l.day),
	array_agg(distinct l.currency::text) filter (where l.id is not null)
	from bank_statements s left join bank_statement_lines m on m.statement = s.id left join bank_lines l on l.id = m.line
	where ($1 = '' or s.id = $1) and ($2 = '' or s.content = $2) group by s.id order by s.read_at, s.id`

// List gives the statements that were read, those that were taken back among them, the
// first read first.
func (s *Statements) List(ctx context.Context) ([]Statement, error) {
	return statements(ctx, s.DB, "", "")
}

// Of gives the statements that were read from a file, by the SHA-256 of its bytes: more
// than one where it was read in several ways, of which all but one are taken back.
func (s *Statements) Of(ctx context.Context, content [sha256.Size]byte) (found []Statement, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		key, err := readKey(ctx, tx)
		if err != nil {
			return err
		}
		found, err = statements(ctx, tx, "", contentID(key, content))
		return err
	})
	return found, err
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func statements(ctx context.Context, db querier, id, content string) ([]Statement, error) {
	rows, err := db.Query(ctx, statementsSQL, id, content)
	if err != nil {
		return nil, fmt.Errorf("reading statements: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Statement, error) {
		var st Statement
		var back, first, last *time.Time
		err := row.Scan(&st.ID, &st.Name, &st.ReadAt, &back, &st.Lines, &first, &last, &st.Currencies)
		st.TakenBack, st.First, st.Last = timeOf(back), timeOf(first), timeOf(last)
		return st, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading statements: %w", err)
	}
	return all, nil
}

// timeOf is the time, or zero where there is none.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Forgotten is what taking a statement back does.
type Forgotten struct {
	Statement Statement // as it was before
	Gone      int       // lines that no other statement has
	Unticked  []Tick    // payouts that are ticked off no more, by day
	Moved     []Tick    // payouts that are ticked off by another line, as it was before
}

// errLook ends a transaction that only looked.
var errLook = errors.New("only a look")

// Consider tells what taking a statement back would do, and changes nothing. The error
// wraps ErrUnknown where there is no such statement.
func (s *Statements) Consider(ctx context.Context, id string) (Forgotten, error) {
	var f Forgotten
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) (err error) {
		if f, err = s.forget(ctx, tx, id); err != nil {
			return err
		}
		return errLook
	})
	if errors.Is(err, errLook) {
		err = nil
	}
	return f, err
}

// Forget takes a statement back: its lines go, except those that another statement
// has, and payouts are ticked off anew. One that was taken back before is left as it
// is. It may be read again at any time. The error wraps ErrUnknown where there is no
// such statement.
func (s *Statements) Forget(ctx context.Context, id string) (Forgotten, error) {
	var f Forgotten
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) (err error) {
		if f, err = s.forget(ctx, tx, id); err != nil || !f.Statement.TakenBack.IsZero() {
			return err
		}
		return s.record(ctx, tx, Deed{"take a bank statement back", id,
			fmt.Sprintf("%s: %d lines gone, %d payouts no longer ticked off", f.Statement.Name, f.Gone, len(f.Unticked))})
	})
	return f, err
}

func (s *Statements) forget(ctx context.Context, tx pgx.Tx, id string) (Forgotten, error) {
	var f Forgotten
	if err := alone(ctx, tx); err != nil {
		return f, err
	}
	known, err := statements(ctx, tx, id, "")
	switch {
	case err != nil:
		return f, err
	case id == "" || len(known) == 0:
		return f, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	if f.Statement = known[0]; !f.Statement.TakenBack.IsZero() {
		return f, nil
	}
	before, err := tick(ctx, tx)
	if err != nil {
		return f, err
	}
	if f.Gone, err = s.drop(ctx, tx, id); err != nil {
		return f, err
	}
	after, err := tick(ctx, tx)
	if err != nil {
		return f, err
	}
	f.Unticked, f.Moved = changed(before, after)
	return f, nil
}

// drop takes a statement's lines away, and counts those that went. One that names
// Stripe by this statement alone, as it was read, stays without its text.
func (s *Statements) drop(ctx context.Context, tx pgx.Tx, id string) (gone int, err error) {
	rows, err := tx.Query(ctx, `delete from bank_statement_lines where statement = $1 returning line`, id)
	if err != nil {
		return 0, fmt.Errorf("taking the statement back: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("taking the statement back: %w", err)
	}
	for _, statement := range []string{
		`delete from bank_ticks k where k.line = any($1) and not exists (select from bank_statement_lines m where m.line = k.line)`,
		`update bank_lines l set stripes = false, text = '' where l.id = any($1) and l.stripes
			and not exists (select from bank_statement_lines m where m.line = l.id and m.stripes)`,
	} {
		if _, err := tx.Exec(ctx, statement, lines); err != nil {
			return 0, fmt.Errorf("taking the statement back: %w", err)
		}
	}
	tag, err := tx.Exec(ctx, `delete from bank_lines l where l.id = any($1) and not exists (select from bank_statement_lines m where m.line = l.id)`, lines)
	if err != nil {
		return 0, fmt.Errorf("taking the statement back: %w", err)
	}
	if _, err := tx.Exec(ctx, `update bank_statements set taken_back = $2 where id = $1`, id, s.Now()); err != nil {
		return 0, fmt.Errorf("taking the statement back: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// changed are the ticks of before that are no more, or of another line.
func changed(before, after books) (gone, moved []Tick) {
	type movement struct {
		payout string
		kind   Kind
	}
	lines := map[movement]string{}
	for t, e := range after.pairs {
		lines[movement{t.payout, t.kind}] = e.id
	}
	of := map[movement]string{}
	for t, e := range before.pairs {
		of[movement{t.payout, t.kind}] = e.id
	}
	for _, k := range before.result().Ticks {
		m := movement{k.Payout, k.Kind}
		switch line, still := lines[m]; {
		case !still:
			gone = append(gone, k)
		case line != of[m]:
			moved = append(moved, k)
		}
	}
	return gone, moved
}
