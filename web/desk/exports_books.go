package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// The journal can be ordered as a bookkeeping program imports it: the program is one of
// the formats, and what is to be chosen of it stands behind a fold of its own.

// formatOptions are the formats to choose from.
func formatOptions() []option { return optionsOf(exports.Formats(), formatWords) }

// askBooks asks what is to be chosen for a bookkeeping program. once tells that it is
// ordered once: of what is ordered again and again, none is the first of a ledger.
func (f *form) askBooks(once bool) {
	others := f.Fields
	f.Fields = nil
	f.choice("summary", "One journal for", option{Label: "each entry of the ledger"},
		option{Value: string(report.ByDay), Label: "each day"}, option{Value: string(report.ByMonth), Label: "each month"})
	f.text("lines", "Most lines in one file")
	f.Fields[1].Hint = fmt.Sprintf("Empty: what the program takes, %d for QuickBooks and %d for Xero. What is longer is several files, in a ZIP.",
		report.MostLines(accounts.QuickBooks), report.MostLines(accounts.Xero))
	opened := []option{{Label: "in the journal, which stands by itself"},
		{Value: string(exports.Apart), Label: "in a file of their own, for a ledger of several journals"}}
	if once {
		opened = append(opened, option{Value: string(exports.First), Label: "in a file of their own; this is the first journal of the ledger"})
	}
	f.choice("opens", "Beancount opens accounts", opened...)
	for i := range f.Fields {
		f.Fields[i].Wide = true
	}
	f.Books, f.Fields = f.Fields, others
}

// booksOpen tells whether something was chosen for a bookkeeping program, or is wrong.
func (f *form) booksOpen() bool {
	program, _ := exports.ReadFormat(f.kept.Get("format"))
	return program.Program != "" || slices.ContainsFunc(f.Books, func(q field) bool { return q.Value != "" })
}

// format is that of the order: what was chosen, with what was chosen of it. settled are
// the currencies of the ledger.
func (f *form) format(name, chosen string, currency money.Currency, settled []money.Currency) string {
	b, forBooks := exports.ReadFormat(chosen)
	if forBooks && chosen != string(b.Program) { // what is chosen of it has fields of its own
		f.wrongAt("format", "Choose one of the formats.")
		return chosen
	}
	if !forBooks {
		if err := exports.CheckFormat(name, chosen); err != nil {
			f.wrongAt("format", err.Error())
		}
		for _, q := range f.Books {
			if q.Value != "" {
				f.wrongAt(q.Name, "This is for QuickBooks, Xero and Beancount alone. Choose one of them as the format, or leave it as it was.")
			}
		}
		return chosen
	}
	b.Summary, b.Opens = report.Summary(f.kept.Get("summary")), exports.Opens(f.kept.Get("opens"))
	if lines := f.kept.Get("lines"); lines != "" {
		n, err := strconv.Atoi(lines)
		if err != nil {
			f.wrongAt("lines", fmt.Sprintf("%.20q is no number of lines. Write digits alone, such as 200.", lines))
		}
		b.Lines = n
	}
	var wrong *exports.FormatError
	if err := exports.CheckFormat(name, b.Format()); errors.As(err, &wrong) {
		f.wrongAt(wrong.Field, wrong.Sentence)
	}
	if b.Program != accounts.Beancount && currency == "" && len(settled) > 1 {
		f.wrongAt("currency", fmt.Sprintf("%s takes a journal of one currency, and your books are kept in %s. Choose one, and order each by itself.",
			exports.ProgramName(b.Program), strings.Join(currencyNames(settled), " and ")))
	}
	return b.Format()
}

// wrongAt says what is wrong with the answer to one question, there and above the form.
func (f *form) wrongAt(name, sentence string) {
	f.wrong("%s", sentence)
	for _, all := range [][]field{f.Fields, f.Rare, f.Books} {
		for i := range all {
			if q := &all[i]; q.Name == name && q.Problem == "" {
				q.Problem = sentence
			}
		}
	}
}

