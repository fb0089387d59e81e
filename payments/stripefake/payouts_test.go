package stripefake_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// payOut asks for a payout of a currency's minor units.
func (s *stand) payOut(amount int64, currency string) (*stripe.Payout, error) {
	return s.stripe.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(amount), Currency: stripe.String(currency)})
}

func (s *stand) paidOut(amount int64) *stripe.Payout {
	s.t.Helper()
	po, err := s.payOut(amount, "usd")
	if err != nil {
		s.t.Fatal(err)
	}
	return po
}

func (s *stand) wantPayout(id string, status stripe.PayoutStatus) *stripe.Payout {
	s.t.Helper()
	po, err := s.stripe.Payouts.Get(id, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if po.Status != status {
		s.t.Errorf("payout %s is %s, want %s", id, po.Status, status)
	}
	return po
}

func TestManualPayout(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 100000, card("4000000000000077"))
	s.gift("usd", 2500, card("4242424242424242"))
	_, err := s.payOut(p.Net+1, "usd")
	if e := stripeError(t, err); e.Code != stripe.ErrorCodeBalanceInsufficient {
		t.Errorf("more than there is: %+v", e)
	}
	po := s.paidOut(40000)
	if po.Status != "pending" || po.Automatic || po.ReconciliationStatus != "not_applicable" || po.ArrivalDate != monday.Add(36*time.Hour).Unix() {
		t.Errorf("%+v", po)
	}
	s.wantBalance("usd", p.Net-40000, 2397)
	if moved := s.moved(po.ID); len(moved) != 1 || moved[0].Net != -40000 || moved[0].Type != "payout" || moved[0].ID != po.BalanceTransaction.ID {
		t.Errorf("booked %+v", moved)
	}
	s.advance(time.Hour)
	s.wantPayout(po.ID, "in_transit")
	s.advance(35 * time.Hour)
	s.wantPayout(po.ID, "paid")
	s.wantTold(po.ID, "payout.created", "payout.updated", "payout.paid")
	if _, err := s.stripe.Payouts.Cancel(po.ID, nil); err == nil {
		t.Error("canceled after it was paid")
	}
	list := s.stripe.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: stripe.String(po.ID)})
	if list.Next() || stripeError(t, list.Err()).Param != "payout" {
		t.Errorf("what a manual payout carried: %v", list.Err())
	}
	if found := s.stripe.Payouts.List(&stripe.PayoutListParams{Status: stripe.String("paid"), ArrivalDate: stripe.Int64(po.ArrivalDate)}); !found.Next() || found.Payout().ID != po.ID {
		t.Errorf("not listed: %v", found.Err())
	}
	for form, want := range map[string]int{
		"currency=usd": 400, "amount=0&currency=usd": 400, "amount=100&currency=zzz": 400, "amount=100&currency=eur": 400,
		"amount=100&currency=usd&destination=ba_none": 400, "amount=100&currency=usd&method=instant&metadata[a]=b": 200,
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, got := s.call("/v1/payouts", testKey, values, nil); status != want {
			t.Errorf("%s: %d %v", form, status, got)
		}
	}
	s.advance(time.Hour)
	instant := s.wantPayout(s.Truth().Payouts[1].ID, "paid")
	if changed, err := s.stripe.Payouts.Update(instant.ID, &stripe.PayoutParams{Metadata: map[string]string{"a": "", "c": "d"}}); err != nil || len(changed.Metadata) != 1 {
		t.Errorf("%+v %v", changed, err)
	}
}

