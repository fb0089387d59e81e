package stripefake

import (
	"fmt"
	"net/http"
)

// price is how much of which currency a product costs, once or at intervals.
// https://docs.stripe.com/api/prices
type price struct {
	ID       string
	Product  string
	Currency string // lower case
	Amount   int64  // minor units as Stripe counts them
	Interval string // day, week, month or year; empty for a one-time price
	Count    int    // intervals between two charges
	Nickname string
	Lookup   string
	Inactive bool // a price made inline by a session is not offered elsewhere
	Metadata map[string]string
	Created  int64
}

func (p *price) key() string     { return p.ID }
func (p *price) madeAt() int64   { return p.Created }
func (p *price) recurring() bool { return p.Interval != "" }

func (v view) price(p *price, x expansion) object {
	kind, tax := "one_time", "unspecified"
	var recurring any
	if p.recurring() {
		kind = "recurring"
		recurring = object{
			"aggregate_usage": nil, "interval": p.Interval, "interval_count": p.Count,
			"trial_period_days": nil, "usage_type": "licensed",
		}
	}
	return object{
		"id": p.ID, "object": "price", "active": !p.Inactive, "billing_scheme": "per_unit", "created": p.Created,
		"currency": p.Currency, "livemode": false, "lookup_key": orNull(p.Lookup), "metadata": rendered(p.Metadata),
		"nickname": orNull(p.Nickname), "product": ref(x, "product", &v.st.Products, p.Product, v.product),
		"recurring": recurring, "tax_behavior": tax, "type": kind,
		"unit_amount": p.Amount, "unit_amount_decimal": fmt.Sprint(p.Amount),
	}.withNulls("custom_unit_amount", "tiers_mode", "transform_quantity")
}

// plan renders the older form of a recurring price, which Stripe still puts
// beside it.
func (v view) plan(p *price) object {
	return object{
		"id": p.ID, "object": "plan", "active": !p.Inactive, "amount": p.Amount, "amount_decimal": fmt.Sprint(p.Amount),
		"billing_scheme": "per_unit", "created": p.Created, "currency": p.Currency, "interval": p.Interval,
		"interval_count": p.Count, "livemode": false, "metadata": rendered(p.Metadata), "nickname": orNull(p.Nickname),
		"product": p.Product, "usage_type": "licensed",
	}.withNulls("aggregate_usage", "tiers_mode", "transform_usage", "trial_period_days")
}

// readPrice reads the parameters of a price or of price_data; prefix is the
// full name of the latter, for errors.
func (s *Server) readPrice(p params, prefix string) (*price, *apiError) {
	name := func(field string) string {
		if prefix == "" {
			return field
		}
		return prefix + "[" + field + "]"
	}
	cur, err := lookupCurrency(name("currency"), p.text("currency"))
	if err != nil {
		return nil, err
	}
	amount, given := p.integer("unit_amount")
	if !given {
		return nil, invalid(name("unit_amount"), "parameter_missing", "%s is needed; this stand-in has prices with a unit amount only.", name("unit_amount"))
	}
	if err := cur.checkUnit(name("unit_amount"), amount); err != nil {
		return nil, err
	}
	if _, ok := s.st.Products.get(p.text("product")); p.has("product") && !ok {
		return nil, missing(http.StatusBadRequest, name("product"), "product", p.text("product"))
	}
	made := &price{Product: p.text("product"), Currency: cur.code, Amount: amount, Created: s.unix()}
	if recurring := p.sub("recurring"); recurring != nil {
		made.Interval, made.Count = recurring.text("interval"), 1
		if n, ok := recurring.integer("interval_count"); ok {
			made.Count = int(n)
		}
		if limit := longestInterval(made.Interval); made.Count < 1 || made.Count > limit {
			return nil, invalid(name("recurring")+"[interval_count]", "", "An interval can be at most three years: %d of %s at most.", limit, made.Interval)
		}
	}
	return made, nil
}

// longestInterval is the most units of an interval between two charges: three
// years, as Stripe's OpenAPI document of 2023-10-16 says under POST /v1/plans.
func longestInterval(interval string) int {
	return map[string]int{"day": 1095, "week": 156, "month": 36, "year": 3}[interval]
}

// newPrice stores a price and, for product_data, its product.
func (s *Server) newPrice(why cause, made *price, productData params) (*price, *apiError) {
	if made.Product == "" {
		metadata, err := productData.metadata("product_data[metadata]")
		if err != nil {
			return nil, err
		}
		pr := s.newProduct(why, &product{
			ID: s.st.newID("prod_", 14), Name: productData.text("name"), Description: productData.text("description"), Metadata: metadata,
		})
		made.Product = pr.ID
	}
	made.ID = s.st.newID("price_1", 23)
	s.st.Prices.add(made)
	if made.recurring() {
		s.emit(why, "plan.created", nil, func(v view) object { return v.plan(made) })
	}
	s.emit(why, "price.created", nil, func(v view) object { return v.price(made, nil) })
	return made, nil
}

func (s *Server) createPrice(c *call) (object, *apiError) {
	made, err := s.readPrice(c.params, "")
	if err != nil {
		return nil, err
	}
	if made.Product == "" && c.sub("product_data") == nil {
		return nil, invalid("product", "parameter_missing", "One of product and product_data is needed.")
	}
	if made.Metadata, err = c.metadata("metadata"); err != nil {
		return nil, err
	}
	made.Nickname, made.Lookup, made.Inactive = c.text("nickname"), c.text("lookup_key"), c.has("active") && !c.truth("active")
	if made, err = s.newPrice(c.why, made, c.sub("product_data")); err != nil {
		return nil, err
	}
	return c.view.price(made, c.expand), nil
}

// updatePrice changes what is noted about a price, and whether it is offered;
// the amount never changes. https://docs.stripe.com/api/prices/update
func (s *Server) updatePrice(c *call) (object, *apiError) {
	p, ok := s.st.Prices.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "price", c.id)
	}
	for name := range c.params {
		switch name {
		case "metadata", "nickname", "active", "lookup_key", "expand":
		default:
			return nil, invalid(name, "", "This stand-in does not change a price's %s.", name)
		}
	}
	metadata, err := mergeMetadata(p.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	before := c.view.price(p, nil)
	p.Metadata = metadata
	for name, field := range map[string]*string{"nickname": &p.Nickname, "lookup_key": &p.Lookup} {
		if c.has(name) {
			*field = c.text(name)
		}
	}
	if c.has("active") {
		p.Inactive = !c.truth("active")
	}
	s.emit(c.why, "price.updated", before, func(v view) object { return v.price(p, nil) })
	return c.view.price(p, c.expand), nil
}

func (s *Server) retrievePrice(c *call) (object, *apiError) {
	p, ok := s.st.Prices.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "price", c.id)
	}
	return c.view.price(p, c.expand), nil
}

func (s *Server) listPrices(c *call) (object, *apiError) {
	keep := func(p *price) bool {
		return c.matches("product", p.Product) && c.matches("currency", p.Currency) && c.matches("active", fmt.Sprint(!p.Inactive))
	}
	return page(c, "/v1/prices", &s.st.Prices, keep, c.view.price)
}
