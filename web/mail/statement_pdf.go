package mail

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/manage"
)

// Measures of the statement's table, in millimetres. The widths are those of its
// columns, in the order in which they are read.
const (
	pageHeight  = 297.0 // A4
	rowPadding  = 1.4
	smallSize   = 9.5
	smallHeight = 5.0
)

func columns() [4]float64 { return [4]float64{32, 72, 28, 28} }

// Statement writes what somebody gave in a year, on as many A4 pages as it takes,
// each with its number. language is BCP 47, "" for the site's. The same statement
// on the same day gives the same bytes.
func (w *Writer) Statement(s manage.Statement, language string) ([]byte, error) {
	v := w.statementView(s, language)
	made := time.Time{}
	if len(s.Gifts) > 0 {
		made = s.Gifts[len(s.Gifts)-1].ReceivedAt
	}
	// Written twice: how many pages there are is known at the end of the first.
	pages := 0
	for range 2 {
		p := newPage(v.script)
		p.pdf.SetTitle(v.Title, true)
		p.pdf.SetAuthor(v.Site, true)
		p.pdf.SetCreationDate(made)
		p.pdf.SetModificationDate(made)
		total := pages
		p.pdf.SetFooterFunc(func() { p.number(v.Page(p.pdf.PageNo(), total)) })
		p.statement(v)
		pages = p.pdf.PageNo()
		var out bytes.Buffer
		if err := p.pdf.Output(&out); err != nil {
			return nil, fmt.Errorf("mail: writing the PDF of a statement: %w", err)
		}
		if total == pages {
			return out.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("mail: a statement of %d gifts has another number of pages each time", len(s.Gifts))
}

func (p *page) statement(v statementView) {
	p.paragraph(v.Site, 20, "B")
	p.space(1.5)
	p.rule(0.5)
	p.space(10)
	p.paragraph(v.Title, 15, "B")
	p.space(2)
	p.paragraph(v.Lead, typeSize, "")
	p.space(5)
	p.row(v.By)
	p.rule(0.1)
	p.space(8)
	p.head(v)
	for _, l := range v.Lines {
		p.line(v, l)
	}
	p.rule(0.5)
	p.space(2)
	for _, t := range v.Totals {
		p.keep(2*lineHeight, nil)
		p.total(t)
	}
	p.space(6)
	for _, s := range v.After {
		p.paragraph(s, typeSize, "")
		p.space(3)
	}
	p.space(5)
	for _, s := range v.Imprint {
		p.paragraph(s, 9, "")
	}
}

// keep begins a new page where there is not that much room, and repeats the head
// of the table there if one is given.
func (p *page) keep(height float64, v *statementView) {
	if p.pdf.GetY()+height <= pageHeight-pageMargin {
		return
	}
	p.pdf.AddPage()
	if v != nil {
		p.head(*v)
	}
}

func (p *page) head(v statementView) {
	p.cells("B", v.Head[:])
	p.rule(0.5)
}

func (p *page) line(v statementView, l line) {
	p.pdf.SetFont(typeface, "", smallSize)
	lines := 0
	for _, text := range strings.Split(l.gift, "\n") {
		lines += len(p.lines(text, columns()[1]-3))
	}
	for i, text := range []string{l.amount, l.remains} { // words for a currency may take a second line
		lines = max(lines, len(p.lines(p.s.apart(text, false), columns()[i+2]-3)))
	}
	p.keep(float64(lines)*smallHeight+2*rowPadding, &v)
	p.cells("", []string{l.day, l.gift, l.amount, l.remains})
	p.rule(0.1)
}

// cells writes one line of the table; the last two columns are figures, which end
// at the same place.
func (p *page) cells(style string, texts []string) {
	p.pdf.SetFont(typeface, style, smallSize)
	p.space(rowPadding)
	top := p.pdf.GetY()
	bottom, from := top, 0.0
	for i, width := range columns() {
		x := pageMargin + from
		if p.s.rtl {
			x = pageWidth - pageMargin - from - width
		}
		align := p.align()
		if i >= 2 && p.s.rtl {
			align = "L"
		} else if i >= 2 {
			align = "R"
		}
		p.pdf.SetY(top)
		for _, text := range strings.Split(texts[i], "\n") {
			for _, line := range p.lines(p.s.apart(text, false), width-3) {
				p.pdf.SetX(x)
				p.pdf.CellFormat(width, smallHeight, line, "", 1, align, false, 0, "")
			}
		}
		bottom = max(bottom, p.pdf.GetY())
		from += width
	}
	p.pdf.SetY(bottom)
	p.space(rowPadding)
}

// total writes the sum of one currency.
func (p *page) total(t row) {
	p.pdf.SetFont(typeface, "B", typeSize)
	top := p.pdf.GetY()
	ends := [2]string{"L", "R"}
	if p.s.rtl {
		ends = [2]string{"R", "L"}
	}
	for i, text := range []string{t.Term, p.s.apart(t.Text, t.Foreign)} {
		p.pdf.SetXY(pageMargin, top)
		p.pdf.CellFormat(textWidth, lineHeight, strings.Join(p.lines(text, textWidth), " "), "", 1, ends[i], false, 0, "")
	}
}

// number writes which page this is, below the text.
func (p *page) number(text string) {
	p.pdf.SetY(-pageMargin + 8)
	p.pdf.SetFont(typeface, "", 9)
	p.pdf.CellFormat(textWidth, lineHeight, visual(shape(text), p.s.rtl), "", 0, p.align(), false, 0, "")
}
