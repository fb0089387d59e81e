package stripefake_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func (s *stand) dispute(id string) *stripe.Dispute {
	s.t.Helper()
	d, err := s.stripe.Disputes.Get(id, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *stand) wantDispute(id string, status stripe.DisputeStatus, transactions int) *stripe.Dispute {
	s.t.Helper()
	d := s.dispute(id)
	if d.Status != status || len(d.BalanceTransactions) != transactions {
		s.t.Errorf("dispute %s is %s with %d balance transactions, want %s and %d", id, d.Status, len(d.BalanceTransactions), status, transactions)
	}
	return d
}

func (s *stand) answer(id, text string, submit bool) error {
	params := &stripe.DisputeParams{Submit: stripe.Bool(submit), Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String(text)}}
	_, err := s.stripe.Disputes.Update(id, params)
	return err
}

func TestDisputeWon(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 25000, card("4000000000000259"))
	id := s.disputeOf(p)
	d := s.wantDispute(id, "needs_response", 1)
	if d.Amount != 25000 || d.Reason != "fraudulent" || d.IsChargeRefundable || d.PaymentIntent.ID != p.PaymentIntent || d.PaymentMethodDetails.Card.Brand != "visa" {
		t.Errorf("%+v", d)
	}
	if tx := d.BalanceTransactions[0]; tx.Amount != -25000 || tx.Fee != 1500 || tx.Net != -26500 || tx.Type != "adjustment" || tx.ReportingCategory != "dispute" {
		t.Errorf("withdrawn: %+v", tx)
	}
	if due := time.Unix(d.EvidenceDetails.DueBy, 0).UTC(); due != time.Date(2027, 3, 10, 23, 59, 59, 0, time.UTC) {
		t.Errorf("due by %s", due)
	}
	if _, _, ch := s.call("/v1/charges/"+p.Charge, testKey, nil, nil); ch["disputed"] != true || ch["dispute"] != id {
		t.Errorf("charge %v", ch)
	}
	_, err := s.refund(p, 0)
	if e := stripeError(t, err); e.Code != "charge_disputed" {
		t.Errorf("refunded while disputed: %+v", e)
	}

	if err := s.answer(id, "It was us who", false); err != nil {
		t.Fatal(err)
	}
	if staged := s.wantDispute(id, "needs_response", 1); !staged.EvidenceDetails.HasEvidence || staged.EvidenceDetails.SubmissionCount != 0 {
		t.Errorf("staged: %+v", staged.EvidenceDetails)
	}
	if err := s.answer(id, "winning_evidence", true); err != nil {
		t.Fatal(err)
	}
	if sent := s.wantDispute(id, "under_review", 1); sent.EvidenceDetails.SubmissionCount != 1 || sent.EvidenceDetails.PastDue {
		t.Errorf("submitted: %+v", sent.EvidenceDetails)
	}
	if e := stripeError(t, s.answer(id, "more", true)); e.Param != "evidence" {
		t.Errorf("submitted twice: %+v", e)
	}
	s.advance(day)
	won := s.wantDispute(id, "won", 2)
	if tx := won.BalanceTransactions[1]; tx.Amount != 25000 || tx.Fee != -1500 || tx.Net != 26500 || tx.ReportingCategory != "dispute_reversal" {
		t.Errorf("reinstated: %+v", tx)
	}
	s.advance(30 * day)
	s.wantTold(id, "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated", "charge.dispute.updated",
		"charge.dispute.closed", "charge.dispute.funds_reinstated")
	s.wantBalance("usd", s.payment(p.PaymentIntent).Net, 0)
	if d := s.Truth().Disputes[0]; d.Withdrawn != 0 || d.Fee != 0 {
		t.Errorf("truth %+v", d)
	}
	if re := s.refunded(p, 0); re.Amount != 25000 {
		t.Errorf("refunded afterwards: %+v", re)
	}
}

func TestDisputeLost(t *testing.T) {
	s := calmStand(t)
	answered, ignored, accepted := s.gift("usd", 2500, card("4000000000002685")), s.gift("usd", 2600, card("4000000000000259")), s.gift("usd", 2700, card("4000000000000259"))
	if d := s.dispute(s.disputeOf(answered)); d.Reason != "product_not_received" {
		t.Errorf("reason %s", d.Reason)
	}
	if err := s.answer(s.disputeOf(answered), "losing_evidence", true); err != nil {
		t.Fatal(err)
	}
	if closed, err := s.stripe.Disputes.Close(s.disputeOf(accepted), nil); err != nil || closed.Status != "lost" {
		t.Errorf("closed: %+v %v", closed, err)
	}
	s.advance(day)
	s.wantDispute(s.disputeOf(answered), "lost", 1)
	s.wantDispute(s.disputeOf(ignored), "needs_response", 1)
	s.advance(9 * day)
	s.wantDispute(s.disputeOf(ignored), "lost", 1)
	s.wantTold(s.disputeOf(ignored), "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed")
	if _, err := s.stripe.Disputes.Close(s.disputeOf(ignored), nil); err == nil {
		t.Error("closed twice")
	}
	if p := s.payment(ignored.PaymentIntent); p.Disputed != 2600 {
		t.Errorf("%d are disputed", p.Disputed)
	}

	// The bank thinks again, long after.
	s.advance(60 * day)
	if status, got := s.ask("/_control/disputes/"+s.disputeOf(ignored), map[string]any{"status": "won"}); status != http.StatusOK || got["status"] != "won" {
		t.Errorf("%d %v", status, got)
	}
	s.wantTold(s.disputeOf(ignored), "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed",
		"charge.dispute.updated", "charge.dispute.funds_reinstated")
	s.wantDispute(s.disputeOf(ignored), "won", 2)
}

