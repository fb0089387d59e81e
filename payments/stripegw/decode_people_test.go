package stripegw_test

import (
	"reflect"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

func TestCustomers(t *testing.T) {
	whole := `{"id":"cus_1","object":"customer","created":7,"email":"a@example.org","name":"A","address":{"country":"DE"}}`
	stamp := payments.Stamp{At: told, Event: "evt_1"}
	person := payments.Person{Email: "a@example.org", Name: "A", Country: "DE"}
	for _, tt := range []struct {
		kind, object string
		want         payments.Customer
	}{
		{"customer.created", whole, payments.Customer{ID: "cus_1", Created: 7, Stamp: stamp, Person: person}},
		{"customer.updated", whole, payments.Customer{ID: "cus_1", Created: 7, Stamp: stamp, Person: person}},
		{"customer.deleted", whole, payments.Customer{ID: "cus_1", Created: 7, Stamp: stamp, Person: person, Deleted: true}},
		// The id alone says nothing of who they were.
		{"customer.deleted", `{"id":"cus_1","object":"customer","deleted":true}`, payments.Customer{ID: "cus_1", Deleted: true}},
	} {
		if got := decode(t, tt.kind, tt.object).Facts.Customers; !reflect.DeepEqual(got, []payments.Customer{tt.want}) {
			t.Errorf("%s: %+v", tt.kind, got)
		}
	}
}

// Before 2020-08-27 a customer showed the subscriptions.
func TestSubscriptionsOfACustomer(t *testing.T) {
	f := decode(t, "customer.updated", `{"id":"cus_1","object":"customer","subscriptions":{"object":"list","data":[
		{"id":"sub_1","object":"subscription","status":"active","customer":"cus_1",
			"plan":{"id":"plan_1","amount":500,"currency":"usd","interval":"month","interval_count":1},"quantity":1}]}}`).Facts
	if len(f.Subscriptions) != 1 || f.Subscriptions[0].State.Amount != money.New(500, "USD") {
		t.Errorf("%+v", f.Subscriptions)
	}
}

func TestFraudWarnings(t *testing.T) {
	for actionable, settled := range map[string]bool{"true": false, "false": true, "null": false} {
		f := decode(t, "radar.early_fraud_warning.updated", `{"id":"issfr_1","object":"radar.early_fraud_warning","charge":"ch_1",
			"payment_intent":"pi_1","fraud_type":"a_new_kind","created":7,"actionable":`+actionable+`}`).Facts
		want := []payments.EarlyFraudWarning{{ID: "issfr_1", Charge: "ch_1", Payment: "pi_1", FraudType: "a_new_kind", Created: 7, Settled: settled}}
		if !reflect.DeepEqual(f.Warnings, want) {
			t.Errorf("%s: %+v", actionable, f.Warnings)
		}
	}
}

func TestReviews(t *testing.T) {
	opened := decode(t, "review.opened", `{"id":"prv_1","object":"review","charge":"ch_1","open":true,"opened_reason":"rule","closed_reason":null,"reason":"rule","created":7}`)
	closed := decode(t, "review.closed", `{"id":"prv_1","object":"review","charge":"ch_1","open":false,"opened_reason":"rule","closed_reason":"approved","reason":"approved","created":7}`)
	want := payments.Review{ID: "prv_1", Charge: "ch_1", OpenedReason: "rule", Created: 7}
	if got := opened.Facts.Reviews; !reflect.DeepEqual(got, []payments.Review{want}) {
		t.Errorf("%+v", got)
	}
	want.ClosedReason, want.Closed = "approved", true
	if got := closed.Facts.Reviews; !reflect.DeepEqual(got, []payments.Review{want}) {
		t.Errorf("%+v", got)
	}
}

func TestMandates(t *testing.T) {
	f := decode(t, "mandate.updated", `{"id":"mandate_1","object":"mandate","payment_method":"pm_1","status":"inactive"}`).Facts
	want := []payments.Mandate{{ID: "mandate_1", Method: "pm_1", Status: "inactive", Stamp: payments.MandateStamp("inactive", told, "evt_1")}}
	if !reflect.DeepEqual(f.Mandates, want) {
		t.Errorf("%+v", f.Mandates)
	}
}

// Dispute statuses that are newer than this program are kept as they are.
func TestDisputes(t *testing.T) {
	for _, status := range []string{"warning_needs_response", "needs_response", "won", "prevented", "of_another_year"} {
		f := decode(t, "charge.dispute.updated", `{"id":"dp_1","object":"dispute","charge":"ch_1","payment_intent":"pi_1","amount":2500,"currency":"usd",
			"reason":"general","status":"`+status+`","created":7,"evidence_details":{"due_by":null},"balance_transactions":[]}`).Facts
		want := []payments.Dispute{{
			ID: "dp_1", Charge: "ch_1", Payment: "pi_1", Amount: money.New(2500, "USD"), Reason: "general", Created: 7,
			Stamp: payments.DisputeStamp(status, told, "evt_1"), State: payments.DisputeState{Status: status},
		}}
		if !reflect.DeepEqual(f.Disputes, want) {
			t.Errorf("%s: %+v", status, f.Disputes)
		}
	}
}

func TestWhatRecursIsPausedOrEnds(t *testing.T) {
	state := func(object string) payments.SubscriptionState {
		t.Helper()
		return decode(t, "customer.subscription.updated", `{"id":"sub_1","object":"subscription","status":"active",`+object+`}`).Facts.Subscriptions[0].State
	}
	if got := state(`"pause_collection":{"behavior":"keep_as_draft"},"trial_end":1701000000`); got.PauseBehavior != "keep_as_draft" || got.TrialEnd != 1701000000 {
		t.Errorf("%+v", got)
	}
	if got := state(`"pause_collection":{"behavior":"void","resumes_at":1702000000}`); got.PauseBehavior != "void" || got.PauseResumesAt != 1702000000 {
		t.Errorf("%+v", got)
	}
	if got := state(`"pause_collection":null,"trial_end":null,"cancellation_details":null,"cancel_at":null`); got != (payments.SubscriptionState{Status: "active"}) {
		t.Errorf("%+v", got)
	}
	if got := state(`"canceled_at":7,"cancellation_details":{"reason":"cancellation_requested"}`); got.CanceledAt != 7 {
		t.Errorf("%+v", got)
	}
	// With flexible billing an end at the period's end is told as a time.
	if got := state(`"cancel_at_period_end":false,"cancel_at":1702592000,"items":{"data":[{"current_period_end":1702592000}]}`); !got.CancelAtPeriodEnd {
		t.Errorf("%+v", got)
	}
	if got := state(`"cancel_at_period_end":false,"cancel_at":1702592001,"current_period_end":1702592000`); got.CancelAtPeriodEnd {
		t.Errorf("%+v", got)
	}
}

// A shape without cancellation_details says nothing of the reason.
func TestReasonOfAnEnd(t *testing.T) {
	for more, want := range map[string]payments.CancelReason{
		`"cancellation_details":{"reason":"cancellation_requested"}`: {At: 1_700_000_000, Text: "cancellation_requested"},
		`"cancellation_details":{"reason":null}`:                     {},
		`"cancellation_details":null`:                                {},
		`"canceled_at":7`:                                            {},
	} {
		e := decode(t, "customer.subscription.updated", `{"id":"sub_1","object":"subscription","status":"active",`+more+`}`)
		if got := e.Facts.Subscriptions[0].Reason; got != want {
			t.Errorf("%s: %+v, want %+v", more, got, want)
		}
	}
}
