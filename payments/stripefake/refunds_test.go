package stripefake_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// refund gives back of a payment; amount 0 is all that is left.
func (s *stand) refund(p stripefake.TruthPayment, amount int64) (*stripe.Refund, error) {
	params := &stripe.RefundParams{PaymentIntent: stripe.String(p.PaymentIntent)}
	if amount != 0 {
		params.Amount = stripe.Int64(amount)
	}
	params.AddMetadata("why", "asked")
	return s.stripe.Refunds.New(params)
}

func (s *stand) refunded(p stripefake.TruthPayment, amount int64) *stripe.Refund {
	s.t.Helper()
	re, err := s.refund(p, amount)
	if err != nil {
		s.t.Fatal(err)
	}
	return re
}

func (s *stand) charge(id string, expand ...string) *stripe.Charge {
	s.t.Helper()
	params := &stripe.ChargeParams{}
	for _, field := range expand {
		params.AddExpand(field)
	}
	ch, err := s.stripe.Charges.Get(id, params)
	if err != nil {
		s.t.Fatal(err)
	}
	return ch
}

func (s *stand) wantRefund(id string, status stripe.RefundStatus) *stripe.Refund {
	s.t.Helper()
	re, err := s.stripe.Refunds.Get(id, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if re.Status != status {
		s.t.Errorf("refund %s is %s, want %s", id, re.Status, status)
	}
	return re
}

func TestPartialRefunds(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4242424242424242"))
	first := s.refunded(p, 2000)
	if first.Status != "succeeded" || first.Charge.ID != p.Charge || first.PaymentIntent.ID != p.PaymentIntent || first.Metadata["why"] != "asked" {
		t.Errorf("refund %+v", first)
	}
	if ch := s.charge(p.Charge); ch.AmountRefunded != 2000 || ch.Refunded {
		t.Errorf("%d refunded of 2500, in full: %v", ch.AmountRefunded, ch.Refunded)
	}
	moved := s.moved(first.ID)
	if len(moved) != 1 || moved[0].Net != -2000 || moved[0].Fee != 0 || moved[0].Type != "refund" || moved[0].ReportingCategory != "refund" || moved[0].ID != first.BalanceTransaction.ID {
		t.Errorf("booked %+v", moved)
	}
	s.wantBalance("usd", 0, 2397-2000)
	if got := s.payment(p.PaymentIntent); got.Amount-got.Refunded != 500 {
		t.Errorf("%d left of the gift", got.Amount-got.Refunded)
	}

	_, err := s.refund(p, 501)
	if e := stripeError(t, err); e.Code != "amount_too_large" || e.Param != "amount" {
		t.Errorf("too much: %+v", e)
	}
	second := s.refunded(p, 0)
	if second.Amount != 500 || !s.charge(p.Charge).Refunded {
		t.Errorf("the rest: %+v", second)
	}
	_, err = s.refund(p, 0)
	if e := stripeError(t, err); e.Code != stripe.ErrorCodeChargeAlreadyRefunded || e.HTTPStatusCode != http.StatusBadRequest {
		t.Errorf("again: %+v", e)
	}
	s.flush()
	amounts := []int64{}
	for _, e := range s.inbox.events("charge.refunded") {
		amounts = append(amounts, objectOf[stripe.Charge](t, e).AmountRefunded)
	}
	if len(amounts) != 2 || max(amounts[0], amounts[1]) != 2500 || min(amounts[0], amounts[1]) != 2000 {
		t.Errorf("charge.refunded told of %v", amounts)
	}
	s.wantTold(first.ID, "refund.created")
	if list := s.charge(p.Charge, "refunds").Refunds; list == nil || len(list.Data) != 2 || list.Data[0].ID != second.ID {
		t.Errorf("the charge's refunds: %+v", list)
	}
}

func TestRefundRefused(t *testing.T) {
	s := calmStand(t)
	good := s.gift("usd", 2500, card("4242424242424242")).Charge
	pending := s.gift("usd", 2500, debit("000123456789"))
	declined := s.session("usd", 900, "")
	s.pay(declined.URL, card("4000000000000002"))
	failed := s.Truth().Payments[2]
	dinars := s.gift("kwd", 5000, card("4242424242424242")).Charge
	for form, want := range map[string]struct {
		status int
		code   string
	}{
		"":                                   {400, "parameter_missing"},
		"charge=ch_none":                     {404, "resource_missing"},
		"payment_intent=pi_none":             {404, "resource_missing"},
		"charge=" + good + "&amount=0":       {400, "parameter_invalid_integer"},
		"charge=" + good + "&amount=2501":    {400, "amount_too_large"},
		"charge=" + good + "&reason=boredom": {400, ""},
		"charge=" + good + "&origin=customer_balance&customer=cus_1":  {400, ""},
		"charge=" + good + "&payment_intent=" + pending.PaymentIntent: {400, ""},
		"charge=" + pending.Charge:                                    {400, "charge_not_refundable"},
		"charge=" + failed.Charge:                                     {400, "charge_not_refundable"},
		"charge=" + dinars + "&amount=1001":                           {400, ""},
		"payment_intent=" + failed.PaymentIntent:                      {400, ""},
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		status, _, answer := s.call("/v1/refunds", testKey, values, nil)
		e, _ := answer["error"].(map[string]any)
		code, _ := e["code"].(string)
		if status != want.status || code != want.code || e["message"] == "" {
			t.Errorf("%q: %d %v", form, status, answer)
		}
	}
	if n := len(s.Truth().Refunds); n != 0 {
		t.Errorf("%d refunds were made", n)
	}
}

func TestRefundFailsLater(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4000000000005126"))
	re := s.refunded(p, 2000)
	s.advance(day)
	s.wantRefund(re.ID, "succeeded")
	s.advance(day)
	failed := s.wantRefund(re.ID, "failed")
	if failed.FailureReason != "expired_or_canceled_card" || failed.FailureBalanceTransaction == nil {
		t.Errorf("%+v", failed)
	}
	if ch := s.charge(p.Charge); ch.AmountRefunded != 0 || ch.Refunded {
		t.Errorf("%d still refunded", ch.AmountRefunded)
	}
	moved := s.moved(re.ID)
	if len(moved) != 2 || moved[1].Net != 2000 || moved[1].Type != "refund_failure" || moved[1].ReportingCategory != "refund_failure" {
		t.Errorf("booked %+v", moved)
	}
	s.wantTold(re.ID, "refund.created", "charge.refund.updated", "refund.updated", "refund.failed")
	s.flush()
	if told := one[stripe.Refund](s.inbox, "charge.refund.updated"); told.Status != "failed" {
		t.Errorf("told of a refund that is %s", told.Status)
	}
	again := s.refunded(p, 2500)
	if again.Amount != 2500 || s.payment(p.PaymentIntent).Refunded != 2500 {
		t.Errorf("what came back cannot be refunded again: %+v", again)
	}
}

func TestRefundTakesItsTime(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4000000000007726"))
	re := s.refunded(p, 0)
	if re.Status != "pending" || !s.charge(p.Charge).Refunded {
		t.Errorf("at first %s", re.Status)
	}
	s.advance(day)
	s.wantRefund(re.ID, "succeeded")
	s.wantTold(re.ID, "refund.created", "charge.refund.updated", "refund.updated")

	bank := s.gift("eur", 5000, debit("AT611904300234573201"))
	s.advance(6 * day)
	back := s.refunded(bank, 0)
	if back.Status != "pending" || back.ID[:4] != "pyr_" {
		t.Errorf("to a bank: %s, %s", back.ID, back.Status)
	}
	s.advance(5 * day)
	s.wantRefund(back.ID, "succeeded")
	if moved := s.moved(back.ID); len(moved) != 1 || moved[0].Type != "payment_refund" {
		t.Errorf("booked %+v", moved)
	}
}

func TestRefundNeedsThePayer(t *testing.T) {
	s := calmStand(t)
	asked, gone := s.gift("usd", 5000, debit("000123456789")), s.gift("usd", 6000, debit("000123456789"))
	s.advance(6 * day)
	ids := []string{}
	for _, p := range []stripefake.TruthPayment{asked, gone} {
		params := &stripe.RefundParams{Charge: stripe.String(p.Charge), InstructionsEmail: stripe.String("reader@example.org")}
		re, err := s.stripe.Refunds.New(params)
		if err != nil {
			t.Fatal(err)
		}
		if re.Status != "requires_action" || re.NextAction == nil || re.NextAction.DisplayDetails.EmailSent.EmailSentTo != "reader@example.org" {
			t.Errorf("%+v", re)
		}
		ids = append(ids, re.ID)
	}
	if _, err := s.stripe.Refunds.Cancel(ids[1], nil); err != nil {
		t.Fatal(err)
	}
	s.wantRefund(ids[1], "canceled")
	if s.charge(gone.Charge).AmountRefunded != 0 {
		t.Error("a canceled refund holds its amount")
	}
	s.wantTold(ids[1], "refund.created", "charge.refund.updated", "refund.updated")
	s.advance(3 * day)
	s.wantRefund(ids[0], "pending")
	_, err := s.stripe.Refunds.Cancel(ids[0], nil)
	if e := stripeError(t, err); e.HTTPStatusCode != http.StatusBadRequest {
		t.Errorf("%+v", e)
	}
	s.advance(5 * day)
	s.wantRefund(ids[0], "succeeded")
	s.wantRefund(ids[1], "canceled")
}

func TestRefundFailsByControl(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4242424242424242"))
	re := s.refunded(p, 0)
	path := "/_control/refunds/" + re.ID + "/fail"
	if status, _ := s.ask(path, map[string]any{"reason": "boredom"}); status != http.StatusBadRequest {
		t.Errorf("an unknown reason: %d", status)
	}
	if status, _ := s.ask("/_control/refunds/re_none/fail", map[string]any{}); status != http.StatusNotFound {
		t.Errorf("an unknown refund: %d", status)
	}
	if status, got := s.ask(path, map[string]any{"reason": "lost_or_stolen_card"}); status != http.StatusOK || got["status"] != "failed" || got["failure_reason"] != "lost_or_stolen_card" {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := s.ask(path, map[string]any{}); status != http.StatusBadRequest {
		t.Errorf("failed twice: %d", status)
	}
	s.wantBalance("usd", 0, 2397)
}

func TestRefundsByTheirCharge(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	params := s.sessionParams("usd", 2500, "")
	params.PaymentIntentData.CaptureMethod = stripe.String("automatic_async")
	ss, err := s.stripe.CheckoutSessions.New(params)
	if err != nil {
		t.Fatal(err)
	}
	s.paid(ss.URL, card("4242424242424242"))
	p := s.Truth().Payments[0]
	base := "/v1/charges/" + p.Charge
	if status, _, got := s.call(base+"/refund", testKey, url.Values{"amount": {"500"}}, nil); status != http.StatusOK || got["object"] != "charge" || got["amount_refunded"] != 500.0 || got["balance_transaction"] == nil {
		t.Errorf("%d %v", status, got)
	}
	status, _, got := s.call(base+"/refunds", testKey, url.Values{"amount": {"700"}, "reason": {"fraudulent"}}, nil)
	if status != http.StatusOK || got["object"] != "refund" {
		t.Fatalf("%d %v", status, got)
	}
	id, _ := got["id"].(string)
	if status, _, got = s.call(base+"/refunds/"+id, testKey, url.Values{"metadata[note]": {"seen"}}, nil); status != http.StatusOK || got["metadata"].(map[string]any)["note"] != "seen" {
		t.Errorf("%d %v", status, got)
	}
	if status, _, got = s.call(base+"/refunds", testKey, nil, nil); status != http.StatusOK || len(got["data"].([]any)) != 2 {
		t.Errorf("%d %v", status, got)
	}
	if report := s.charge(p.Charge).FraudDetails.UserReport; report != stripe.ChargeFraudUserReportFraudulent {
		t.Errorf("reported %q", report)
	}
	s.advance(time.Minute)
	if n := len(s.moved(p.Charge)); n != 1 {
		t.Errorf("the charge was booked %d times", n)
	}
	for _, path := range []string{"/v1/charges/ch_none/refunds", "/v1/refunds/re_none"} {
		if status, _, _ := s.call(path, testKey, nil, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}
