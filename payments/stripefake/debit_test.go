package stripefake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestBankDebitSettlesLater(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("usd", 5000, "")
	s.paid(ss.URL, debit("000123456789"))
	s.flush()
	want := []string{"payment_intent.created", "payment_intent.processing", "charge.pending", "checkout.session.completed"}
	if got := s.emitted(); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	if done := one[stripe.CheckoutSession](s.inbox, "checkout.session.completed"); done.PaymentStatus != "unpaid" || done.Status != "complete" {
		t.Errorf("session %s, %s", done.Status, done.PaymentStatus)
	}
	s.advance(3 * 24 * time.Hour)
	s.flush()
	if n := len(s.inbox.events("charge.succeeded")); n != 0 {
		t.Error("settled too early")
	}
	s.advance(24 * time.Hour)
	s.flush()
	if late := one[stripe.CheckoutSession](s.inbox, "checkout.session.async_payment_succeeded"); late.PaymentStatus != "paid" {
		t.Errorf("session is %s", late.PaymentStatus)
	}
	ch := one[stripe.Charge](s.inbox, "charge.succeeded")
	if ch.PaymentMethodDetails.Type != "us_bank_account" || ch.BalanceTransaction == nil || !strings.HasPrefix(ch.ID, "py_") {
		t.Errorf("charge %+v", ch)
	}
	if p := s.Truth().Payments[0]; p.Fee != 40 || p.Status != "succeeded" {
		t.Errorf("truth %+v", p)
	}
}

func TestBankDebitFails(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	once, monthly := s.session("eur", 5000, ""), s.session("eur", 1000, "month")
	s.paid(once.URL, debit("AT861904300235473202"))
	s.paid(monthly.URL, debit("DE89370400440532010002"))
	s.advance(6 * 24 * time.Hour)
	s.flush()
	if n := len(s.inbox.events("checkout.session.async_payment_failed")); n != 2 {
		t.Errorf("%d sessions failed", n)
	}
	if n := len(s.inbox.events("payment_intent.payment_failed")); n != 2 {
		t.Errorf("%d intents failed", n)
	}
	if got := s.reload(once.ID); got.PaymentStatus != "unpaid" {
		t.Errorf("session is %s", got.PaymentStatus)
	}
	if sub := s.Truth().Subscriptions[0]; sub.Status != "past_due" {
		t.Errorf("subscription is %s", sub.Status)
	}
	for _, p := range s.Truth().Payments {
		if p.Status != "requires_payment_method" || p.BalanceTransaction != "" {
			t.Errorf("payment %+v", p)
		}
	}
}

func TestMonthlyByBankDebit(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.paid(s.session("gbp", 1000, "month").URL, debit("00012345"))
	if sub := s.Truth().Subscriptions[0]; sub.Status != "active" {
		t.Errorf("subscription is %s while its debit settles", sub.Status)
	}
	s.advance(40 * 24 * time.Hour)
	s.flush()
	if n := len(s.inbox.events("invoice.paid")); n != 2 {
		t.Errorf("%d invoices paid, want the first and a renewal", n)
	}
}
