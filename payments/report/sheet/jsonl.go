package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonlFile writes a JSON object for each row, its members in the columns' order.
// Amounts, rates, times and dates are strings, written as in CSV; what is empty is null.
type jsonlFile struct {
	columns []Column
	zone    *time.Location
	out     *bufio.Writer
	line    []byte
}

func newJSONL(w io.Writer, o Options) *jsonlFile {
	return &jsonlFile{columns: o.Columns, zone: o.Zone, out: bufio.NewWriterSize(w, bufferSize)}
}

// Write writes a row.
func (f *jsonlFile) Write(r *Row) error {
	if err := r.fits(f.columns); err != nil {
		return err
	}
	f.line = append(f.line[:0], '{')
	for i := range r.cells {
		if i > 0 {
			f.line = append(f.line, ',')
		}
		f.line = append(f.line, '"')
		f.line = append(f.line, f.columns[i].Name...)
		f.line = append(f.line, '"', ':')
		if err := f.cell(r, &r.cells[i]); err != nil {
			return fmt.Errorf("writing %s: %w", f.columns[i].Name, err)
		}
	}
	f.line = append(f.line, '}', '\n')
	_, err := f.out.Write(f.line)
	return err
}

func (f *jsonlFile) cell(r *Row, c *cell) (err error) {
	quoted := func(write func(b []byte) []byte) {
		f.line = append(write(append(f.line, '"')), '"')
	}
	switch {
	case c.empty:
		f.line = append(f.line, "null"...)
	case c.kind == Text, c.kind == Rate:
		f.line, err = jsontext.AppendQuote(f.line, r.textOf(c))
	case c.kind == Time:
		quoted(func(b []byte) []byte { return appendTime(b, c, f.zone) })
	case c.kind == Date:
		quoted(func(b []byte) []byte { return appendDate(b, c) })
	case c.kind == Amount:
		quoted(func(b []byte) []byte { return appendAmount(b, c) })
	case c.kind == Count:
		f.line = strconv.AppendInt(f.line, c.n, 10)
	case c.kind == Flag:
		f.line = strconv.AppendBool(f.line, c.n != 0)
	}
	return err
}

// Close writes what is in the buffer.
func (f *jsonlFile) Close(Summary) error { return f.out.Flush() }

// Abandon has nothing to give up.
func (*jsonlFile) Abandon() {}
