package payments

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Rule says which payments that did not begin here count as donations all the
// same. Every field that is set must match; a rule that sets none of Product,
// Price, PaymentLink and Metadata matches nothing.
type Rule struct {
	Name        string
	Product     string            // Stripe's id of a product that is paid for
	Price       string            // Stripe's id of a price that is paid
	PaymentLink string            // Stripe's id of the payment link that led to the payment
	Metadata    map[string]string // all of these stand in the object's metadata
	Kind        Kind              // "" leaves it to the subscription, or its absence
	Campaign    string
	Appeal      string
}

// Rules are tried in their order: the first that matches adopts.
type Rules []Rule

// Traits are what an object of Stripe's shows of where it comes from.
type Traits struct {
	Products    []string
	Prices      []string
	PaymentLink string
	Metadata    []map[string]string // its own, and those of what it belongs to
}

// Adopt gives the attribution of the first rule that matches.
func (rs Rules) Adopt(t Traits) (Attribution, bool) {
	for i, r := range rs {
		if r.matches(t) {
			return Attribution{CheckoutID: r.CheckoutID(i), Kind: r.Kind, Campaign: r.Campaign, Appeal: r.Appeal}, true
		}
	}
	return Attribution{}, false
}

// Fingerprint changes whenever a decision of the rules may: in hex, "" without
// rules. Books that were made under another one are to be made again.
func (rs Rules) Fingerprint() string {
	if len(rs) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, r := range rs {
		sum.Write([]byte(r.digest()))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// CheckoutID is the checkout under which the rule files what it adopts. A rule that
// was changed files it under another one, because an attribution never changes
// once it is known. The rule's place stands first: where two tellings of one
// object match two rules, the earlier rule's sorts before the other's and is kept.
func (r Rule) CheckoutID(place int) string {
	return fmt.Sprintf("%s%03d/%s#%s", AdoptedBy, place, r.Name, r.digest()[:8])
}

func (r Rule) digest() string {
	content, err := json.Marshal(r) // in a fixed order, the metadata's keys included
	if err != nil {
		panic(err) // texts only: there is nothing to fail
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (r Rule) matches(t Traits) bool {
	if r.Product == "" && r.Price == "" && r.PaymentLink == "" && len(r.Metadata) == 0 {
		return false
	}
	return (r.Product == "" || slices.Contains(t.Products, r.Product)) &&
		(r.Price == "" || slices.Contains(t.Prices, r.Price)) &&
		(r.PaymentLink == "" || r.PaymentLink == t.PaymentLink) &&
		(len(r.Metadata) == 0 || slices.ContainsFunc(t.Metadata, r.within))
}

func (r Rule) within(metadata map[string]string) bool {
	for key, value := range r.Metadata {
		if got, ok := metadata[key]; !ok || got != value {
			return false
		}
	}
	return true
}
