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
}

// Taken is what became of the lines of a file.
type Taken struct {
	Lines int // of the file
	New   int // that were not known before
}

// Take keeps the lines of a file and ticks payouts off anew. The same lines in
// another file are the same; of texts that do not name Stripe none is kept.
func (s *Statements) Take(ctx context.Context, lines []Line) (Taken, error) {
	taken := Taken{Lines: len(lines)}
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if err := alone(ctx, tx); err != nil {
			return err
		}
		var key []byte
		if err := tx.QueryRow(ctx, `select key from erasure_key`).Scan(&key); err != nil {
			return fmt.Errorf("reading the key of lines: %w", err)
		}
		ids := identify(key, lines)
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
			on conflict do nothing`, ids, days, currencies, amounts, texts, stripes, s.Now())
		if err != nil {
			return fmt.Errorf("keeping lines: %w", err)
		}
		taken.New = int(tag.RowsAffected())
		// A name that was told only now counts for lines of before.
		if _, err := tx.Exec(ctx, `
			update bank_lines b set stripes = true, text = l.text from unnest($1::text[], $2::text[], $3::boolean[]) as l (id, text, stripes)
			where b.id = l.id and l.stripes and not b.stripes`, ids, texts, stripes); err != nil {
			return fmt.Errorf("keeping lines: %w", err)
		}
		_, err = tick(ctx, tx)
		return err
	})
	return taken, err
}

// maxText is the longest text of a line that is kept, in characters.
const maxText = 300

func cut(text string) string {
	if r := []rune(text); len(r) > maxText {
		return string(r[:maxText])
	}
	return text
}

// alone lets those who tick payouts off do so one after the other.
func alone(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `lock table bank_ticks in share row exclusive mode`); err != nil {
		return fmt.Errorf("waiting for another statement: %w", err)
	}
	return nil
}

// tick pairs all lines with all payouts and writes what became otherwise. The caller
// is alone.
func tick(ctx context.Context, tx pgx.Tx) (books, error) {
	b, err := read(ctx, tx)
	if err != nil {
		return b, err
	}
	var payouts, kinds, lines []string
	for t, e := range b.pairs {
		payouts, kinds, lines = append(payouts, t.payout), append(kinds, string(t.kind)), append(lines, e.id)
	}
	if payouts == nil {
		payouts, kinds, lines = []string{}, []string{}, []string{}
	}
	for _, statement := range []string{
		`delete from bank_ticks k where not exists (select from unnest($1::text[], $2::text[], $3::text[]) as n (payout, kind, line)
			where n.payout = k.payout and n.kind = k.kind and n.line = k.line)`,
		`insert into bank_ticks (payout, kind, line) select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing`,
	} {
		if _, err := tx.Exec(ctx, statement, payouts, kinds, lines); err != nil {
			return b, fmt.Errorf("ticking payouts off: %w", err)
		}
	}
	return b, nil
}

// books are all lines and payouts that are known, and how they pair.
type books struct {
	lines   []entry
	payouts []payout
	targets []target
	pairs   map[*target]*entry
}

func read(ctx context.Context, tx pgx.Tx) (books, error) {
	var b books
	rows, err := tx.Query(ctx, `select id, day, currency, amount, text, stripes from bank_lines order by id`)
	if err != nil {
		return b, fmt.Errorf("reading lines: %w", err)
	}
	b.lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (entry, error) {
		var e entry
		return e, row.Scan(&e.id, &e.day, &e.amount.Currency, &e.amount.Minor, &e.text, &e.stripes)
	})
	if err != nil {
		return b, fmt.Errorf("reading lines: %w", err)
	}
	if b.payouts, err = payouts(ctx, tx); err != nil {
		return b, err
	}
	for _, p := range b.payouts {
		b.targets = append(b.targets, p.targets()...)
	}
	b.pairs = match(b.lines, b.targets)
	return b, nil
}
