package exports

import (
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// Books says how the journal is written for a bookkeeping program.
type Books struct {
	Program accounts.Program
	Summary report.Summary
	Lines   int // most lines in one file; 0 for what the program takes
	Opens   Opens
}

// Opens is where the accounts of a journal for Beancount are opened.
type Opens string

// The places.
const (
	// Within is in the journal, which stands by itself.
	Within Opens = ""
	// Apart is in a file of their own, so that one ledger can include several journals.
	Apart Opens = "apart"
	// First is in a file of their own as well, of the journal that a ledger includes
	// first: it begins with what stood on assets and liabilities before.
	First Opens = "first"
)

// OpensName is what the file is called in which accounts are opened.
const OpensName = "accounts.beancount"

// MostLines bounds how many lines may be asked for in one file: what a spreadsheet has.
const MostLines = 1_000_000

// MostFiles bounds of how many files a journal may be, that of the opened accounts aside:
// somebody imports them one by one.
const MostFiles = 500

// Formats lists the formats in which something can be ordered: those of every report,
// and the bookkeeping programs that the journal can be written for.
func Formats() []string {
	all := report.Formats()
	for _, p := range accounts.Programs() {
		all = append(all, string(p))
	}
	return all
}

// Format is the format of an order: the program, with what is chosen after semicolons,
// such as "xero; summary=day", written as a media type with parameters is
// (https://www.rfc-editor.org/rfc/rfc2045#section-5.1). The same choices are the same text.
func (b Books) Format() string {
	chosen := map[string]string{}
	if b.Summary != report.Each {
		chosen[summaryOf] = string(b.Summary)
	}
	if b.Lines != 0 {
		chosen[linesOf] = strconv.Itoa(b.Lines)
	}
	if b.Opens != Within {
		chosen[opensOf] = string(b.Opens)
	}
	return mime.FormatMediaType(string(b.Program), chosen)
}

// What can be chosen, as a format names it.
const (
	summaryOf = "summary"
	linesOf   = "lines"
	opensOf   = "opens"
)

// ReadFormat reads the format of an order: ok is false where it is none of a bookkeeping
// program as Books.Format writes it. Whether what is chosen fits together, CheckFormat
// says.
func ReadFormat(format string) (b Books, ok bool) {
	program, chosen, err := mime.ParseMediaType(format)
	if err != nil || !slices.Contains(accounts.Programs(), accounts.Program(program)) {
		return Books{}, false
	}
	b = Books{Program: accounts.Program(program), Summary: report.Summary(chosen[summaryOf]), Opens: Opens(chosen[opensOf])}
	if lines := chosen[linesOf]; lines != "" {
		if b.Lines, err = strconv.Atoi(lines); err != nil {
			return Books{}, false
		}
	}
	return b, b.Format() == format
}

// FormatError says why a report is not written in a format.
type FormatError struct {
	// Field is what to choose otherwise: format, summary, lines or opens.
	Field    string
	Sentence string // for staff
}

// Error is the sentence.
func (e *FormatError) Error() string { return e.Sentence }

// CheckFormat says why a report is not written in a format; nil where it is. The error is
// a *FormatError.
func CheckFormat(name, format string) error {
	if slices.Contains(report.Formats(), format) {
		return nil
	}
	b, ok := ReadFormat(format)
	if !ok {
		return wrongFormat("format", "The format %.40q is not known; known: %s.", format, strings.Join(Formats(), ", "))
	}
	switch program := ProgramName(b.Program); {
	case name != "journal":
		return wrongFormat("format", "%s imports the journal alone. Choose the report journal, or another format.", program)
	case !slices.Contains([]report.Summary{report.Each, report.ByDay, report.ByMonth}, b.Summary):
		return wrongFormat("summary", "Entries can be summed up by day or by month, or not at all.")
	case b.Lines != 0 && b.Program == accounts.Beancount:
		return wrongFormat("lines", "%s takes any number of lines in one file. Leave it empty.", program)
	case b.Lines < 0 || b.Lines == 1:
		return wrongFormat("lines", "%d lines are too few: an entry has two or more and is not torn. Leave it empty for what %s takes.", b.Lines, program)
	case b.Lines > MostLines:
		return wrongFormat("lines", "A file has at most %d lines. Leave it empty for what %s takes.", MostLines, program)
	case !slices.Contains([]Opens{Within, Apart, First}, b.Opens):
		return wrongFormat("opens", "There is no such place for the accounts. Choose again.")
	case b.Opens != Within && b.Program != accounts.Beancount:
		return wrongFormat("opens", "Only Beancount wants accounts to be opened: %s has its own chart of accounts. Leave it as it is.", program)
	}
	return nil
}

func wrongFormat(field, sentence string, a ...any) error {
	return &FormatError{Field: field, Sentence: fmt.Sprintf(sentence, a...)}
}

// ProgramName is what a program is called.
func ProgramName(p accounts.Program) string {
	switch p {
	case accounts.QuickBooks:
		return "QuickBooks Online"
	case accounts.Xero:
		return "Xero"
	case accounts.Beancount:
		return "Beancount"
	}
	return string(p)
}
