package closing

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// Reports are those that are kept of a month: donations by when they were received,
// payouts by when they arrive, the journal by when Stripe booked what it accounts for.
func Reports() []string { return []string{"donations", "payouts", "journal"} }

// personal are the columns that name a person, or hold a person's words. They are not
// kept. An erasure changes the donor's id as well, which names nobody and is kept.
func personal() []string { return []string{"donor_name", "donor_email", "dedication", "comment"} }

// keyColumns are those by which a row of a report is the same row later.
func keyColumns(name string) []string {
	switch name {
	case "donations":
		return []string{"donation_id"}
	case "payouts":
		return []string{"payout_id", "balance_transaction_id"}
	default:
		return []string{"entry_id", "entry_kind", "account", "currency", "donation_id"}
	}
}

// reading is a report as it is read: its columns without the personal ones, then its
// rows with just these, which the reader may keep.
type reading struct {
	head func(columns []string) error
	row  func(cells []string) error
}

// read reads a report as CSV within the snapshot of tx. The manifest is that of the
// whole report, personal columns included.
func (r reading) read(ctx context.Context, tx pgx.Tx, name string, q report.Query) (report.Manifest, error) {
	type written struct {
		manifest report.Manifest
		err      error
	}
	out, in := io.Pipe()
	done := make(chan written, 1)
	go func() {
		m, err := report.Export{Report: name, Query: q, Format: string(sheet.CSV)}.WriteWithin(ctx, tx, in)
		_ = in.CloseWithError(err) // never fails; without an error it is the end of the file
		done <- written{m, err}
	}()
	err := r.parse(out)
	_ = out.CloseWithError(errors.Join(errStopped, err)) // never fails; ends a writer that still writes
	w := <-done
	if err == nil {
		err = w.err
	}
	if err != nil {
		return report.Manifest{}, fmt.Errorf("reading the report %s: %w", name, err)
	}
	return w.manifest, nil
}

// errStopped is what a report's writer hears whose rows nobody reads any more.
var errStopped = errors.New("nobody reads the report any more")

func (r reading) parse(from io.Reader) error {
	lines := csv.NewReader(from)
	lines.ReuseRecord = true
	columns, err := lines.Read()
	if err != nil {
		return err
	}
	var kept []int
	var names []string
	for i, name := range columns {
		if !slices.Contains(personal(), name) {
			kept, names = append(kept, i), append(names, name)
		}
	}
	if err := r.head(names); err != nil {
		return err
	}
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		cells := make([]string, len(kept))
		for i, column := range kept {
			cells[i] = line[column]
		}
		if err := r.row(cells); err != nil {
			return err
		}
	}
}
