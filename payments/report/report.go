// Package report reads the books for finance: each report is one snapshot, in
// one explicit time zone, whole, with a manifest that says what it holds.
package report

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// Query says what a report is to hold.
type Query struct {
	From, To time.Time // From is included, To is not
	Zone     *time.Location
	Currency money.Currency // "" for all
	Campaign string         // "" for all
	Basis    Basis          // by which time a row falls into the period
}

// Basis is the time by which a row falls into a report's period.
type Basis string

// The bases that there are.
const (
	// Own is each report's own: when a gift was received, a payout arrives, Stripe
	// booked what an entry accounts for.
	Own Basis = ""
	// Received is when a gift was received, as without a basis.
	Received Basis = "received"
	// Available is when what a gift brought can be paid out.
	Available Basis = "available"
	// PaidOut is when the payout that carries a gift arrives.
	PaidOut Basis = "payout"
	// Booked is when an entry of the journal was written here. Whoever exports one
	// period after the other by it has each entry once, and what was corrected later
	// in the period of the correction.
	Booked Basis = "booked"
)

// Manifest says what a report holds, so that two copies can be told apart and
// its totals checked without reading it.
type Manifest struct {
	Report   string            `json:"report"`
	AsOf     time.Time         `json:"as_of"` // when the snapshot was taken
	Timezone string            `json:"timezone"`
	From     string            `json:"from"`
	To       string            `json:"to"`
	Filters  map[string]string `json:"filters"`
	Rows     int64             `json:"rows"`
	// Totals are per currency and amount column, in major units: the sums of all rows.
	Totals map[money.Currency]map[string]string `json:"totals"`
	// TotalsByStatus are the same of the rows of each status, where rows have one.
	TotalsByStatus map[string]StatusTotals `json:"totals_by_status,omitempty"`
	// AmountColumns say how each column was added up.
	AmountColumns map[string]AmountColumn `json:"amount_columns,omitempty"`
	// Notes are sentences on what the period and the totals are.
	Notes  []string `json:"notes,omitempty"`
	SHA256 string   `json:"sha256"` // of the file; "" where there are several
	Format string   `json:"format"`
	// Files are what a journal for a bookkeeping program was split into.
	Files []File `json:"files,omitempty"`
	// Opens is the file in which a journal's accounts are opened, where it is another.
	Opens *File `json:"opens,omitempty"`
}

// WriteTo writes the manifest as indented JSON.
func (m Manifest) WriteTo(w io.Writer) (int64, error) {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(raw, '\n'))
	return int64(n), err
}

func newManifest(name, format string, q Query) Manifest {
	m := Manifest{
		Report: name, Timezone: q.Zone.String(), Format: format, Filters: map[string]string{},
		From: q.From.In(q.Zone).Format(time.RFC3339), To: q.To.In(q.Zone).Format(time.RFC3339),
		Totals: map[money.Currency]map[string]string{},
	}
	for filter, value := range map[string]string{"currency": string(q.Currency), "campaign": q.Campaign, "basis": string(q.Basis)} {
		if value != "" {
			m.Filters[filter] = value
		}
	}
	return m
}

// snapshotRead is how a report reads: everything as of one moment.
func snapshotRead() pgx.TxOptions {
	return pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
}

// takenIn notes when the snapshot was taken.
func (m *Manifest) takenIn(ctx context.Context, tx pgx.Tx, q Query) error {
	if err := tx.QueryRow(ctx, `select now()`).Scan(&m.AsOf); err != nil {
		return err
	}
	m.AsOf = m.AsOf.In(q.Zone)
	return nil
}

// sums are a row's amounts by column.
type sums map[string]money.Amount

// read gives the rows of one report within a snapshot.
type read func(ctx context.Context, tx pgx.Tx, q Query, row func(cells []string, s sums) error) error

type kind struct {
	columns []string
	amounts map[string]AmountColumn // those of the columns that are added up
	status  string                  // the column by whose words they are added up as well; "" for none
	read    read
	// noCampaign says why the report cannot be narrowed to a campaign; "" where it can.
	noCampaign string
	bases      []Basis // by which it can be cut beside its own
}

