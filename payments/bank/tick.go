package bank

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

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
	spans   []span // of each statement
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
	rows, err = tx.Query(ctx, `select l.currency, min(l.day), max(l.day) from bank_statement_lines m join bank_lines l on l.id = m.line group by m.statement, l.currency`)
	if err != nil {
		return b, fmt.Errorf("reading statements: %w", err)
	}
	b.spans, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (span, error) {
		var s span
		return s, row.Scan(&s.currency, &s.first, &s.last)
	})
	if err != nil {
		return b, fmt.Errorf("reading statements: %w", err)
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
