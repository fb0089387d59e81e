// Package report reads the books for finance: each report is one snapshot, in
// one explicit time zone, whole, with a manifest that says what it holds.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
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
	// Closed is there where the report is of exactly one month that finance has closed.
	Closed *Closed `json:"closed,omitempty"`
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

// read gives the rows of one report within a snapshot: it fills the row and emits it,
// again and again.
type read func(ctx context.Context, tx pgx.Tx, q Query, r *sheet.Row, emit func() error) error

type kind struct {
	columns []sheet.Column
	amounts map[string]AmountColumn // those of the columns that are added up
	status  string                  // the column by whose words they are added up as well; "" for none
	read    read
	middle  middle // parts a long period in halves; nil where each row stands for the whole period
	// noCampaign says why the report cannot be narrowed to a campaign; "" where it can.
	noCampaign string
	bases      []Basis // by which it can be cut beside its own
}

func kindOf(name string) (kind, bool) {
	switch name {
	case "donations":
		return kind{columns: donationColumns(), amounts: donationAmounts(), status: "status", read: donations(), middle: middleGift(1, 200), bases: []Basis{Received, Available, PaidOut}}, true
	case "appeals":
		return kind{columns: appealColumns(), amounts: in("currency", "gross", "refunded", "fees", "net", "disputed"), read: appeals}, true
	case "payouts":
		return kind{columns: payoutColumns(), amounts: payoutAmounts(), status: "payout_status", read: payouts, noCampaign: "a payout carries the money of all campaigns"}, true
	case "journal":
		return kind{columns: journalColumns(), amounts: in("currency", "debit", "credit"), read: journal, bases: []Basis{Booked}}, true
	case "recurring":
		return kind{columns: recurringColumns(), amounts: recurringAmounts(), status: "status", read: recurring()}, true
	case "donors":
		return kind{columns: donorColumns(), amounts: donorAmounts(), read: donors()}, true
	default:
		return kind{}, false
	}
}

// Names lists the reports there are.
func Names() []string {
	return []string{"donations", "recurring", "donors", "appeals", "payouts", "journal"}
}

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
