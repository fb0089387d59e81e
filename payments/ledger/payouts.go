package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// State is how far a payout is explained.
type State string

// The states of payouts.
const (
	Open     State = "open"     // Stripe has not told yet, or not to the end, what it sent
	Closed   State = "closed"   // its rows are all in the books, and add up to its amount
	Differs  State = "differs"  // they do not
	Manual   State = "manual"   // made by hand, or instant: Stripe does not tell what it sent (https://docs.stripe.com/payouts/reconciliation)
	Failed   State = "failed"   // the bank sent it back; the money is on the balance again once its reversal is booked
	Canceled State = "canceled" // it never left
)

// States lists them.
func States() []State { return []State{Open, Closed, Differs, Manual, Failed, Canceled} }

// Payout is a payout and what explains it.
type Payout struct {
	ID      string
	State   State
	Status  string // Stripe's: pending, in_transit, paid, failed, canceled
	Amount  money.Amount
	Created time.Time
	Arrival time.Time // the day on which the bank should have it, as midnight UTC
	// Rows counts the balance transactions that it sent, without its own; Explained
	// is the sum of their net, in minor units of Amount's currency.
	Rows      int
	Explained int64
	// Missing counts the rows whose balance transaction is not in the books.
	Missing int
	// Read tells whether Stripe's list of what it sent was read to its end.
	Read bool
	// Reversal is the balance transaction that brought the money of a failed or
	// canceled payout back, "" until it is in the books.
	Reversal string
}

// HalfRead tells whether some of its rows are read, and the rest is still to come.
func (p Payout) HalfRead() bool {
	return !p.Read && p.Rows > 0 && p.Explained != p.Amount.Minor && (p.State == Open || p.State == Failed)
}

// Difference is what of the amount its rows do not explain, in minor units: 0 where
// Stripe does not tell them, and until they are read to the end.
func (p Payout) Difference() int64 {
	if p.State == Manual || p.State == Open || p.Rows == 0 || p.HalfRead() {
		return 0
	}
	return p.Amount.Minor - p.Explained
}

// payoutsSQL leaves a payout's own movement out of its rows.
const payoutsSQL = `
select p.id, p.status, p.currency, p.amount, p.created, p.arrival,
	p.automatic, q.read_at is not null and p.reconciled,
	count(r.id) filter (where b.source is distinct from p.id), coalesce(sum(b.net) filter (where b.source <> p.id), 0)::bigint,
	count(r.id) filter (where b.id is null),
	coalesce((select f.id from balance_transactions f where f.id = p.failure_transaction and f.currency <> ''), '')
from payouts p
left join payout_questions q on q.payout = p.id
left join payout_rows r on r.payout = p.id and r.id <> p.balance_transaction
left join balance_transactions b on b.id = r.id and b.currency <> ''
where p.created >= $1 and ($2::text[] is null or p.id = any($2))
group by p.id, q.read_at
order by p.created, p.id collate "C"`

// Payouts lists the payouts made at since or later, the oldest first, and what
// explains each. A zero since lists all.
func Payouts(ctx context.Context, db payments.Querier, since time.Time) ([]Payout, error) {
	from := int64(0)
	if !since.IsZero() {
		from = since.Unix()
	}
	return payoutsOf(ctx, db, from, nil)
}

// PayoutsOf is Payouts for those with the given ids.
func PayoutsOf(ctx context.Context, db payments.Querier, ids []string) ([]Payout, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return payoutsOf(ctx, db, 0, ids)
}

func payoutsOf(ctx context.Context, db payments.Querier, from int64, ids []string) ([]Payout, error) {
	return readPayouts(ctx, db, payoutsSQL, from, ids)
}

func readPayouts(ctx context.Context, db payments.Querier, sql string, args ...any) ([]Payout, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("listing payouts: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Payout, err error) {
		var created, arrival int64
		var automatic bool
		err = row.Scan(&p.ID, &p.Status, &p.Amount.Currency, &p.Amount.Minor, &created, &arrival, &automatic, &p.Read,
			&p.Rows, &p.Explained, &p.Missing, &p.Reversal)
		p.Created, p.Arrival = time.Unix(created, 0).UTC(), time.Unix(arrival, 0).UTC()
		p.State = p.state(automatic)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("listing payouts: %w", err)
	}
	return all, nil
}

// state judges a payout.
func (p Payout) state(automatic bool) State {
	switch {
	case p.Status == "canceled":
		return Canceled
	case p.Status == "failed":
		return Failed
	case !automatic:
		return Manual
	case payments.PayoutExplained(p.Rows, p.Missing, p.Explained, p.Amount.Minor):
		return Closed
	case p.Read:
		return Differs
	default:
		return Open
	}
}

// Row is a balance transaction that a payout sent.
type Row struct {
	ID       string
	Booked   bool   // whether it is in the books: if not, only its id is known
	Category string // Stripe's reporting_category
	Source   string
	Net      int64 // minor units of the payout's currency
}

// Rows lists what a payout sent, without its own movement, in the order in which it
// was booked.
func Rows(ctx context.Context, db payments.Querier, payout string) ([]Row, error) {
	rows, err := db.Query(ctx, `
		select r.id, b.id is not null, coalesce(b.category, ''), coalesce(b.source, ''), coalesce(b.net, 0)
		from payouts p join payout_rows r on r.payout = p.id and r.id <> p.balance_transaction
		left join balance_transactions b on b.id = r.id and b.currency <> ''
		where p.id = $1 and b.source is distinct from p.id
		order by b.created, r.id collate "C"`, payout)
	if err != nil {
		return nil, fmt.Errorf("listing what payout %s sent: %w", payout, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Row])
	if err != nil {
		return nil, fmt.Errorf("listing what payout %s sent: %w", payout, err)
	}
	return all, nil
}

// String says it in one line.
func (p Payout) String() string {
	s := fmt.Sprintf("%s of %s, %s, %s: %s", p.ID, p.Created.Format(time.DateOnly), p.Amount, p.Status, p.State)
	switch {
	case p.Difference() != 0:
		s += fmt.Sprintf(" by %s, its %d rows make %s", money.New(p.Difference(), p.Amount.Currency), p.Rows, money.New(p.Explained, p.Amount.Currency))
		if p.Missing > 0 {
			s += fmt.Sprintf(", %d of them are not in the books", p.Missing)
		}
	case p.State == Differs:
		s += fmt.Sprintf(", its %d rows make it, and %d of them are not in the books", p.Rows, p.Missing)
	case p.State == Closed:
		s += fmt.Sprintf(" by %d rows", p.Rows)
	case p.State == Failed && p.Reversal != "":
		s += ", reversed by " + p.Reversal
	case p.State == Failed:
		s += ", its reversal is not in the books yet"
	}
	if p.HalfRead() {
		s += fmt.Sprintf(", what it sent is not read to the end yet, %d rows so far", p.Rows)
	}
	return s
}
