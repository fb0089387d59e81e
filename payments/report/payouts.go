package report

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// payoutColumns are what finance relies on: columns may be added at the end, none
// is renamed or moved.
var payoutColumns = []string{
	"payout_id", "payout_date", "payout_status", "payout_amount", "balance_transaction_id", "created_at", "available_on",
	"reporting_category", "currency", "gross", "fee", "net", "customer_facing_currency", "customer_facing_amount",
	"donation_id", "donor_id", "stripe_source", "difference",
	"payout_kind", "payout_state", "exchange_rate", "stripe_payment", "stripe_charge",
	"bank_date", // of the line of the bank's statement on which the payout was found
}

// What became of a payout, in the column payout_state.
const (
	payoutClosed  = "closed"  // its rows add up to its amount
	payoutDiffers = "differs" // they do not
	payoutOpen    = "open"    // Stripe has not said yet, or not all of, what it carried
	payoutManual  = "manual"  // Stripe never says what it carried
)

// A payout's own movement is none of its rows. A row whose balance transaction is
// not in the books is shown by its id alone, and is missing from the sum.
func payoutsSQL() string {
	return `
with carried as (
	select r.payout, r.id as movement, b.*, sum(b.net) over (partition by r.payout) as explained
	from payouts p join payout_rows r on r.payout = p.id left join balance_transactions b on b.id = r.id
	where p.arrival >= $1 and p.arrival < $2 and ($3 = '' or p.currency = $3) and b.source is distinct from p.id
		and r.id <> p.balance_transaction
)
select p.id, p.arrival, p.status, p.automatic, coalesce(p.reconciled and q.read_at is not null, false), p.currency, p.amount, coalesce(b.explained, 0)::bigint, coalesce(b.movement, ''),
	coalesce(b.id, ''), coalesce(b.created, 0), coalesce(b.available_on, 0), coalesce(b.category, ''), coalesce(b.currency, ''),
	coalesce(b.amount, 0), coalesce(b.fee, 0), coalesce(b.net, 0), coalesce(b.exchange_rate, ''), coalesce(b.source, ''),
` + payments.FacingSQL("b", "c", "r", "i") + `,
	coalesce(c.payment, k.payment, r.payment, i.payment, ''), coalesce(c.id, k.id, ''),
	coalesce(d.donation_id, ''), coalesce(d.donor_id, ''),
	coalesce((select l.day::text from bank_ticks t join bank_lines l on l.id = t.line where t.payout = p.id and t.kind = 'deposit'), '')
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
	payout, status            string
	arrival                   int64
	automatic, told           bool         // told: all that it carried was asked for
	amount                    money.Amount // of the payout
	explained                 int64        // sum of all its rows, minor units
	movement                  string       // as the payout's list names it
	id, category, source      string
	created, available        int64
	gross                     money.Amount
	fee, net                  int64
	rate                      string
	facing                    money.Amount // what the payer saw
	payment, charge           string
	donationID, donorID       string
	onStatement               string // the day, "" where it was not found
	firstOfPayout, carriesAny bool
}

// payouts gives a row for each movement of a payout that arrives in the period,
// and one row for a payout of which none is known. The payout's own columns, its
// difference among them, are repeated on each of its rows; the manifest counts
// them once. A payout arrives on a day, not at a time: Stripe tells it as midnight
// UTC (https://docs.stripe.com/api/payouts/object#payout_object-arrival_date), and
// that day is not moved into another zone, where it would be the day before.
func payouts(ctx context.Context, tx pgx.Tx, q Query, row func(cells []string, sums sums) error) error {
	rows, err := tx.Query(ctx, payoutsSQL(), wallClock(q.From, q.Zone), wallClock(q.To, q.Zone), string(q.Currency))
	if err != nil {
		return err
	}
	var r payoutRow
	fields := []any{&r.payout, &r.arrival, &r.status, &r.automatic, &r.told, &r.amount.Currency, &r.amount.Minor, &r.explained, &r.movement,
		&r.id, &r.created, &r.available, &r.category, &r.gross.Currency, &r.gross.Minor, &r.fee, &r.net, &r.rate, &r.source,
		&r.facing.Currency, &r.facing.Minor, &r.payment, &r.charge, &r.donationID, &r.donorID, &r.onStatement}
	last := ""
	_, err = pgx.ForEachRow(rows, fields, func() error {
		r.firstOfPayout, last = r.payout != last, r.payout
		r.carriesAny = r.movement != ""
		cells, s := r.cells(q.Zone)
		return row(cells, s)
	})
	return err
}

// wallClock is what the clock on the wall shows at a moment in a zone, taken as
// UTC, in Unix seconds: a day of Stripe's is compared with a day of the report.
func wallClock(t time.Time, zone *time.Location) int64 {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC).Unix()
}

// state says what is known of what the payout carried.
func (r *payoutRow) state() string {
	switch {
	case !r.automatic:
		return payoutManual
	case r.carriesAny && r.explained == r.amount.Minor:
		return payoutClosed
	case r.told:
		return payoutDiffers
	}
	return payoutOpen
}

func (r *payoutRow) cells(zone *time.Location) ([]string, sums) {
	in := func(minor int64) money.Amount { return money.New(minor, r.amount.Currency) }
	kind, amounts := "automatic", sums{}
	if !r.automatic {
		kind = "manual"
	}
	if r.firstOfPayout {
		amounts["payout_amount"] = r.amount
	}
	cells := []string{
		r.payout, time.Unix(r.arrival, 0).UTC().Format(time.DateOnly), r.status, r.amount.Major(), r.movement, "", "",
		harmless(r.category), string(r.amount.Currency), "", "", "", "", "", r.donationID, r.donorID, r.source, "",
		kind, r.state(), r.rate, r.payment, r.charge, r.onStatement,
	}
	// Of a payout that was made by hand nobody can say what it should add up to.
	if r.automatic {
		difference := in(r.amount.Minor - r.explained)
		cells[17] = difference.Major()
		if r.firstOfPayout {
			amounts["difference"] = difference
		}
	}
	if r.id != "" {
		fee, net := money.New(r.fee, r.gross.Currency), money.New(r.net, r.gross.Currency)
		cells[5], cells[6] = moment(r.created, zone), moment(r.available, zone)
		cells[8], cells[9], cells[10], cells[11] = string(r.gross.Currency), r.gross.Major(), fee.Major(), net.Major()
		amounts["gross"], amounts["fee"], amounts["net"] = r.gross, fee, net
	}
	if r.facing.Currency != "" {
		cells[12], cells[13] = string(r.facing.Currency), r.facing.Major()
		amounts["customer_facing_amount"] = r.facing
	}
	return cells, amounts
}

// moment writes Unix seconds as reports do.
func moment(unix int64, zone *time.Location) string {
	return time.Unix(unix, 0).In(zone).Format(time.RFC3339)
}
