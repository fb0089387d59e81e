package report

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// ask is a query that gives a report as it stands: a column for each of the report's, in
// their order, null where a cell is empty. Amounts are minor units, times are
// timestamptz, days Unix seconds of their midnight, UTC.
type ask struct {
	sql  string
	args []any
}

// answered is how a report is read that one query gives. Nothing is made of a row but its
// cells, in memory that the next row uses again: a report of a million rows is written
// at the speed at which Postgres gives them.
func answered(columns []sheet.Column, amounts map[string]AmountColumn, of func(q Query) ask) read {
	return func(ctx context.Context, tx pgx.Tx, q Query, r *sheet.Row, emit func() error) error {
		a := of(q)
		// Described each time it is run, so that values come in binary whatever way of asking
		// the address of the database names, as it must behind a pool of transactions.
		rows, err := tx.Query(ctx, a.sql, append([]any{pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{pgx.BinaryFormatCode}}, a.args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		t, err := newTableReader(columns, amounts, rows.FieldDescriptions())
		if err != nil {
			return err
		}
		for rows.Next() {
			r.Reset()
			if err := t.row(rows.RawValues(), r); err != nil {
				return err
			}
			if err := emit(); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// tableReader makes cells of what Postgres sends.
type tableReader struct {
	columns    []sheet.Column
	currency   []int // where that of an amount stands
	known      []money.Currency
	timestamps []bool
}

func newTableReader(columns []sheet.Column, amounts map[string]AmountColumn, fields []pgconn.FieldDescription) (*tableReader, error) {
	if len(fields) != len(columns) {
		return nil, fmt.Errorf("the query gives %d columns for %d of the report", len(fields), len(columns))
	}
	t := &tableReader{columns: columns, currency: make([]int, len(columns)), known: make([]money.Currency, len(columns)), timestamps: make([]bool, len(columns))}
	for i, c := range columns {
		oid, fits := fields[i].DataTypeOID, true
		switch c.Kind {
		case sheet.Amount:
			t.currency[i] = slices.IndexFunc(columns, func(o sheet.Column) bool { return o.Name == amounts[c.Name].Currency })
			fits = t.currency[i] >= 0 && oid == pgtype.Int8OID
		case sheet.Count, sheet.Date:
			fits = oid == pgtype.Int8OID
		case sheet.Flag:
			fits = oid == pgtype.BoolOID
		case sheet.Time:
			t.timestamps[i] = oid == pgtype.TimestamptzOID
			fits = t.timestamps[i] || oid == pgtype.Int8OID
		}
		if !fits {
			return nil, fmt.Errorf("the query's column for %s is of another type", c.Name)
		}
	}
	return t, nil
}

// postgresEpoch is 2000-01-01, from which Postgres counts, in Unix seconds.
const postgresEpoch = 946_684_800

func (t *tableReader) row(values [][]byte, r *sheet.Row) error {
	for i, v := range values {
		kind := t.columns[i].Kind
		if v == nil {
			r.Empty()
			continue
		}
		if kind == sheet.Text {
			r.Bytes(v)
			continue
		}
		if kind == sheet.Rate {
			r.Rate(string(v))
			continue
		}
		if kind == sheet.Flag {
			r.Flag(v[0] != 0)
			continue
		}
		if len(v) != 8 {
			return fmt.Errorf("the database sent %s in %d bytes", t.columns[i].Name, len(v))
		}
		n := int64(binary.BigEndian.Uint64(v)) //nolint:gosec // two's complement, as Postgres sends it
		switch kind {
		case sheet.Time:
			if t.timestamps[i] {
				n = floorSeconds(n) + postgresEpoch
			}
			r.Unix(n)
		case sheet.Date:
			r.Day(n)
		case sheet.Count:
			r.Count(n)
		default:
			r.Amount(money.Amount{Minor: n, Currency: t.currencyOf(i, values[t.currency[i]])})
		}
	}
	return nil
}

// currencyOf is the currency of an amount: nearly always that of the row before.
func (t *tableReader) currencyOf(column int, code []byte) money.Currency {
	if string(code) != string(t.known[column]) {
		t.known[column] = money.Currency(code)
	}
	return t.known[column]
}

// floorSeconds are whole seconds, of microseconds before the epoch as well.
func floorSeconds(micros int64) int64 {
	seconds := micros / 1_000_000
	if micros%1_000_000 < 0 {
		seconds--
	}
	return seconds
}
