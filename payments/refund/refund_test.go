package refund_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
)

func TestADonationIsGivenBackInParts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	h.deaf.Store(true) // what Stripe answers is enough
	first := h.made(h.part(don, 1000))
	if first.Outcome != refund.Done || first.StripeStatus != "succeeded" || first.SettledAt.IsZero() || first.By != "carla" || first.Attempts != 1 {
		t.Errorf("%+v", first)
	}
	if n := h.refunded(don); n != 1000 {
		t.Errorf("the books say %d", n)
	}
	offer, err := h.desk.Ask(t.Context(), wish(don))
	if err != nil || offer.Amount != money.New(1500, "EUR") || offer.Gift.DonorName != "Jane Doe" || offer.Gift.Left() != money.New(1500, "EUR") {
		t.Errorf("%+v, %v", offer, err)
	}
	_, err = h.desk.Ask(t.Context(), h.part(don, 1501))
	wants(t, "too much", err, payments.Invalid, "only 15.00 EUR are left")
	var transaction int
	h.scan(&transaction, `select count(*) from balance_transactions where source = $1`, first.StripeRefund)
	if transaction != 1 {
		t.Error("what the refund took from the account is not known at once")
	}
	rest := h.made(wish(don))
	if rest.Amount.Minor != 1500 {
		t.Errorf("%+v", rest)
	}
	_, err = h.desk.Ask(t.Context(), wish(don))
	wants(t, "nothing is left", err, payments.Invalid, "nothing is left")
	h.wantsGiven(2500, 2)
	h.deaf.Store(false)
	h.advance(31 * time.Hour) // now the webhooks come, too
	if n := h.refunded(don); n != 2500 {
		t.Errorf("the books say %d in the end", n)
	}
	if again, err := h.in.CheckRebuild(t.Context(), inbox.RebuildOptions{}); err != nil || again.Before != again.After {
		t.Errorf("made again from what is stored, the books are %+v, %v", again, err)
	}
}

func TestADonationIsFoundByWhateverNamesIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	var intent, charge string
	h.scan(&intent, `select payment_intent from donations`)
	h.scan(&charge, `select charge from donations`)
	for _, id := range []string{don, intent, charge, " " + don + " "} {
		if g, err := h.desk.Look(t.Context(), id); err != nil || g.DonationID != don {
			t.Errorf("%s: %+v, %v", id, g, err)
		}
	}
	for _, id := range []string{"", "don_0", "x\x00y"} {
		_, err := h.desk.Look(t.Context(), id)
		wants(t, id, err, payments.NotFound, "")
	}
	if status, body := h.post("/v1/payment_intents", "amount", "700", "currency", "eur", "confirm", "true",
		"payment_method", "pm_card_visa", "return_url", "https://news.example"); status != 200 {
		t.Fatal(body)
	}
	h.flush()
	var foreign string
	h.scan(&foreign, `select payment from foreign_payments`)
	_, err := h.desk.Ask(t.Context(), wish(foreign))
	wants(t, "a foreign payment", err, payments.NotFound, "is no donation")
}

func TestTheSameTwiceIsASlip(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	h.made(h.part(don, 500))
	_, err := h.desk.Order(t.Context(), h.part(don, 500))
	wants(t, "again", err, payments.Invalid, "by carla")
	again := h.part(don, 500)
	again.Again = true
	h.made(again)
	h.made(h.part(don, 400)) // another amount is no slip
	h.advance(25 * time.Hour)
	h.made(h.part(don, 500))
	h.wantsGiven(1900, 4)
	// An order that is open is gone on with.
	open := h.ordered(h.part(don, 600))
	for _, w := range []refund.Wish{h.part(don, 600), wish(don)} {
		offer, err := h.desk.Ask(t.Context(), w)
		if err != nil || offer.Open == nil || offer.Open.ID != open.ID || offer.Amount.Minor != 600 {
			t.Errorf("%+v, %v", offer, err)
		}
	}
	if o := h.made(wish(don)); o.ID != open.ID {
		t.Errorf("order %s, want %s", o.ID, open.ID)
	}
	h.wantsGiven(2500, 5)
}

func TestWhatCannotBeGivenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pending := h.gives(money.New(2500, "USD"), "method", "us_bank_account", "account_number", "000123456789")
	_, err := h.desk.Ask(t.Context(), wish(pending))
	wants(t, "a debit under way", err, payments.Invalid, "pending")
	disputed := h.gives(money.New(3000, "EUR"), "card_number", "4000000000000259")
	h.advance(time.Hour)
	_, err = h.desk.Order(t.Context(), wish(disputed))
	wants(t, "an open dispute", err, payments.Invalid, "disputes it")
	good := h.gives(money.New(5000, "KWD"))
	for minor, says := range map[int64]string{1001: "finer", 5001: "finer", 5010: "only 5.000 KWD are left", -10: "no amount"} {
		_, err = h.desk.Order(t.Context(), h.part(good, minor))
		wants(t, says, err, payments.Invalid, says)
	}
	w := wish(good)
	w.Amount = money.New(1000, "EUR")
	_, err = h.desk.Order(t.Context(), w)
	wants(t, "another currency", err, payments.Invalid, "is in KWD, not in EUR")
	for _, w := range []refund.Wish{{Donation: good, Reason: "boredom", By: "carla"}, {Donation: good, Reason: "duplicate"},
		{Donation: good, Reason: "duplicate", By: "carla", Note: "\x00"}, {Donation: good, Reason: "duplicate", By: "car\nla"}} {
		_, err = h.desk.Order(t.Context(), w)
		wants(t, w.Reason, err, payments.Invalid, "")
	}
	yen := h.gives(money.New(500, "JPY"))
	h.made(h.part(yen, 120))
	if n := h.refunded(yen); n != 120 {
		t.Errorf("%d yen", n)
	}
	h.wantsGiven(120, 1)
}

// Ten people order at once; together they give back what is left and no more.
func TestOrdersAtOnceAddUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	var wg sync.WaitGroup
	var mu sync.Mutex
	ordered, refused := 0, 0
	for range 10 {
		wg.Go(func() {
			w := wish(don)
			w.Amount, w.Again = money.New(700, "EUR"), true
			o, err := h.desk.Order(t.Context(), w)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case payments.CodeOf(err) == payments.Invalid:
				refused++
			case err != nil:
				t.Error(err)
			default:
				ordered++
				wg.Go(func() {
					if _, err := h.desk.CarryOut(t.Context(), o.ID); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
	wg.Wait()
	if ordered != 3 || refused != 7 {
		t.Errorf("%d ordered, %d refused", ordered, refused)
	}
	h.wantsGiven(2100, 3)
	h.flush()
	if n := h.refunded(don); n != 2100 {
		t.Errorf("the books say %d", n)
	}
}

func TestStripeRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	var intent string
	h.scan(&intent, `select payment_intent from donations`)
	h.deaf.Store(true)
	if status, body := h.post("/v1/refunds", "payment_intent", intent, "amount", "2000"); status != 200 {
		t.Fatal(body)
	}
	o := h.ordered(wish(don))
	_, err := h.desk.CarryOut(t.Context(), o.ID)
	wants(t, "too much is asked of Stripe", err, payments.Refused, "")
	if e, ok := errors.AsType[*payments.Error](err); !ok || e.Sentence == "" {
		t.Errorf("%v", err)
	}
	for range 2 { // it stays refused
		_, err = h.desk.CarryOut(t.Context(), o.ID)
		wants(t, "again", err, payments.Refused, "reconcile")
	}
	if o, err = h.desk.Get(t.Context(), o.ID); err != nil || o.Outcome != refund.Refused || o.Attempts != 1 || o.Error == "" {
		t.Errorf("%+v, %v", o, err)
	}
	if n, err := h.desk.CarryPending(t.Context(), true); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	h.made(h.part(don, 500)) // what was refused is still to have
	h.wantsGiven(2500, 2)
	if s, err := h.desk.Standing(t.Context()); err != nil || s.Open != 0 || s.Refused != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// A refund that comes back can be ordered again at once.
func TestARefundComesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "USD"), "card_number", "4000000000005126")
	h.made(wish(don))
	h.advance(49 * time.Hour)
	all, err := h.desk.List(t.Context(), refund.Filter{Donation: don})
	if err != nil || len(all) != 1 || all[0].StripeStatus != "failed" || all[0].Outcome != refund.Done {
		t.Fatalf("%+v, %v", all, err)
	}
	if s, err := h.desk.Standing(t.Context()); err != nil || s.CameBack != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if n := h.refunded(don); n != 0 {
		t.Errorf("the books say %d", n)
	}
	h.made(wish(don))
	h.wantsGiven(2500, 1)
}