func TestInquiry(t *testing.T) {
	s := calmStand(t)
	worse, slept, refunded := s.gift("usd", 2500, card("4000000000001976")), s.gift("usd", 2600, card("4000000000001976")), s.gift("usd", 2700, card("4000000000001976"))
	id := s.disputeOf(worse)
	if d := s.wantDispute(id, "warning_needs_response", 0); !d.IsChargeRefundable {
		t.Error("an inquiry forbids the refund that would end it")
	}
	if p := s.payment(worse.PaymentIntent); p.Disputed != 0 {
		t.Errorf("an inquiry withdrew %d", p.Disputed)
	}
	s.refunded(refunded, 0)
	s.wantDispute(s.disputeOf(refunded), "warning_closed", 0)
	s.wantTold(s.disputeOf(refunded), "charge.dispute.created", "charge.dispute.closed")

	if err := s.answer(id, "escalate_inquiry_evidence", true); err != nil {
		t.Fatal(err)
	}
	s.wantDispute(id, "warning_under_review", 0)
	s.advance(day)
	s.wantDispute(id, "needs_response", 1)
	s.wantTold(id, "charge.dispute.created", "charge.dispute.updated", "charge.dispute.updated", "charge.dispute.funds_withdrawn")
	if err := s.answer(id, "winning_evidence", true); err != nil {
		t.Fatal(err)
	}
	s.advance(day)
	s.wantDispute(id, "won", 2)

	accepted := s.disputeOf(s.gift("usd", 2800, card("4000000000001976")))
	if closed, err := s.stripe.Disputes.Close(accepted, nil); err != nil || closed.Status != "warning_closed" || len(closed.BalanceTransactions) != 0 {
		t.Errorf("accepted: %+v %v", closed, err)
	}

	s.advance(100 * day)
	if err := s.answer(s.disputeOf(slept), "We know this reader.", true); err != nil {
		t.Fatal(err)
	}
	if d := s.wantDispute(s.disputeOf(slept), "warning_under_review", 0); !d.EvidenceDetails.PastDue {
		t.Error("an answer after 100 days is in time")
	}
	s.advance(20 * day)
	s.wantDispute(s.disputeOf(slept), "warning_closed", 0)
}

func TestDisputeByControl(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4000000000007726"))
	waits := s.refunded(p, 500)
	ask := func(charge string, amount int64, inquiry bool) (int, map[string]any) {
		return s.ask("/_control/disputes", map[string]any{"charge": charge, "amount": amount, "reason": "duplicate", "inquiry": inquiry})
	}
	for _, wrong := range []int64{2001, -1} {
		if status, got := ask(p.Charge, wrong, false); status != http.StatusBadRequest {
			t.Errorf("%d of 2000: %d %v", wrong, status, got)
		}
	}
	if status, _ := ask("ch_none", 0, false); status != http.StatusNotFound {
		t.Errorf("no charge: %d", status)
	}
	status, got := ask(p.Charge, 700, true)
	if status != http.StatusOK || got["amount"] != 700.0 || got["status"] != "warning_needs_response" {
		t.Fatalf("%d %v", status, got)
	}
	id, _ := got["id"].(string)
	if status, _ := ask(p.Charge, 100, false); status != http.StatusBadRequest {
		t.Errorf("disputed twice: %d", status)
	}
	for _, wrong := range []string{"won", "lost", "forgotten", ""} {
		if status, _ := s.ask("/_control/disputes/"+id, map[string]any{"status": wrong}); status != http.StatusBadRequest {
			t.Errorf("an inquiry became %q: %d", wrong, status)
		}
	}
	if status, _ := s.ask("/_control/disputes/"+id, map[string]any{"status": "needs_response"}); status != http.StatusOK {
		t.Errorf("escalates: %d", status)
	}
	if re := s.wantRefund(waits.ID, "failed"); re.FailureReason != "charge_for_pending_refund_disputed" {
		t.Errorf("the refund under way failed for %s", re.FailureReason)
	}
	if now := s.payment(p.PaymentIntent); now.Disputed != 700 || now.Refunded != 0 {
		t.Errorf("%+v", now)
	}
	if status, _ := s.ask("/_control/disputes/"+id, map[string]any{"status": "lost"}); status != http.StatusOK {
		t.Errorf("lost: %d", status)
	}
	s.wantTold(id, "charge.dispute.created", "charge.dispute.updated", "charge.dispute.funds_withdrawn", "charge.dispute.closed")
}

