package payments_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// ledger is what stands on each account for each balance transaction. It fails where
// an entry does not balance.
func ledger(t *testing.T, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select concat_ws(' ', balance_transaction, account, currency, sum(amount), nullif(donation_id, '')) from postings
		group by balance_transaction, account, currency, donation_id having sum(amount) <> 0
		union all
		select concat_ws(' ', 'UNBALANCED', entry_id, currency, sum(amount)) from postings group by entry_id, currency having sum(amount) <> 0
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// movement is a balance transaction as Stripe makes it: net is amount less fee.
func movement(id, source, category string, amount, fee int64, currency money.Currency) payments.BalanceTransaction {
	return payments.BalanceTransaction{ID: id, Source: source, Category: category, Amount: money.New(amount, currency), Fee: fee,
		Net: amount - fee, Created: 1000}
}

// gave is a gift of an amount, to a campaign, paid by ch_N as pi_N.
func gave(n int, minor int64, currency money.Currency) payments.Facts {
	id := fmt.Sprint(n)
	return payments.Facts{
		Attributions: []payments.Attribution{{CheckoutID: "checkout" + id, Kind: payments.OneTime, Campaign: "independence"}},
		Charges: []payments.Charge{{ID: "ch_" + id, Payment: "pi_" + id, CheckoutID: "checkout" + id, Amount: money.New(minor, currency), Created: 900,
			Stamp: payments.ChargeStamp("succeeded", 900, "evt_"+id), State: payments.ChargeState{Status: "succeeded"}}},
	}
}

// sold is the same payment, of somebody who bought something.
func sold(n int, minor int64, currency money.Currency) payments.Facts {
	f := gave(n, minor, currency)
	f.Attributions, f.Charges[0].CheckoutID = nil, ""
	return f
}

func refundOf(id, charge string, minor int64, currency money.Currency) payments.Refund {
	return payments.Refund{ID: id, Charge: charge, Status: "succeeded", Amount: money.New(minor, currency), Created: 950}
}

func disputeOf(id, charge string, minor int64, currency money.Currency) payments.Dispute {
	return payments.Dispute{ID: id, Charge: charge, Amount: money.New(minor, currency), Created: 960,
		Stamp: payments.DisputeStamp("lost", 960, "evt_"+id), State: payments.DisputeState{Status: "lost"}}
}

// What is posted for each of Stripe's categories. A line says the balance
// transaction, the account, the currency, the amount (debit above zero), and G
// where it belongs to the gift.
func TestPostings(t *testing.T) {
	gift := func(more ...payments.BalanceTransaction) payments.Facts {
		f := gave(1, 2500, "USD")
		f.BalanceTransactions = more
		return f
	}
	with := func(f payments.Facts, change func(*payments.Facts)) payments.Facts {
		change(&f)
		return f
	}
	for _, c := range []struct {
		name string
		told payments.Facts
		want string
	}{
		{"charge", gift(movement("t", "ch_1", "charge", 2500, 103, "USD")), `
			t donations:independence:one_time USD -2500 G
			t fees USD 103 G
			t stripe_clearing USD 2397`},
		{"charge without a fee", gift(movement("t", "ch_1", "charge", 2500, 0, "USD")), `
			t donations:independence:one_time USD -2500 G
			t stripe_clearing USD 2500`},
		{"charge whose type alone is told", gift(with(payments.Facts{}, func(f *payments.Facts) {
			f.BalanceTransactions = []payments.BalanceTransaction{movement("t", "ch_1", "", 2500, 103, "USD")}
			f.BalanceTransactions[0].Type = "payment"
		}).BalanceTransactions...), `
			t donations:independence:one_time USD -2500 G
			t fees USD 103 G
			t stripe_clearing USD 2397`},
		{"charge of somebody who bought", with(sold(1, 2500, "USD"), func(f *payments.Facts) {
			f.BalanceTransactions = []payments.BalanceTransaction{movement("t", "ch_1", "charge", 2500, 103, "USD")}
		}), `
			t foreign_activity USD -2397
			t stripe_clearing USD 2397`},
		{"charge that is not told of yet", payments.Facts{BalanceTransactions: []payments.BalanceTransaction{movement("t", "ch_1", "charge", 2500, 103, "USD")}}, `
			t other USD -2397
			t stripe_clearing USD 2397`},
		{"no campaign, a colon in one", with(gift(movement("t", "ch_1", "charge", 100, 0, "JPY")), func(f *payments.Facts) {
			f.Attributions[0].Campaign = "a:b"
			f.Charges = append(f.Charges, gave(2, 100, "JPY").Charges...)
			f.BalanceTransactions = append(f.BalanceTransactions, movement("u", "ch_2", "charge", 100, 0, "JPY"))
		}), `
			t donations:a-b:one_time JPY -100 G
			t stripe_clearing JPY 100
			u donations:-:one_time JPY -100 G
			u stripe_clearing JPY 100`},
		{"part of a hold", gift(movement("t", "ch_1", "charge", 2500, 103, "USD"), movement("u", "ch_1", "partial_capture_reversal", -1000, -29, "USD")), `
			t donations:independence:one_time USD -2500 G
			t fees USD 103 G
			t stripe_clearing USD 2397
			u donations:independence:one_time USD 1000 G
			u fees USD -29 G
			u stripe_clearing USD -971`},
		{"debit that comes back", gift(movement("t", "ch_1", "charge", 2500, 35, "USD"), movement("u", "ch_1", "charge_failure", -2500, 400, "USD")), `
			t donations:independence:one_time USD -2500 G
			t fees USD 35 G
			t stripe_clearing USD 2465
			u donations:independence:one_time USD 2500 G
			u fees USD 400 G
			u stripe_clearing USD -2900`},
		{"refund, and its failure", with(gift(movement("t", "re_1", "refund", -1000, 0, "USD"), movement("u", "re_1", "refund_failure", 1000, 0, "USD")), func(f *payments.Facts) {
			f.Refunds = []payments.Refund{refundOf("re_1", "ch_1", 1000, "USD")}
		}), `
			t refunds:independence:one_time USD 1000 G
			t stripe_clearing USD -1000
			u refunds:independence:one_time USD -1000 G
			u stripe_clearing USD 1000`},
		{"refund that gives the fee back, of a payment alone", with(gift(movement("t", "re_1", "refund", -1000, -29, "USD")), func(f *payments.Facts) {
			f.Refunds = []payments.Refund{refundOf("re_1", "", 1000, "USD")}
			f.Refunds[0].Payment = "pi_1"
		}), `
			t fees USD -29 G
			t refunds:independence:one_time USD 1000 G
			t stripe_clearing USD -971`},
		{"refund that is not told of yet", gift(movement("t", "re_1", "refund", -1000, 0, "USD")), `
			t other USD 1000
			t stripe_clearing USD -1000`},
		{"dispute lost", with(gift(movement("t", "dp_1", "dispute", -2500, 1500, "USD")), func(f *payments.Facts) {
			f.Disputes = []payments.Dispute{disputeOf("dp_1", "ch_1", 2500, "USD")}
		}), `
			t dispute_fees USD 1500 G
			t disputes:independence:one_time USD 2500 G
			t stripe_clearing USD -4000`},
		{"dispute won", with(gift(movement("t", "dp_1", "dispute", -2500, 1500, "USD"), movement("u", "dp_1", "dispute_reversal", 2500, -1500, "USD")), func(f *payments.Facts) {
			f.Disputes = []payments.Dispute{disputeOf("dp_1", "ch_1", 2500, "USD")}
		}), `
			t dispute_fees USD 1500 G
			t disputes:independence:one_time USD 2500 G
			t stripe_clearing USD -4000
			u dispute_fees USD -1500 G
			u disputes:independence:one_time USD -2500 G
			u stripe_clearing USD 4000`},
		{"dispute of somebody who bought", with(sold(1, 2500, "USD"), func(f *payments.Facts) {
			f.Disputes = []payments.Dispute{disputeOf("dp_1", "ch_1", 2500, "USD")}
			f.BalanceTransactions = []payments.BalanceTransaction{movement("t", "dp_1", "dispute", -2500, 1500, "USD")}
		}), `
			t foreign_activity USD 4000
			t stripe_clearing USD -4000`},
		{"payout, and its failure", gift(movement("t", "po_1", "payout", -9000, 0, "USD"), movement("u", "po_1", "payout_reversal", 9000, 0, "USD")), `
			t bank USD 9000
			t stripe_clearing USD -9000
			u bank USD -9000
			u stripe_clearing USD 9000`},
		{"instant payout", gift(movement("t", "po_1", "payout", -9000, 90, "USD")), `
			t bank USD 9000
			t fees USD 90
			t stripe_clearing USD -9090`},
		{"payout of what is missing", gift(movement("t", "po_1", "payout", 700, 0, "USD")), `
			t bank USD -700
			t stripe_clearing USD 700`},
		{"top-up", gift(movement("t", "tu_1", "topup", 700, 0, "USD")), `
			t bank USD -700
			t stripe_clearing USD 700`},
		{"fees of their own", gift(movement("t", "", "fee", -700, 0, "USD"), movement("u", "ch_1", "network_cost", -12, 0, "USD"), movement("v", "", "tax", -3, 0, "USD")), `
			t fees USD 700
			t stripe_clearing USD -700
			u fees USD 12 G
			u stripe_clearing USD -12
			v fees USD 3
			v stripe_clearing USD -3`},
		{"a fee of what somebody bought", with(sold(1, 2500, "USD"), func(f *payments.Facts) {
			f.BalanceTransactions = []payments.BalanceTransaction{movement("t", "ch_1", "network_cost", -12, 0, "USD")}
		}), `
			t foreign_activity USD 12
			t stripe_clearing USD -12`},
		{"what nobody knows", gift(movement("t", "x_1", "from_the_future", -12, 3, "USD"), movement("u", "", "contribution", -10, 0, "EUR")), `
			t other USD 15
			t stripe_clearing USD -15
			u other EUR 10
			u stripe_clearing EUR -10`},
		{"net is not amount less fee", gift(payments.BalanceTransaction{ID: "t", Source: "ch_1", Category: "charge", Amount: money.New(2500, "USD"), Fee: 103, Net: 2400}), `
			t donations:independence:one_time USD -2500 G
			t fees USD 103 G
			t other USD -3
			t stripe_clearing USD 2400`},
		{"nothing moved, nothing known", gift(movement("t", "ch_1", "charge", 0, 0, "USD"), payments.BalanceTransaction{ID: "u", Source: "ch_1"}), ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := pgtest.New(t)
			mergeInto(t, db, c.told, payments.Merge)
			posted(t, db, c.want)
		})
	}
}

