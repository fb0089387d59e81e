package sheet

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/readerfund/readerfund/payments/money"
)

// What a Parquet file holds in memory until it is written: a batch of rows as they
// come, and the compressed columns of a row group.
const (
	parquetBatch      = 256
	parquetGroup      = 64 << 10 // rows
	parquetDictionary = 64 << 10 // bytes; a column of more values than that is plain
)

// Amounts are DECIMAL(18, 3): three digits hold every currency of Stripe's exactly,
// and DuckDB, pandas and Spark add them up without floats.
const (
	parquetScale     = 3
	parquetPrecision = 18
)

// parquetFile writes a table of optional columns, compressed with Zstandard at its
// fastest: the next level takes twice as long for a file that is hardly smaller.
type parquetFile struct {
	columns []Column
	out     *parquet.GenericWriter[any]
	rows    []parquet.Row
	text    []byte // of the rows that wait
}

func newParquet(w io.Writer, o Options) *parquetFile {
	f := &parquetFile{columns: o.Columns, rows: make([]parquet.Row, 0, parquetBatch)}
	f.out = parquet.NewGenericWriter[any](w, parquet.NewSchema(o.Title, inOrder(o.Columns)),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.MaxRowsPerRowGroup(parquetGroup), parquet.DictionaryMaxBytes(parquetDictionary),
		parquet.CreatedBy("Readerfund", "", ""))
	return f
}

// ordered is a group whose fields stand as they were given: by itself, a group of the
// library's sorts them by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

// Fields are the columns in the report's order.
func (o ordered) Fields() []parquet.Field { return o.fields }

func inOrder(columns []Column) parquet.Node {
	group := parquet.Group{}
	place := map[string]int{}
	for i, c := range columns {
		group[c.Name], place[c.Name] = parquet.Optional(parquetType(c.Kind)), i
	}
	fields := slices.Clone(group.Fields())
	slices.SortFunc(fields, func(a, b parquet.Field) int { return place[a.Name()] - place[b.Name()] })
	return ordered{Group: group, fields: fields}
}

func parquetType(k Kind) parquet.Node {
	switch k {
	case Time:
		return parquet.TimestampAdjusted(parquet.Microsecond, true)
	case Date:
		return parquet.Date()
	case Amount:
		return parquet.Decimal(parquetScale, parquetPrecision, parquet.Int64Type)
	case Count:
		return parquet.Int(64)
	case Flag:
		return parquet.Leaf(parquet.BooleanType)
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

// Write adds a row to those that wait.
func (f *parquetFile) Write(r *Row) error {
	if err := r.fits(f.columns); err != nil {
		return err
	}
	f.rows = f.rows[:len(f.rows)+1]
	row := f.rows[len(f.rows)-1][:0]
	for i := range r.cells {
		c := &r.cells[i]
		if c.empty {
			row = append(row, parquet.NullValue().Level(0, 0, i))
			continue
		}
		v, err := f.value(r, c)
		if err != nil {
			return fmt.Errorf("writing %s: %w", f.columns[i].Name, err)
		}
		row = append(row, v.Level(0, 1, i))
	}
	f.rows[len(f.rows)-1] = row
	if len(f.rows) == parquetBatch {
		return f.flush()
	}
	return nil
}

func (f *parquetFile) value(r *Row, c *cell) (parquet.Value, error) {
	switch c.kind {
	case Time:
		return parquet.Int64Value(c.n * 1_000_000), nil
	case Date:
		return parquet.Int32Value(int32(c.n)), nil //nolint:gosec // days since 1970
	case Amount:
		n, err := thousandths(c.money())
		return parquet.Int64Value(n), err
	case Count:
		return parquet.Int64Value(c.n), nil
	case Flag:
		return parquet.BooleanValue(c.n != 0), nil
	}
	from := len(f.text)
	f.text = append(f.text, r.textOf(c)...)
	return parquet.ByteArrayValue(f.text[from:len(f.text):len(f.text)]), nil
}

// thousandths is an amount in thousandths of the major unit, as long as it has no more
// digits than the DECIMAL.
func thousandths(a money.Amount) (int64, error) {
	n, most := a.Minor, int64(math.Pow10(parquetPrecision))-1
	for range parquetScale - a.Currency.Exponent() {
		most /= 10
	}
	if n > most || n < -most {
		return 0, fmt.Errorf("%s is more than a DECIMAL(%d, %d) holds; write the report as csv", a, parquetPrecision, parquetScale)
	}
	for range parquetScale - a.Currency.Exponent() {
		n *= 10
	}
	return n, nil
}

func (f *parquetFile) flush() error {
	if len(f.rows) == 0 {
		return nil
	}
	_, err := f.out.WriteRows(f.rows)
	f.rows, f.text = f.rows[:0], f.text[:0]
	return err
}

// Close writes the rows that wait and the file's end, which tells the notes as
// metadata under readerfund.NAME.
func (f *parquetFile) Close(s Summary) error {
	if err := f.flush(); err != nil {
		return err
	}
	for _, n := range s.Notes {
		f.out.SetKeyValueMetadata("readerfund."+strings.ReplaceAll(n.Name, " ", "_"), n.Value)
	}
	return f.out.Close()
}

// Abandon has nothing to give up: what waits is in memory.
func (*parquetFile) Abandon() {}
