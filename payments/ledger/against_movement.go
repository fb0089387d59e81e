package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// movement is a balance transaction of the books with what a report of Stripe's
// says beside it.
type movement struct {
	id, source, category string
	gross                money.Amount
	fee, net             int64
	created, available   int64 // Unix seconds
	payout               string
	arrival              int64
	facing               money.Amount // what the payer saw; no currency where nobody did
}

// movements reads balance transactions; where is the condition and the order, of
// the tables t (balance transactions), w (rows of payouts) and p (payouts). A
// payout's own movement is not one that it carried.
func movements(ctx context.Context, db payments.Querier, where string, each func(movement), args ...any) error {
	rows, err := db.Query(ctx, `
		select t.id, t.source, t.category, t.currency, t.amount, t.fee, t.net, t.created, t.available_on, coalesce(w.payout, ''), coalesce(p.arrival, 0),`+
		payments.FacingSQL("t", "c", "r", "d")+`
		from (select * from balance_transactions where currency <> '') as t
		left join payout_rows w on w.id = t.id
		left join payouts p on p.id = w.payout
		left join charges c on c.id = t.source
		left join refunds r on r.id = t.source
		left join disputes d on d.id = t.source`+where, args...)
	if err != nil {
		return fmt.Errorf("reading balance transactions: %w", err)
	}
	var m movement
	_, err = pgx.ForEachRow(rows, []any{&m.id, &m.source, &m.category, &m.gross.Currency, &m.gross.Minor, &m.fee, &m.net, &m.created,
		&m.available, &m.payout, &m.arrival, &m.facing.Currency, &m.facing.Minor}, func() error {
		each(m)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading balance transactions: %w", err)
	}
	return nil
}

// cell is what the books say in one of a report's columns, "" where nothing.
func (m movement) cell(column string) string {
	in := func(minor int64) string { return money.New(minor, m.gross.Currency).Major() }
	switch column {
	case "gross":
		return m.gross.Major()
	case "fee":
		return in(m.fee)
	case "net":
		return in(m.net)
	case "currency":
		return m.gross.Currency.Code()
	case "reporting_category":
		return m.category
	case "source_id":
		return m.source
	case "automatic_payout_id":
		return m.payout
	case "customer_facing_currency":
		return m.facing.Currency.Code()
	case "customer_facing_amount":
		if m.facing.Currency != "" {
			return m.facing.Major()
		}
	}
	return ""
}

// differing names the columns in which a row of the file and the books differ.
// Columns that the file does not have are not compared.
func (r *reportReader) differing(row reportRow, m movement) []FieldPair {
	var out []FieldPair
	differ := func(column, there string) {
		out = append(out, FieldPair{Name: column, Here: m.cell(column), Stripe: there})
	}
	for _, column := range []string{"currency", "reporting_category", "source_id"} {
		if there, ok := row.cells[column]; ok && !strings.EqualFold(there, m.cell(column)) {
			differ(column, there)
		}
	}
	for column, here := range map[string]money.Amount{
		"gross": m.gross, "fee": money.New(m.fee, m.gross.Currency), "net": money.New(m.net, m.gross.Currency), "customer_facing_amount": m.facing,
	} {
		there, ok := row.cells[column]
		if minor, readable := minorUnits(there, here.Currency); ok && (!readable || minor != here.Minor) && there != m.cell(column) {
			differ(column, there)
		}
	}
	if there, ok := row.cells["customer_facing_currency"]; ok && !strings.EqualFold(there, m.cell("customer_facing_currency")) {
		differ("customer_facing_currency", there)
	}
	// A report of activity that was made before the payout does not name it.
	if there, ok := row.cells["automatic_payout_id"]; ok && there != "" && there != m.payout {
		differ("automatic_payout_id", there)
	}
	for column, here := range map[string]int64{"created": m.created, "available_on": m.available, "automatic_payout_effective_at": m.arrival} {
		there, ok := row.times[column]
		if ok && (column != "automatic_payout_effective_at" || row.payout == m.payout) && !showsAs(there, here) {
			out = append(out, FieldPair{Name: column, Here: utc(here), Stripe: utc(there.Unix())})
		}
	}
	return sortedFields(out)
}

// showsAs tells whether a moment in Unix seconds is written as the time of a report is,
// in that time's zone: where clocks are set back two moments an hour apart are.
func showsAs(there time.Time, here int64) bool {
	return there.Format(time.DateTime) == time.Unix(here, 0).In(there.Location()).Format(time.DateTime)
}

// minorUnits reads an amount of a report: major units, a point, perhaps a sign.
// False for anything else and for what is finer than the currency.
func minorUnits(text string, c money.Currency) (int64, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if exponent := c.Exponent(); len(fraction) > exponent {
		if strings.Trim(fraction[exponent:], "0") != "" {
			return 0, false
		}
		fraction = fraction[:exponent]
	} else {
		fraction += strings.Repeat("0", exponent-len(fraction))
	}
	if whole == "" || len(whole)+len(fraction) > 18 {
		return 0, false
	}
	minor := int64(0)
	for _, d := range whole + fraction {
		if d < '0' || d > '9' {
			return 0, false
		}
		minor = minor*10 + int64(d-'0')
	}
	if negative {
		minor = -minor
	}
	return minor, true
}
