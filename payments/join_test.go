package payments

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/money"
)

// Merging is a join: commutative, associative and idempotent for every object,
// whatever is told of it, contradictions and ties included.
func TestJoins(t *testing.T) {
	laws(t, "session", drawSession, Session.join)
	laws(t, "payment", drawPayment, Payment.join)
	laws(t, "charge", drawCharge, Charge.join)
	laws(t, "invoice", drawInvoice, Invoice.join)
	laws(t, "subscription", drawSubscription, Subscription.join)
	laws(t, "attribution", drawAttribution, Attribution.join)
	laws(t, "refund", drawRefund, Refund.join)
	laws(t, "dispute", drawDispute, Dispute.join)
	laws(t, "balance transaction", drawBalanceTransaction, BalanceTransaction.join)
	laws(t, "payout", drawPayout, Payout.join)
	laws(t, "customer", drawCustomer, Customer.join)
	laws(t, "early fraud warning", drawWarning, EarlyFraudWarning.join)
	laws(t, "review", drawReview, Review.join)
	laws(t, "mandate", drawMandate, Mandate.join)
}

func laws[T comparable](t *testing.T, name string, draw func(*rapid.T) T, join func(a, b T) T) {
	t.Run(name, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			a, b, c := draw(t), draw(t), draw(t)
			if join(a, b) != join(b, a) {
				t.Fatalf("not commutative:\n%+v\n%+v\n%+v\n%+v", a, b, join(a, b), join(b, a))
			}
			if join(join(a, b), c) != join(a, join(b, c)) {
				t.Fatalf("not associative:\n%+v\n%+v\n%+v", a, b, c)
			}
			if join(a, a) != a {
				t.Fatalf("not idempotent:\n%+v\n%+v", a, join(a, a))
			}
			if ab := join(a, b); join(ab, a) != ab || join(ab, b) != ab {
				t.Fatalf("telling it again moves it:\n%+v\n%+v", a, b)
			}
		})
	})
}

// Few values, so that ties and contradictions are common.
func word(t *rapid.T) string { return rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "word") }
func number(t *rapid.T) int64 {
	return rapid.SampledFrom([]int64{0, 1, 2}).Draw(t, "number")
}
func amount(t *rapid.T) money.Amount {
	c := rapid.SampledFrom([]money.Currency{"", "EUR", "USD"}).Draw(t, "currency")
	if c == "" {
		return money.Amount{}
	}
	return money.New(number(t), c)
}
func person(t *rapid.T) Person { return Person{Email: word(t), Name: word(t), Country: word(t)} }

func drawSession(t *rapid.T) Session {
	status := rapid.SampledFrom([]string{"", "open", "expired", "complete", "future"}).Draw(t, "status")
	paid := rapid.SampledFrom([]string{"", "unpaid", "paid", "no_payment_required", "future"}).Draw(t, "paid")
	return Session{ID: "cs", CheckoutID: word(t), Mode: word(t), Status: status, PaymentStatus: paid, Payment: word(t),
		Subscription: word(t), Invoice: word(t), Customer: word(t), PaymentLink: word(t), Total: amount(t), Person: person(t), Created: number(t)}
}

func drawPayment(t *rapid.T) Payment {
	state := PaymentState{Amount: amount(t), FailureCode: word(t), Status: rapid.SampledFrom([]string{
		"", "requires_payment_method", "requires_action", "processing", "succeeded", "canceled", "future"}).Draw(t, "status")}
	return Payment{ID: "pi", CheckoutID: word(t), Customer: word(t), Created: number(t), Promised: rapid.Bool().Draw(t, "promised"),
		Alone: rapid.Bool().Draw(t, "alone"),
		Stamp: state.Stamp(number(t), word(t)), State: state}
}

func drawCharge(t *rapid.T) Charge {
	status := rapid.SampledFrom([]string{"", "pending", "failed", "succeeded", "future"}).Draw(t, "status")
	payment := rapid.SampledFrom([]string{"ch", "pi_1", "pi_2"}).Draw(t, "payment")
	return Charge{ID: "ch", Payment: payment, CheckoutID: word(t), Customer: word(t), Amount: amount(t), Refunded: Refunded{At: number(t), Minor: number(t)},
		BalanceTransaction: word(t), Method: word(t), CardExpires: number(t), Person: person(t), Created: number(t),
		Stamp: ChargeStamp(status, number(t), word(t)), State: ChargeState{Status: status, FailureCode: word(t)}}
}

func drawInvoice(t *rapid.T) Invoice {
	status := rapid.SampledFrom([]string{"", "draft", "open", "uncollectible", "void", "paid", "future"}).Draw(t, "status")
	return Invoice{ID: "in", Subscription: word(t), CheckoutID: word(t), Customer: word(t), Status: status, BillingReason: word(t),
		Paid: amount(t), Attempts: number(t), Failed: rapid.Bool().Draw(t, "failed"), Person: person(t), Created: number(t)}
}

func drawSubscription(t *rapid.T) Subscription {
	state := SubscriptionState{Amount: amount(t), Period: word(t), PeriodCount: number(t), CurrentPeriodEnd: number(t),
		CancelAtPeriodEnd: rapid.Bool().Draw(t, "at end"), CanceledAt: number(t), PauseBehavior: word(t), TrialEnd: number(t),
		Status: rapid.SampledFrom([]string{"", "incomplete", "incomplete_expired", "active", "past_due", "canceled", "future"}).Draw(t, "status")}
	return Subscription{ID: "sub", CheckoutID: word(t), Customer: word(t), Created: number(t), Reason: CancelReason{At: number(t), Text: word(t)},
		Stamp: SubscriptionStamp(state.Status, number(t), word(t)), State: state}
}

