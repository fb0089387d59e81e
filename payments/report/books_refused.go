package report

import (
	"fmt"
	"strings"

	"github.com/readerfund/readerfund/payments/report/accounts"
)

// CurrenciesError says that a journal would hold several currencies, and that the
// program takes one.
type CurrenciesError struct {
	Program    accounts.Program
	Currencies []string // those of the period, in the order of the alphabet
}

// Error says it to whoever gave the command.
func (e *CurrenciesError) Error() string {
	return fmt.Sprintf("a journal for %s is in one currency, and this period holds %s: export each by itself, with --currency",
		e.Program, strings.Join(e.Currencies, ", "))
}

// LinesError says that one journal has more lines than one file may have, for a journal
// is not torn.
type LinesError struct {
	Program     accounts.Program
	Lines, Most int
	Asked       bool // for files of so many lines: the program itself takes more
}

// Error says it, and what to do.
func (e *LinesError) Error() string {
	if e.Asked {
		return fmt.Sprintf("one journal has %d lines, and files of %d lines were asked for: allow %d or more", e.Lines, e.Most, e.Lines)
	}
	return fmt.Sprintf("one journal has %d lines, and %s takes %d in a file: book several accounts under one name, or sum up by day and not by month",
		e.Lines, e.Program, e.Most)
}

// FilesError says that a journal would be more files than it may have.
type FilesError struct {
	Program accounts.Program
	Files   int  // that it may have
	Lines   int  // that one file takes at most
	Asked   bool // for files of so many lines
}

// Error says it, and what to do.
func (e *FilesError) Error() string {
	more := ""
	if e.Asked {
		more = "allow more lines in a file, "
	}
	return fmt.Sprintf("the journal would be more than %d files of %d lines: %ssum up by day or by month, or choose a shorter period", e.Files, e.Lines, more)
}