// posted compares the ledger, with G for a gift's id.
func posted(t *testing.T, db *pgxpool.Pool, want string) {
	t.Helper()
	var lines []string
	for _, line := range ledger(t, db) {
		fields := strings.Fields(line)
		if last := len(fields) - 1; strings.HasPrefix(fields[last], "don_") {
			fields[last] = "G"
		}
		lines = append(lines, strings.Join(fields, " "))
	}
	var wanted []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			wanted = append(wanted, line)
		}
	}
	slices.Sort(wanted)
	slices.Sort(lines)
	if !slices.Equal(lines, wanted) {
		t.Errorf("posted\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(wanted, "\n"))
	}
}

// converted is a gift of 100 pounds of which 127.31 dollars came.
func converted() payments.Facts {
	f := gave(1, 10000, "GBP")
	f.BalanceTransactions = []payments.BalanceTransaction{movement("a", "ch_1", "charge", 12731, 500, "USD")}
	return f
}

// Of a converted gift as much is taken off income as came in for it, whatever the
// rate is meanwhile; the rest is the difference of the rates. Parts add up to the
// whole.
func TestPostingsOfAConvertedGift(t *testing.T) {
	for _, c := range []struct {
		name string
		told func(*payments.Facts)
		want string
	}{
		{"three refunds, at three rates", func(f *payments.Facts) {
			f.Refunds = []payments.Refund{refundOf("re_1", "ch_1", 3333, "GBP"), refundOf("re_2", "ch_1", 3333, "GBP"), refundOf("re_3", "ch_1", 3334, "GBP")}
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "re_1", "refund", -4300, 0, "USD"),
				movement("c", "re_2", "refund", -4243, 0, "USD"), movement("d", "re_3", "refund", -4000, 0, "USD"))
		}, `
			b exchange_difference USD 57 G
			b refunds:independence:one_time USD 4243 G
			b stripe_clearing USD -4300
			c refunds:independence:one_time USD 4243 G
			c stripe_clearing USD -4243
			d exchange_difference USD -245 G
			d refunds:independence:one_time USD 4245 G
			d stripe_clearing USD -4000`},
		{"a refund that fails, then a dispute of all, won", func(f *payments.Facts) {
			f.Refunds, f.Disputes = []payments.Refund{refundOf("re_1", "ch_1", 5001, "GBP")}, []payments.Dispute{disputeOf("dp_1", "ch_1", 10000, "GBP")}
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "re_1", "refund", -6400, 0, "USD"), movement("c", "re_1", "refund_failure", 6500, 0, "USD"),
				movement("d", "dp_1", "dispute", -13000, 1500, "USD"), movement("e", "dp_1", "dispute_reversal", 12000, -1500, "USD"))
		}, `
			b exchange_difference USD 33 G
			b refunds:independence:one_time USD 6367 G
			b stripe_clearing USD -6400
			c exchange_difference USD -133 G
			c refunds:independence:one_time USD -6367 G
			c stripe_clearing USD 6500
			d dispute_fees USD 1500 G
			d disputes:independence:one_time USD 12731 G
			d exchange_difference USD 269 G
			d stripe_clearing USD -14500
			e dispute_fees USD -1500 G
			e disputes:independence:one_time USD -12731 G
			e exchange_difference USD 731 G
			e stripe_clearing USD 13500`},
		{"a part of a hold, then all is given back", func(f *payments.Facts) {
			f.Charges[0].Amount.Minor = 6000 // of a hundred
			f.Refunds = []payments.Refund{refundOf("re_1", "ch_1", 4000, "GBP"), refundOf("re_2", "ch_1", 6000, "GBP")}
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "re_1", "partial_capture_reversal", -5100, -200, "USD"),
				movement("c", "re_2", "refund", -8000, 0, "USD"))
		}, `
			b donations:independence:one_time USD 5100 G
			b fees USD -200 G
			b stripe_clearing USD -4900
			c exchange_difference USD 369 G
			c refunds:independence:one_time USD 7631 G
			c stripe_clearing USD -8000`},
		{"a debit that comes back at another rate", func(f *payments.Facts) {
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "ch_1", "charge_failure", -12900, 0, "USD"))
		}, `
			b donations:independence:one_time USD 12731 G
			b exchange_difference USD 169 G
			b stripe_clearing USD -12900`},
		{"a dispute in dollars, as if nothing had been converted", func(f *payments.Facts) {
			f.Disputes = []payments.Dispute{disputeOf("dp_1", "ch_1", 12900, "USD")}
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "dp_1", "dispute", -12900, 0, "USD"))
		}, `
			b disputes:independence:one_time USD 12900 G
			b stripe_clearing USD -12900`},
		{"more disputed than was given", func(f *payments.Facts) {
			f.Disputes = []payments.Dispute{disputeOf("dp_1", "ch_1", 10300, "GBP")}
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "dp_1", "dispute", -12900, 0, "USD"))
		}, `
			b disputes:independence:one_time USD 12731 G
			b exchange_difference USD 169 G
			b stripe_clearing USD -12900`},
		{"a refund taken from a balance in another currency", func(f *payments.Facts) {
			f.Refunds = []payments.Refund{refundOf("re_1", "ch_1", 10000, "GBP")}
			f.BalanceTransactions = append(f.BalanceTransactions, movement("b", "re_1", "refund", -11500, 0, "EUR"))
		}, `
			b refunds:independence:one_time EUR 11500 G
			b stripe_clearing EUR -11500`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := converted()
			c.told(&f)
			db := pgtest.New(t)
			mergeInto(t, db, f, payments.Merge)
			posted(t, db, c.want+`
				a donations:independence:one_time USD -12731 G
				a fees USD 500 G
				a stripe_clearing USD 12231`)
		})
	}
}

