package stripefake_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// settles turns conversion on, at rates that a reader can check by head.
func (s *stand) settles(change map[string]any) {
	s.t.Helper()
	ask := map[string]any{"currencies": []string{"usd", "eur"}, "rates": map[string]string{"gbp": "1.25", "jpy": "0.0067", "kwd": "3.256", "cad": "0.725"}}
	for name, value := range change {
		ask[name] = value
	}
	s.control("/_control/settlement", ask)
}

// chargedAs is the balance transaction of a payment.
func (s *stand) chargedAs(p stripefake.TruthPayment) *stripe.BalanceTransaction {
	s.t.Helper()
	tx, err := s.stripe.BalanceTransactions.Get(p.BalanceTransaction, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	fees := int64(0)
	for _, part := range tx.FeeDetails {
		fees += part.Amount
		if part.Currency != tx.Currency || part.Amount <= 0 || part.Description == "" {
			s.t.Errorf("fee of %s: %+v", tx.ID, part)
		}
	}
	if fees != tx.Fee || tx.Net != tx.Amount-tx.Fee {
		s.t.Errorf("%s: %d less %d (of parts %d) is not %d", tx.ID, tx.Amount, tx.Fee, fees, tx.Net)
	}
	return tx
}

func TestConversion(t *testing.T) {
	s := calmStand(t)
	s.settles(nil)
	for _, c := range []struct {
		currency string
		amount   int64
		in       string
		settled  int64
		rate     float64
		fee      int64
	}{
		{"usd", 2500, "usd", 2500, 0, 103},
		{"eur", 2500, "eur", 2500, 0, 98}, // has a balance of its own
		{"gbp", 1001, "usd", 1251, 1.25, 66},
		{"gbp", 1002, "usd", 1253, 1.25, 66},  // 12.525: half goes up
		{"jpy", 1234, "usd", 827, 0.0067, 54}, // 8.2678
		{"kwd", 5010, "usd", 1631, 3.256, 77}, // 16.31256
		{"chf", 2000, "chf", 2000, 0, 88},     // no rate: settles in itself
	} {
		p := s.gift(c.currency, c.amount, card("4242424242424242"))
		tx := s.chargedAs(p)
		if string(tx.Currency) != c.in || tx.Amount != c.settled || tx.ExchangeRate != c.rate || tx.Fee != c.fee {
			t.Errorf("%d %s: %+v", c.amount, c.currency, tx)
		}
		ch, err := s.stripe.Charges.Get(p.Charge, nil)
		if err != nil || string(ch.Currency) != c.currency || ch.Amount != c.amount {
			t.Errorf("the charge of %d %s: %+v %v", c.amount, c.currency, ch, err)
		}
	}
	// A balance that is not in dollars, whose smallest units are larger and smaller.
	for _, c := range []struct {
		into     string
		rate     string
		settled  int64
		feeStep  int64
		currency string
	}{{"jpy", "149.505", 3738, 1, "usd"}, {"kwd", "0.30707", 7680, 10, "usd"}, {"isk", "137.2", 343000, 100, "usd"}} {
		s.control("/_control/settlement", map[string]any{"currencies": []string{c.into}, "default": c.into, "rates": nil})
		s.control("/_control/settlement", map[string]any{"rates": map[string]string{c.currency: c.rate}})
		tx := s.chargedAs(s.gift(c.currency, 2500, card("4242424242424242")))
		if string(tx.Currency) != c.into || tx.Amount != c.settled || tx.Fee%c.feeStep != 0 {
			t.Errorf("25 dollars in %s: %+v", c.into, tx)
		}
	}
}

// What goes back is converted at the rate of the day on which it does: the
// exchange difference arises.
func TestConversionBack(t *testing.T) {
	s := calmStand(t)
	s.settles(nil)
	gift, disputed := s.gift("gbp", 10000, card("4242424242424242")), s.gift("gbp", 10000, card("4242424242424242"))
	own := s.gift("eur", 10000, card("4242424242424242"))
	s.control("/_control/settlement", map[string]any{"rates": map[string]string{"gbp": "1.3", "eur": "1.1"}})
	re := s.refunded(gift, 10000)
	back := s.moved(re.ID)[0]
	if back.Amount != -13000 || back.Currency != "usd" || back.ExchangeRate != 1.3 || back.Fee != 0 || re.Currency != "gbp" || re.Amount != 10000 {
		t.Errorf("refunded %+v by %+v", re, back)
	}
	s.control("/_control/settlement", map[string]any{"rates": map[string]string{"gbp": "1.2"}})
	s.control("/_control/refunds/"+re.ID+"/fail", map[string]any{})
	if again := s.moved(re.ID)[1]; again.Amount != 12000 || again.Type != "refund_failure" {
		t.Errorf("came back as %+v", again)
	}
	s.control("/_control/disputes", map[string]any{"charge": disputed.Charge})
	s.control("/_control/settlement", map[string]any{"rates": map[string]string{"gbp": "1.4"}})
	s.control("/_control/disputes/"+s.disputeOf(disputed), map[string]any{"status": "won"})
	moved := s.moved(s.disputeOf(disputed))
	if len(moved) != 2 || moved[0].Net != -12000-1500 || moved[1].Net != 14000+1500 || moved[1].ExchangeRate != 1.4 {
		t.Errorf("disputed %+v", moved)
	}
	if tx := s.moved(s.refunded(own, 5000).ID)[0]; tx.Amount != -5000 || tx.Currency != "eur" || tx.ExchangeRate != 0 {
		t.Errorf("of a balance of its own: %+v", tx)
	}

	// The default changes: what was settled in dollars goes back in dollars.
	s.control("/_control/settlement", map[string]any{"currencies": []string{"eur"}, "default": "eur", "rates": map[string]any{"usd": "0.8", "gbp": "1.2", "eur": "1"}})
	if tx := s.moved(s.refunded(gift, 1000).ID)[0]; tx.Amount != -1500 || tx.Currency != "usd" || tx.ExchangeRate != 1.5 {
		t.Errorf("after the default changed: %+v", tx)
	}
	// Nothing is known any more: the rate of the payment stands.
	s.control("/_control/settlement", map[string]any{"currencies": []string{}, "rates": nil})
	if tx := s.moved(s.refunded(gift, 1000).ID)[0]; tx.Amount != -1250 || tx.ExchangeRate != 1.25 {
		t.Errorf("after all was turned off: %+v", tx)
	}
}

func TestFees(t *testing.T) {
	s := calmStand(t)
	s.settles(map[string]any{"fees": map[string]string{"international": "1.5", "amex": "3.5", "conversion": "1"}})
	for _, c := range []struct {
		currency string
		amount   int64
		form     url.Values
		fees     []int64
	}{
		{"usd", 10000, card("4242424242424242"), []int64{320}},
		{"usd", 10000, card("378282246310005"), []int64{380}},
		{"usd", 10000, card("4000002760000016"), []int64{320, 150}},
		{"gbp", 10000, card("4000008260000000"), []int64{393, 188, 125}}, // of 125 dollars
		{"gbp", 10000, card("4242424242424242"), []int64{393, 125}},
		{"eur", 10000, card("4242424242424242"), []int64{315}},
		{"usd", 50, card("4000002760000016"), []int64{31, 1}},
		{"usd", 100000, debit("000123456789"), []int64{500}},
		{"gbp", 10000, debit("00012345"), []int64{100, 125}},
	} {
		p := s.gift(c.currency, c.amount, c.form)
		s.advance(6 * day)
		tx := s.chargedAs(s.payment(p.PaymentIntent))
		var fees []int64
		for _, part := range tx.FeeDetails {
			fees = append(fees, part.Amount)
		}
		if len(fees) != len(c.fees) || tx.Fee != sum(c.fees) {
			t.Errorf("%d %s by %v: fees %v, want %v", c.amount, c.currency, c.form, fees, c.fees)
		}
	}
}

func sum(of []int64) int64 {
	total := int64(0)
	for _, n := range of {
		total += n
	}
	return total
}

func TestSettlementThatMakesNoSense(t *testing.T) {
	s := calmStand(t)
	for body, says := range map[string]string{
		`{"currencies": ["zzz"]}`:                                 "zzz",
		`{"currencies": ["usd"], "default": "eur"}`:               "none of the settlement currencies",
		`{"currencies": ["usd"], "rates": {"eur": "-1"}}`:         "The rate of eur",
		`{"currencies": ["usd"], "rates": {"eur": "0"}}`:          "The rate of eur",
		`{"currencies": ["usd"], "rates": {"eur": "1e3"}}`:        "The rate of eur",
		`{"currencies": ["usd"], "rates": {"eur": "1/3"}}`:        "The rate of eur",
		`{"currencies": ["usd"], "rates": {"eur": "."}}`:          "The rate of eur",
		`{"currencies": ["usd"], "rates": {"eur": "99999999"}}`:   "The rate of eur",
		`{"currencies": ["usd"], "rates": {"usd": "2"}}`:          "its rate is 1",
		`{"currencies": ["usd"], "rates": {"qqq": "1"}}`:          "qqq",
		`{"currencies": ["usd"], "fees": {"conversion": "much"}}`: "The fee conversion",
		`{"currencies": ["usd"], "fees": {"amex": "21"}}`:         "The fee amex",
		`{"coins": ["usd"]}`:                                      "coins",
	} {
		resp, err := s.http.Post(s.url+"/_control/settlement", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if answer := read(t, resp); resp.StatusCode != http.StatusBadRequest || !strings.Contains(answer, says) {
			t.Errorf("%s: %d %s", body, resp.StatusCode, answer)
		}
	}
	if _, err := stripefake.New(stripefake.Options{Settlement: stripefake.Settlement{Currencies: []string{"usd"}, Default: "eur"}}); err == nil {
		t.Error("an option that makes no sense was taken")
	}
	_, body := s.get("/_control/settlement")
	var now stripefake.Settlement
	if err := json.Unmarshal([]byte(body), &now); err != nil || len(now.Currencies) != 0 || len(now.Rates) != 0 {
		t.Errorf("it changed to %s: %v", body, err)
	}
}

func TestSettlementSurvivesARestart(t *testing.T) {
	opts := stripefake.Options{
		StatePath: filepath.Join(t.TempDir(), "stripe.json"), Clock: func() time.Time { return monday },
		Settlement: stripefake.Settlement{Currencies: []string{"EUR"}, Rates: map[string]string{"USD": "0.9"}},
	}
	a := bareStand(t, opts)
	if err := a.SetPayoutSchedule(stripefake.PayoutSchedule{Interval: "weekly", Anchor: "Thursday"}); err != nil {
		t.Fatal(err)
	}
	if a.SetPayoutSchedule(stripefake.PayoutSchedule{Interval: "hourly"}) == nil || a.SetSettlement(stripefake.Settlement{Currencies: []string{"zzz"}}) == nil {
		t.Error("what makes no sense was taken")
	}
	before := a.chargedAs(a.gift("usd", 10000, card("4242424242424242")))
	if before.Amount != 9000 || before.Currency != "eur" {
		t.Errorf("%+v", before)
	}
	a.close()

	opts.Settlement = stripefake.Settlement{} // what is in the file stands
	b := bareStand(t, opts)
	after := b.chargedAs(b.gift("usd", 10000, card("4242424242424242")))
	if after.Amount != 9000 || after.ExchangeRate != 0.9 || after.Net != before.Net {
		t.Errorf("%+v", after)
	}
	b.advance(3 * day) // to Thursday
	if got := b.Truth(); len(got.Payouts) != 1 || got.Payouts[0].Amount != 2*after.Net || len(got.Balance) != 1 || got.Balance[0].Available != 0 {
		t.Errorf("payouts %+v, balance %+v", got.Payouts, got.Balance)
	}
}
