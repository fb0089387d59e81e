package report

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// payoutColumns are what finance relies on: columns may be added at the end, none
// is renamed or moved.
func payoutColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "payout_id"}, {Name: "payout_date", Kind: sheet.Date}, {Name: "payout_status"}, {Name: "payout_amount", Kind: sheet.Amount},
		{Name: "balance_transaction_id"}, {Name: "created_at", Kind: sheet.Time}, {Name: "available_on", Kind: sheet.Time},
		{Name: "reporting_category"}, {Name: "currency"}, {Name: "gross", Kind: sheet.Amount}, {Name: "fee", Kind: sheet.Amount},
		{Name: "net", Kind: sheet.Amount}, {Name: "customer_facing_currency"}, {Name: "customer_facing_amount", Kind: sheet.Amount},
		{Name: "donation_id"}, {Name: "donor_id"}, {Name: "stripe_source"}, {Name: "difference", Kind: sheet.Amount},
		{Name: "payout_kind"}, {Name: "payout_state"}, {Name: "exchange_rate", Kind: sheet.Rate}, {Name: "stripe_payment"}, {Name: "stripe_charge"},
		{Name: "bank_date", Kind: sheet.Date},        // of the line of the bank's statement on which the payout was found
		{Name: "bank_return_date", Kind: sheet.Date}, // of the line that took it back
	}
}

// What became of a payout, in the column payout_state.
const (
	payoutClosed  = "closed"  // its rows are all in the books, and add up to its amount
	payoutDiffers = "differs" // they do not
	payoutOpen    = "open"    // Stripe has not said yet, or not all of, what it carried
	payoutManual  = "manual"  // Stripe never says what it carried
)

// A payout's own movement is none of its rows. A row whose balance transaction is
// not in the books is shown by its id alone, and is missing from the sum.
func payoutsSQL() string {
	return `
with carried as (
	select r.payout, r.id as movement, b.*, sum(b.net) over whole as explained,
		count(*) over whole as rows, count(*) filter (where b.id is null) over whole as missing
	from payouts p join payout_rows r on r.payout = p.id left join balance_transactions b on b.id = r.id and b.currency <> ''
	where p.arrival >= $1 and p.arrival < $2 and ($3 = '' or p.currency = $3) and b.source is distinct from p.id
		and r.id <> p.balance_transaction
	window whole as (partition by r.payout)
)
select p.id, p.arrival, p.status, p.automatic, coalesce(p.reconciled and q.read_at is not null, false), p.currency, p.amount, coalesce(b.explained, 0)::bigint, coalesce(b.rows, 0), coalesce(b.missing, 0), coalesce(b.movement, ''),
	coalesce(b.id, ''), coalesce(b.created, 0), coalesce(b.available_on, 0), coalesce(b.category, ''), coalesce(b.currency, ''),
	coalesce(b.amount, 0), coalesce(b.fee, 0), coalesce(b.net, 0), coalesce(b.exchange_rate, ''), coalesce(b.source, ''),
` + payments.FacingSQL("b", "c", "r", "i") + `,
	coalesce(c.payment, k.payment, r.payment, i.payment, ''), coalesce(c.id, k.id, ''),
	coalesce(d.donation_id, ''), coalesce(d.donor_id, ''),
	coalesce((select extract(epoch from l.day)::bigint from bank_ticks t join bank_lines l on l.id = t.line where t.payout = p.id and t.kind = 'deposit'), 0),
	coalesce((select extract(epoch from l.day)::bigint from bank_ticks t join bank_lines l on l.id = t.line where t.payout = p.id and t.kind = 'return'), 0)
from payouts p
	left join carried b on b.payout = p.id
	left join payout_questions q on q.payout = p.id
	left join charges c on c.id = b.source
	left join refunds r on r.id = b.source
	left join disputes i on i.id = b.source
	left join charges k on k.id = coalesce(r.charge, i.charge) and k.id <> ''
	left join donations d on d.payment = coalesce(c.payment, k.payment, nullif(r.payment, ''), nullif(i.payment, ''))
where p.arrival >= $1 and p.arrival < $2 and ($3 = '' or p.currency = $3)
order by p.arrival, p.id collate "C", b.created, b.movement collate "C"`
}

