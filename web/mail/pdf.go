package mail

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"

	"github.com/readerfund/readerfund/payments"
)

// Measures of the page, in millimetres; type sizes in points.
const (
	pageWidth  = 210.0 // A4
	pageMargin = 25.0
	textWidth  = pageWidth - 2*pageMargin
	termWidth  = 55.0
	typeSize   = 11.0
	lineHeight = 6.0
	typeface   = "DejaVu"
)

// PDF writes a donation's receipt as an A4 page. The same receipt gives the same
// bytes. Its typeface has Latin, Greek, Cyrillic and Arabic letters; where a name
// has others, the receipt names the donor's address in its place.
func (w *Writer) PDF(r payments.Receipt) ([]byte, error) {
	if !writable(shownName(r.DonorName)) {
		r.DonorName = ""
	}
	v := w.view(r)
	if shownName(r.DonorName) == "" && checkAddress(r.DonorEmail) == nil && writable(r.DonorEmail) {
		v.Rows = append(v.Rows, row{w.words[v.Language].say("row.name"), r.DonorEmail, true})
	}
	p := newPage(v.script)
	p.pdf.SetTitle(v.Title+" "+r.DonationID, true)
	p.pdf.SetAuthor(v.Site, true)
	p.pdf.SetCreationDate(r.ReceivedAt)
	p.pdf.SetModificationDate(r.ReceivedAt)
	p.paragraph(v.Site, 20, "B")
	p.space(1.5)
	p.rule(0.5)
	p.space(12)
	p.paragraph(v.Title, 15, "B")
	p.space(3)
	for _, r := range v.Rows {
		p.row(r)
	}
	p.rule(0.1)
	p.space(8)
	after := append([]string{v.Note}, v.After...)
	if v.Page.Href != "" {
		after = append(after, v.Page.Label+":", v.Page.Href)
	}
	for _, s := range after {
		if s != "" {
			p.paragraph(s, typeSize, "")
			p.space(3)
		}
	}
	p.space(8)
	for _, s := range v.Imprint {
		p.paragraph(s, 9, "")
	}
	var out bytes.Buffer
	if err := p.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("mail: writing the PDF of a receipt: %w", err)
	}
	return out.Bytes(), nil
}

// page is a page that is being written, from top to bottom.
type page struct {
	pdf *fpdf.Fpdf
	s   script
}

func newPage(s script) *page {
	pdf := fpdf.New(fpdf.OrientationPortrait, fpdf.UnitMillimeter, fpdf.PageSizeA4, "")
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Readerfund", true)
	pdf.SetLang(s.Language)
	pdf.AddUTF8FontFromBytes(typeface, "", bytes.Clone(dejavusanscondensed.TTF))
	pdf.AddUTF8FontFromBytes(typeface, "B", bytes.Clone(dejavusanscondensedbold.TTF))
	pdf.SetMargins(pageMargin, pageMargin, pageMargin)
	pdf.SetCellMargin(0) // text begins where the rules do
	pdf.SetAutoPageBreak(true, pageMargin)
	pdf.AddPage()
	return &page{pdf: pdf, s: s}
}

func (p *page) align() string {
	if p.s.rtl {
		return "R"
	}
	return "L"
}

// paragraph writes text over the width of the page.
func (p *page) paragraph(text string, size float64, style string) {
	p.pdf.SetFont(typeface, style, size)
	for _, line := range p.lines(text, textWidth) {
		p.pdf.CellFormat(textWidth, lineHeight*size/typeSize, line, "", 1, p.align(), false, 0, "")
	}
}

// lines breaks a text that is read into lines that are seen. On a page that runs
// from right to left the newsroom's own sentences may run the other way.
func (p *page) lines(text string, width float64) []string {
	rtl := p.s.rtl && startsRightToLeft(text)
	lines := p.pdf.SplitText(shape(plane(text)), width)
	for i, line := range lines {
		lines[i] = visual(strings.TrimSpace(line), rtl)
	}
	return lines
}

// row writes a line of the table: the term where reading begins, the text after it.
func (p *page) row(r row) {
	p.rule(0.1)
	p.space(1.2)
	top := p.pdf.GetY()
	termAt, textAt := pageMargin, pageMargin+termWidth
	if p.s.rtl {
		termAt, textAt = pageMargin+textWidth-termWidth, pageMargin
	}
	write := func(lines []string, x, width float64) float64 {
		p.pdf.SetY(top)
		for _, line := range lines {
			p.pdf.SetX(x)
			p.pdf.CellFormat(width, lineHeight, line, "", 1, p.align(), false, 0, "")
		}
		return p.pdf.GetY()
	}
	p.pdf.SetFont(typeface, "", typeSize)
	bottom := write(p.lines(r.Term, termWidth), termAt, termWidth)
	p.pdf.SetFont(typeface, "B", typeSize)
	bottom = max(bottom, write(p.lines(p.s.apart(r.Text, r.Foreign), textWidth-termWidth), textAt, textWidth-termWidth))
	p.pdf.SetY(bottom)
	p.space(1.2)
}

// rule draws a line over the width of the text; width is the line's own.
func (p *page) rule(width float64) {
	y := p.pdf.GetY()
	p.pdf.SetLineWidth(width)
	p.pdf.Line(pageMargin, y, pageWidth-pageMargin, y)
}

func (p *page) space(height float64) { p.pdf.Ln(height) }

// writable tells whether the typeface has the letters of a text.
func writable(text string) bool {
	for _, r := range text {
		if !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Common, unicode.Inherited) || r > 0xFFFF {
			return false
		}
	}
	return true
}

// plane replaces what the PDF library cannot write: characters above U+FFFF. It
// leaves out the vowel marks of Arabic, at which that library breaks lines; Arabic
// is read without them.
func plane(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > 0xFFFF:
			return '\uFFFD'
		case r >= '\u064B' && r <= '\u065F':
			return -1
		}
		return r
	}, text)
}
