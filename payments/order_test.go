package payments_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// dice draws facts about very few objects, so that links meet, cross and
// contradict each other far more than Stripe would let them.
type dice struct {
	*rand.Rand
	born map[string]int64
	told int
}

func (d *dice) pick(from ...string) string { return from[d.IntN(len(from))] }

func (d *dice) maybe(from ...string) string {
	if d.IntN(3) == 0 {
		return ""
	}
	return d.pick(from...)
}

func (d *dice) at() int64             { return int64(100 + d.IntN(6)*10) }
func (d *dice) dollars() money.Amount { return money.New(int64(1000*(1+d.IntN(2))), "USD") }
func (d *dice) checkout() string      { return d.pick("", "", "A", "B", "~000/rule#1", "~001/rule#2") }
func (d *dice) customer() string      { return d.maybe("cus_1", "cus_2") }

func (d *dice) created(id string) int64 {
	if d.born[id] == 0 {
		d.born[id] = d.at()
	}
	return d.born[id]
}

func (d *dice) person() payments.Person {
	if d.IntN(2) == 0 {
		return payments.Person{}
	}
	name := d.pick("x", "y")
	return payments.Person{Email: name + "@example.org", Name: name, Country: "DE"}
}

func (d *dice) fact() (f payments.Facts) {
	d.told++
	event := fmt.Sprint("evt_", d.told)
	switch d.IntN(12) {
	case 0:
		id, state := d.pick("pi_1", "pi_2"), payments.PaymentState{Status: d.pick("succeeded", "processing", "canceled", "requires_payment_method"), Amount: d.dollars()}
		f.Payments = []payments.Payment{{ID: id, CheckoutID: d.checkout(), Customer: d.customer(), Created: d.created(id), Alone: d.IntN(4) == 0,
			Promised: state.Status == "succeeded" || state.Status == "processing", Stamp: state.Stamp(d.at(), event), State: state}}
	case 1:
		id, status := d.pick("ch_1", "ch_2", "ch_3"), d.pick("succeeded", "failed", "pending")
		f.Charges = []payments.Charge{{ID: id, Payment: map[string]string{"ch_1": "pi_1", "ch_2": "pi_2", "ch_3": "pi_1"}[id], CheckoutID: d.checkout(),
			Customer: d.customer(), Amount: d.dollars(), Person: d.person(), Refunded: payments.Refunded{At: d.at(), Minor: int64(d.IntN(3) * 500)},
			BalanceTransaction: d.maybe("", "txn_"+id), Created: d.created(id), Stamp: payments.ChargeStamp(status, d.at(), event), State: payments.ChargeState{Status: status}}}
	case 2:
		id, status := d.pick("sub_1", "sub_2"), d.pick("active", "canceled", "incomplete", "past_due")
		f.Subscriptions = []payments.Subscription{{ID: id, CheckoutID: d.checkout(), Customer: d.customer(), Created: d.created(id),
			Stamp: payments.SubscriptionStamp(status, d.at(), event), State: payments.SubscriptionState{Status: status, Amount: d.dollars(), Period: d.pick("month", "year")}}}
	case 3:
		id := d.pick("in_1", "in_2")
		f.Invoices = []payments.Invoice{{ID: id, Subscription: d.maybe("sub_1", "sub_2"), CheckoutID: d.checkout(), Status: d.pick("open", "paid"),
			BillingReason: d.maybe("subscription_create", "subscription_cycle"), Paid: d.dollars(), Person: d.person(), Created: d.created(id)}}
	case 4:
		f.InvoicePayments = []payments.InvoicePayment{{Invoice: d.pick("in_1", "in_2"), Payment: d.pick("pi_1", "pi_2")}}
	case 5:
		id := d.pick("cs_1", "cs_2")
		f.Sessions = []payments.Session{{ID: id, CheckoutID: d.checkout(), Status: d.pick("open", "complete"), Payment: d.maybe("pi_1", "pi_2"),
			Subscription: d.maybe("sub_1", "sub_2"), Invoice: d.maybe("in_1", "in_2"), Customer: d.customer(), Total: d.dollars(), Person: d.person(), Created: d.created(id)}}
	case 6:
		id := d.pick("re_1", "re_2")
		f.Refunds = []payments.Refund{{ID: id, Charge: d.maybe("ch_1", "ch_2"), Payment: d.maybe("pi_1", "pi_2"), Status: d.pick("pending", "succeeded", "failed"),
			Amount: d.dollars(), Created: d.created(id), Undone: d.at()}}
	case 7:
		id, status := d.pick("dp_1", "dp_2"), d.pick("needs_response", "won", "lost", "warning_needs_response")
		f.Disputes = []payments.Dispute{{ID: id, Charge: d.maybe("ch_1", "ch_2"), Payment: d.maybe("pi_1", "pi_2"), Amount: d.dollars(),
			Created: d.created(id), Stamp: payments.DisputeStamp(status, d.at(), event), State: payments.DisputeState{Status: status}}}
	case 8:
		f.BalanceTransactions = []payments.BalanceTransaction{{ID: d.pick("txn_1", "txn_2"), Source: d.pick("dp_1", "dp_2"), Amount: money.New(-1000, "USD"), Fee: 1500, Net: -2500}}
	case 9, 10:
		f.BalanceTransactions = []payments.BalanceTransaction{d.booking()}
	default:
		id := d.pick("cus_1", "cus_2")
		f.Customers = []payments.Customer{{ID: id, Created: d.created(id), Stamp: payments.Stamp{At: d.at(), Event: event}, Person: d.person()}}
	}
	if d.IntN(3) == 0 {
		f.Attributions = []payments.Attribution{{CheckoutID: d.pick("A", "B"), Kind: payments.Kind(d.pick("", "monthly", "one_time")), Campaign: d.pick("c1", "c2")}}
	}
	return f
}

