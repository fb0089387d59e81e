package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/pflag"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// bookFlags say for which bookkeeping program a journal is written.
type bookFlags struct {
	program, summary, accounts, opens string
	lines                             int
	opening                           bool
}

func (b *bookFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&b.program, "for", "", "the journal as a bookkeeping program imports it: quickbooks, xero or beancount")
	flags.StringVar(&b.summary, "summary", "", "with --for: day or month, one journal for each in place of one for each entry")
	flags.StringVar(&b.accounts, "accounts", "", "with --for: file of the accounts' names (default accounts.yaml in CONTENT_DIR, where there is one)")
	flags.StringVar(&b.opens, "opens", "", "with --for beancount: open the accounts in this file and not in the journal, so that a ledger can include several journals")
	flags.BoolVar(&b.opening, "opening", false, "with --opens: begin with what stood on assets and liabilities before, for the first journal that a ledger includes")
	flags.IntVar(&b.lines, "lines", 0, "with --for: most lines in one file (default what the program takes: Xero 300, QuickBooks 1000)")
}

// books says how the journal is written, once the flags fit together.
func (b *bookFlags) books(cfg app.Config, name, format string) (report.Books, error) {
	out := report.Books{Program: accounts.Program(b.program), Summary: report.Summary(b.summary), Lines: b.lines, Opening: b.opening}
	switch {
	case (b.opens != "" || b.opening) && out.Program != accounts.Beancount:
		return out, usagef("--opens and --opening are for --for beancount")
	case b.opening && b.opens == "":
		return out, usagef("--opening is for --opens FILE: without it the journal begins with what stood there before")
	case b.opens == "-":
		return out, usagef("--opens names a file: the journal may go to standard output, the accounts may not")
	case b.program == "" && (b.summary != "" || b.accounts != "" || b.lines != 0):
		return out, usagef("--summary, --accounts and --lines are for --for quickbooks, xero or beancount")
	case b.program == "":
		return out, nil
	case name != "journal":
		return out, usagef("--for is for the journal: readerfund export journal --for %s", b.program)
	case format != "csv":
		return out, usagef("--for %s has a format of its own: leave --format out", b.program)
	case report.MostLines(out.Program) == 0 && out.Program != accounts.Beancount:
		return out, usagef("--for %s is not known; known: quickbooks, xero, beancount", b.program)
	case out.Summary != report.Each && out.Summary != report.ByDay && out.Summary != report.ByMonth:
		return out, usagef("--summary %s is not known; write day or month", b.summary)
	case b.lines < 0 || b.lines == 1:
		return out, usagef("--lines %d is too few: an entry has two lines or more and is not torn; leave it out for what the program takes", b.lines)
	}
	if b.opens != "" {
		if err := checkOpens(b.opens); err != nil {
			return out, err
		}
	}
	var err error
	out.Map, err = app.LoadAccounts(cfg, b.accounts)
	if err != nil {
		return out, usagef("the names of the accounts cannot be used; correct them (docs/reports-journal.md describes them):\n%w", err)
	}
	return out, nil
}

// exportBooks writes a journal for a bookkeeping program: to standard output where
// one file takes it, else to FILE, FILE-2 and so on, none of which stands there
// before all are whole; opens is the file of the opened accounts, "" for none.
func (c *cli) exportBooks(ctx context.Context, db *pgxpool.Pool, q report.Query, b report.Books, out, opens string) (err error) {
	if opens != "" && (out == "-" || filepath.Clean(out) == filepath.Clean(opens)) {
		return usagef("--opens %s goes with a journal in a file of its own: name that with --out", opens)
	}
	if out == "-" {
		m, err := report.WriteBooks(ctx, db, q, b, func(number int) (io.WriteCloser, string, error) {
			if number > 1 {
				return nil, "", fmt.Errorf("it is longer than one file that %s takes: name a file with --out, or sum up with --summary day", b.Program)
			}
			return openEnded{c.stdout}, "-", nil
		})
		if err != nil {
			return fmt.Errorf("%w; what was printed is not the whole journal", err)
		}
		_, err = m.WriteTo(c.stderr)
		return err
	}
	if place, err := os.Stat(out); err == nil && !place.Mode().IsRegular() {
		return usagef("--out %s is no file: a journal for a bookkeeping program is a file, or - for standard output", out)
	}
	earlier := earlierParts(out)
	var made []madeFile
	defer func() {
		for _, f := range made {
			if rest := os.Remove(f.tmp); !errors.Is(rest, os.ErrNotExist) {
				err = errors.Join(err, rest)
			}
		}
	}()
	beside := func(path, flag string) (io.WriteCloser, string, error) {
		tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
		if err != nil {
			return nil, "", usagef("%s %s: there is no folder that can be written to; %w", flag, path, errors.Unwrap(err))
		}
		made = append(made, madeFile{tmp: tmp.Name(), path: path})
		return tmp, filepath.Base(path), nil
	}
	if opens != "" {
		b.Opens = func() (io.WriteCloser, string, error) { return beside(opens, "--opens") }
	}
	m, err := report.WriteBooks(ctx, db, q, b, func(number int) (io.WriteCloser, string, error) {
		return beside(partName(out, number), "--out")
	})
	if err != nil {
		return err
	}
	if err := checkParts(out, len(m.Files), earlier); err != nil {
		return err
	}
	for _, f := range made {
		if err := os.Rename(f.tmp, f.path); err != nil {
			return err
		}
	}
	for i, f := range m.Files {
		_, _ = fmt.Fprintf(c.stderr, "%s: %d lines, sha256 %s\n", partName(out, i+1), f.Rows, f.SHA256)
	}
	if m.Opens != nil {
		_, _ = fmt.Fprintf(c.stderr, "%s: %d accounts, sha256 %s\n", opens, m.Opens.Rows, m.Opens.SHA256)
	}
	c.tellNotes(m)
	if err := c.dropParts(out, len(m.Files), earlier); err != nil {
		return err
	}
	return whole(out+".manifest.json", func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

// madeFile is a file that is whole under a passing name, and goes to its own once all
// are.
type madeFile struct{ tmp, path string }

// openEnded is left open by whoever closes it: standard output is not ours to close.
type openEnded struct{ io.Writer }

func (openEnded) Close() error { return nil }
