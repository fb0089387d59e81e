package desk

import (
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Standing is what waits for somebody, and what is on its way to the bank. Nothing of
// it names a donor.
type Standing struct {
	Parked      int64     // events that are stored and not in the books
	ParkedSince time.Time // when the oldest of them came

	Compared   bool      // the books were ever compared with Stripe
	ComparedAt time.Time // when that was last
	Differ     int       // differences that were left then

	LookedAt                        time.Time // when recurring donations were last looked after; zero before the first time
	Missing, Unknown, Failing, Card int64     // recurring donations with something amiss, by what it is

	Disputes   int64 // that wait for an answer
	DisputeDue []Dispute
	Inquiries  int64 // of banks that have taken nothing, and wait for an answer
	InquiryDue []Dispute

	RefundsOpen    int64 // ordered, and not known whether Stripe made them
	RefundsSince   time.Time
	RefundsRefused int64 // of the last week

	ClosedChanged []ChangedMonth // closed months that are lately otherwise than they were closed, the newest first

	OnTheWay      int64 // payouts that the bank does not have yet
	OnTheWayFirst []Payout
	Counted       bool           // what follows is known: it takes longer to count, and is counted once a minute at most
	CountedAt     time.Time      // when
	Recounted     bool           // that was long ago, and it is being counted anew
	Unexplained   int            // payouts of the last 100 days whose rows do not add up to them
	FeesUnknown   int64          // gifts of the last 100 days whose fee is not known
	FeesSince     time.Time      // when the oldest of them came
	BankRead      bool           // a statement of the bank was ever read
	BankMissing   int            // payouts that should stand on the statements, and do not
	BankUnmatched int            // lines that name Stripe, and are no payout's
	AtStripe      []money.Amount // the balance with Stripe by the ledger; below zero is owed to Stripe
}

// Dispute is one that waits for an answer.
type Dispute struct {
	ID     string
	Amount money.Amount
	DueBy  time.Time // zero where Stripe told no deadline
}

// Payout is one on its way.
type Payout struct {
	ID      string
	Amount  money.Amount
	Status  string    // Stripe's: pending, in_transit
	Arrival time.Time // the day on which the bank should have it, as midnight UTC
}

// ChangedMonth is a closed month of which rows are otherwise than when it was closed.
type ChangedMonth struct {
	Words             string // October 2026
	Rows, Unexplained int64
	Since             time.Time // of the comparison that was the first to find just that
}
