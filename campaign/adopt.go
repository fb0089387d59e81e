package campaign

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Adoption is a rule by which payments that did not begin on the newsroom's
// pages (an older form, a payment link, a subscription of another system in the
// same Stripe account) count as donations. All that it names must be so; at
// least one thing is named. Of several rules that fit, the first holds.
type Adoption struct {
	Name        string            // of the rule; unique, it stands in the books
	Product     string            // the id of a Stripe product, prod_…
	Price       string            // the id of a Stripe price, price_…
	PaymentLink string            // the id of a Stripe payment link, plink_…
	Metadata    map[string]string // of the payment, the session, the invoice or the subscription

	// Frequency of the gifts; "" leaves it to the subscription's interval, and to
	// one_time where there is none.
	Frequency Frequency
	Campaign  string // the id of the campaign that the gifts are counted under
	Appeal    string // the same for the appeal; may be "", and need not exist any more
}

// readAdoption reads an entry of "adopt"; the campaigns are read already.
func (f *siteFile) readAdoption(d document, n *yaml.Node) {
	t := d.table(n, "a rule of adoption",
		required("name", "old-form"), optional("product"), optional("price"), optional("payment_link"), optional("metadata"),
		optional("frequency"), required("campaign", "the id of a campaign of this file"), optional("appeal"))
	if t == nil {
		return
	}
	a := Adoption{
		Name: t.slug("name"), Product: t.stripeID("product", "prod_"), Price: t.stripeID("price", "price_"),
		PaymentLink: t.stripeID("payment_link", "plink_"), Metadata: t.metadata(),
		Frequency: t.frequency(), Campaign: t.campaign(f), Appeal: t.slug("appeal"),
	}
	if a.Name != "" {
		if line, twice := f.adoptions[a.Name]; twice {
			t.problem(t.values["name"], fmt.Sprintf("two rules have the name %s; the other is in line %d", quote(a.Name), line), "give each rule a name of its own")
			return
		}
		f.adoptions[a.Name] = d.line(t.values["name"])
	}
	conditions := false
	for _, key := range []string{"product", "price", "payment_link", "metadata"} {
		conditions = conditions || t.values[key] != nil
	}
	if !conditions {
		t.problem(n, "the rule does not say which payments it is for, and would take every one",
			"write product, price, payment_link or metadata; several must all fit")
	}
	f.site.Adopt = append(f.site.Adopt, a)
}

// stripeID reads the id of one of Stripe's objects. Products and prices may have
// ids that the account chose, so that only what surely is no id is refused.
func (t *table) stripeID(key, prefix string) string {
	id := t.text(key)
	if id == "" {
		return ""
	}
	if strings.ContainsAny(id, "/: ") || len(id) > 255 {
		t.problem(t.values[key], quote(id)+" is not the id of a "+strings.ReplaceAll(key, "_", " "),
			"write the id that Stripe's dashboard shows, such as "+prefix+"1Nv0…, not an address or a name")
		return ""
	}
	return id
}

// metadata reads keys with values. Stripe's are at most 40 and 500 characters
// (https://docs.stripe.com/api/metadata).
func (t *table) metadata() map[string]string {
	n := t.values["metadata"]
	if n == nil {
		return nil
	}
	found := map[string]string{}
	pairs := t.pairs(n, `"metadata"`)
	for _, p := range pairs {
		if len([]rune(p.name)) > 40 {
			t.problem(p.key, quote(p.name)+" is longer than the 40 characters of a key in Stripe", "write the key as it stands in Stripe")
			continue
		}
		if value, ok := t.oneLine(p.value, quote(p.name)); ok {
			found[p.name] = value
		}
	}
	if n.Kind == yaml.MappingNode && len(pairs) == 0 {
		t.problem(n, `"metadata" holds no keys`, "write a key and its value, such as source: old-form, or take it out")
	}
	return found
}

func (t *table) frequency() Frequency {
	text := t.text("frequency")
	if text == "" {
		return ""
	}
	frequency, err := ParseFrequency(text)
	if err != nil {
		t.problem(t.values["frequency"], quote(text)+" is not a frequency",
			"write "+choices(Frequencies())+", or leave it out to take the subscription's own")
	}
	return frequency
}

// campaign reads the id of a campaign, which must be one of the site's.
func (t *table) campaign(f *siteFile) string {
	n := t.values["campaign"]
	if n == nil {
		return ""
	}
	id := t.text("campaign")
	if id == "" || f.campaignIDs == nil {
		return id
	}
	for _, known := range f.campaignIDs {
		if known == id {
			return id
		}
	}
	fix := "write " + choices(f.campaignIDs) + ", or add the campaign to " + siteFileName
	if near := nearest(id, f.campaignIDs); near != "" {
		fix = "write " + near
	}
	t.problem(n, fmt.Sprintf("no campaign in %s has the id %s", siteFileName, quote(id)), fix)
	return id
}
