package stripefake_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// A Monday at noon: what is charged now is available at midnight before
// Wednesday.
var monday = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// calmStand is a stand-in whose clock moves only when it is told to.
func calmStand(t *testing.T) *stand {
	t.Helper()
	return newStand(t, stripefake.Options{Clock: func() time.Time { return monday }})
}

// gift pays once and returns the payment as the stand-in knows it.
func (s *stand) gift(currency string, amount int64, form url.Values) stripefake.TruthPayment {
	s.t.Helper()
	ss := s.session(currency, amount, "")
	s.paid(ss.URL, form)
	return s.payment(s.reload(ss.ID).PaymentIntent.ID)
}

func (s *stand) payment(intent string) stripefake.TruthPayment {
	s.t.Helper()
	for _, p := range s.Truth().Payments {
		if p.PaymentIntent == intent {
			return p
		}
	}
	s.t.Fatalf("no payment %s", intent)
	return stripefake.TruthPayment{}
}

// ask posts to a control and returns its status and answer.
func (s *stand) ask(path string, body any) (int, map[string]any) {
	s.t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.http.Post(s.url+path, "application/json", bytes.NewReader(sent))
	if err != nil {
		s.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(read(s.t, resp)), &answer); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// toldOf are the types of the events about one object, in their order.
func (s *stand) toldOf(id string) []string {
	s.t.Helper()
	var out []string
	for _, e := range s.log() {
		if e.Object == id {
			out = append(out, e.Type)
		}
	}
	return out
}

func (s *stand) wantTold(id string, want ...string) {
	s.t.Helper()
	if got := s.toldOf(id); !slices.Equal(got, want) {
		s.t.Errorf("told of %s:\n%v, want\n%v", id, got, want)
	}
}

// moved are the balance transactions of a source, the oldest first.
func (s *stand) moved(source string) []*stripe.BalanceTransaction {
	s.t.Helper()
	list := s.stripe.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Source: stripe.String(source)})
	var out []*stripe.BalanceTransaction
	for list.Next() {
		out = append(out, list.BalanceTransaction())
	}
	if err := list.Err(); err != nil {
		s.t.Fatal(err)
	}
	slices.Reverse(out)
	return out
}

// wantBalance checks what is available and pending of a currency.
func (s *stand) wantBalance(code string, available, pending int64) {
	s.t.Helper()
	got, err := s.stripe.Balance.Get(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	of := func(amounts []*stripe.Amount) int64 {
		for _, a := range amounts {
			if string(a.Currency) == code {
				return a.Amount
			}
		}
		return 0
	}
	if a, p := of(got.Available), of(got.Pending); a != available || p != pending {
		s.t.Errorf("balance %s: %d available, %d pending; want %d and %d", code, a, p, available, pending)
	}
}

// playMoney makes every story of money that goes back and out.
func playMoney(s *stand) {
	s.control("/_control/payouts", map[string]any{"daily": true})
	form := func(number string) url.Values { return card(number) }
	refund := func(p stripefake.TruthPayment, amount int64) string {
		params := &stripe.RefundParams{Charge: stripe.String(p.Charge), Reason: stripe.String("requested_by_customer")}
		if amount > 0 {
			params.Amount = stripe.Int64(amount)
		}
		re, err := s.stripe.Refunds.New(params)
		if err != nil {
			s.t.Fatal(err)
		}
		return re.ID
	}
	evidence := func(id, text string) {
		params := &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String(text)}}
		if _, err := s.stripe.Disputes.Update(id, params); err != nil {
			s.t.Fatal(err)
		}
	}
	refund(s.gift("usd", 2500, form("4242424242424242")), 2000)
	refund(s.gift("usd", 2600, form("4000000000005126")), 0)
	refund(s.gift("usd", 2700, form("4000000000007726")), 700)
	refund(s.gift("usd", 2800, form("4000000000001976")), 0)
	refund(s.gift("usd", 2900, form("4000000000005423")), 0)
	s.gift("usd", 3000, form("4000000000009235"))
	s.gift("usd", 900000, form("4000000000000077"))
	won, lost, ignored := s.gift("usd", 3100, form("4000000000000259")), s.gift("usd", 3200, form("4000000000002685")), s.gift("usd", 3300, form("4000000000000259"))
	escalated, slept := s.gift("usd", 3400, form("4000000000001976")), s.gift("usd", 3500, form("4000000000001976"))
	bank := s.gift("eur", 5000, debit("AT611904300234573201"))
	evidence(s.disputeOf(won), "winning_evidence")
	evidence(s.disputeOf(lost), "losing_evidence")
	evidence(s.disputeOf(escalated), "escalate_inquiry_evidence")
	for _, id := range []string{s.disputeOf(ignored), s.disputeOf(slept)} {
		if _, err := s.stripe.Disputes.Update(id, &stripe.DisputeParams{Metadata: map[string]string{"seen": "yes"}}); err != nil {
			s.t.Fatal(err)
		}
	}
	out, err := s.stripe.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(1000), Currency: stripe.String("usd")})
	if err != nil {
		s.t.Fatal(err)
	}
	s.advance(8 * day)
	refund(bank, 1000)
	if _, err := s.stripe.Payouts.Reverse(out.ID, nil); err != nil {
		s.t.Fatal(err)
	}
	s.control("/_control/payouts/"+s.Truth().Payouts[1].ID+"/fail", map[string]any{})
	s.advance(130 * day)
	s.flush()
}

