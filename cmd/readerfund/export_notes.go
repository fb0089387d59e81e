package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// endingFits refuses a file whose name says another format than it would be written
// in: a program opens it by its name, and shows nonsense or nothing. program is the
// one that a journal is for, "" for none.
func endingFits(out, format, program string) error {
	ending := strings.ToLower(strings.TrimPrefix(filepath.Ext(out), "."))
	if ending == format || !slices.Contains(report.Formats(), ending) {
		return nil
	}
	if program == "" {
		return usagef("--format %s and --out %s contradict each other: leave --format out, or let the name end in .%s", format, out, format)
	}
	if ending == string(sheet.CSV) {
		return nil // a text, as every journal for a program is
	}
	return usagef("--for %s is written as text, and --out %s says %s: let the name end in .csv", program, out, ending)
}

// tellNotes says what whoever imports a journal has to know of it.
func (c *cli) tellNotes(m report.Manifest) {
	for _, note := range m.Notes {
		_, _ = fmt.Fprintf(c.stderr, "note: %s\n", note)
	}
}
