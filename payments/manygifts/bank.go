package manygifts

import (
	"slices"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// bank pays each account out, day by day. It is all that is kept from one gift to the
// next: what the accounts took since the day before, and the days to which what comes
// later belongs.
type bank struct {
	world world
	days  map[account]map[int64]*takings
	next  int64 // the first day, counted from 1970, that is not paid out yet
}

type account = money.Currency

// takings are a day's.
type takings struct {
	rows []string // balance transactions
	sum  int64    // minor units
}

func newBank(w world) *bank {
	return &bank{world: w, days: map[account]map[int64]*takings{"EUR": {}, "USD": {}}, next: w.start / secondsPerDay}
}

// book adds a balance transaction that a payout carries. Its net is reckoned here.
func (b *bank) book(f *payments.Facts, t payments.BalanceTransaction) {
	t.Net = t.Amount.Minor - t.Fee
	t.AvailableOn = (t.Created/secondsPerDay + 2) * secondsPerDay
	f.BalanceTransactions = append(f.BalanceTransactions, t)
	b.put(t.Amount.Currency, t.Created/secondsPerDay, t.ID, t.Net)
}

func (b *bank) put(of account, day int64, id string, net int64) {
	days := b.days[of]
	if days[day] == nil {
		days[day] = &takings{}
	}
	days[day].rows, days[day].sum = append(days[day].rows, id), days[day].sum+net
}

// How many days after a day its takings are paid out, and how many later they arrive.
const (
	paysAfter    = 2
	arrivesAfter = 2
)

// payOut tells the payouts of all days before a time, as far as they were made by the
// end of the last day. What is not above zero goes on to the next day.
func (b *bank) payOut(f *payments.Facts, before int64) {
	for ; (b.next+1)*secondsPerDay <= before && (b.next+paysAfter+1)*secondsPerDay <= b.world.end; b.next++ {
		for _, of := range []account{"EUR", "USD"} {
			taken := b.days[of][b.next]
			delete(b.days[of], b.next)
			switch {
			case taken == nil:
			case taken.sum <= 0:
				carried := b.days[of][b.next+1]
				if carried == nil {
					carried = &takings{}
					b.days[of][b.next+1] = carried
				}
				carried.rows, carried.sum = slices.Concat(taken.rows, carried.rows), taken.sum+carried.sum
			default:
				b.pay(f, of, b.next, taken)
			}
		}
	}
}

// pay tells one payout. One of some hundred fails, and its money goes with a later one.
func (b *bank) pay(f *payments.Facts, of account, day int64, taken *takings) {
	w, made := b.world, (day+paysAfter)*secondsPerDay
	number := day * 2
	if of == "USD" {
		number++
	}
	stem := w.stem(made, askPayout, number)
	p := payments.Payout{
		ID: "po_" + stem, Status: "paid", Amount: money.New(taken.sum, of), Automatic: true, Method: "standard",
		BalanceTransaction: "txn_" + stem, Created: made, Arrival: made + arrivesAfter*secondsPerDay, Reconciled: true,
	}
	sent := payments.BalanceTransaction{
		ID: p.BalanceTransaction, Source: p.ID, Type: "payout", Category: "payout", Amount: money.New(-taken.sum, of), Net: -taken.sum,
		Created: made, AvailableOn: made,
	}
	f.BalanceTransactions = append(f.BalanceTransactions, sent)
	for _, id := range taken.rows {
		f.PayoutRows = append(f.PayoutRows, payments.PayoutRow{ID: id, Payout: p.ID})
	}
	returned := p.Arrival + secondsPerDay + 1
	switch {
	case p.Arrival > w.end:
		p.Status, p.Reconciled = "in_transit", true
	case w.below(150, askPayout+moreOf, number) == 0 && returned < w.end:
		p.Status, p.FailureCode, p.FailureTransaction = "failed", "account_closed", "txn_"+stem+"f"
		back := sent
		back.ID, back.Type, back.Category, back.Amount.Minor, back.Net = p.FailureTransaction, "payout_failure", "payout_reversal", taken.sum, taken.sum
		back.Created, back.AvailableOn = returned, returned
		f.BalanceTransactions = append(f.BalanceTransactions, back)
		b.put(of, returned/secondsPerDay, back.ID, back.Net)
	}
	f.Payouts = append(f.Payouts, p)
}