// payoutRow is one movement that a payout carried, or the payout alone where none
// is known.
type payoutRow struct {
	payout, status       string
	arrival              int64
	automatic, told      bool         // told: all that it carried was asked for
	amount               money.Amount // of the payout
	explained            int64        // sum of all its rows, minor units
	rows, missing        int          // missing: of its rows, those that are not in the books
	movement             string       // as the payout's list names it
	id, category, source string
	created, available   int64
	gross                money.Amount
	fee, net             int64
	rate                 string
	facing               money.Amount // what the payer saw
	payment, charge      string
	donationID, donorID  string
	onStatement          int64 // the day, midnight UTC in Unix seconds; 0 where it was not found
	returned             int64 // the same of the line that took it back
	firstOfPayout        bool
}

// payouts gives a row for each movement of a payout that arrives in the period,
// and one row for a payout of which none is known. The payout's own columns, its
// difference among them, are repeated on each of its rows; the manifest counts
// them once. A payout arrives on a day, not at a time: Stripe tells it as midnight
// UTC (https://docs.stripe.com/api/payouts/object#payout_object-arrival_date), and
// that day is not moved into another zone, where it would be the day before.
func payouts(ctx context.Context, tx pgx.Tx, q Query, row *sheet.Row, emit func() error) error {
	rows, err := tx.Query(ctx, payoutsSQL(), daysFrom(q.From, q.Zone), daysFrom(q.To, q.Zone), string(q.Currency))
	if err != nil {
		return err
	}
	var r payoutRow
	fields := []any{&r.payout, &r.arrival, &r.status, &r.automatic, &r.told, &r.amount.Currency, &r.amount.Minor, &r.explained, &r.rows, &r.missing, &r.movement,
		&r.id, &r.created, &r.available, &r.category, &r.gross.Currency, &r.gross.Minor, &r.fee, &r.net, &r.rate, &r.source,
		&r.facing.Currency, &r.facing.Minor, &r.payment, &r.charge, &r.donationID, &r.donorID, &r.onStatement, &r.returned}
	last := ""
	_, err = pgx.ForEachRow(rows, fields, func() error {
		r.firstOfPayout, last = r.payout != last, r.payout
		r.fill(row)
		return emit()
	})
	return err
}

// daysFrom is the first day that begins at a moment or later in a zone, as Stripe
// writes a day, in Unix seconds: it bounds the days that are of a period.
func daysFrom(t time.Time, zone *time.Location) int64 {
	return calendar.From(t.In(zone)).UTC().Unix()
}

// state says what is known of what the payout carried.
func (r *payoutRow) state() string {
	switch {
	case !r.automatic:
		return payoutManual
	case payments.PayoutExplained(r.rows, r.missing, r.explained, r.amount.Minor):
		return payoutClosed
	case r.told:
		return payoutDiffers
	}
	return payoutOpen
}

// fill makes a row of it. What belongs to the payout is repeated on each of its rows,
// and counted on the first.
func (r *payoutRow) fill(row *sheet.Row) {
	ofPayout := row.Shown
	if r.firstOfPayout {
		ofPayout = row.Amount
	}
	known := func(a money.Amount, yes bool) {
		if yes {
			row.Amount(a)
		} else {
			row.Empty()
		}
	}
	row.Reset()
	row.Text(r.payout)
	row.Day(r.arrival)
	row.Text(r.status)
	ofPayout(r.amount)
	row.Text(r.movement)
	currency := r.amount.Currency
	if r.id == "" {
		row.Empty()
		row.Empty()
	} else {
		currency = r.gross.Currency
		row.Unix(r.created)
		row.Unix(r.available)
	}
	row.Text(r.category)
	row.Text(string(currency))
	known(r.gross, r.id != "")
	known(money.New(r.fee, currency), r.id != "")
	known(money.New(r.net, currency), r.id != "")
	row.Text(string(r.facing.Currency))
	known(r.facing, r.facing.Currency != "")
	row.Text(r.donationID)
	row.Text(r.donorID)
	row.Text(r.source)
	if r.automatic {
		ofPayout(money.New(r.amount.Minor-r.explained, r.amount.Currency))
		r.describe(row, "automatic")
		return
	}
	row.Empty() // of a payout that was made by hand nobody can say what it should add up to
	r.describe(row, "manual")
}

// describe appends the columns that came later.
func (r *payoutRow) describe(row *sheet.Row, kind string) {
	row.Text(kind)
	row.Text(r.state())
	row.Rate(r.rate)
	row.Text(r.payment)
	row.Text(r.charge)
	for _, day := range []int64{r.onStatement, r.returned} {
		if day == 0 {
			row.Empty()
		} else {
			row.Day(day)
		}
	}
}
