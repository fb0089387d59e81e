package payments_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// disputed is the dispute as an event at a time shows it, with what was booked
// for it by then.
func disputed(at int64, status string, booked ...payments.BalanceTransaction) payments.Facts {
	return payments.Facts{
		Disputes: []payments.Dispute{{ID: "dp_1", Charge: "ch_1", Payment: "pi_1", Amount: money.New(2500, "USD"), Reason: "fraudulent",
			Created: 200, Stamp: payments.DisputeStamp(status, at, fmt.Sprint("evt_d", at, status)), State: payments.DisputeState{Status: status}}},
		BalanceTransactions: booked,
	}
}

func withdrawn() payments.BalanceTransaction {
	return payments.BalanceTransaction{ID: "txn_1", Source: "dp_1", Type: "adjustment", Amount: money.New(-2500, "USD"), Fee: 1500, Net: -4000, Created: 200}
}

func reinstated() payments.BalanceTransaction {
	return payments.BalanceTransaction{ID: "txn_2", Source: "dp_1", Type: "adjustment", Amount: money.New(2500, "USD"), Fee: -1500, Net: 4000, Created: 900}
}

// A lost dispute takes amount and fee, a won one returns them, and an inquiry
// moves no money.
func TestDisputed(t *testing.T) {
	tests := []struct {
		name   string
		facts  []payments.Facts
		status string
		taken  int64
		fee    int64
	}{
		{"an inquiry", []payments.Facts{disputed(200, "warning_needs_response")}, "warning", 0, 0},
		{"an inquiry that is closed", []payments.Facts{disputed(200, "warning_needs_response"), disputed(300, "warning_under_review"), disputed(900, "warning_closed")}, "warning", 0, 0},
		{"an inquiry that becomes a dispute", []payments.Facts{disputed(200, "warning_needs_response"), disputed(300, "needs_response", withdrawn())}, "open", 2500, 1500},
		{"open", []payments.Facts{disputed(200, "needs_response", withdrawn())}, "open", 2500, 1500},
		{"open, nothing booked is told", []payments.Facts{disputed(200, "needs_response")}, "open", 2500, 0},
		{"lost", []payments.Facts{disputed(200, "needs_response", withdrawn()), disputed(300, "under_review", withdrawn()), disputed(900, "lost", withdrawn())}, "lost", 2500, 1500},
		{"won", []payments.Facts{disputed(200, "needs_response", withdrawn()), disputed(900, "won", withdrawn(), reinstated())}, "won", 0, 0},
		{"won, in one second", []payments.Facts{disputed(200, "needs_response", withdrawn()), disputed(200, "won", withdrawn(), reinstated())}, "won", 0, 0},
		{"won, and the money is still under way", []payments.Facts{disputed(200, "needs_response", withdrawn()), disputed(900, "won", withdrawn())}, "won", 0, 1500},
		{"lost, then given back", []payments.Facts{disputed(200, "needs_response", withdrawn()), disputed(800, "lost", withdrawn()), disputed(900, "lost", withdrawn(), reinstated())}, "lost", 0, 0},
		{"lost, and a part given back", []payments.Facts{disputed(200, "needs_response", withdrawn()), disputed(900, "lost", withdrawn(),
			payments.BalanceTransaction{ID: "txn_3", Source: "dp_1", Amount: money.New(1500, "USD"), Net: 1500})}, "lost", 1000, 1500},
		{"lost, in the currency that it was settled in", []payments.Facts{{Disputes: []payments.Dispute{{ID: "dp_1", Charge: "ch_1", Amount: money.New(900, "EUR"),
			Stamp: payments.DisputeStamp("lost", 300, "evt_d"), State: payments.DisputeState{Status: "lost"}}}}}, "lost", 2500, 0},
		{"prevented", []payments.Facts{disputed(200, "prevented")}, "warning", 0, 0},
		{"a status of the future that took money", []payments.Facts{disputed(200, "arbitration", withdrawn())}, "open", 2500, 1500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := fmt.Sprint(tt.status, tt.taken, tt.fee)
			inAnyOrder(t, append(gift(), tt.facts...), func(t *testing.T, db *pgxpool.Pool) string {
				var status string
				var taken, fee int64
				if err := db.QueryRow(t.Context(), "select dispute_status, disputed, dispute_fee from donations").Scan(&status, &taken, &fee); err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprint(status, taken, fee); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				return fmt.Sprint(status, taken, fee)
			})
		})
	}
}

