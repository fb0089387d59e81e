package browse

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Sending is a payout that carried a part of a donation.
type Sending struct {
	ID, Status string
	Failure    string    // Stripe's code, where it failed
	Arrival    time.Time // a day, as midnight UTC; zero where it is not known
	// BankDay is the day of the bank's line on which it was found, ReturnDay that of the
	// line that took it back; "" where it was on none that was read.
	BankDay, ReturnDay string
	// Again is the payout that carried the money of this one, which failed; "" where
	// it did not, or where none did yet.
	Again string
}

// Failed tells whether it did not stay at the bank.
func (p Sending) Failed() bool { return p.Status == "failed" || p.Status == "canceled" }

// Way gives the payouts that carried a movement, one after the other: where one failed,
// the next brings its money. The last is the one that counts.
func (s *Story) Way(m Movement) (way []Sending) {
	for id := m.Payout; id != ""; {
		i := slices.IndexFunc(s.Payouts, func(p Sending) bool { return p.ID == id })
		if i < 0 || slices.ContainsFunc(way, func(p Sending) bool { return p.ID == id }) {
			break // payouts that name each other end it
		}
		way, id = append(way, s.Payouts[i]), s.Payouts[i].Again
	}
	return way
}

// sent reads the payouts of its movements. Stripe names the movement that brings a failed
// payout's money back to the balance, and a later payout carries that
// (https://docs.stripe.com/api/payouts/object#payout_object-failure_balance_transaction).
func (s *Story) sent(ctx context.Context, tx pgx.Tx, _ bool) error {
	var first []string
	for _, m := range s.Movements {
		if m.Payout != "" {
			first = append(first, m.Payout)
		}
	}
	rows, err := tx.Query(ctx, `
		with recursive way as (
			select unnest($1::text[]) as payout
			union -- and not union all: payouts that name each other end it
			select r.payout from way w join payouts p on p.id = w.payout and p.status in ('failed', 'canceled') and p.failure_transaction <> ''
				join payout_rows r on r.id = p.failure_transaction
		)
		select p.id, p.status, p.failure_code, p.arrival,
			coalesce((select l.day::text from bank_ticks k join bank_lines l on l.id = k.line where k.payout = p.id and k.kind = 'deposit'), ''),
			coalesce((select l.day::text from bank_ticks k join bank_lines l on l.id = k.line where k.payout = p.id and k.kind = 'return'), ''),
			coalesce((select r.payout from payout_rows r where r.id = p.failure_transaction and p.failure_transaction <> ''
				and p.status in ('failed', 'canceled')), '')
		from payouts p where p.id in (select payout from way) order by p.arrival, p.id collate "C"`, first)
	if err != nil {
		return err
	}
	s.Payouts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Sending, err error) {
		return p, row.Scan(&p.ID, &p.Status, &p.Failure, unix{&p.Arrival}, &p.BankDay, &p.ReturnDay, &p.Again)
	})
	return err
}