// booking is what Stripe books of one of the other objects, the same each time.
func (d *dice) booking() payments.BalanceTransaction {
	source := d.pick("ch_1", "ch_2", "re_1", "re_2", "dp_1", "ch_3")
	booked := map[string]payments.BalanceTransaction{
		"ch_1": {Category: "charge", Amount: money.New(1777, "EUR"), Fee: 90}, "ch_2": {Category: "charge", Amount: money.New(2000, "USD"), Fee: 88},
		"ch_3": {Category: "charge_failure", Amount: money.New(-1777, "EUR"), Fee: 400},
		"re_1": {Category: "refund", Amount: money.New(-901, "EUR")}, "re_2": {Category: "refund", Amount: money.New(-333, "EUR"), Fee: -3},
		"dp_1": {Category: "dispute", Amount: money.New(-1801, "EUR"), Fee: 1500},
	}[source]
	booked.ID, booked.Source, booked.Net, booked.Created = "txn_"+source, source, booked.Amount.Minor-booked.Fee, d.created("txn_"+source)
	return booked
}

// Whatever is told, links that contradict each other included, the books are the
// same in every order, one by one or all at once.
func TestAnyFactsInAnyOrder(t *testing.T) {
	db := pgtest.New(t)
	for seed := range uint64(60) {
		d := &dice{Rand: rand.New(rand.NewPCG(seed, 11)), born: map[string]int64{}}
		facts := make([]payments.Facts, 4+d.IntN(8))
		var all payments.Facts
		for i := range facts {
			facts[i] = d.fact()
			all.Add(facts[i])
		}
		mergeInto(t, db, all, payments.MergeMany)
		want := rows(t, db)
		empty(t, db)
		for range 3 {
			order := d.Perm(len(facts))
			for _, i := range order {
				mergeInto(t, db, facts[i], payments.Merge)
			}
			if got := rows(t, db); got != want {
				t.Fatalf("seed %d in order %v:\n%s\nall at once:\n%s\nfacts:\n%+v", seed, order, got, want, facts)
			}
			empty(t, db)
		}
	}
}

// rows are the books but for ids that are drawn at random.
func rows(t *testing.T, db *pgxpool.Pool) string {
	t.Helper()
	var all []string
	for _, table := range []string{"donations", "recurring_donations", "foreign_payments"} {
		found, err := db.Query(t.Context(), "select (to_jsonb(d) - 'donor_id')::text from "+table+" d order by 1")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(found, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
	}
	return strings.Join(append(all, ledger(t, db)...), "\n")
}
