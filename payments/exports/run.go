package exports

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/report"
)

// State is how far a run is.
type State string

// The states. A run ends as Done, Failed or Cancelled and stays so.
const (
	Waiting   State = "waiting" // nobody carries it out yet
	Running   State = "running"
	Done      State = "done"   // its file was whole
	Failed    State = "failed" // Failure says why; there is no file
	Cancelled State = "cancelled"
)

// Ended tells whether nothing will come of it any more.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Removal is why the file of a run is there no more.
type Removal string

// The reasons.
const (
	Kept    Removal = ""        // it is there, as far as the books know
	Expired Removal = "expired" // KeepFor has passed
	// Erased: it may name somebody whose data were erased after it was written.
	Erased Removal = "erased"
)

const (
	// KeepFor is how long the file of a run is kept after it was written.
	KeepFor = 30 * 24 * time.Hour
	// Tries is how often a run is begun before it has failed: a copy of the service
	// that dies, or a database that is restarted, costs one.
	Tries = 3
)

// Order is what somebody wants exported.
type Order struct {
	Report string       // one of report.Names
	Query  report.Query // Zone is needed; From is before To
	Format string       // one of report.Formats, or a bookkeeping program's: Books.Format
	By     string       // who orders it, as the audit names them
	Saved  string       // the id of the saved export that orders it, "" for none
	Title  string       // what it is called on the page; "" for the report's own name
	// Token stands for one decision: the same order, sent again with the token that it
	// had, is the run of before. NewToken makes one; "" is a decision of its own each
	// time.
	Token string
}

// Run is an order and what became of it.
type Run struct {
	ID string
	Order
	ByName    string // of the staff; By where it is nobody of them
	OrderedAt time.Time
	State     State
	Attempt   int       // how often it was begun
	BegunAt   time.Time // the last time; zero before
	BeatAt    time.Time // when whoever carries it out was last heard of
	Rows      int64     // written so far
	EndedAt   time.Time // zero while it has not ended

	// CancelledBy is who wants it to end, as the audit names them; "" for nobody. A run
	// that is being carried out ends within a second or two.
	CancelledBy string
	// Failure is why it failed, or why it is tried again: sentences for staff.
	Failure string

	// What follows is of a run that is done.
	AsOf      time.Time // when its snapshot was taken
	Name      string    // what its file is called, such as donations-2026-10.csv
	Stored    string    // the file's own name in the folder
	Bytes     int64
	SHA256    string // of the file, in hexadecimal
	Manifest  string // the manifest, byte for byte as the command writes it
	RemovedAt time.Time
	Removed   Removal
}

// Until is when the file of a run that is done goes, at the latest.
func (r Run) Until() time.Time { return r.EndedAt.Add(KeepFor) }

// Label is what the run is called: its title, or the report.
func (r Run) Label() string {
	if r.Title != "" {
		return r.Title
	}
	return r.Report
}

// NamesPeople tells whether a report's rows name donors.
func NamesPeople(name string) bool { return slices.Contains(personal(), name) }

// personal are the reports whose rows hold names and addresses.
func personal() []string { return []string{"donations", "donors"} }

// NewToken makes a token for a form.
func NewToken() string { return strings.ToLower(rand.Text()) }

// newID makes the id of a run: of the token and all that is ordered, so that a form that
// was changed and sent again is another order.
func newID(o Order) string {
	if o.Token == "" {
		return "exp_" + NewToken()
	}
	sum := sha256.New()
	for _, text := range []string{o.Token, o.Report, o.Format, o.By, o.Saved, o.Title, o.Query.Zone.String(), o.Query.From.UTC().Format(time.RFC3339Nano),
		o.Query.To.UTC().Format(time.RFC3339Nano), string(o.Query.Currency), o.Query.Campaign, string(o.Query.Basis)} {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(text), text) // a hash takes everything
	}
	return "exp_" + strings.ToLower(base32.StdEncoding.EncodeToString(sum.Sum(nil)))[:26]
}
