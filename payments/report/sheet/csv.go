package sheet

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// bufferSize is how much is written at once: reports are large, and each write goes
// through a checksum.
const bufferSize = 64 << 10

// csvFile writes RFC 4180.
type csvFile struct {
	columns []Column
	zone    *time.Location
	csv     *csv.Writer
	line    []byte // the cells of a row one after the other
	ends    []int  // where each ends
	fields  []string
}

func newCSV(w io.Writer, o Options) (*csvFile, error) {
	f := &csvFile{columns: o.Columns, zone: o.Zone, csv: csv.NewWriter(bufio.NewWriterSize(w, bufferSize)), fields: make([]string, len(o.Columns))}
	for i, c := range o.Columns {
		f.fields[i] = c.Name
	}
	return f, f.csv.Write(f.fields)
}

// Write writes a row. The cells are put together in one buffer first: a row is one
// string then, and not one for each cell.
func (f *csvFile) Write(r *Row) error {
	if err := r.fits(f.columns); err != nil {
		return err
	}
	f.line, f.ends = f.line[:0], f.ends[:0]
	for i := range r.cells {
		f.cell(r, &r.cells[i])
		f.ends = append(f.ends, len(f.line))
	}
	line, from := string(f.line), 0
	for i, end := range f.ends {
		f.fields[i], from = line[from:end], end
	}
	return f.csv.Write(f.fields)
}

func (f *csvFile) cell(r *Row, c *cell) {
	if c.empty {
		return
	}
	switch c.kind {
	case Text, Rate:
		text := r.textOf(c)
		if formula(text) {
			f.line = append(f.line, '\'')
		}
		f.line = append(f.line, text...)
	case Time:
		f.line = appendTime(f.line, c, f.zone)
	case Date:
		f.line = appendDate(f.line, c)
	case Amount:
		f.line = appendAmount(f.line, c)
	case Count:
		f.line = strconv.AppendInt(f.line, c.n, 10)
	case Flag:
		f.line = strconv.AppendBool(f.line, c.n != 0)
	}
}

// Close writes what is in the buffer.
func (f *csvFile) Close(Summary) error {
	f.csv.Flush()
	return f.csv.Error()
}

// Abandon has nothing to give up.
func (*csvFile) Abandon() {}
