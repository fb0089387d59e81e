package sheet

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The sheets beside the rows.
const (
	totalsSheet = "Totals"
	aboutSheet  = "About"
)

// styles are the numbers of a workbook's styles.
type styles struct {
	header, time, date, count int
	money                     [4]int // by the decimals of the currency
}

// addStyles gives each workbook the same styles under the same numbers.
func addStyles(book *excelize.File) (s styles, err error) {
	add := func(style excelize.Style) (id int) {
		if err == nil {
			id, err = book.NewStyle(&style)
		}
		return id
	}
	number := func(format string) int { return add(excelize.Style{CustomNumFmt: &format}) }
	s.header = add(excelize.Style{
		Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 11},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8ECF1"}},
	})
	s.time, s.date, s.count = number("yyyy-mm-dd hh:mm:ss"), number("yyyy-mm-dd"), number("#,##0")
	for digits := range s.money {
		s.money[digits] = number(strings.TrimSuffix("#,##0."+strings.Repeat("0", digits), "."))
	}
	return s, err
}

func frozenHeader() *excelize.Panes {
	return &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
}

// width is how wide a column is, in letters: its header with the filter's arrow, and
// what is usual of its kind.
func width(c Column) float64 {
	usual := map[Kind]int{Text: 16, Time: 20, Date: 12, Amount: 14, Count: 10, Flag: 8, Rate: 12}[c.Kind]
	return float64(max(usual, len(c.Name)+4))
}

// describe makes the workbook around the sheets of rows, which stand empty in it, and
// adds the totals and what was asked for.
func describe(book *excelize.File, parts, refs []string, title string, s Summary) error {
	styles, err := addStyles(book)
	if err != nil {
		return err
	}
	for i, name := range parts {
		if i == 0 {
			err = book.SetSheetName(partSheet, name)
		} else {
			_, err = book.NewSheet(name)
		}
		if err != nil {
			return err
		}
		if err = book.AutoFilter(name, refs[i], nil); err != nil {
			return err
		}
	}
	if err := totals(book, styles, s.Totals); err != nil {
		return err
	}
	if err := about(book, styles, s.Notes); err != nil {
		return err
	}
	return book.SetDocProps(&excelize.DocProperties{Title: title, Creator: "Readerfund", LastModifiedBy: "Readerfund"})
}

// totals writes a sheet with a row for each total.
func totals(book *excelize.File, styles styles, all []Total) error {
	t, err := newTable(book, styles, totalsSheet, "rows", "currency", "column", "total")
	if err != nil {
		return err
	}
	for _, total := range all {
		sum := styles.amount(&cell{n: total.Amount.Minor, currency: total.Amount.Currency})
		of := total.Of
		if of == "" {
			of = "all"
		}
		if err := t.row(of, string(total.Amount.Currency), total.Column, sum.Value); err != nil {
			return err
		}
		place := fmt.Sprintf("D%d", t.rows)
		if err := book.SetCellStyle(totalsSheet, place, place, sum.StyleID); err != nil {
			return err
		}
	}
	return nil
}

// about writes a sheet with a row for each note.
func about(book *excelize.File, styles styles, notes []Note) error {
	t, err := newTable(book, styles, aboutSheet, "name", "value")
	if err != nil {
		return err
	}
	for _, n := range notes {
		if err := t.row(n.Name, n.Value); err != nil {
			return err
		}
	}
	return nil
}

// table is a small sheet with a header.
type table struct {
	book *excelize.File
	name string
	rows int
}

func newTable(book *excelize.File, styles styles, name string, header ...any) (*table, error) {
	if _, err := book.NewSheet(name); err != nil {
		return nil, err
	}
	t := &table{book: book, name: name}
	if err := t.row(header...); err != nil {
		return nil, err
	}
	last, err := excelize.ColumnNumberToName(len(header))
	if err != nil {
		return nil, err
	}
	if err := book.SetCellStyle(name, "A1", last+"1", styles.header); err != nil {
		return nil, err
	}
	if err := book.SetColWidth(name, "A", last, 28); err != nil {
		return nil, err
	}
	return t, book.SetPanes(name, frozenHeader())
}

func (t *table) row(values ...any) error {
	t.rows++
	return t.book.SetSheetRow(t.name, fmt.Sprintf("A%d", t.rows), &values)
}
