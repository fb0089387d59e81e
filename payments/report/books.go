package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// Summary says how the entries of a journal are put together.
type Summary string

// The ways to put entries together.
const (
	Each    Summary = ""      // not at all: one journal for each entry of the ledger
	ByDay   Summary = "day"   // one journal for each day and currency
	ByMonth Summary = "month" // one for each month and currency, dated its last day in the period
)

// Books says for which program a journal is written, and how.
type Books struct {
	Program accounts.Program
	Map     *accounts.Map
	Summary Summary
	// Lines is how many lines one file takes at most, without its header; 0 for as
	// many as the program documents (MostLines).
	Lines int
	// Files is how many files the journal may have at most, that of the opened accounts
	// aside; 0 for any number.
	Files int
	// Opens makes the file in which Beancount's accounts are opened, once for all
	// journals that one ledger includes; the journal itself opens none then. Where it
	// is nil the journal opens its accounts, and stands by itself.
	Opens func() (w io.WriteCloser, name string, err error)
	// Opening is whether a journal that opens no accounts begins with what stood on
	// the balance sheet before its period: the first that a ledger includes does.
	Opening bool
	// Progress is told now and then, never twice within a thousand lines, how many lines
	// of the ledger were read so far; nil for nobody.
	Progress func(lines int64)
}

// MostLines is how many lines a program takes in one file; 0 where there is no
// such limit. Xero: 300 (https://help.xero.com/int/ManualJournalsImport).
// QuickBooks Online names none for journals; a thousand is the limit of its other
// imports, and a file that stays below it is taken.
func MostLines(p accounts.Program) int {
	switch p {
	case accounts.Xero:
		return 300
	case accounts.QuickBooks:
		return 1000
	}
	return 0
}

// File is one of the files that a journal was split into.
type File struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Split makes the files that a journal is written to: number counts from 1. The
// name is what the manifest calls it. Writing closes each.
type Split func(number int) (w io.WriteCloser, name string, err error)

// bookEntry is a journal as a bookkeeping program sees it: dated, and balanced in
// each currency.
type bookEntry struct {
	number    string // short and always the same
	id        string // of the ledger's entry; "" of a sum
	day       time.Time
	currency  money.Currency
	narration string
	first     line // of the ledger's entry; of a sum only its currency
	lines     []bookLine
}

// bookLine is one line of it.
type bookLine struct {
	target     accounts.Target
	account    string // the ledger's; "" in a sum
	amount     money.Amount
	donationID string
	text       string
}

// bookWriter writes entries in a program's format.
type bookWriter interface {
	// begin is told what the journal will hold.
	begin(o outline) error
	entry(e *bookEntry) error
	// close writes what is left. It gives the files of the journal, and that of the
	// opened accounts where there is one.
	close() (files []File, opens *File, err error)
}

// WriteBooks writes the journal for a bookkeeping program from one repeatable-read
// snapshot, into as many files as the program's limit makes necessary, and gives
// its manifest. QuickBooks and Xero take journals of one currency: where the period
// holds several, one must be chosen. After an error, what was written is not a
// journal; what the program cannot take is told by a *CurrenciesError, a *LinesError, a
// *FilesError, an *accounts.MissingError or an *accounts.ProblemsError.
func WriteBooks(ctx context.Context, db *pgxpool.Pool, q Query, b Books, split Split) (Manifest, error) {
	if !slices.Contains(accounts.Programs(), b.Program) {
		return Manifest{}, fmt.Errorf("a journal for %q is not known; known: %s", b.Program, programNames())
	}
	if !slices.Contains([]Summary{Each, ByDay, ByMonth}, b.Summary) {
		return Manifest{}, fmt.Errorf("a journal cannot be summed up by %q; write day or month", b.Summary)
	}
	if err := allBooked(ctx, db, q); err != nil {
		return Manifest{}, err
	}
	m := newManifest("journal", string(b.Program), q)
	if b.Summary != Each {
		m.Filters["summary"] = string(b.Summary)
	}
	totals := totals{}
	var out bookWriter
	err := pgx.BeginTxFunc(ctx, db, snapshotRead(), func(tx pgx.Tx) error {
		if err := m.takenIn(ctx, tx, q); err != nil {
			return err
		}
		m.Notes = unfinished(q, b.Summary, m.AsOf)
		held, err := outlineOf(ctx, tx, q, b)
		if err != nil {
			return err
		}
		out = newBookWriter(b, split)
		if err := out.begin(held); err != nil {
			return err
		}
		g := &gatherer{books: b, query: q, emit: out.entry}
		var read int64
		err = journalLines(ctx, tx, q, func(l *line) error {
			if read++; b.Progress != nil && read%progressEvery == 0 {
				b.Progress(read)
			}
			debit, credit := l.sides()
			totals.add(sums{"debit": debit, "credit": credit})
			return g.line(l)
		})
		return errors.Join(err, g.flush())
	})
	if err == nil {
		m.Files, m.Opens, err = out.close()
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("writing the journal for %s: %w", b.Program, err)
	}
	m.Totals = totals.major()
	for _, f := range m.Files {
		m.Rows += f.Rows
	}
	m.Notes = append(m.Notes, nothingBooked(q, m.Rows)...)
	if len(m.Files) == 1 {
		m.SHA256 = m.Files[0].SHA256
	}
	return m, nil
}

func programNames() string {
	var all []string
	for _, p := range accounts.Programs() {
		all = append(all, string(p))
	}
	return strings.Join(all, ", ")
}

func newBookWriter(b Books, split Split) bookWriter {
	most := b.Lines
	if most == 0 {
		most = MostLines(b.Program)
	}
	parts := &parts{split: split, most: most, mostFiles: b.Files, asked: b.Lines != 0, program: b.Program}
	switch b.Program {
	case accounts.QuickBooks:
		return &quickBooks{parts: parts, date: b.Map.Date(b.Program)}
	case accounts.Xero:
		return &xero{parts: parts, date: b.Map.Date(b.Program)}
	}
	return &beancount{parts: parts, books: b}
}
