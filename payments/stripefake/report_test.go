package stripefake_test

import (
	"encoding/csv"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// report reads a report of the stand-in as rows by column.
func (s *stand) report(name, query string) (columns []string, rows []map[string]string) {
	s.t.Helper()
	status, body := s.get("/_control/report/" + name + ".csv?" + query)
	if status != http.StatusOK {
		s.t.Fatalf("report %s: %d %s", name, status, body)
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return lines[0], rows
}

// minorUnits are those of one unit of a currency.
func minorUnits(code string) int64 {
	switch code {
	case "jpy":
		return 1
	case "kwd":
		return 1000
	}
	return 100
}

// minor reads major units back.
func minor(t *testing.T, major, code string) int64 {
	t.Helper()
	amount, ok := new(big.Rat).SetString(major)
	if !ok {
		t.Fatalf("%q is no amount", major)
	}
	amount.Mul(amount, big.NewRat(minorUnits(code), 1))
	if !amount.IsInt() {
		t.Fatalf("%q is no amount of %s", major, code)
	}
	return amount.Num().Int64()
}

// sumOfNet adds up a report, per key.
func sumOfNet(t *testing.T, rows []map[string]string, key string) map[string]int64 {
	t.Helper()
	sums := map[string]int64{}
	for _, row := range rows {
		net := minor(t, row["net"], row["currency"])
		if minor(t, row["gross"], row["currency"])-minor(t, row["fee"], row["currency"]) != net {
			t.Errorf("gross less fee is not net: %v", row)
		}
		sums[row[key]] += net
	}
	return sums
}

func TestReports(t *testing.T) {
	s := calmStand(t)
	s.settles(map[string]any{"fees": map[string]string{"conversion": "1"}})
	s.control("/_control/payouts", map[string]any{"daily": true})
	monthly := s.session("gbp", 1000, "month")
	s.paid(monthly.URL, card("4000008260000000"))
	gift := s.gift("jpy", 5000, card("4242424242424242"))
	s.gift("usd", 9000, card("4000000000000259")) // disputed at once
	s.gift("eur", 7000, debit("AT611904300234573201"))
	re, err := s.stripe.Refunds.New(&stripe.RefundParams{
		Charge: stripe.String(gift.Charge), Amount: stripe.Int64(1000), Metadata: map[string]string{"why": "asked"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.gift("usd", 50000, card("4242424242424242"))
	s.advance(14 * day)
	invoice := s.Truth().Invoices[0]
	first := s.payment(invoice.PaymentIntent)

	columns, rows := s.report("payout_reconciliation", "from=2027-03-01&to=2027-04-01")
	if !slices.Equal(columns[:18], strings.Fields(`automatic_payout_id automatic_payout_effective_at balance_transaction_id created_utc created
		available_on_utc available_on currency gross fee net reporting_category source_id description customer_facing_amount
		customer_facing_currency regulatory_tag automatic_payout_effective_at_utc`)) {
		t.Errorf("columns %v", columns)
	}
	sums := sumOfNet(t, rows, "automatic_payout_id")
	carried := 0
	for _, po := range s.Truth().Payouts {
		carried += len(po.BalanceTransactions)
		if sums[po.ID] != po.Amount {
			t.Errorf("payout %s of %d is %d in the report", po.ID, po.Amount, sums[po.ID])
		}
	}
	if len(rows) != carried || carried < 6 {
		t.Errorf("%d rows, the payouts carried %d", len(rows), carried)
	}
	of := func(source string) map[string]string {
		t.Helper()
		for _, row := range rows {
			if row["source_id"] == source {
				return row
			}
		}
		t.Fatalf("no row of %s", source)
		return nil
	}
	for source, want := range map[string]map[string]string{
		gift.Charge: {
			"gross": "33.50", "fee": "1.61", "net": "31.89", "currency": "usd", "customer_facing_amount": "5000", "customer_facing_currency": "jpy",
			"reporting_category": "charge", "created_utc": "2027-03-01 12:00:00", "available_on": "2027-03-03 00:00:00", "card_brand": "Visa",
			"payment_method_type": "card", "card_country": "US", "customer_email": "reader@example.org", "payment_intent_id": gift.PaymentIntent,
		},
		re.ID: {
			"gross": "-6.70", "fee": "0.00", "customer_facing_amount": "-1000", "reporting_category": "refund", "charge_id": gift.Charge,
			"charge_created": "2027-03-01 12:00:00",
		},
		s.Truth().Disputes[0].ID: {"gross": "-90.00", "fee": "15.00", "net": "-105.00", "reporting_category": "dispute", "dispute_reason": "fraudulent"},
		first.Charge: {
			"gross": "12.50", "customer_facing_amount": "10.00", "customer_facing_currency": "gbp", "invoice_id": invoice.ID,
			"subscription_id": invoice.Subscription, "customer_id": invoice.Customer,
		},
	} {
		row := of(source)
		for column, value := range want {
			if row[column] != value {
				t.Errorf("%s of %s is %q, want %q", column, source, row[column], value)
			}
		}
	}
	po := of(gift.Charge)["automatic_payout_id"]
	if _, one := s.report("payout_reconciliation", "payout="+po); len(one) == 0 || len(one) >= len(rows) {
		t.Errorf("%d rows of one payout, %d of all", len(one), len(rows))
	}
	if row := of(gift.Charge); row["trace_id"] == "" || row["trace_id_status"] != "supported" || row["automatic_payout_effective_at"] != "2027-03-05 00:00:00" {
		t.Errorf("the payout's own columns: %v", row)
	}

	_, activity := s.report("balance_change_from_activity", "")
	total := sumOfNet(t, activity, "currency")
	for _, p := range s.Truth().Payouts {
		total[p.Currency] -= p.Amount
	}
	for _, b := range s.Truth().Balance {
		if total[b.Currency] != b.Available+b.Pending {
			t.Errorf("%s: activity less payouts is %d, the balance %d and %d", b.Currency, total[b.Currency], b.Available, b.Pending)
		}
	}
	columns, chosen := s.report("balance_change_from_activity", "currency=usd&timezone=Asia/Tokyo&from=1803859200&columns=created,created_utc,payment_metadata[checkout],refund_metadata[why]")
	if !slices.Equal(columns, []string{"created", "created_utc", "payment_metadata[checkout]", "refund_metadata[why]"}) || len(chosen) < 4 {
		t.Errorf("%v %v", columns, chosen)
	}
	metadata := map[string]bool{}
	for _, row := range chosen {
		metadata[row["payment_metadata[checkout]"]+"/"+row["refund_metadata[why]"]] = true
		here, err := time.Parse(time.DateTime, row["created"])
		if utc, also := time.Parse(time.DateTime, row["created_utc"]); err != nil || also != nil || here.Sub(utc) != 9*time.Hour {
			t.Errorf("%v in Tokyo", row)
		}
	}
	if !metadata["intent-metadata/"] || !metadata["intent-metadata/asked"] {
		t.Errorf("metadata %v", metadata)
	}
	if _, none := s.report("balance_change_from_activity", "from=2028-01-01"); len(none) != 0 {
		t.Errorf("%d rows of a year to come", len(none))
	}
	for _, wrong := range []string{"from=soon", "to=2027-02-30", "timezone=Moon/Base", "columns=colour", "columns=trace_id", "payout=po_none"} {
		if status, body := s.get("/_control/report/balance_change_from_activity.csv?" + wrong); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", wrong, status, body)
		}
	}
}
