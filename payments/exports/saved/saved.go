package saved

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// Export is what was saved to be exported again and again.
type Export struct {
	ID     string // sav_…
	Name   string // as staff call it, at most LongestName letters
	Report string // one of report.Names
	Format string // one of report.Formats, or a bookkeeping program's: exports.Books.Format
	Span   Span
	Zone   *time.Location // of the days of its periods, and of the clock of its schedule

	Currency money.Currency // "" for all
	Campaign string         // "" for all
	Basis    report.Basis

	Schedule Schedule
	Folder   string   // in the folder of exports, into which its files are put; "" for none
	Readers  []string // ids of the staff who are told by mail

	SavedBy, ChangedBy string // as the audit names them; ChangedBy is "" where it was not changed
	SavedAt, ChangedAt time.Time
	Next               Turn // the turn that its schedule names next; At is zero where there is none
}

// LongestName bounds the name of a saved export, in letters.
const LongestName = 120

// BySchedule is who orders what a schedule names, as the audit tells it.
const BySchedule = "schedule"

// By is who does something, and from which address, for the audit.
type By struct{ Who, Address string }

// Entry is what is written down of something that was done.
type Entry struct {
	By
	Action, Object, Detail string
}

// Orderer orders runs; exports.Runs does.
type Orderer interface {
	Order(ctx context.Context, tx pgx.Tx, o exports.Order) (id string, err error)
}

// Book keeps saved exports and their turns. All fields are needed.
type Book struct {
	DB     *pgxpool.Pool
	Runs   Orderer
	Fiscal time.Month // with which the fiscal year starts
	// Record writes down what is done, in the transaction that does it. It is called
	// last, since others who record wait for that transaction.
	Record func(ctx context.Context, tx pgx.Tx, e Entry) error
	Now    func() time.Time
}

// query is what a turn of the export reads; ok is false where its period has no length,
// as yesterday has none after a day that a zone left out.
func (e Export) query(day Turn, fiscal time.Month) (q report.Query, ok bool) {
	q = report.Query{Zone: e.Zone, Currency: e.Currency, Campaign: e.Campaign, Basis: e.Basis}
	q.From, q.To = e.Span.On(day.Day, fiscal).In(e.Zone)
	return q, q.From.Before(q.To)
}

// told is what the audit keeps of it.
func (e Export) told() string {
	parts := []string{e.Report, e.Format, string(e.Span), e.Zone.String()}
	for _, also := range []string{string(e.Basis), string(e.Currency), e.Campaign, string(e.Schedule.Every)} {
		if also != "" {
			parts = append(parts, also)
		}
	}
	if e.Folder != "" {
		parts = append(parts, "into "+e.Folder)
	}
	if len(e.Readers) > 0 {
		parts = append(parts, "told to "+strings.Join(e.Readers, " "))
	}
	return strings.Join(parts, ", ")
}

func newID() string { return "sav_" + strings.ToLower(rand.Text()) }
