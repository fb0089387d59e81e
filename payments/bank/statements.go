package bank

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Statements keeps lines of statements and ticks payouts off.
type Statements struct {
	DB  *pgxpool.Pool
	Now func() time.Time
	// Record writes down that a statement was read or taken back, in the transaction of
	// it and as its last step; nil writes nothing down.
	Record func(ctx context.Context, tx pgx.Tx, deed Deed) error
}

// Deed is something that somebody did to what is known of the bank.
type Deed struct {
	Action    string // "read a bank statement" or "take a bank statement back"
	Statement string // its id
	Detail    string // its name, and how much of it
}

// Taken is what became of the lines of a file.
type Taken struct {
	Statement string // the id under which it can be taken back; "" of a file without lines
	Lines     int    // of the file
	New       int    // that were not known before
}

// Take keeps the lines of a file, by the name that it has for people, and ticks
// payouts off anew. The same lines in another file are the same; of texts that do not
// name Stripe none is kept. A file that was read in another way is refused until that
// is taken back: the error is a sentence that says how.
func (s *Statements) Take(ctx context.Context, name string, f File) (Taken, error) {
	taken := Taken{Lines: len(f.Lines)}
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if err := alone(ctx, tx); err != nil || len(f.Lines) == 0 {
			return err
		}
		key, err := readKey(ctx, tx)
		if err != nil {
			return err
		}
		ids := identify(key, f.Lines)
		taken.Statement = statementID(key, f.Content, ids)
		if err := one(ctx, tx, taken.Statement, contentID(key, f.Content)); err != nil {
			return err
		}
		if taken.New, err = keep(ctx, tx, ids, f.Lines, s.Now()); err != nil {
			return err
		}
		known, err := s.link(ctx, tx, taken.Statement, name, contentID(key, f.Content), ids, f.Lines)
		if err != nil {
			return err
		}
		if _, err = tick(ctx, tx); err != nil || known && taken.New == 0 {
			return err
		}
		return s.record(ctx, tx, Deed{"read a bank statement", taken.Statement, fmt.Sprintf("%s: %d lines, %d new", name, taken.Lines, taken.New)})
	})
	return taken, err
}

func (s *Statements) record(ctx context.Context, tx pgx.Tx, d Deed) error {
	if s.Record == nil {
		return nil
	}
	return s.Record(ctx, tx, d)
}

// keep keeps lines, and counts those that were not known.
func keep(ctx context.Context, tx pgx.Tx, ids []string, lines []Line, now time.Time) (fresh int, err error) {
	days, currencies, texts := make([]time.Time, len(lines)), make([]string, len(lines)), make([]string, len(lines))
	amounts, stripes := make([]int64, len(lines)), make([]bool, len(lines))
	for i, l := range lines {
		days[i], currencies[i], amounts[i], stripes[i] = l.Day, string(l.Amount.Currency), l.Amount.Minor, l.Stripes
		if l.Stripes {
			texts[i] = cut(l.Text)
		}
	}
	tag, err := tx.Exec(ctx, `
		insert into bank_lines (id, day, currency, amount, text, stripes, read_at)
		select * from unnest($1::text[], $2::date[], $3::text[], $4::bigint[], $5::text[], $6::boolean[]) as l (id, day, currency, amount, text, stripes),
			lateral (select $7::timestamptz) as now
		on conflict do nothing`, ids, days, currencies, amounts, texts, stripes, now)
	if err != nil {
		return 0, fmt.Errorf("keeping lines: %w", err)
	}
	// A name that was told only now counts for lines of before.
	if _, err := tx.Exec(ctx, `
		update bank_lines b set stripes = true, text = l.text from unnest($1::text[], $2::text[], $3::boolean[]) as l (id, text, stripes)
		where b.id = l.id and l.stripes and not b.stripes`, ids, texts, stripes); err != nil {
		return 0, fmt.Errorf("keeping lines: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// link writes down that a file has lines. known tells whether that was known.
func (s *Statements) link(ctx context.Context, tx pgx.Tx, id, name, content string, ids []string, lines []Line) (known bool, err error) {
	stripes := make([]bool, len(lines))
	for i, l := range lines {
		stripes[i] = l.Stripes
	}
	tag, err := tx.Exec(ctx, `
		insert into bank_statements (id, content, name, read_at) values ($1, $2, $3, $4)
		on conflict (id) do update set name = excluded.name, read_at = excluded.read_at, taken_back = null where bank_statements.taken_back is not null`,
		id, content, cut(name), s.Now())
	if err != nil {
		return false, fmt.Errorf("keeping the statement: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		insert into bank_statement_lines (statement, line, stripes) select $1, * from unnest($2::text[], $3::boolean[])
		on conflict (statement, line) do update set stripes = true where excluded.stripes and not bank_statement_lines.stripes`, id, ids, stripes); err != nil {
		return false, fmt.Errorf("keeping the statement: %w", err)
	}
	return tag.RowsAffected() == 0, nil
}

// maxText is the longest text of a line that is kept, in characters.
const maxText = 300

func cut(text string) string {
	if r := []rune(text); len(r) > maxText {
		return string(r[:maxText])
	}
	return text
}

func readKey(ctx context.Context, tx pgx.Tx) (key []byte, err error) {
	if err := tx.QueryRow(ctx, `select key from erasure_key`).Scan(&key); err != nil {
		return nil, fmt.Errorf("reading the key of lines: %w", err)
	}
	return key, nil
}