// disputeOf is the dispute about a payment.
func (s *stand) disputeOf(p stripefake.TruthPayment) string {
	s.t.Helper()
	for _, d := range s.Truth().Disputes {
		if d.Charge == p.Charge {
			return d.ID
		}
	}
	s.t.Fatalf("%s is not disputed", p.Charge)
	return ""
}

func TestMoneyHasStripesShape(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	s := calmStand(t)
	playMoney(s)
	sh := shape{doc.Components.Schemas}
	told := sh.checkEvents(s)
	for _, want := range []string{
		"charge.refunded", "charge.refund.updated", "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
		"charge.dispute.closed", "charge.dispute.funds_reinstated", "radar.early_fraud_warning.created", "radar.early_fraud_warning.updated",
		"review.opened", "payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.reconciliation_completed",
	} {
		if !told[want] {
			t.Errorf("no event %s arrived", want)
		}
	}
	sh.checkLists(s, "/v1/refunds?limit=100", "/v1/disputes?limit=100", "/v1/radar/early_fraud_warnings", "/v1/reviews",
		"/v1/payouts?limit=100", "/v1/balance_transactions?limit=100&expand[]=data.source", "/v1/charges?limit=100&expand[]=data.refunds&expand[]=data.dispute",
		"/v1/refunds?expand[]=data.charge&expand[]=data.balance_transaction&expand[]=data.failure_balance_transaction&expand[]=data.payment_intent")
}

// TestMoneyAddsUp holds the law that reconciliation stands on: each automatic
// payout is the sum of its rows, and the balance is the sum of everything.
func TestMoneyAddsUp(t *testing.T) {
	s := calmStand(t)
	playMoney(s)
	net := map[string]int64{}
	sums := map[stripe.Currency]int64{}
	list := s.stripe.BalanceTransactions.List(&stripe.BalanceTransactionListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(100)}})
	for list.Next() {
		tx := list.BalanceTransaction()
		net[tx.ID] = tx.Net
		sums[tx.Currency] += tx.Net
		if tx.Net != tx.Amount-tx.Fee {
			t.Errorf("%s: %d less %d is not %d", tx.ID, tx.Amount, tx.Fee, tx.Net)
		}
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	for code, sum := range sums {
		s.wantBalance(string(code), sum, 0)
	}
	truth := s.Truth()
	automatic := 0
	for _, po := range truth.Payouts {
		if !po.Automatic {
			continue
		}
		automatic++
		sum := int64(0)
		for _, id := range po.BalanceTransactions {
			sum += net[id]
		}
		if sum != po.Amount || net[po.BalanceTransaction] != -po.Amount {
			t.Errorf("payout %s of %d carries %d", po.ID, po.Amount, sum)
		}
		listed := s.stripe.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: stripe.String(po.ID)})
		rows := 0
		for listed.Next() {
			rows++
		}
		if listed.Err() != nil || rows != len(po.BalanceTransactions)+1 {
			t.Errorf("payout %s lists %d rows, want its own and %d: %v", po.ID, rows, len(po.BalanceTransactions), listed.Err())
		}
	}
	if automatic < 3 {
		t.Errorf("%d automatic payouts", automatic)
	}
	refunded, disputed := map[string]int64{}, map[string]int64{}
	for _, re := range truth.Refunds {
		if re.Status != "failed" && re.Status != "canceled" {
			refunded[re.Charge] += re.Amount
		}
	}
	for _, d := range truth.Disputes {
		if d.Status == "lost" || d.Status == "needs_response" || d.Status == "under_review" {
			disputed[d.Charge] += d.Amount
		}
	}
	for _, p := range truth.Payments {
		if p.Refunded != refunded[p.Charge] || p.Disputed != disputed[p.Charge] {
			t.Errorf("%s: refunded %d, disputed %d; want %d and %d", p.Charge, p.Refunded, p.Disputed, refunded[p.Charge], disputed[p.Charge])
		}
	}
}

