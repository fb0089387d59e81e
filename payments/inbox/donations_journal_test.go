package inbox_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// reported gives the rows of a report over all time, by column.
func reported(t *testing.T, db *pgxpool.Pool, name string) (report.Manifest, []map[string]string) {
	t.Helper()
	var out bytes.Buffer
	m, err := report.Write(t.Context(), db, name, report.Query{From: time.Unix(0, 0), To: time.Unix(1<<33, 0), Zone: time.UTC}, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = l[i]
		}
		rows = append(rows, row)
	}
	return m, rows
}

// minorSums are minor units by what they are of. Zeros are left out when they are compared.
type minorSums map[string]int64

func (s minorSums) add(t *testing.T, key, currency, amount string, sign int64) {
	t.Helper()
	if amount == "" {
		return
	}
	text, negative := strings.CutPrefix(amount, "-")
	a, err := money.Parse(text, money.Currency(currency))
	if err != nil {
		t.Fatal(err)
	}
	if negative {
		sign = -sign
	}
	s[key+" "+currency] += sign * a.Minor
}

func (s minorSums) equal(o minorSums) bool {
	zero := func(_ string, minor int64) bool { return minor == 0 }
	maps.DeleteFunc(s, zero)
	maps.DeleteFunc(o, zero)
	return maps.Equal(s, o)
}

// Of any history, told in pieces and in any order, with debits that come back and are
// tried again, which is declined, stays under way, or is booked: the net
// column of the report of donations is, in each currency, what the journal has on
// stripe_clearing for the balance transactions that are gifts themselves (their
// reporting_category is charge, charge_failure or partial_capture_reversal, and some
// line of theirs names a donation). Gift by gift the fee is what it has on fees, and the
// gross what it has on donations:… and exchange_difference, with the sign turned.
// Nothing else stands there: what a late payment had on other is taken back.
func TestDonationsAreTheJournals(t *testing.T) {
	back, tries := 0, 0
	for seed := range uint64(2) {
		random := rand.New(rand.NewPCG(seed, 41))
		s := settle(t, seed, "2024-04-10", histories.Seeded(seed))
		db := pgtest.New(t)
		in := newInbox(t, db)
		for range 8 {
			events, bookings := s.step(t, random)
			returned := comeBack(t, bookings, random)
			back += len(returned)
			told := append(append(events, bookings...), returned...)
			random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
			for i, half := range [][][]byte{told[:len(told)/2], told[len(told)/2:]} {
				if _, err := in.ReceiveMany(t.Context(), half); err != nil {
					t.Fatal(err)
				}
				donationsAreTheJournals(t, db, i == 1)
			}
			again := triedAgain(t, db, returned, random)
			tries += len(again)
			if _, err := in.ReceiveMany(t.Context(), again); err != nil {
				t.Fatal(err)
			}
			donationsAreTheJournals(t, db, true)
		}
		if t.Failed() {
			t.Fatalf("seed %d, after\n%s", seed, strings.Join(s.Told(), "\n"))
		}
	}
	if back < 3 || tries < 3 {
		t.Errorf("only %d gifts came back, and of %d tries after them was told", back, tries)
	}
}

// comeBack tells of some gifts that the bank took them back, as Stripe books it.
func comeBack(t *testing.T, bookings [][]byte, random *rand.Rand) (events [][]byte) {
	t.Helper()
	for _, raw := range bookings {
		var e struct {
			Data struct{ Object map[string]any }
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		b := e.Data.Object
		if b["reporting_category"] != "charge" || random.IntN(4) > 0 {
			continue
		}
		amount := -int64(b["amount"].(float64))
		events = append(events, fmt.Appendf(nil, `{"id":"evt_back_%[1]s","object":"event","type":"readerfund.told","created":1,"data":{"object":{"id":"%[1]s_back",
			"object":"balance_transaction","amount":%[2]d,"fee":400,"net":%[3]d,"currency":%[4]q,"type":"payment_failure_refund","reporting_category":"charge_failure",
			"source":%[5]q,"created":%[6]d}}}`, b["id"], amount, amount-400, b["currency"], b["source"], int64(b["created"].(float64))+300_000))
	}
	return events
}

// donationsAreTheJournals compares the two. Where the whole of a history is told, each
// gift that the journal has is settled in the report; before, those are left out of
// which the report does not know yet what they became.
func donationsAreTheJournals(t *testing.T, db *pgxpool.Pool, whole bool) {
	t.Helper()
	given, booked := minorSums{}, minorSums{}
	m, rows := reported(t, db, "donations")
	settled := map[string]bool{}
	for _, r := range rows {
		c := r["settlement_currency"]
		settled[r["donation_id"]] = c != ""
		given.add(t, "gross "+r["donation_id"], c, r["settlement_gross"], 1)
		given.add(t, "fee "+r["donation_id"], c, r["fee"], 1)
		given.add(t, "net", c, r["net"], 1)
	}
	gift := map[string]bool{"charge": true, "charge_failure": true, "partial_capture_reversal": true}
	owner := map[string]string{} // of balance transactions that are gifts: the donation
	_, lines := reported(t, db, "journal")
	for _, l := range lines {
		if id := l["donation_id"]; id != "" && gift[l["reporting_category"]] && (whole || settled[id]) {
			owner[l["balance_transaction_id"]] = id
		}
	}
	for _, l := range lines {
		id := owner[l["balance_transaction_id"]]
		if id == "" {
			continue
		}
		account, _, _ := strings.Cut(l["account"], ":")
		key, sign := account, int64(1)
		switch account {
		case "donations", "exchange_difference":
			key, sign = "gross "+id, -1 // income is a credit
		case "fees":
			key = "fee " + id
		case "stripe_clearing":
			key = "net"
		}
		booked.add(t, key, l["currency"], l["debit"], sign)
		booked.add(t, key, l["currency"], l["credit"], -sign)
	}
	if !given.equal(booked) {
		t.Errorf("the report of donations has\n%v\nthe journal\n%v", given, booked)
	}
	total := minorSums{}
	for currency, columns := range m.Totals {
		total.add(t, "net", string(currency), columns["net"], 1)
	}
	maps.DeleteFunc(given, func(key string, _ int64) bool { return !strings.HasPrefix(key, "net ") })
	if !given.equal(total) {
		t.Errorf("the rows have %v, the manifest %v", given, total)
	}
}