func kindOf(name string) (kind, bool) {
	switch name {
	case "donations":
		return kind{columns: donationColumns, amounts: donationAmounts(), status: "status", read: donations, bases: []Basis{Received, Available, PaidOut}}, true
	case "appeals":
		return kind{columns: appealColumns, amounts: in("currency", "gross", "refunded", "fees", "net", "disputed"), read: appeals}, true
	case "payouts":
		return kind{columns: payoutColumns, amounts: payoutAmounts(), status: "payout_status", read: payouts, noCampaign: "a payout carries the money of all campaigns"}, true
	case "journal":
		return kind{columns: journalColumns, amounts: in("currency", "debit", "credit"), read: journal, bases: []Basis{Booked}}, true
	default:
		return kind{}, false
	}
}

// Names lists the reports there are.
func Names() []string { return []string{"donations", "appeals", "payouts", "journal"} }

// CheckFilters says why a report cannot be narrowed as the query asks; nil where
// it can.
func CheckFilters(name string, q Query) error {
	k, known := kindOf(name)
	if known && q.Basis != Own && !slices.Contains(k.bases, q.Basis) {
		return fmt.Errorf("the report %s cannot be cut by %q; donations can be by received, available and payout, the journal by booked", name, q.Basis)
	}
	if known && k.noCampaign != "" && q.Campaign != "" {
		return fmt.Errorf("the report %s cannot be narrowed to a campaign: %s", name, k.noCampaign)
	}
	return nil
}

// Formats lists the formats a report can be written in.
func Formats() []string { return []string{"csv"} }

// Write writes a report from one repeatable-read snapshot to w and gives its
// manifest. The same snapshot gives the same bytes. After an error, what was
// written is not a report.
func Write(ctx context.Context, db *pgxpool.Pool, name string, q Query, format string, w io.Writer) (Manifest, error) {
	k, ok := kindOf(name)
	if !ok {
		return Manifest{}, fmt.Errorf("there is no report %q; there is: %s", name, strings.Join(Names(), ", "))
	}
	if !slices.Contains(Formats(), format) {
		return Manifest{}, fmt.Errorf("format %q is not known; known: %s", format, strings.Join(Formats(), ", "))
	}
	if err := CheckFilters(name, q); err != nil {
		return Manifest{}, err
	}
	if err := allBooked(ctx, db, q); err != nil {
		return Manifest{}, err
	}
	m := newManifest(name, format, q)
	out := newCSV(w)
	totals := statusTotals{}
	status := slices.Index(k.columns, k.status)
	err := pgx.BeginTxFunc(ctx, db, snapshotRead(), func(tx pgx.Tx) error {
		if err := m.takenIn(ctx, tx, q); err != nil {
			return err
		}
		if err := out.row(k.columns); err != nil {
			return err
		}
		return k.read(ctx, tx, q, func(cells []string, s sums) error {
			of := ""
			if status >= 0 {
				of = cells[status]
			}
			totals.add(of, s)
			return out.row(cells)
		})
	})
	if err == nil {
		err = out.close()
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("writing report %s: %w", name, err)
	}
	totals.tell(&m, k)
	m.Notes = notes(name, q)
	m.SHA256 = out.checksum()
	return m, nil
}

// totals are sums by currency and column, in minor units.
type totals map[money.Currency]map[string]int64

func (t totals) add(s sums) {
	for column, amount := range s {
		if t[amount.Currency] == nil {
			t[amount.Currency] = map[string]int64{}
		}
		t[amount.Currency][column] += amount.Minor
	}
}

func (t totals) major() map[money.Currency]map[string]string {
	out := map[money.Currency]map[string]string{}
	for c, columns := range t {
		out[c] = map[string]string{}
		for column, minor := range columns {
			out[c][column] = money.New(minor, c).Major()
		}
	}
	return out
}

// csvFile writes RFC 4180 with a checksum of what it wrote.
type csvFile struct {
	buffer *bufio.Writer
	csv    *csv.Writer
	sum    hash.Hash
}

func newCSV(w io.Writer) *csvFile {
	sum := sha256.New()
	buffer := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	return &csvFile{buffer: buffer, csv: csv.NewWriter(buffer), sum: sum}
}

// checksum is that of what was written and closed.
func (f *csvFile) checksum() string { return hex.EncodeToString(f.sum.Sum(nil)) }

func (f *csvFile) row(cells []string) error { return f.csv.Write(cells) }

func (f *csvFile) close() error {
	f.csv.Flush()
	if err := f.csv.Error(); err != nil {
		return err
	}
	return f.buffer.Flush()
}
