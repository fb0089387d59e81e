package stripefake_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// intent makes a payment of $25 with a method, confirmed at once.
func (s *stand) intent(method string, change func(*stripe.PaymentIntentParams)) (*stripe.PaymentIntent, error) {
	p := &stripe.PaymentIntentParams{
		Amount: stripe.Int64(2500), Currency: stripe.String("usd"), PaymentMethod: stripe.String(method), Confirm: stripe.Bool(true),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	p.AddMetadata("from", "a program")
	if change != nil {
		change(p)
	}
	return s.stripe.PaymentIntents.New(p)
}

func (s *stand) wantIntent(id string, status stripe.PaymentIntentStatus) *stripe.PaymentIntent {
	s.t.Helper()
	p := &stripe.PaymentIntentParams{}
	p.AddExpand("latest_charge")
	pi, err := s.stripe.PaymentIntents.Get(id, p)
	if err != nil {
		s.t.Fatal(err)
	}
	if pi.Status != status {
		s.t.Errorf("%s is %s, want %s", id, pi.Status, status)
	}
	return pi
}

func TestDirectPayment(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	pi, err := s.intent("pm_card_visa", nil)
	if err != nil {
		t.Fatal(err)
	}
	pi = s.wantIntent(pi.ID, stripe.PaymentIntentStatusSucceeded)
	if ch := pi.LatestCharge; ch.Status != "succeeded" || ch.Metadata["from"] != "a program" || ch.PaymentMethodDetails.Card.Last4 != "4242" {
		t.Errorf("its charge: %+v", ch)
	}
	want := []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}
	if got := s.emitted(); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if p := s.Truth().Payments; len(p) != 1 || p[0].Fee == 0 || p[0].CheckoutSession != "" {
		t.Errorf("truth %+v", p)
	}
}

