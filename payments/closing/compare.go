package closing

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// Comparison is a closed month as it is now, beside what was frozen of it.
type Comparison struct {
	Closing Closing
	AsOf    time.Time // of the snapshot that was compared
	Reports []Compared
}

// Same tells whether no row differs.
func (c Comparison) Same() bool {
	return c.Rows() == 0
}

// Rows is how many rows differ, of all reports together.
func (c Comparison) Rows() (n int64) {
	for _, r := range c.Reports {
		n += r.Rows()
	}
	return n
}

// Unexplained is of how many of them the books do not know why.
func (c Comparison) Unexplained() (n int64) {
	for _, r := range c.Reports {
		n += r.Reasons[Unexplained]
	}
	return n
}

// Compared is one report beside what was frozen of it.
type Compared struct {
	Report               string
	Was, Is              report.Manifest
	Added, Gone, Changed int64 // rows
	// Reasons counts the rows that have each reason. A row may have several.
	Reasons map[Reason]int64
	Sums    []Sum // those that differ
}

// Rows is how many rows differ.
func (c Compared) Rows() int64 { return c.Added + c.Gone + c.Changed }

// SameFile tells whether the report as CSV is the very file that it was. Where it is not
// though no row differs, a column differs that is not kept: a donor's name or address.
func (c Compared) SameFile() bool { return c.Was.SHA256 == c.Is.SHA256 }

// Sum is a total of a report that is otherwise than when it was frozen.
type Sum struct {
	Column            string
	Was, Is, Increase money.Amount // Increase is Is less Was
}

// Compare reads a closed month anew, from one snapshot, and tells each row that is
// otherwise than it was, with why; each may be nil. How many differ is kept for Looks. It
// takes one connection at a time. Errors: NotFound where the month is not closed.
func (d *Desk) Compare(ctx context.Context, m Month, each func(*Change) error) (Comparison, error) {
	c, is, err := d.Closed(ctx, m)
	if err != nil {
		return Comparison{}, err
	}
	if !is {
		return Comparison{}, &payments.Error{Code: payments.NotFound, Sentence: m.String() + " is not closed"}
	}
	result, changes := Comparison{Closing: c}, sha256.New()
	err = pgx.BeginTxFunc(ctx, d.DB, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select now()`).Scan(&result.AsOf); err != nil {
			return err
		}
		rules, err := d.rulesMoved(ctx, tx, c)
		if err != nil {
			return err
		}
		for _, name := range Reports() {
			one := Compared{Report: name, Was: c.Manifest(name), Reasons: map[Reason]int64{}}
			why := &explainer{db: tx, closing: c, rules: rules, sent: map[string]bool{}, told: func(x *Change) error {
				for _, w := range x.Why {
					one.Reasons[w.Reason]++
				}
				fingerprint(changes, x)
				if each == nil {
					return nil
				}
				return each(x)
			}}
			if err := d.compare(ctx, tx, c, &one, func(x *Change) error { return why.add(ctx, x) }); err != nil {
				return err
			}
			if err := why.flush(ctx); err != nil {
				return err
			}
			result.Reports = append(result.Reports, one)
		}
		return nil
	})
	if err == nil {
		err = d.keep(ctx, result, changes)
	}
	if err != nil {
		return Comparison{}, fmt.Errorf("comparing %s with its close: %w", m, err)
	}
	return result, nil
}

// rulesMoved tells whether the books were made again by other rules since.
func (d *Desk) rulesMoved(ctx context.Context, tx pgx.Tx, c Closing) (moved bool, err error) {
	err = tx.QueryRow(ctx, `select coalesce((select (derivation, adoption) is distinct from ($1::int, $2::text) from books_made), false)`, c.derivation, c.adoption).Scan(&moved)
	return moved, err
}

// compare reads one report beside its kept rows, both by the connection of tx alone.
func (d *Desk) compare(ctx context.Context, tx pgx.Tx, c Closing, one *Compared, emit func(*Change) error) error {
	var columns []string
	if err := tx.QueryRow(ctx, `select columns from closing_reports where closing_id = $1 and report = $2`, c.ID, one.Report).Scan(&columns); err != nil {
		return fmt.Errorf("reading what was kept of %s: %w", one.Report, err)
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("the zone in which %s was closed: %w", c.Month, err)
	}
	after, err := spooled(ctx, tx, one.Report, report.Query{From: c.From, To: c.To, Zone: zone})
	if err != nil {
		return err
	}
	defer after.close()
	before, err := newKept(tx, c.ID, one.Report)
	if err != nil {
		return err
	}
	defer before.close()
	diff, err := newDiffer(one.Report, columns, after.columns, emit)
	if err != nil {
		return err
	}
	for {
		was, err := before.next(ctx)
		if err != nil {
			return err
		}
		is, err := after.next()
		if err != nil {
			return err
		}
		if was == nil && is == nil {
			break
		}
		if err := diff.pair(was, is); err != nil {
			return err
		}
	}
	if err := diff.end(); err != nil {
		return err
	}
	one.Is = after.manifest
	one.Added, one.Gone, one.Changed = diff.added, diff.gone, diff.changed
	one.Sums, err = sums(one.Was, one.Is)
	return err
}

// sums gives the totals that differ, by currency and column.
func sums(was, is report.Manifest) ([]Sum, error) {
	currencies := map[money.Currency]bool{}
	for _, m := range []report.Manifest{was, is} {
		for currency := range m.Totals {
			currencies[currency] = true
		}
	}
	var all []Sum
	for _, currency := range slices.Sorted(maps.Keys(currencies)) {
		columns := map[string]bool{}
		for _, m := range []report.Manifest{was, is} {
			for column := range m.Totals[currency] {
				columns[column] = true
			}
		}
		for _, column := range slices.Sorted(maps.Keys(columns)) {
			a, err := minor(was.Totals[currency][column], currency)
			if err != nil {
				return nil, err
			}
			b, err := minor(is.Totals[currency][column], currency)
			if err != nil {
				return nil, err
			}
			if a != b {
				all = append(all, Sum{column, money.New(a, currency), money.New(b, currency), money.New(b-a, currency)})
			}
		}
	}
	return all, nil
}

// minor reads an amount in major units as a manifest writes it; "" is nothing.
func minor(text string, c money.Currency) (int64, error) {
	if text == "" {
		return 0, nil
	}
	whole, decimals, _ := strings.Cut(text, ".")
	for len(decimals) < c.Exponent() {
		decimals += "0"
	}
	n, err := strconv.ParseInt(whole+decimals, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a manifest's total %q of %s: %w", text, c, err)
	}
	return n, nil
}
