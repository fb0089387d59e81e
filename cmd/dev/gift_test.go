package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/report"
)

// exported gives the donations report as rows by column name.
func (s *testStack) exported(t *testing.T) []map[string]string {
	t.Helper()
	var out bytes.Buffer
	q := report.Query{From: time.Now().AddDate(-1, 0, 0), To: time.Now().AddDate(1, 0, 0), Zone: time.UTC}
	m, err := report.Write(t.Context(), s.db, "donations", q, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(lines)-1) != m.Rows {
		t.Errorf("%d lines, the manifest says %d rows", len(lines)-1, m.Rows)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

var tags = regexp.MustCompile(`<[^>]*>`)

func words(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

func TestGiftFromArticleToExport(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tests := []struct {
		form                  url.Values
		shown                 string
		amount, currency, fee string // the fee as the stand-in takes it
		kind                  string
		invoice, subscription bool
	}{
		{gift("one_time", "25", "USD"), "$25", "25.00", "USD", "1.03", "one_time", false, false},
		{gift("monthly", "10", "EUR"), "€10", "10.00", "EUR", "0.54", "monthly", true, true},
		{gift("annual", "100", "USD"), "$100", "100.00", "USD", "3.20", "annual", true, true},
		{gift("one_time", "500", "JPY"), "¥500", "500", "JPY", "55", "one_time", false, false},
		{gift("one_time", "1.500", "KWD"), "KWD 1.500", "1.500", "KWD", "0.150", "one_time", false, false},
	}
	for i, tt := range tests {
		t.Run(tt.kind+" "+tt.amount+" "+tt.currency, func(t *testing.T) {
			thanks := s.give(t, tt.form)
			s.booked(t, i+1)
			page := s.get(t, thanks)
			if page.status != http.StatusOK || !strings.Contains(words(page.body), tt.shown) {
				t.Errorf("thanks: %d %s", page.status, words(page.body))
			}
			rows := s.exported(t)
			if len(rows) != i+1 {
				t.Fatalf("%d rows after %d gifts", len(rows), i+1)
			}
			row := map[string]string{}
			for _, r := range rows {
				if r["currency"] == tt.currency && r["kind"] == tt.kind {
					row = r
				}
			}
			for column, want := range map[string]string{
				"status": "succeeded", "amount": tt.amount, "refunded": strings.Map(zero, tt.amount), "net_of_refunds": tt.amount,
				"dispute_status": "none", "fee": tt.fee, "campaign": "independent-journalism", "appeal": "keep-it-alive",
				"variant": "base", "placement": "end", "article": "geneva-joint-centre", "donor_name": "Ada Reader",
				"donor_email": "reader@example.org", "stripe_checkout_session": strings.TrimPrefix(thanks, s.base+"/thanks?session_id="),
			} {
				if column == "refunded" {
					want = strings.TrimLeft(want, "0")
					if want == "" || want[0] == '.' {
						want = "0" + want
					}
				}
				if row[column] != want {
					t.Errorf("%s is %q, want %q", column, row[column], want)
				}
			}
			for column, prefix := range map[string]string{
				"donation_id": "don_", "donor_id": "dnr_", "stripe_payment_intent": "pi_", "stripe_charge": "ch_",
			} {
				if !strings.HasPrefix(row[column], prefix) {
					t.Errorf("%s is %q", column, row[column])
				}
			}
			if (row["stripe_invoice"] != "") != tt.invoice || (row["stripe_subscription"] != "") != tt.subscription {
				t.Errorf("invoice %q, subscription %q", row["stripe_invoice"], row["stripe_subscription"])
			}
		})
	}
	if n := s.count(t, `select count(*) from donors`); n != 1 {
		t.Errorf("%d donors, one address", n)
	}
	if n := s.count(t, `select count(*) from recurring_donations where status = 'active'`); n != 2 {
		t.Errorf("%d recurring donations", n)
	}
	s.agreesWithStripe(t)
}

func zero(r rune) rune {
	if r >= '0' && r <= '9' {
		return '0'
	}
	return r
}

// agreesWithStripe compares the books with the stand-in's own account.
func (s *testStack) agreesWithStripe(t *testing.T) {
	t.Helper()
	want := map[string]string{}
	for _, p := range s.standIn.Truth().Payments {
		if p.Status == "succeeded" {
			want[p.PaymentIntent] = fmt.Sprint(p.Amount, strings.ToUpper(p.Currency), p.Charge, p.Email)
		}
	}
	rows, err := s.db.Query(t.Context(), `select payment, amount, currency, charge, donor_email from donations where status = 'succeeded'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string]string{}
	for rows.Next() {
		var payment, currency, charge, email string
		var amount int64
		if err := rows.Scan(&payment, &amount, &currency, &charge, &email); err != nil {
			t.Fatal(err)
		}
		got[payment] = fmt.Sprint(amount, currency, charge, email)
	}
	if len(got) != len(want) {
		t.Errorf("%d donations, Stripe has %d payments", len(got), len(want))
	}
	for payment, line := range want {
		if got[payment] != line {
			t.Errorf("%s: %q in the books, %q at Stripe", payment, got[payment], line)
		}
	}
}

// However often a checkout's address is opened, it has one session.
func TestOneCheckoutOneSession(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	checkout := s.begin(t, gift("one_time", "25", "USD"))
	if n := len(s.standIn.Truth().Sessions); n != 0 {
		t.Fatalf("%d sessions before the checkout was opened", n)
	}
	opened := make([]answer, 12)
	atOnce(len(opened), func(i int) { opened[i] = s.get(t, checkout) })
	page := ""
	for _, a := range opened {
		if a.status != http.StatusSeeOther { // another request's call is under way: the waiting page
			if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
				t.Errorf("opened at once: %d", a.status)
			}
			continue
		}
		if page == "" {
			page = a.location
		}
		if a.location != page {
			t.Errorf("two payment pages: %s and %s", page, a.location)
		}
	}
	// A crash after Stripe's answer and before it was recorded.
	if _, err := s.db.Exec(t.Context(), `update checkouts set stripe_session = null, session_url = null, session_expires_at = null`); err != nil {
		t.Fatal(err)
	}
	if again := s.payPage(t, checkout); again != page {
		t.Errorf("after a crash: %s, before: %s", again, page)
	}
	if n := len(s.standIn.Truth().Sessions); n != 1 {
		t.Errorf("%d sessions for one checkout", n)
	}
	if a := s.pay(t, page, goodCard); a.status != http.StatusSeeOther {
		t.Fatalf("paying: %d", a.status)
	}
	s.settled(t)
	if a := s.get(t, checkout); a.status != http.StatusSeeOther || !strings.Contains(a.location, "/thanks?session_id=") {
		t.Errorf("a checkout that is paid leads to %d %s", a.status, a.location)
	}
}

func TestDeclinedThenPaid(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	for _, kind := range []string{"one_time", "monthly"} {
		t.Run(kind, func(t *testing.T) {
			page := s.payPage(t, s.begin(t, gift(kind, "25", "USD")))
			before := s.count(t, `select count(*) from donations`)
			a := s.pay(t, page, declinedCard)
			if a.status == http.StatusSeeOther || !strings.Contains(strings.ToLower(words(a.body)), "declined") {
				t.Errorf("declined: %d %s", a.status, words(a.body))
			}
			s.settled(t)
			if n := s.count(t, `select count(*) from donations`); n != before {
				t.Errorf("%d donations after a declined card, %d before", n, before)
			}
			if a := s.pay(t, page, goodCard); a.status != http.StatusSeeOther {
				t.Fatalf("second try: %d %s", a.status, words(a.body))
			}
			s.settled(t)
			if n := s.count(t, `select count(*) from donations where status = 'succeeded'`); n != before+1 {
				t.Errorf("%d donations after the second try, %d before", n, before)
			}
		})
	}
	s.agreesWithStripe(t)
}

func TestLeavingThePaymentPageLeavesNoDonation(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	checkout := s.begin(t, gift("monthly", "10", "EUR"))
	page := s.get(t, s.payPage(t, checkout))
	if !strings.Contains(page.body, s.base+"/articles/geneva-joint-centre") {
		t.Errorf("no way back to the article on the payment page")
	}
	if err := s.standIn.Advance(t.Context(), 25*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.settled(t)
	if n := s.count(t, `select count(*) from donations`); n != 0 {
		t.Errorf("%d donations", n)
	}
	if a := s.get(t, checkout); a.status != http.StatusGone || !strings.Contains(a.body, "/articles/geneva-joint-centre") {
		t.Errorf("an expired checkout: %d", a.status)
	}
}

// A bank debit is a donation that is pending until it settles.
func TestBankDebit(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	page := s.payPage(t, s.begin(t, gift("one_time", "25", "USD")))
	form := url.Values{"email": {"reader@example.org"}, "name": {"Ada Reader"}, "method": {"bank_debit"}, "account_number": {"000123456789"}}
	if a := s.post(t, page, form); a.status != http.StatusSeeOther {
		t.Fatalf("bank debit: %d %s", a.status, words(a.body))
	}
	s.settled(t)
	if rows := s.exported(t); len(rows) != 1 || rows[0]["status"] != "pending" {
		t.Fatalf("before it settles: %v", rows)
	}
	if err := s.standIn.Advance(t.Context(), 8*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.settled(t)
	if rows := s.exported(t); len(rows) != 1 || rows[0]["status"] != "succeeded" || rows[0]["amount"] != "25.00" {
		t.Fatalf("after it settled: %v", rows)
	}
	s.agreesWithStripe(t)
}
