package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// Formats lists the formats a report can be written in.
func Formats() []string {
	var all []string
	for _, f := range sheet.Formats() {
		all = append(all, string(f))
	}
	return all
}

// Export is a report to be written.
type Export struct {
	Report string
	Query  Query
	Format string
	// Progress is told now and then, never twice within a thousand rows, how many rows
	// were read so far; nil for nobody.
	Progress func(rows int64)
	// Months tells of an export of exactly one month that finance has closed; nil where
	// that is not asked for.
	Months Months
	// TempDir is where the rows of a workbook stand until it is whole; "" for the system's
	// own place. It has to be there.
	TempDir string
}

// Write is Export.Write without progress.
func Write(ctx context.Context, db *pgxpool.Pool, name string, q Query, format string, w io.Writer) (Manifest, error) {
	return Export{Report: name, Query: q, Format: format}.Write(ctx, db, w)
}

// Write writes a report from one repeatable-read snapshot to w and gives its
// manifest. The same snapshot gives the same bytes. After an error, what was
// written is not a report.
func (e Export) Write(ctx context.Context, db *pgxpool.Pool, w io.Writer) (Manifest, error) {
	k, err := e.kind()
	if err != nil {
		return Manifest{}, err
	}
	if err := allBooked(ctx, db, e.Query); err != nil {
		return Manifest{}, err
	}
	return e.writeIn(ctx, db, k, w)
}

// kind is that of the report, where it can be written as it is asked for.
func (e Export) kind() (kind, error) {
	k, ok := kindOf(e.Report)
	if !ok {
		return k, fmt.Errorf("there is no report %q; there is: %s", e.Report, strings.Join(Names(), ", "))
	}
	if !slices.Contains(Formats(), e.Format) {
		return k, fmt.Errorf("format %q is not known; known: %s", e.Format, strings.Join(Formats(), ", "))
	}
	return k, CheckFilters(e.Report, e.Query)
}

func (e Export) writeIn(ctx context.Context, db beginner, k kind, w io.Writer) (Manifest, error) {
	m := newManifest(e.Report, e.Format, e.Query)
	m.Notes = notes(e.Report, e.Query)
	if err := e.write(ctx, db, k, &m, w); err != nil {
		return Manifest{}, fmt.Errorf("writing report %s: %w", e.Report, err)
	}
	return m, nil
}

func (e Export) write(ctx context.Context, db beginner, k kind, m *Manifest, w io.Writer) error {
	sum := sha256.New()
	out, err := sheet.New(sheet.Format(e.Format), io.MultiWriter(w, sum), sheet.Options{Title: e.Report, Zone: e.Query.Zone, Columns: k.columns, TempDir: e.TempDir})
	if err != nil {
		return err
	}
	defer out.Abandon()
	adder := newAdder(k)
	return pgx.BeginTxFunc(ctx, db, snapshotRead(), func(tx pgx.Tx) error {
		if err := m.takenIn(ctx, tx, e.Query); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, roomToSort); err != nil {
			return err
		}
		reading, giveUp := context.WithCancel(ctx)
		defer giveUp()
		reads, end, err := e.readers(reading, db, tx, k)
		if err != nil {
			return err
		}
		defer end()
		err = sideBySide(giveUp, func(r *sheet.Row) error {
			if err := out.Write(r); err != nil {
				return err
			}
			adder.add(r)
			if m.Rows++; e.Progress != nil && m.Rows%progressEvery == 0 {
				e.Progress(m.Rows)
			}
			return nil
		}, reads...)
		if err != nil {
			return err
		}
		adder.tell(m)
		if err := out.Close(m.summary(adder)); err != nil {
			return err
		}
		m.SHA256 = hex.EncodeToString(sum.Sum(nil))
		return e.tellClosed(ctx, tx, m)
	})
}

const progressEvery = 1000 // rows

// roomToSort lets Postgres join and sort a year of gifts with little on disk: its
// default of 4 MB is meant for queries that are many at once. And it lets it begin at
// once: to compile these queries first takes seconds, and saves fewer.
const roomToSort = `set local work_mem = '64MB'; set local jit = off`

// summary is what the file itself can say of the manifest: all but its own checksum.
func (m *Manifest) summary(a *adder) sheet.Summary {
	s := sheet.Summary{Totals: a.list()}
	note := func(name, value string) { s.Notes = append(s.Notes, sheet.Note{Name: name, Value: value}) }
	note("report", m.Report)
	note("as_of", m.AsOf.Format(asOfFormat))
	note("timezone", m.Timezone)
	note("from", m.From)
	note("to", m.To)
	for _, filter := range []string{"currency", "campaign", "basis"} {
		if m.Filters[filter] != "" {
			note("filter "+filter, m.Filters[filter])
		}
	}
	note("rows", fmt.Sprint(m.Rows))
	note("format", m.Format)
	for i, text := range m.Notes {
		note(fmt.Sprintf("note %d", i+1), text)
	}
	return s
}

// asOfFormat is that of the manifest's as_of.
const asOfFormat = "2006-01-02T15:04:05.999999999Z07:00"
