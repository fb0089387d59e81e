package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	goparquet "github.com/fraugster/parquet-go"
	"github.com/fraugster/parquet-go/parquet"
	"github.com/klauspost/compress/zstd"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// unpack reads what was packed with Zstandard, for the reader.
type unpack struct{}

func (unpack) CompressBlock([]byte) ([]byte, error) { return nil, errors.ErrUnsupported }

func (unpack) DecompressBlock(b []byte) ([]byte, error) {
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(b, nil)
}

// readParquet reads a file with another library than that which writes it.
func readParquet(t *testing.T, raw []byte) (*goparquet.FileReader, []map[string]any) {
	t.Helper()
	goparquet.RegisterBlockCompressor(parquet.CompressionCodec_ZSTD, unpack{})
	r, err := goparquet.NewFileReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for {
		row, err := r.NextRow()
		if errors.Is(err, io.EOF) {
			return r, rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range row {
			if b, ok := v.([]byte); ok {
				row[name] = string(b)
			}
		}
		rows = append(rows, row)
	}
}

func TestParquet(t *testing.T) {
	r, rows := readParquet(t, write(t, sheet.Parquet))
	const schema = `message gifts {
  optional binary id (STRING);
  optional binary name (STRING);
  optional int64 at (TIMESTAMP(MICROS, true));
  optional int32 day (DATE);
  optional binary currency (STRING);
  optional int64 amount (DECIMAL(18, 3));
  optional int64 fee (DECIMAL(18, 3));
  optional int64 gifts (INT(64, true));
  optional boolean anonymous;
  optional binary rate (STRING);
}`
	if got := strings.TrimSpace(r.GetSchemaDefinition().String()); got != schema {
		t.Errorf("the schema is %s", got)
	}
	if m := r.MetaData(); m["readerfund.report"] != "gifts" || m["readerfund.timezone"] != "=Europe/Berlin" {
		t.Errorf("metadata %v", m)
	}
	if len(rows) != len(gifts()) {
		t.Fatalf("%d rows", len(rows))
	}
	for i, g := range gifts() {
		want := map[string]any{"id": g.id, "name": g.name, "day": int32(math.Floor(float64(g.day) / 86400)), "currency": string(g.amount.Currency),
			"amount": thousandths(g.amount), "gifts": g.gifts, "anonymous": g.flag, "rate": g.rate}
		if !g.at.IsZero() {
			want["at"] = g.at.Unix() * 1_000_000
		}
		if g.fee.Currency != "" {
			want["fee"] = thousandths(g.fee)
		}
		for _, c := range columns() {
			if want[c.Name] == "" {
				delete(want, c.Name)
			}
			if rows[i][c.Name] != want[c.Name] {
				t.Errorf("row %d, %s: %#v, want %#v", i, c.Name, rows[i][c.Name], want[c.Name])
			}
		}
	}
}

func thousandths(a money.Amount) int64 {
	return a.Minor * int64(math.Pow10(3-a.Currency.Exponent()))
}

// More rows than a batch, a row group and a dictionary hold: each row is there, whole
// and in order.
func TestParquetOfManyRows(t *testing.T) {
	const many = 70_001
	var out bytes.Buffer
	w, err := sheet.New(sheet.Parquet, &out, sheet.Options{Title: "gifts", Zone: time.UTC, Columns: columns()})
	if err != nil {
		t.Fatal(err)
	}
	var r sheet.Row
	g := gifts()[0]
	for i := range int64(many) {
		g.id, g.gifts = strings.Repeat(string(rune('a'+i%26)), int(i%13))+time.Duration(i).String(), i
		fill(&r, g)
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(sheet.Summary{}); err != nil {
		t.Fatal(err)
	}
	_, rows := readParquet(t, out.Bytes())
	if len(rows) != many {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		want := strings.Repeat(string(rune('a'+i%26)), i%13) + time.Duration(i).String()
		if row["id"] != want || row["gifts"] != int64(i) || row["amount"] != int64(25100) {
			t.Fatalf("row %d: %v", i, row)
		}
	}
}

// An amount that the DECIMAL cannot hold is an error, and never another amount.
func TestParquetRefusesWhatItCannotHold(t *testing.T) {
	for _, tt := range []struct {
		amount money.Amount
		fits   bool
	}{
		{money.New(999_999_999_999_999, "JPY"), true}, {money.New(1_000_000_000_000_000, "JPY"), false},
		{money.New(99_999_999_999_999_999, "EUR"), true}, {money.New(100_000_000_000_000_000, "EUR"), false},
		{money.New(-999_999_999_999_999_999, "KWD"), true}, {money.New(-1_000_000_000_000_000_000, "KWD"), false},
		{money.New(math.MinInt64, "EUR"), false},
	} {
		w, err := sheet.New(sheet.Parquet, io.Discard, sheet.Options{Title: "gifts", Zone: time.UTC, Columns: []sheet.Column{{Name: "amount", Kind: sheet.Amount}}})
		if err != nil {
			t.Fatal(err)
		}
		var r sheet.Row
		r.Amount(tt.amount)
		if err := w.Write(&r); (err == nil) != tt.fits {
			t.Errorf("%v: %v", tt.amount, err)
		}
	}
}
