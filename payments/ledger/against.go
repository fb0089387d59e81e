package ledger

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// NotInFile is the kind of a movement that the books have and Stripe's report does
// not show where it should.
const NotInFile Kind = "not in the file"

// FileDifference is a movement that the books and a report of Stripe's do not have
// alike.
type FileDifference struct {
	Line int `json:"line,omitempty"` // of the file, 0 where it is not in it
	Difference
}

// String says it in one line.
func (d FileDifference) String() string {
	if d.Kind == NotInFile {
		return strings.Replace(d.Difference.String(), ": ", "here and not in the file: ", 1)
	}
	return fmt.Sprintf("line %d: %s", d.Line, d.Difference)
}

// Against is what a comparison with a report of Stripe's found.
type Against struct {
	Report      ReportKind
	Rows        int       // of the file
	Differences int       // each was handed to found
	From, To    time.Time // the earliest and the latest moment that the rows are of: made, or paid out
	Currencies  []money.Currency
}

// CompareReport compares the books with a download of Stripe's itemised report, row
// by row, each column that the file has: balance_change_from_activity.itemized or
// payout_reconciliation.itemized (https://docs.stripe.com/reports/report-types).
// kind is "" where the file tells which it is; zone is that of the report's times,
// used where it has no columns in UTC. Each difference is handed to found: what
// only the file has, what differs, and then what only the books have of the
// payouts, or of the time and the currencies, that the file is about. The books are
// read in one snapshot. An error means that the file could not be read to its end.
func CompareReport(ctx context.Context, db Snapshots, file io.Reader, kind ReportKind, zone *time.Location, found func(FileDifference)) (Against, error) {
	r, err := newReportReader(file, kind, zone)
	if err != nil {
		return Against{}, err
	}
	c := &against{file: r, found: found, lines: map[string]int{}, payouts: map[string]bool{}}
	c.out.Report = r.kind
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	tx, err := db.BeginTx(ctx, snapshot)
	if err != nil {
		return c.out, fmt.Errorf("comparing a report: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := c.rows(ctx, tx); err != nil {
		return c.out, err
	}
	slices.Sort(c.out.Currencies)
	return c.out, c.onlyHere(ctx, tx)
}

// Snapshots begins transactions.
type Snapshots interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// against is a comparison on its way.
type against struct {
	file    *reportReader
	found   func(FileDifference)
	out     Against
	lines   map[string]int // of each balance transaction in the file
	payouts map[string]bool
}

// batch is how many rows are looked up at once.
const batch = 1000

func (c *against) rows(ctx context.Context, db payments.Querier) error {
	var rows []reportRow
	for {
		row, more, err := c.file.next()
		if err != nil {
			return err
		}
		if more && !c.note(row) {
			rows = append(rows, row)
		}
		if len(rows) == batch || !more {
			if err := c.compare(ctx, db, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
		if !more {
			return nil
		}
	}
}

// note keeps what a row is about, and says whether it stands in the file twice.
func (c *against) note(row reportRow) (twice bool) {
	c.out.Rows++
	if first := c.lines[row.id]; first > 0 {
		c.find(FileDifference{Line: row.line, Difference: Difference{Kind: Other, Object: movementTitle, ID: row.id, Made: row.moment, Fields: []FieldPair{
			{Name: "line in the file", Here: "once", Stripe: fmt.Sprintf("there twice, first on line %d", first)},
		}}})
		return true
	}
	c.lines[row.id] = row.line
	if row.payout != "" {
		c.payouts[row.payout] = true
	}
	if c.out.From.IsZero() || row.moment.Before(c.out.From) {
		c.out.From = row.moment
	}
	if row.moment.After(c.out.To) {
		c.out.To = row.moment
	}
	if currency := money.FromCode(row.cells["currency"]); currency != "" && !slices.Contains(c.out.Currencies, currency) {
		c.out.Currencies = append(c.out.Currencies, currency)
	}
	return false
}

func (c *against) find(d FileDifference) {
	c.out.Differences++
	c.found(d)
}

const movementTitle = "balance transaction"

// compare puts rows of the file beside the books.
func (c *against) compare(ctx context.Context, db payments.Querier, rows []reportRow) error {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	here := map[string]movement{}
	err := movements(ctx, db, ` where t.id = any($1)`, func(m movement) { here[m.id] = m }, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		d := FileDifference{Line: r.line, Difference: Difference{Kind: NotHere, Object: movementTitle, ID: r.id, Made: r.moment}}
		m, known := here[r.id]
		if !known {
			for _, name := range []string{"gross", "fee", "net", "currency", "reporting_category", "source_id"} {
				if r.cells[name] != "" {
					d.Fields = append(d.Fields, FieldPair{Name: name, Stripe: r.cells[name]})
				}
			}
			c.find(d)
			continue
		}
		d.Kind, d.Made = Other, time.Unix(m.created, 0).UTC()
		if d.Fields = c.file.differing(r, m); len(d.Fields) > 0 {
			c.find(d)
		}
	}
	return nil
}

// onlyHere names what the books have and the file should show: of the payouts that
// it names or that arrive in its span, or of its span of time; in its currencies.
func (c *against) onlyHere(ctx context.Context, db payments.Querier) error {
	if c.out.Rows == 0 {
		return nil
	}
	where, args := ` where t.created between $1 and $2 and t.currency = any($3) and t.category not in ('payout', 'payout_reversal')
		and t.type not in ('payout', 'payout_cancel', 'payout_failure') order by t.created, t.id collate "C"`,
		[]any{c.out.From.Unix(), c.out.To.Unix(), c.out.Currencies}
	if c.file.kind == PayoutReport {
		var named []string
		for id := range c.payouts {
			named = append(named, id)
		}
		where = ` where (w.payout = any($4) or p.automatic and p.arrival between $1 and $2 and p.currency = any($3))
			and t.source <> w.payout order by p.arrival, w.payout collate "C", t.created, t.id collate "C"`
		args = append(args, named)
	}
	return movements(ctx, db, where, func(m movement) {
		if c.lines[m.id] > 0 {
			return
		}
		d := Difference{Kind: NotInFile, Object: movementTitle, ID: m.id, Made: time.Unix(m.created, 0).UTC()}
		for _, name := range []string{"automatic_payout_id", "gross", "fee", "net", "currency", "reporting_category", "source_id"} {
			if text := m.cell(name); text != "" {
				d.Fields = append(d.Fields, FieldPair{Name: name, Here: text})
			}
		}
		c.find(FileDifference{Difference: d})
	}, args...)
}