func TestPayoutComesBack(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 100000, card("4000000000000077"))
	canceled, failed, reversed := s.paidOut(1000), s.paidOut(2000), s.paidOut(3000)
	if _, err := s.stripe.Payouts.Reverse(reversed.ID, nil); err == nil {
		t.Error("reversed before it was sent")
	}
	if got, err := s.stripe.Payouts.Cancel(canceled.ID, nil); err != nil || got.Status != "canceled" || got.FailureBalanceTransaction == nil {
		t.Errorf("%+v %v", got, err)
	}
	s.wantTold(canceled.ID, "payout.created", "payout.canceled")
	s.advance(2 * day)
	s.wantPayout(canceled.ID, "canceled")
	s.wantPayout(failed.ID, "paid")
	path := "/_control/payouts/" + failed.ID + "/fail"
	if status, _ := s.ask(path, map[string]any{"code": "gremlins"}); status != http.StatusBadRequest {
		t.Errorf("an unknown code: %d", status)
	}
	if status, got := s.ask(path, map[string]any{"code": "account_closed"}); status != http.StatusOK || got["failure_code"] != "account_closed" || got["failure_message"] == nil {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := s.ask(path, map[string]any{}); status != http.StatusBadRequest {
		t.Errorf("failed twice: %d", status)
	}
	if status, _ := s.ask("/_control/payouts/po_none/fail", map[string]any{}); status != http.StatusNotFound {
		t.Errorf("no payout: %d", status)
	}
	s.wantTold(failed.ID, "payout.created", "payout.updated", "payout.paid", "payout.failed")
	if moved := s.moved(failed.ID); len(moved) != 2 || moved[1].Net != 2000 || moved[1].Type != "payout_failure" {
		t.Errorf("booked %+v", moved)
	}
	s.wantBalance("usd", p.Net-3000, 0)

	back, err := s.stripe.Payouts.Reverse(reversed.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if back.Amount != -3000 || back.OriginalPayout.ID != reversed.ID {
		t.Errorf("%+v", back)
	}
	if got := s.wantPayout(reversed.ID, "paid"); got.ReversedBy.ID != back.ID {
		t.Errorf("reversed by %+v", got.ReversedBy)
	}
	if _, err := s.stripe.Payouts.Reverse(reversed.ID, nil); err == nil {
		t.Error("reversed twice")
	}
	s.wantBalance("usd", p.Net-3000, 3000)
	s.advance(2 * day)
	s.wantPayout(back.ID, "paid")
	s.wantBalance("usd", p.Net, 0)
}

func TestDailyPayouts(t *testing.T) {
	s := calmStand(t)
	for _, wrong := range []string{`{}`, `{"weekly": true}`} {
		resp, err := s.http.Post(s.url+"/_control/payouts", "application/json", strings.NewReader(wrong))
		if err != nil {
			t.Fatal(err)
		}
		if answer := read(t, resp); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", wrong, resp.StatusCode, answer)
		}
	}
	s.advance(7 * day)
	dollars, euros := s.gift("usd", 2500, card("4242424242424242")), s.gift("eur", 3000, card("4242424242424242"))
	s.refunded(dollars, 1000)
	late := s.gift("usd", 5000, card("4000000000000259")) // withdrawn at once, paid in only on Wednesday
	s.control("/_control/payouts", map[string]any{"daily": true})
	s.control("/_control/payouts", map[string]any{"daily": true})
	s.advance(day)
	if n := len(s.Truth().Payouts); n != 0 {
		t.Errorf("%d payouts of nothing", n)
	}
	s.gift("usd", 100000, card("4000000000000077"))
	s.advance(day)
	if n := len(s.Truth().Payouts); n != 2 {
		t.Fatalf("%d payouts, want one a currency", n)
	}
	for _, po := range s.Truth().Payouts {
		want := euros.Net
		if po.Currency == "usd" {
			want = dollars.Net - 1000 + late.Net - 5000 - 1500 + 97070
		}
		if po.Amount != want || !po.Automatic {
			t.Errorf("%+v, want %d", po, want)
		}
	}
	first := s.Truth().Payouts[0].ID
	s.wantTold(first, "payout.created", "payout.updated", "payout.reconciliation_completed")
	if po := s.wantPayout(first, "in_transit"); po.ReconciliationStatus != "completed" {
		t.Errorf("reconciliation is %s", po.ReconciliationStatus)
	}
	if _, err := s.stripe.Payouts.Cancel(first, nil); err == nil {
		t.Error("an automatic payout was canceled")
	}
	s.advance(2 * day)
	s.wantPayout(first, "paid")

	// What came back goes out again with the next one.
	s.control("/_control/payouts/"+first+"/fail", map[string]any{"code": "no_account"})
	s.advance(day)
	if again := s.Truth().Payouts[2]; again.Amount != s.Truth().Payouts[0].Amount || len(again.BalanceTransactions) != 1 {
		t.Errorf("%+v", again)
	}
	s.control("/_control/payouts", map[string]any{"daily": false})
	s.gift("usd", 100000, card("4000000000000077"))
	s.advance(5 * day)
	if n := len(s.Truth().Payouts); n != 3 {
		t.Errorf("%d payouts after the schedule was turned off", n)
	}
}