func drawAttribution(t *rapid.T) Attribution {
	return Attribution{CheckoutID: "c", Kind: Kind(word(t)), Campaign: word(t), Appeal: word(t), Variant: word(t),
		Placement: word(t), Article: word(t), Anonymous: rapid.Bool().Draw(t, "anonymous")}
}

func drawRefund(t *rapid.T) Refund {
	status := rapid.SampledFrom([]string{"", "requires_action", "pending", "succeeded", "failed", "canceled", "future"}).Draw(t, "status")
	return Refund{ID: "re", Charge: word(t), Payment: word(t), Status: status, Amount: amount(t), Reason: word(t), FailureReason: word(t),
		BalanceTransaction: word(t), FailureTransaction: word(t), Created: number(t), Undone: number(t)}
}

func drawDispute(t *rapid.T) Dispute {
	state := DisputeState{DueBy: number(t), Status: rapid.SampledFrom([]string{
		"", "warning_needs_response", "warning_closed", "needs_response", "under_review", "lost", "won", "future"}).Draw(t, "status")}
	return Dispute{ID: "dp", Charge: word(t), Payment: word(t), Amount: amount(t), Reason: word(t), Created: number(t),
		Stamp: DisputeStamp(state.Status, number(t), word(t)), State: state}
}

func drawBalanceTransaction(t *rapid.T) BalanceTransaction {
	return BalanceTransaction{ID: "txn", Source: word(t), Type: word(t), Category: word(t), Amount: amount(t), Fee: number(t), Net: number(t),
		ExchangeRate: word(t), Created: number(t), AvailableOn: number(t), Told: number(t)}
}

func drawPayout(t *rapid.T) Payout {
	status := rapid.SampledFrom([]string{"", "pending", "in_transit", "paid", "canceled", "failed", "future"}).Draw(t, "status")
	return Payout{ID: "po", Status: status, Amount: amount(t), Automatic: rapid.Bool().Draw(t, "automatic"), Method: word(t),
		BalanceTransaction: word(t), FailureTransaction: word(t), FailureCode: word(t), Created: number(t), Arrival: number(t),
		Reconciled: rapid.Bool().Draw(t, "reconciled"), Descriptor: word(t)}
}

func drawCustomer(t *rapid.T) Customer {
	return Customer{ID: "cus", Created: number(t), Deleted: rapid.Bool().Draw(t, "deleted"), Stamp: Stamp{At: number(t), Event: word(t)}, Person: person(t)}
}

func drawWarning(t *rapid.T) EarlyFraudWarning {
	return EarlyFraudWarning{ID: "issfr", Charge: word(t), Payment: word(t), FraudType: word(t), Created: number(t), Settled: rapid.Bool().Draw(t, "settled")}
}

func drawReview(t *rapid.T) Review {
	return Review{ID: "prv", Charge: word(t), Payment: word(t), OpenedReason: word(t), ClosedReason: word(t), Created: number(t),
		Closed: rapid.Bool().Draw(t, "closed")}
}

func drawMandate(t *rapid.T) Mandate {
	status := rapid.SampledFrom([]string{"", "pending", "active", "inactive", "future"}).Draw(t, "status")
	return Mandate{ID: "mandate", Method: word(t), Stamp: MandateStamp(status, number(t), word(t)), Status: status}
}

func TestALateFailureNeverTakesBackASuccess(t *testing.T) {
	succeeded, failed := PaymentState{Status: "succeeded"}, PaymentState{Status: "requires_payment_method", FailureCode: "card_declined"}
	paid := Payment{ID: "pi", Stamp: succeeded.Stamp(100, "evt_1"), State: succeeded}
	late := Payment{ID: "pi", Stamp: failed.Stamp(900, "evt_2"), State: failed}
	if got := paid.join(late); got.State.Status != "succeeded" {
		t.Errorf("%+v", got)
	}
}

func TestAttributionTravelsThroughMetadata(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Attribution{CheckoutID: "c1", Kind: Monthly, Campaign: rapid.String().Draw(t, "campaign"), Article: rapid.String().Draw(t, "article")}
		m := a.Metadata()
		for key, value := range m {
			if len(key) > 40 || len([]rune(value)) > 500 {
				t.Fatalf("%s: %d characters", key, len([]rune(value)))
			}
		}
		if got, ok := AttributionFrom(m); !ok || got.CheckoutID != "c1" || len([]rune(a.Article)) <= 500 && got.Article != a.Article {
			t.Fatalf("%+v became %+v", a, got)
		}
	})
	if _, ok := AttributionFrom(map[string]string{"campaign": "x"}); ok {
		t.Error("metadata of others taken for ours")
	}
}

func TestErrorsSayCodeSentenceAndCause(t *testing.T) {
	cause := fmt.Errorf("the wire is cut")
	err := fmt.Errorf("outer: %w", &Error{Code: Busy, Sentence: "Please wait.", Err: cause})
	if CodeOf(err) != Busy || CodeOf(cause) != "" || err.Error() != "outer: busy: the wire is cut" {
		t.Errorf("%v %v", CodeOf(err), err)
	}
}