func TestMoneySurvivesARestart(t *testing.T) {
	opts := stripefake.Options{StatePath: filepath.Join(t.TempDir(), "stripe.json"), Clock: func() time.Time { return monday }}
	a := bareStand(t, opts)
	p := a.gift("usd", 2500, card("4000000000000259"))
	waits := a.gift("usd", 2600, card("4000000000007726"))
	if _, err := a.stripe.Refunds.New(&stripe.RefundParams{Charge: stripe.String(waits.Charge)}); err != nil {
		t.Fatal(err)
	}
	a.gift("usd", 2700, card("4000000000009235"))
	a.gift("usd", 2800, card("4000000000005423"))
	a.gift("usd", 100000, card("4000000000000077"))
	a.control("/_control/payouts", map[string]any{"daily": true})
	a.advance(day)
	before := a.Truth()
	a.close()

	b := bareStand(t, opts)
	if after := b.Truth(); !reflect.DeepEqual(before, after) {
		t.Errorf("truth before\n%+v\nand after\n%+v", before, after)
	}
	b.advance(20 * day)
	truth := b.Truth()
	if got := truth.Disputes[0]; got.Status != "lost" || b.payment(p.PaymentIntent).Disputed != 2500 {
		t.Errorf("the dispute that was not answered is %s", got.Status)
	}
	if got := truth.Refunds[0].Status; got != "succeeded" {
		t.Errorf("the refund is %s", got)
	}
	if n := len(truth.Payouts); n != 2 || truth.Payouts[0].Status != "paid" {
		t.Errorf("%d payouts: %+v", n, truth.Payouts)
	}
	if status, _, got := b.call("/v1/reviews", testKey, nil, nil); status != http.StatusOK || len(got["data"].([]any)) != 1 {
		t.Errorf("reviews: %d %v", status, got)
	}
}

func TestMoneyThatIsNotThere(t *testing.T) {
	s := calmStand(t)
	for path, form := range map[string]url.Values{
		"/v1/refunds/re_none": nil, "/v1/refunds/re_none/cancel": {}, "/v1/charges/ch_none/refund": {},
		"/v1/disputes/dp_none": nil, "/v1/disputes/dp_none/close": {}, "/v1/charges/ch_none/dispute": nil,
		"/v1/payouts/po_none": nil, "/v1/payouts/po_none/cancel": {}, "/v1/payouts/po_none/reverse": {},
		"/v1/reviews/prv_none": nil, "/v1/reviews/prv_none/approve": {}, "/v1/radar/early_fraud_warnings/issfr_none": nil,
	} {
		status, _, answer := s.call(path, testKey, form, nil)
		if e, _ := answer["error"].(map[string]any); status != http.StatusNotFound || e["code"] != "resource_missing" {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
	if status, _, answer := s.call("/v1/balance_transactions?payout=po_none", testKey, nil, nil); status != http.StatusBadRequest {
		t.Errorf("rows of no payout: %d %v", status, answer)
	}
	if status, _ := s.ask("/_control/disputes/dp_none", map[string]any{"status": "won"}); status != http.StatusNotFound {
		t.Errorf("control of no dispute: %d", status)
	}
}