func TestDisputeByItsCharge(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4000000000000259"))
	base := "/v1/charges/" + p.Charge + "/dispute"
	if status, _, got := s.call(base, testKey, nil, nil); status != http.StatusOK || got["object"] != "dispute" {
		t.Errorf("%d %v", status, got)
	}
	if status, _, got := s.call(base, testKey, map[string][]string{"metadata[case]": {"7"}}, nil); status != http.StatusOK || got["status"] != "needs_response" {
		t.Errorf("%d %v", status, got)
	}
	plain := s.gift("usd", 2500, card("4242424242424242"))
	if status, _, _ := s.call("/v1/charges/"+plain.Charge+"/dispute", testKey, nil, nil); status != http.StatusNotFound {
		t.Errorf("a charge without dispute: %d", status)
	}
	list := s.stripe.Disputes.List(&stripe.DisputeListParams{PaymentIntent: stripe.String(p.PaymentIntent)})
	if !list.Next() || list.Dispute().Metadata["case"] != "7" || list.Next() {
		t.Errorf("the payment's disputes: %v", list.Err())
	}
}

func TestEarlyFraudWarning(t *testing.T) {
	s := calmStand(t)
	p := s.gift("usd", 2500, card("4000000000005423"))
	warning := s.Truth().Warnings[0]
	if warning.Charge != p.Charge || !warning.Actionable || warning.FraudType != "unauthorized_use_of_card" || s.payment(p.PaymentIntent).Disputed != 0 {
		t.Errorf("%+v", warning)
	}
	s.refunded(p, 500)
	s.wantTold(warning.ID, "radar.early_fraud_warning.created")
	s.refunded(p, 0)
	s.wantTold(warning.ID, "radar.early_fraud_warning.created", "radar.early_fraud_warning.updated")
	got, err := s.stripe.RadarEarlyFraudWarnings.Get(warning.ID, nil)
	if err != nil || got.Actionable || got.PaymentIntent.ID != p.PaymentIntent {
		t.Errorf("%+v %v", got, err)
	}
	other := s.gift("usd", 900, card("4242424242424242"))
	if status, got := s.ask("/_control/early_fraud_warnings", map[string]any{"charge": other.Charge}); status != http.StatusOK || got["fraud_type"] != "misc" {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := s.ask("/_control/early_fraud_warnings", map[string]any{"charge": other.Charge, "fraud_type": "envy"}); status != http.StatusBadRequest {
		t.Errorf("an unknown type: %d", status)
	}
	if status, _ := s.ask("/_control/early_fraud_warnings", map[string]any{"charge": "ch_none"}); status != http.StatusNotFound {
		t.Errorf("no charge: %d", status)
	}
	list := s.stripe.RadarEarlyFraudWarnings.List(&stripe.RadarEarlyFraudWarningListParams{Charge: stripe.String(other.Charge)})
	if !list.Next() || list.Next() {
		t.Errorf("the charge's warnings: %v", list.Err())
	}
}

func TestReviews(t *testing.T) {
	s := calmStand(t)
	const risky = "4000000000009235"
	reviewOf := func(p stripefake.TruthPayment) string {
		ch := s.charge(p.Charge)
		if ch.Review == nil || ch.Outcome.Type != "manual_review" || ch.Outcome.RiskLevel != "elevated" {
			t.Fatalf("not under review: %+v", ch.Outcome)
		}
		return ch.Review.ID
	}
	fine, back, fraud, disputed := s.gift("usd", 2500, card(risky)), s.gift("usd", 2600, card(risky)), s.gift("usd", 2700, card(risky)), s.gift("usd", 2800, card(risky))
	if got, err := s.stripe.Reviews.Approve(reviewOf(fine), nil); err != nil || got.Open || got.ClosedReason != "approved" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.stripe.Reviews.Approve(reviewOf(fine), nil); err == nil {
		t.Error("approved twice")
	}
	s.refunded(back, 0)
	if _, err := s.stripe.Refunds.New(&stripe.RefundParams{Charge: stripe.String(fraud.Charge), Reason: stripe.String("fraudulent")}); err != nil {
		t.Fatal(err)
	}
	if status, _ := s.ask("/_control/disputes", map[string]any{"charge": disputed.Charge, "reason": "fraudulent"}); status != http.StatusOK {
		t.Errorf("disputed: %d", status)
	}
	for id, want := range map[string]stripe.ReviewClosedReason{
		reviewOf(back): "refunded", reviewOf(fraud): "refunded_as_fraud", reviewOf(disputed): "disputed",
	} {
		got, err := s.stripe.Reviews.Get(id, nil)
		if err != nil || got.ClosedReason != want {
			t.Errorf("%+v %v, want %s", got, err, want)
		}
		s.wantTold(id, "review.opened", "review.closed")
	}
	if list := s.stripe.Reviews.List(nil); list.Next() || list.Err() != nil {
		t.Errorf("a closed review is listed: %v", list.Err())
	}
}