// Made first, then changed, then tried with a card that is declined and one
// that pays: one payment, two charges.
func TestDirectPaymentStepByStep(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	pi, err := s.intent("", func(p *stripe.PaymentIntentParams) { p.PaymentMethod, p.Confirm = nil, nil })
	if err != nil || pi.Status != stripe.PaymentIntentStatusRequiresPaymentMethod {
		t.Fatalf("made %+v %v", pi, err)
	}
	changed, err := s.stripe.PaymentIntents.Update(pi.ID, &stripe.PaymentIntentParams{
		Amount: stripe.Int64(3000), Description: stripe.String("changed"), PaymentMethod: stripe.String("pm_card_visa_chargeDeclined"),
	})
	if err != nil || changed.Amount != 3000 || changed.Description != "changed" || changed.Status != stripe.PaymentIntentStatusRequiresConfirmation {
		t.Fatalf("changed %+v %v", changed, err)
	}
	_, err = s.stripe.PaymentIntents.Confirm(pi.ID, nil)
	if e := stripeError(t, err); e.Type != stripe.ErrorTypeCard || e.HTTPStatusCode != http.StatusPaymentRequired || e.Code != stripe.ErrorCodeCardDeclined {
		t.Errorf("declined: %v", err)
	}
	s.wantIntent(pi.ID, stripe.PaymentIntentStatusRequiresPaymentMethod)
	if _, err = s.stripe.PaymentIntents.Confirm(pi.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_mastercard")}); err != nil {
		t.Fatal(err)
	}
	s.wantIntent(pi.ID, stripe.PaymentIntentStatusSucceeded)
	charges := 0
	for list := s.stripe.Charges.List(&stripe.ChargeListParams{PaymentIntent: stripe.String(pi.ID)}); list.Next(); {
		charges++
	}
	if charges != 2 {
		t.Errorf("%d charges, want 2", charges)
	}
	for name, err := range map[string]error{
		"confirm": second(s.stripe.PaymentIntents.Confirm(pi.ID, nil)),
		"capture": second(s.stripe.PaymentIntents.Capture(pi.ID, nil)),
		"cancel":  second(s.stripe.PaymentIntents.Cancel(pi.ID, nil)),
		"update":  second(s.stripe.PaymentIntents.Update(pi.ID, &stripe.PaymentIntentParams{Amount: stripe.Int64(1)})),
	} {
		if e := stripeError(t, err); e.Code != stripe.ErrorCodePaymentIntentUnexpectedState {
			t.Errorf("%s a paid one: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Money that is only held moves no balance; captured it does, let go it never
// does.
func TestHeldMoney(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	hold := func(p *stripe.PaymentIntentParams) { p.CaptureMethod = stripe.String("manual") }
	taken, err := s.intent("pm_card_visa", hold)
	if err != nil || taken.AmountCapturable != 2500 || taken.AmountReceived != 0 {
		t.Fatalf("held %+v %v", taken, err)
	}
	left, err := s.intent("pm_card_visa", hold)
	if err != nil {
		t.Fatal(err)
	}
	if ch := s.wantIntent(left.ID, stripe.PaymentIntentStatusRequiresCapture).LatestCharge; ch.Captured || ch.AmountCaptured != 0 || ch.BalanceTransaction != nil {
		t.Errorf("a held charge: %+v", ch)
	}
	if _, err := s.stripe.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(left.ID)}); stripeError(t, err).Code != "charge_not_refundable" {
		t.Errorf("refunding what was not taken: %v", err)
	}
	if _, err := s.stripe.PaymentIntents.Capture(taken.ID, nil); err != nil {
		t.Fatal(err)
	}
	if ch := s.wantIntent(taken.ID, stripe.PaymentIntentStatusSucceeded).LatestCharge; !ch.Captured || ch.BalanceTransaction == nil {
		t.Errorf("a captured charge: %+v", ch)
	}
	if _, err := s.stripe.PaymentIntents.Cancel(left.ID, &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String("abandoned")}); err != nil {
		t.Fatal(err)
	}
	if ch := s.wantIntent(left.ID, stripe.PaymentIntentStatusCanceled).LatestCharge; !ch.Refunded || ch.Captured || ch.BalanceTransaction != nil {
		t.Errorf("a charge that was let go: %+v", ch)
	}
	if p := s.Truth().Payments; p[0].Net == 0 || p[1].Net != 0 || p[1].Refunded != 0 || p[1].Status != "canceled" {
		t.Errorf("truth %+v", p)
	}
	want := []string{"charge.captured", "payment_intent.succeeded", "charge.refunded", "payment_intent.canceled"}
	if got := s.emitted(); !slices.Equal(got[len(got)-4:], want) {
		t.Errorf("told %v at the end, want %v", got, want)
	}
}

func TestDirectAuthentication(t *testing.T) {
	for _, result := range []string{"complete", "fail"} {
		t.Run(result, func(t *testing.T) {
			s := newStand(t, stripefake.Options{})
			pi, err := s.intent("pm_card_threeDSecure2Required", func(p *stripe.PaymentIntentParams) {
				p.ReturnURL = stripe.String("https://news.example/back?a=b")
			})
			if err != nil || pi.NextAction == nil || pi.NextAction.RedirectToURL == nil {
				t.Fatalf("%+v %v", pi, err)
			}
			page := pi.NextAction.RedirectToURL.URL
			if status, body := s.get(strings.TrimPrefix(page, s.url)); status != http.StatusOK || !strings.Contains(body, "$25.00") {
				t.Errorf("the bank's page: %d %s", status, body)
			}
			back, err := url.Parse(s.paid(page, url.Values{"result": {result}}))
			if err != nil {
				t.Fatal(err)
			}
			status, redirected := stripe.PaymentIntentStatusSucceeded, "succeeded"
			if result == "fail" {
				status, redirected = stripe.PaymentIntentStatusRequiresPaymentMethod, "failed"
			}
			s.wantIntent(pi.ID, status)
			if q := back.Query(); q.Get("a") != "b" || q.Get("payment_intent") != pi.ID || q.Get("redirect_status") != redirected {
				t.Errorf("back at %s", back)
			}
		})
	}
	s := newStand(t, stripefake.Options{})
	_, err := s.intent("pm_card_authenticationRequired", func(p *stripe.PaymentIntentParams) { p.OffSession = stripe.Bool(true) })
	if e := stripeError(t, err); e.Code != stripe.ErrorCodeAuthenticationRequired {
		t.Errorf("while the payer is away: %v", err)
	}
}

// A debit of a method that a program made settles as in Stripe's test mode: at
// once, or after three minutes.
func TestDirectDebit(t *testing.T) {
	tests := []struct {
		iban string
		wait time.Duration
		ends stripe.PaymentIntentStatus
	}{
		{"AT611904300234573201", 2 * time.Second, stripe.PaymentIntentStatusSucceeded},
		{"IT60X0542811101000000123456", 2 * time.Second, stripe.PaymentIntentStatusRequiresPaymentMethod},
		{"AT321904300235473204", 3 * time.Minute, stripe.PaymentIntentStatusSucceeded},
	}
	for _, tt := range tests {
		t.Run(tt.iban, func(t *testing.T) {
			at := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
			s := newStand(t, stripefake.Options{Clock: func() time.Time { return at }})
			made := s.post("/v1/payment_methods", "type", "sepa_debit", "sepa_debit[iban]", tt.iban,
				"billing_details[email]", "reader@example.org", "billing_details[name]", "A Reader")
			pi, err := s.intent(made["id"].(string), func(p *stripe.PaymentIntentParams) {
				p.Currency, p.PaymentMethodTypes = stripe.String("eur"), stripe.StringSlice([]string{"sepa_debit"})
			})
			if err != nil || pi.Status != stripe.PaymentIntentStatusProcessing {
				t.Fatalf("%+v %v", pi, err)
			}
			s.advance(tt.wait - time.Second)
			if tt.wait > time.Minute {
				s.wantIntent(pi.ID, stripe.PaymentIntentStatusProcessing)
			}
			s.advance(time.Second)
			s.wantIntent(pi.ID, tt.ends)
		})
	}
}

// Charges without a payment intent are in the truth by themselves.
func TestChargeOfAToken(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	token := s.post("/v1/tokens", "card[number]", "5555555555554444", "card[exp_month]", "5", "card[exp_year]", "2031", "card[cvc]", "123")
	params := &stripe.ChargeParams{Amount: stripe.Int64(2500), Currency: stripe.String("usd")}
	params.AddMetadata("from", "an old program")
	if err := params.SetSource(token["id"].(string)); err != nil {
		t.Fatal(err)
	}
	ch, err := s.stripe.Charges.New(params)
	if err != nil || ch.PaymentIntent != nil || ch.Source.Card.Last4 != "4444" || ch.Source.Card.ExpMonth != 5 || ch.BalanceTransaction == nil {
		t.Fatalf("%+v %v", ch, err)
	}
	if _, err := s.stripe.Charges.New(params); stripeError(t, err).Code != stripe.ErrorCodeTokenAlreadyUsed {
		t.Errorf("the token once more: %v", err)
	}
	if _, err := s.stripe.Refunds.New(&stripe.RefundParams{Charge: stripe.String(ch.ID), Amount: stripe.Int64(500)}); err != nil {
		t.Fatal(err)
	}
	if err := params.SetSource("tok_createDispute"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.stripe.Charges.New(params); err != nil {
		t.Fatal(err)
	}
	if err := params.SetSource("tok_chargeDeclined"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.stripe.Charges.New(params); stripeError(t, err).Code != stripe.ErrorCodeCardDeclined {
		t.Errorf("declined: %v", err)
	}
	got := s.Truth().Payments
	if len(got) != 3 || got[0].Charge != ch.ID || got[0].Refunded != 500 || got[1].Disputed != 2500 || got[2].Status != "failed" {
		t.Errorf("truth %+v", got)
	}
}

func TestDirectRefusals(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	for name, tt := range map[string]struct {
		path  string
		form  []string
		param string
	}{
		"too little":           {"/v1/payment_intents", []string{"amount", "49", "currency", "usd"}, "amount"},
		"no such currency":     {"/v1/payment_intents", []string{"amount", "4900", "currency", "zzz"}, "currency"},
		"no method to confirm": {"/v1/payment_intents", []string{"amount", "4900", "currency", "usd", "confirm", "true"}, "payment_method"},
		"no such method":       {"/v1/payment_intents", []string{"amount", "4900", "currency", "usd", "payment_method", "pm_card_gold"}, "payment_method"},
		"another kind":         {"/v1/payment_intents", []string{"amount", "4900", "currency", "eur", "payment_method", "pm_card_visa", "payment_method_types[]", "sepa_debit"}, "payment_method"},
		"no such token":        {"/v1/payment_methods", []string{"type", "card", "card[token]", "tok_gold"}, "card[token]"},
		"a wrong number":       {"/v1/payment_methods", []string{"type", "card", "card[number]", "4242424242424241", "card[exp_month]", "1", "card[exp_year]", "2031"}, "card[number]"},
		"a wrong account":      {"/v1/payment_methods", []string{"type", "sepa_debit", "sepa_debit[iban]", "x"}, "sepa_debit[iban]"},
		"nothing to charge":    {"/v1/charges", []string{"amount", "4900", "currency", "usd"}, "source"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, body := s.call(tt.path, testKey, form(tt.form...), nil)
			problem, _ := body["error"].(map[string]any)
			if status < 400 || status > 402 || problem["param"] != tt.param || problem["message"] == "" {
				t.Errorf("%d %v", status, body)
			}
		})
	}
	if got := s.Truth().Payments; len(got) != 0 {
		t.Errorf("refused, yet there: %+v", got)
	}
}

// What a program's payments are told as has Stripe's own shape.
func TestDirectObjectsHaveStripesShape(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	sh := shape{doc.Components.Schemas}
	s := newStand(t, stripefake.Options{})
	ids := []string{}
	for _, method := range []string{"pm_card_visa", "pm_card_threeDSecure2Required"} {
		for _, capture := range []string{"automatic", "manual"} {
			pi, err := s.intent(method, func(p *stripe.PaymentIntentParams) { p.CaptureMethod = stripe.String(capture) })
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, pi.ID)
		}
	}
	if _, err := s.stripe.PaymentIntents.Capture(ids[1], nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.stripe.PaymentIntents.Cancel(ids[2], nil); err != nil {
		t.Fatal(err)
	}
	s.post("/v1/charges", "amount", "900", "currency", "usd", "source", "tok_visa")
	s.flush()
	sh.checkEvents(s)
	sh.checkLists(s, "/v1/payment_intents", "/v1/charges")
	token := s.post("/v1/tokens", "card[number]", "4242424242424242", "card[exp_month]", "5", "card[exp_year]", "2031")
	for _, problem := range sh.check(sh.schemas["token"], token, "token") {
		t.Error(problem)
	}
}