// A failed renewal that recovers is one donation, with several attempts.
func TestARenewalThatRecoversIsOneDonation(t *testing.T) {
	failed := payments.PaymentState{Status: "requires_payment_method", Amount: money.New(1000, "EUR"), FailureCode: "card_declined"}
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(1000, "EUR")}
	attempt := func(id, status string, at int64) payments.Facts {
		return payments.Facts{Charges: []payments.Charge{{ID: id, Payment: "pi_1", Amount: money.New(1000, "EUR"), Created: at, Customer: "cus_1",
			Stamp: payments.ChargeStamp(status, at, "evt_"+id), State: payments.ChargeState{Status: status}}}}
	}
	inAnyOrder(t, []payments.Facts{
		{Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.Monthly, Campaign: "independence"}},
			Subscriptions: []payments.Subscription{{ID: "sub_1", CheckoutID: "checkout", Customer: "cus_1", Stamp: payments.SubscriptionStamp("active", 50, "evt_s"),
				State: payments.SubscriptionState{Status: "active", Amount: money.New(1000, "EUR"), Period: "month"}}}},
		{Payments: []payments.Payment{{ID: "pi_1", Created: 100, Stamp: failed.Stamp(100, "evt_1"), State: failed}}},
		attempt("ch_1", "failed", 100), attempt("ch_2", "failed", 400), attempt("ch_3", "succeeded", 900),
		{Invoices: []payments.Invoice{{ID: "in_1", Subscription: "sub_1", Status: "open", Failed: true, Attempts: 1, Created: 90}}},
		{Invoices: []payments.Invoice{{ID: "in_1", Subscription: "sub_1", Status: "paid", Attempts: 3, Paid: money.New(1000, "EUR"), Created: 90}}},
		{Payments: []payments.Payment{{ID: "pi_1", Created: 100, Promised: true, Stamp: paid.Stamp(900, "evt_2"), State: paid}}},
		{InvoicePayments: []payments.InvoicePayment{{Invoice: "in_1", Payment: "pi_1"}}},
	}, func(t *testing.T, db *pgxpool.Pool) string {
		var n, amount int64
		var charge, subscription, kind string
		if err := db.QueryRow(t.Context(), "select count(*), max(amount), max(charge), max(subscription), max(kind) from donations").Scan(&n, &amount, &charge, &subscription, &kind); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(n, " ", amount, " ", charge, " ", subscription, " ", kind)
		if got != "1 1000 ch_3 sub_1 monthly" {
			t.Error(got)
		}
		return got
	})
}

// Until the link between an invoice and its payment is told, the payment stands
// as the donation of the recurring donation that made its customer, and joins it
// then. It is never two.
func TestARenewalStandsBeforeItsLinkIsTold(t *testing.T) {
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(1000, "EUR")}
	facts := []payments.Facts{
		{Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.Monthly, Campaign: "independence"}},
			Subscriptions: []payments.Subscription{{ID: "sub_1", CheckoutID: "checkout", Customer: "cus_1", Stamp: payments.SubscriptionStamp("active", 50, "evt_s"),
				State: payments.SubscriptionState{Status: "active", Amount: money.New(1000, "EUR"), Period: "month"}}}},
		{Payments: []payments.Payment{{ID: "pi_1", Customer: "cus_1", Created: 100, Promised: true, Stamp: paid.Stamp(900, "evt_2"), State: paid}}},
		{Invoices: []payments.Invoice{{ID: "in_1", Subscription: "sub_1", Status: "paid", Paid: money.New(1000, "EUR"), Created: 90}}},
		// A stranger's payment, and another by a customer nobody knows.
		{Payments: []payments.Payment{{ID: "pi_2", Created: 100, Promised: true, Stamp: paid.Stamp(900, "evt_3"), State: paid}}},
		{Payments: []payments.Payment{{ID: "pi_3", Customer: "cus_9", Created: 100, Promised: true, Stamp: paid.Stamp(900, "evt_4"), State: paid}}},
	}
	link := payments.Facts{InvoicePayments: []payments.InvoicePayment{{Invoice: "in_1", Payment: "pi_1"}}}
	show := func(want string) func(*testing.T, *pgxpool.Pool) string {
		return func(t *testing.T, db *pgxpool.Pool) string {
			var got string
			if err := db.QueryRow(t.Context(), `select (select string_agg(payment || ' ' || kind || ' ' || campaign || ' [' || subscription || ']', ', ') from donations)
				|| '; ' || (select string_agg(payment, ', ' order by payment) from foreign_payments)`).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
			return got
		}
	}
	t.Run("not told", func(t *testing.T) { inAnyOrder(t, facts, show("pi_1 monthly independence []; pi_2, pi_3")) })
	t.Run("told", func(t *testing.T) {
		inAnyOrder(t, append(facts, link), show("pi_1 monthly independence [sub_1]; pi_2, pi_3"))
	})
}

