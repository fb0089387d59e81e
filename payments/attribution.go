package payments

// Attribution says what a gift was for and where on the page it began. It
// travels in the metadata of Stripe's objects, so that the books can be made
// again from Stripe's facts alone.
type Attribution struct {
	CheckoutID string
	Kind       Kind
	Campaign   string
	Appeal     string
	Variant    string
	Placement  string
	Article    string // the article's slug
	Anonymous  bool   // the donor is not to be named
}

// The keys of Stripe metadata that carry an Attribution. At most 40 characters
// each, no brackets (https://docs.stripe.com/api/metadata).
const (
	MetaCheckout  = "readerfund_checkout"
	MetaKind      = "frequency"
	MetaCampaign  = "campaign"
	MetaAppeal    = "appeal"
	MetaVariant   = "variant"
	MetaPlacement = "placement"
	MetaArticle   = "article"
	MetaAnonymous = "anonymous" // "true", or absent
)

// Metadata is the attribution as Stripe metadata. Values are cut at Stripe's
// 500 characters.
func (a Attribution) Metadata() map[string]string {
	m := map[string]string{
		MetaCheckout: a.CheckoutID, MetaKind: string(a.Kind), MetaCampaign: a.Campaign, MetaAppeal: a.Appeal,
		MetaVariant: a.Variant, MetaPlacement: a.Placement, MetaArticle: a.Article,
	}
	if a.Anonymous {
		m[MetaAnonymous] = "true"
	}
	for key, value := range m {
		if runes := []rune(value); len(runes) > 500 {
			m[key] = string(runes[:500])
		}
	}
	return m
}

// AttributionFrom reads metadata; false where it names no checkout of ours.
func AttributionFrom(metadata map[string]string) (Attribution, bool) {
	a := Attribution{
		CheckoutID: metadata[MetaCheckout], Kind: Kind(metadata[MetaKind]), Campaign: metadata[MetaCampaign],
		Appeal: metadata[MetaAppeal], Variant: metadata[MetaVariant], Placement: metadata[MetaPlacement],
		Article: metadata[MetaArticle], Anonymous: metadata[MetaAnonymous] == "true",
	}
	return a, a.CheckoutID != ""
}

// AdoptedBy marks the checkout of a payment that did not begin here: the sign
// stands first in an id that names a rule. It sorts after every id of ours, so
// that of two tellings of one object's checkout ours is kept.
const AdoptedBy = "~"

// join keeps a donor unnamed whom either telling does not name.
func (a Attribution) join(b Attribution) Attribution {
	return Attribution{
		CheckoutID: a.CheckoutID, Kind: either(a.Kind, b.Kind), Campaign: either(a.Campaign, b.Campaign),
		Appeal: either(a.Appeal, b.Appeal), Variant: either(a.Variant, b.Variant),
		Placement: either(a.Placement, b.Placement), Article: either(a.Article, b.Article),
		Anonymous: a.Anonymous || b.Anonymous,
	}
}

var attributions = table[Attribution]{
	title:   "attributions",
	columns: "id, kind, campaign, appeal, variant, placement, article, anonymous",
	key:     func(a *Attribution) string { return a.CheckoutID },
	join:    Attribution.join,
	fields: func(a *Attribution) []any {
		return []any{&a.CheckoutID, &a.Kind, &a.Campaign, &a.Appeal, &a.Variant, &a.Placement, &a.Article, &a.Anonymous}
	},
	in: func(f *Facts) *[]Attribution { return &f.Attributions },
	names: func(x *Attribution, r *reach) {
		r.checkout(x.CheckoutID)
	},
	bears: func(_, now *Attribution, a *affected) {
		a.checkouts = append(a.checkouts, now.CheckoutID)
	},
}
