package sheet

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// bufferSize is how much is written at once: reports are large, and each write goes
// through a checksum.
const bufferSize = 64 << 10

// csvFile writes RFC 4180 as encoding/csv does, byte for byte. It does it itself because
// that package takes strings: of a report of a million rows, each cell would be copied
// once more, and looked through where no number or date needs it.
type csvFile struct {
	columns []Column
	zone    *time.Location
	out     *bufio.Writer
	line    []byte
	safe    []byte // a text with its apostrophes
}

func newCSV(w io.Writer, o Options) (*csvFile, error) {
	f := &csvFile{columns: o.Columns, zone: o.Zone, out: bufio.NewWriterSize(w, bufferSize)}
	for i, c := range o.Columns {
		f.next(i)
		f.field([]byte(c.Name))
	}
	return f, f.end()
}

// Write writes a row.
func (f *csvFile) Write(r *Row) error {
	if err := r.fits(f.columns); err != nil {
		return err
	}
	for i := range r.cells {
		f.next(i)
		f.cell(r, &r.cells[i])
	}
	return f.end()
}

func (f *csvFile) cell(r *Row, c *cell) {
	if c.empty {
		return
	}
	switch c.kind {
	case Text, Rate:
		text := r.textOf(c)
		if risky(text) {
			f.safe = appendHarmless(f.safe[:0], text)
			text = f.safe
		}
		f.field(text)
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

// next begins the field with a number, from 0.
func (f *csvFile) next(field int) {
	if field > 0 {
		f.line = append(f.line, ',')
	}
}

// end writes the line.
func (f *csvFile) end() error {
	f.line = append(f.line, '\n')
	_, err := f.out.Write(f.line)
	f.line = f.line[:0]
	return err
}

// field appends a text.
func (f *csvFile) field(text []byte) {
	quoted := needsQuotes(text)
	if quoted {
		f.line = append(f.line, '"')
	}
	if !quoted {
		f.line = append(f.line, text...)
		return
	}
	for {
		before, after, more := bytes.Cut(text, []byte{'"'})
		f.line = append(f.line, before...)
		if !more {
			break
		}
		f.line, text = append(f.line, '"', '"'), after
	}
	f.line = append(f.line, '"')
}

// needsQuotes goes by the rules of encoding/csv: what would end the field, a blank that
// it begins with, and the end of data as Postgres writes it.
func needsQuotes(text []byte) bool {
	for _, b := range text {
		if b == ',' || b == '"' || b == '\n' || b == '\r' {
			return true
		}
	}
	if len(text) == 0 || plain(text[0]) {
		return false
	}
	first, _ := utf8.DecodeRune(text)
	return string(text) == `\.` || unicode.IsSpace(first)
}

// Close writes what is in the buffer.
func (f *csvFile) Close(Summary) error { return f.out.Flush() }

// Abandon has nothing to give up.
func (*csvFile) Abandon() {}
