package payments_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments"
)

// An attribution never changes once it is known, so a rule whose content changes
// adopts under another checkout.
func TestARulesCheckoutFollowsItsContent(t *testing.T) {
	rule := payments.Rule{Name: "members", Price: "price_1", Kind: payments.Monthly, Campaign: "members", Metadata: map[string]string{"a": "1", "b": "2"}}
	id := rule.CheckoutID(0)
	if !regexp.MustCompile(`^~000/members#[0-9a-f]{8}$`).MatchString(id) {
		t.Errorf("%q", id)
	}
	same := rule
	same.Metadata = map[string]string{"b": "2", "a": "1"}
	if same.CheckoutID(0) != id {
		t.Errorf("the order of metadata changed %q to %q", id, same.CheckoutID(0))
	}
	seen := map[string]bool{id: true}
	for _, change := range []func(*payments.Rule){
		func(r *payments.Rule) { r.Name = "others" },
		func(r *payments.Rule) { r.Product = "prod_1" },
		func(r *payments.Rule) { r.Price = "price_2" },
		func(r *payments.Rule) { r.PaymentLink = "plink_1" },
		func(r *payments.Rule) { r.Metadata = map[string]string{"a": "1"} },
		func(r *payments.Rule) { r.Kind = payments.Annual },
		func(r *payments.Rule) { r.Campaign = "x" },
		func(r *payments.Rule) { r.Appeal = "x" },
	} {
		changed := rule
		change(&changed)
		_, hash, _ := strings.Cut(changed.CheckoutID(0), "#")
		if seen[hash] {
			t.Errorf("%+v has the hash of another", changed)
		}
		seen[hash] = true
	}
	// Ours sort before: of two tellings of one object's checkout ours is kept.
	if id < "z" {
		t.Errorf("%q sorts before ids of ours", id)
	}
}

func TestFingerprintOfRules(t *testing.T) {
	a, b := payments.Rule{Name: "a", Price: "price_1"}, payments.Rule{Name: "b", Price: "price_1"}
	if got := (payments.Rules{}).Fingerprint(); got != "" {
		t.Errorf("%q", got)
	}
	first, second := payments.Rules{a, b}.Fingerprint(), payments.Rules{b, a}.Fingerprint()
	if first == second || first == (payments.Rules{a}).Fingerprint() || first != (payments.Rules{a, b}).Fingerprint() {
		t.Errorf("%q, %q", first, second)
	}
}

func TestTheFirstRuleThatMatchesAdopts(t *testing.T) {
	rules := payments.Rules{
		{Name: "nothing"},
		{Name: "both", Price: "price_1", PaymentLink: "plink_1", Campaign: "both"},
		{Name: "price", Price: "price_1", Campaign: "price"},
		{Name: "again", Price: "price_1", Campaign: "again"},
	}
	for campaign, shown := range map[string]payments.Traits{
		"both":  {Prices: []string{"price_0", "price_1"}, PaymentLink: "plink_1"},
		"price": {Prices: []string{"price_1"}, PaymentLink: "plink_2"},
	} {
		if got, ok := rules.Adopt(shown); !ok || got.Campaign != campaign {
			t.Errorf("%+v: %+v", shown, got)
		}
	}
	for _, shown := range []payments.Traits{{}, {Products: []string{"price_1"}}, {PaymentLink: "plink_1"}} {
		if got, ok := rules.Adopt(shown); ok {
			t.Errorf("%+v: %+v", shown, got)
		}
	}
}