// Halves go to the even side: of an odd cent in two equal parts, one part has it.
func TestHalvesToEven(t *testing.T) {
	db := pgtest.New(t)
	for _, c := range [][3]int64{{5, 2, 2}, {7, 2, 4}, {-5, 2, -2}, {-7, 2, -4}, {1, 2, 0}, {-1, 2, 0}, {3, 2, 2}, {4, 3, 1}, {5, 3, 2}, {-5, 3, -2}, {0, 3, 0}, {6, 3, 2}} {
		var got int64
		if err := db.QueryRow(t.Context(), "select half_even($1, $2)::bigint", c[0], c[1]).Scan(&got); err != nil || got != c[2] {
			t.Errorf("%d / %d is %d, %v, want %d", c[0], c[1], got, err, c[2])
		}
	}
}

// What is learnt later is a new entry, which holds the difference alone: the first
// one stays, with its number.
func TestCorrections(t *testing.T) {
	db := pgtest.New(t)
	entries := func(want ...string) {
		t.Helper()
		rows, err := db.Query(t.Context(), `
			select concat_ws(' ', entry_id, kind, account, amount, case when donation_id <> '' then 'G' end) from postings order by seq`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("entries, %v:\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	booked := payments.Facts{BalanceTransactions: []payments.BalanceTransaction{movement("txn", "ch_1", "charge", 2500, 103, "USD")}}
	mergeInto(t, db, booked, payments.Merge)
	first := []string{"txn.1 original stripe_clearing 2397", "txn.1 original other -2397"}
	entries(first...)
	mergeInto(t, db, sold(1, 2500, "USD"), payments.Merge)
	second := append(first, "txn.2 correction other 2397", "txn.2 correction foreign_activity -2397")
	entries(second...)
	mergeInto(t, db, gave(1, 2500, "USD"), payments.Merge) // the checkout is told late
	third := append(second, "txn.3 correction fees 103 G", "txn.3 correction foreign_activity 2397", "txn.3 correction donations:independence:one_time -2500 G")
	entries(third...)
	mergeInto(t, db, booked, payments.Merge) // nothing new
	mergeInto(t, db, payments.Facts{Attributions: []payments.Attribution{{CheckoutID: "checkout1", Campaign: "climate"}}}, payments.Merge)
	entries(append(third, "txn.4 correction donations:independence:one_time 2500 G", "txn.4 correction donations:climate:one_time -2500 G")...)
}

// The database itself refuses what a ledger must not have.
func TestTheLedgerHoldsItself(t *testing.T) {
	db := pgtest.New(t)
	f := gave(1, 2500, "USD")
	f.BalanceTransactions = []payments.BalanceTransaction{movement("txn", "ch_1", "charge", 2500, 103, "USD")}
	mergeInto(t, db, f, payments.Merge)
	before := ledger(t, db)
	const entry = `insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values `
	for statement, want := range map[string]string{
		"update postings set amount = amount + 1":                      "what is posted stays",
		"delete from postings":                                         "what is posted stays",
		"truncate postings":                                            "what is posted stays",
		entry + "('a.1', 'a', 'original', 1, 'fees', 'USD', 5, '', 1)": "ledger entry a.1 does not balance: its lines in USD add up to 5, not to 0",
		entry + "('a.1', 'a', 'original', 1, 'fees', 'USD', 5, '', 1), ('a.1', 'a', 'original', 1, 'bank', 'EUR', -5, '', 1)":                "does not balance",
		entry + "('b.1', 'txn', 'original', 1, 'fees', 'USD', 5, '', 1), ('b.1', 'txn', 'original', 1, 'stripe_clearing', 'USD', -5, '', 1)": "duplicate key",
	} {
		if _, err := db.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", statement, err, want)
		}
	}
	if after := ledger(t, db); !slices.Equal(before, after) {
		t.Errorf("posted %v, before %v", after, before)
	}
}
