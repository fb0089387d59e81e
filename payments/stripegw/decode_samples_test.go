package stripegw_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stripe/stripe-mock/embedded"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// sample is an object of Stripe's that says something of gifts, and events that
// are about it.
type sample struct {
	object string
	kinds  []string
}

func samples() []sample {
	return []sample{
		{"charge", []string{"charge.succeeded", "charge.failed", "charge.pending", "charge.captured", "charge.expired", "charge.updated", "charge.refunded"}},
		{"payment_intent", []string{"payment_intent.created", "payment_intent.processing", "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled", "payment_intent.requires_action"}},
		{"checkout.session", []string{"checkout.session.completed", "checkout.session.expired", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"}},
		{"subscription", []string{"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted", "customer.subscription.paused", "customer.subscription.resumed", "customer.subscription.trial_will_end"}},
		{"invoice", []string{"invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed", "invoice.payment_action_required", "invoice.finalization_failed", "invoice.voided", "invoice.marked_uncollectible", "invoice.overpaid"}},
		{"invoice_payment", []string{"invoice_payment.paid"}},
		{"refund", []string{"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}},
		{"dispute", []string{"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"}},
		{"balance_transaction", []string{stripegw.Listed}},
		{"payout", []string{"payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled", "payout.reconciliation_completed"}},
		{"customer", []string{"customer.created", "customer.updated", "customer.deleted"}},
		{"deleted_customer", []string{"customer.deleted"}},
		{"radar.early_fraud_warning", []string{"radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"}},
		{"review", []string{"review.opened", "review.closed"}},
		{"mandate", []string{"mandate.updated"}},
	}
}

// newerFixtures are those of a stripe-mock that go.mod cannot hold beside the one
// it holds. It comes from the module proxy, as every dependency does.
func newerFixtures(t *testing.T) []byte {
	t.Helper()
	const module = "github.com/stripe/stripe-mock@v0.203.0"
	download := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	download.Dir = t.TempDir()
	told, err := download.Output()
	var got struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(told, &got); jsonErr != nil || err != nil || got.Dir == "" {
		t.Fatalf("this test reads Stripe's samples from the module %s, which could not be downloaded: "+
			"make the Go module proxy reachable (GOPROXY) and try again. %s %v", module, got.Error, err)
	}
	fixtures, err := os.ReadFile(filepath.Join(got.Dir, "embedded", "openapi", "fixtures3.json"))
	if err != nil {
		t.Fatalf("the module %s holds no samples: %v", module, err)
	}
	return fixtures
}

// Stripe's own sample objects all decode, in the shapes of 2023-10-16 and of
// 2026-08-26.dahlia. Those that concern gifts tell something in every event.
func TestStripesOwnSamples(t *testing.T) {
	known := map[string]bool{"deleted_invoice": true}
	for _, s := range samples() {
		known[s.object] = true
	}
	for version, all := range map[string]map[string]json.RawMessage{
		"v0.183.0": fixtures(t, embedded.OpenAPIFixtures),
		"v0.203.0": fixtures(t, newerFixtures(t)),
	} {
		if len(all) < 100 {
			t.Errorf("%s: only %d samples", version, len(all))
		}
		for _, s := range samples() {
			object, there := all[s.object]
			if !there && !(s.object == "invoice_payment" && version == "v0.183.0") {
				t.Errorf("%s has no sample of %s", version, s.object)
			}
			if !there {
				continue
			}
			for _, kind := range append(s.kinds, stripegw.Listed, "something.new") {
				e, err := stripegw.Decode(sent(t, kind, object))
				// The sample of an invoice_payment names no payment.
				silent := reflect.DeepEqual(e.Facts, payments.Facts{}) && s.object != "invoice_payment"
				if err != nil || !e.Handled || silent {
					t.Errorf("%s, %s as %s: %+v, %v", version, s.object, kind, e.Facts, err)
				}
			}
		}
		for name, object := range all {
			e, err := stripegw.Decode(sent(t, "something.new", object))
			if err != nil || e.Handled && !known[name] {
				t.Errorf("%s, %s: handled %t, %v", version, name, e.Handled, err)
			}
		}
	}
}
