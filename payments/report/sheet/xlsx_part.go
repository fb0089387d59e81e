package sheet

import (
	"archive/zip"
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// xlsxPart is a sheet of rows, in a workbook of its own until it is packed.
type xlsxPart struct {
	options Options
	place   rowsPlace
	book    *excelize.File
	stream  *excelize.StreamWriter
	styles  styles
	rows    int // the header included
	cells   []excelize.Cell
	values  []any // of one row: nil, or its cell
}

const partSheet = "Sheet1" // what the library calls the only sheet of a new workbook

func newPart(o Options) (*xlsxPart, error) {
	place, err := newRowsPlace(o.TempDir)
	if err != nil {
		return nil, err
	}
	p := &xlsxPart{options: o, place: place, book: excelize.NewFile(excelize.Options{TmpDir: place.dir}),
		cells: make([]excelize.Cell, len(o.Columns)), values: make([]any, len(o.Columns))}
	if err := p.begin(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// begin writes the header.
func (p *xlsxPart) begin() (err error) {
	if p.styles, err = addStyles(p.book); err != nil {
		return err
	}
	if p.stream, err = p.book.NewStreamWriter(partSheet); err != nil {
		return err
	}
	if err = p.stream.SetPanes(frozenHeader()); err != nil {
		return err
	}
	for i, c := range p.options.Columns {
		if err = p.stream.SetColWidth(i+1, i+1, width(c)); err != nil {
			return err
		}
		p.cells[i] = excelize.Cell{Value: c.Name, StyleID: p.styles.header}
	}
	for i := range p.cells {
		p.values[i] = &p.cells[i]
	}
	return p.setRow()
}

func (p *xlsxPart) setRow() error {
	p.rows++
	return errors.Join(p.stream.SetRow("A"+strconv.Itoa(p.rows), p.values), p.place.hide())
}

// close gives up what is kept on disk.
func (p *xlsxPart) close() error { return errors.Join(p.book.Close(), p.place.end()) }

func (p *xlsxPart) write(r *Row) error {
	for i := range r.cells {
		c := &r.cells[i]
		if c.empty {
			p.values[i] = nil
			continue
		}
		p.cells[i] = p.styles.cell(r, c, p.options.Zone)
		p.values[i] = &p.cells[i]
	}
	return p.setRow()
}

// ref is the range of the sheet, header included.
func (p *xlsxPart) ref() string {
	last, _ := excelize.CoordinatesToCellName(max(len(p.options.Columns), 1), p.rows) // both are from 1
	return "A1:" + last
}

// pack writes the sheet into the archive under its name there.
func (p *xlsxPart) pack(into *zip.Writer, name string) (err error) {
	defer func() {
		if rest := p.close(); err == nil {
			err = rest
		}
	}()
	if err := p.book.AutoFilter(partSheet, p.ref(), nil); err != nil {
		return err
	}
	if err := p.stream.Flush(); err != nil {
		return err
	}
	p.book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return only{into: into, name: name, from: sheetPath(1)} })
	return p.book.Write(io.Discard)
}

// cell is a cell of a report as Excel has it.
func (s styles) cell(r *Row, c *cell, zone *time.Location) excelize.Cell {
	switch c.kind {
	case Time:
		_, offset := time.Unix(c.n, 0).In(zone).Zone()
		return excelize.Cell{Value: serial(c.n + int64(offset)), StyleID: s.time}
	case Date:
		return excelize.Cell{Value: daysToUnix + c.n, StyleID: s.date}
	case Amount:
		return s.amount(c)
	case Count:
		return excelize.Cell{Value: c.n, StyleID: s.count}
	case Flag:
		return excelize.Cell{Value: c.n != 0}
	case Rate:
		if rate, err := strconv.ParseFloat(string(r.textOf(c)), 64); err == nil {
			return excelize.Cell{Value: rate}
		}
	}
	return excelize.Cell{Value: string(r.textOf(c))}
}

// serial is the time of a clock as Excel has it, in days. LibreOffice loses some
// microseconds when it reads one, and cuts off the second before: it is told a little
// later, which no spreadsheet shows.
func serial(seconds int64) float64 {
	const later = 50e-6
	return (float64(seconds+daysToUnix*secondsPerDay) + later) / secondsPerDay
}

// daysToUnix is the day that 1970 begins with in Excel, which counts from 1900 and
// takes that year for a leap year.
const daysToUnix = 25569

// amount is a number with as many decimals as the currency has. Excel's numbers are
// floats of 15 digits, which holds every amount below 10,000,000,000,000 exactly as
// it is written.
func (s styles) amount(c *cell) excelize.Cell {
	a := c.money()
	// One division of whole numbers: the nearest float, which is written as the amount.
	value := float64(a.Minor) / math.Pow10(a.Currency.Exponent())
	return excelize.Cell{Value: value, StyleID: s.money[min(a.Decimals(), len(s.money)-1)]}
}