// What a rule adopts is a donation; where the payment is of a checkout of ours,
// that checkout counts and not the rule.
func TestAdoption(t *testing.T) {
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(1000, "EUR")}
	rule := payments.Attribution{CheckoutID: payments.AdoptedBy + "shop#1", Campaign: "adopted"}
	ours := payments.Attribution{CheckoutID: "checkout", Kind: payments.OneTime, Campaign: "ours"}
	by := func(a payments.Attribution) payments.Facts {
		return payments.Facts{Attributions: []payments.Attribution{a}, Payments: []payments.Payment{{
			ID: "pi_1", CheckoutID: a.CheckoutID, Created: 100, Promised: true, Stamp: paid.Stamp(100, "evt_1"), State: paid}}}
	}
	look := func(want string) func(*testing.T, *pgxpool.Pool) string {
		return func(t *testing.T, db *pgxpool.Pool) string {
			var got string
			if err := db.QueryRow(t.Context(), "select campaign || ' ' || checkout_id || ' ' || kind from donations").Scan(&got); err != nil || got != want {
				t.Errorf("%s, %v, want %s", got, err, want)
			}
			return got
		}
	}
	t.Run("a rule", func(t *testing.T) { inAnyOrder(t, []payments.Facts{by(rule)}, look("adopted ~shop#1 one_time")) })
	t.Run("ours first", func(t *testing.T) {
		inAnyOrder(t, []payments.Facts{by(rule), by(ours)}, look("ours checkout one_time"))
	})
	t.Run("ours by the session", func(t *testing.T) {
		session := payments.Facts{Attributions: []payments.Attribution{ours}, Sessions: []payments.Session{{ID: "cs_1", CheckoutID: "checkout", Payment: "pi_1", Status: "complete"}}}
		inAnyOrder(t, []payments.Facts{by(rule), session}, look("ours checkout one_time"))
	})
}

// What a customer buys beside a recurring donation is not a donation, where the
// shape would name the invoice and names none.
func TestAPurchaseOfADonorIsForeign(t *testing.T) {
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(3000, "EUR")}
	facts := []payments.Facts{
		{Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.Monthly}},
			Subscriptions: []payments.Subscription{{ID: "sub_1", CheckoutID: "checkout", Customer: "cus_1", Stamp: payments.SubscriptionStamp("canceled", 50, "evt_s"),
				State: payments.SubscriptionState{Status: "canceled", Amount: money.New(1000, "EUR"), Period: "month"}}}},
		{Payments: []payments.Payment{{ID: "pi_shirt", Customer: "cus_1", Created: 100, Promised: true, Stamp: paid.Stamp(900, "evt_2"), State: paid}}},
		{Payments: []payments.Payment{{ID: "pi_shirt", Alone: true}}},
	}
	inAnyOrder(t, facts, func(t *testing.T, db *pgxpool.Pool) string {
		var donations, foreign int
		if err := db.QueryRow(t.Context(), "select (select count(*) from donations), (select count(*) from foreign_payments)").Scan(&donations, &foreign); err != nil {
			t.Fatal(err)
		}
		if donations != 0 || foreign != 1 {
			t.Errorf("%d donations, %d foreign payments", donations, foreign)
		}
		return fmt.Sprint(donations, foreign)
	})
}

// A recurring donation whose giver only the customer names follows the customer.
func TestARecurringDonationFollowsItsCustomer(t *testing.T) {
	customer := func(at int64, name string) payments.Facts {
		return payments.Facts{Customers: []payments.Customer{{ID: "cus_1", Stamp: payments.Stamp{At: at, Event: name}, Person: payments.Person{Email: name + "@example.org", Name: name}}}}
	}
	facts := []payments.Facts{customer(40, "old"), customer(60, "new"),
		{Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.Monthly}},
			Subscriptions: []payments.Subscription{{ID: "sub_1", CheckoutID: "checkout", Customer: "cus_1", Stamp: payments.SubscriptionStamp("active", 50, "evt_s"),
				State: payments.SubscriptionState{Status: "active", Amount: money.New(1000, "EUR"), Period: "month"}}}},
	}
	inAnyOrder(t, facts, func(t *testing.T, db *pgxpool.Pool) string {
		var name string
		if err := db.QueryRow(t.Context(), "select donor_name || ' ' || donor_email from recurring_donations").Scan(&name); err != nil || name != "new new@example.org" {
			t.Errorf("%q, %v", name, err)
		}
		return name
	})
}