// setFormat puts a format into the answers of a form.
func setFormat(q url.Values, format string) {
	q.Set("format", format)
	b, forBooks := exports.ReadFormat(format)
	if !forBooks {
		return
	}
	q.Set("format", string(b.Program))
	for name, value := range map[string]string{"summary": string(b.Summary), "opens": string(b.Opens)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if b.Lines != 0 {
		q.Set("lines", strconv.Itoa(b.Lines))
	}
}

// booksWords say for which program a journal is written, and how.
func booksWords(b exports.Books) string {
	words := exports.ProgramName(b.Program)
	switch b.Program {
	case accounts.QuickBooks:
		words += ", for its import of journal entries"
	case accounts.Xero:
		words += ", for its import of manual journals"
	case accounts.Beancount:
		words += ", for its ledgers"
	}
	switch b.Summary {
	case report.ByDay:
		words += ", one journal for each day"
	case report.ByMonth:
		words += ", one journal for each month"
	}
	if b.Lines > 0 {
		words += ", at most " + grouped(int64(b.Lines)) + " lines in a file"
	}
	switch b.Opens {
	case exports.Apart:
		words += ", accounts in a file of their own"
	case exports.First:
		words += ", accounts in a file of their own, the first journal of a ledger"
	}
	return words
}

// shortFormat is a format where there is little room.
func shortFormat(format string) string {
	if b, forBooks := exports.ReadFormat(format); forBooks {
		words := exports.ProgramName(b.Program)
		switch b.Summary {
		case report.ByDay:
			words += " by the day"
		case report.ByMonth:
			words += " by the month"
		}
		return words
	}
	short, _, _ := strings.Cut(formatWords(format), ",")
	return short
}

// filesListed is how many files of an archive a page lists.
const filesListed = 50

// filesChapters list the first files of an archive, with their checksums; the manifest
// has all.
func filesChapters(manifest string) []chapter {
	var m report.Manifest
	if err := json.Unmarshal([]byte(manifest), &m); err != nil || len(m.Files) < 2 && m.Opens == nil {
		return nil
	}
	files := m.Files
	if m.Opens != nil {
		files = append(files, *m.Opens)
	}
	t := &table{ID: "files", Caption: "Files in the archive", Columns: []column{{Label: "File"}, {Label: "Lines", Number: true}, {Label: "SHA-256"}}}
	for _, f := range files[:min(len(files), filesListed)] {
		t.Rows = append(t.Rows, row{Cells: []cell{text(f.Name), number(grouped(f.Rows)), code(f.SHA256)}})
	}
	lead := "Unpack it, and import these files in this order. The manifest is in it too."
	if m.Opens != nil {
		lead = "Unpack it. The ledger includes the journal, and the file of accounts once: the newest takes the place of the one before. The manifest is in it too."
	}
	if n := int64(len(files)); n > filesListed {
		lead += fmt.Sprintf(" It has %s files; here are the first %d.", grouped(n), filesListed)
	}
	return []chapter{{ID: "parts", Heading: "What is in the archive", Lead: lead, Table: t}}
}

// settled are the currencies of the ledger. Where they cannot be read, or none is to be
// told, they are none: what they are needed for is found out when the export runs.
func (e *exporter) settled(r *http.Request) []money.Currency { return settledOf(e.Settled, r) }

func (s *saver) settled(r *http.Request) []money.Currency { return settledOf(s.Settled, r) }

func settledOf(read func(ctx context.Context) ([]money.Currency, error), r *http.Request) []money.Currency {
	if read == nil {
		return nil
	}
	all, err := read(r.Context())
	if err != nil {
		return nil
	}
	return all
}

// amiss tells whether something is wrong with the answer to one of several questions.
func amiss(all []field) bool {
	return slices.ContainsFunc(all, func(q field) bool { return q.Problem != "" })
}
