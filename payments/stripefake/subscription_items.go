package stripefake

import (
	"fmt"
	"net/http"
	"slices"
)

// plannedItem is a subscription item as a request wants it, checked, its price
// perhaps not stored yet.
type plannedItem struct {
	subscriptionItem
	price *price
}

// readItems reads the items parameter over the items there are: one that is
// named by its id is changed or deleted, another is added.
func (s *Server) readItems(c *call, old []subscriptionItem, currency string) ([]plannedItem, *apiError) {
	var out []plannedItem
	for _, item := range old {
		out = append(out, plannedItem{item, s.st.Prices.at(item.Price)})
	}
	for i, raw := range c.list("items") {
		name := fmt.Sprintf("items[%d]", i)
		fields, ok := raw.(map[string]any)
		if !ok {
			return nil, invalid(name, "", "An item is an object.")
		}
		var err *apiError
		if out, err = s.readItem(out, fields, name); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, invalid("items", "parameter_missing", "A subscription needs at least one item.")
	}
	var total int64
	for _, item := range out {
		first := out[0].price
		switch {
		case currency != "" && item.price.Currency != currency:
			return nil, invalid("items", "", "The price is in %s, the subscription in %s; all of it must be in one currency.", item.price.Currency, currency)
		case item.price.Currency != first.Currency:
			return nil, invalid("items", "", "All items must be in one currency, not in %s and %s.", first.Currency, item.price.Currency)
		case item.price.Interval != first.Interval || item.price.Count != first.Count:
			return nil, invalid("items", "", "All items must have the same billing period.")
		}
		if total += item.price.Amount * item.Quantity; total > rulesOf(first.Currency).maximum {
			return nil, rulesOf(first.Currency).checkTotal("items", total)
		}
	}
	return out, nil
}

// readItem applies one entry of the items parameter.
func (s *Server) readItem(items []plannedItem, fields params, name string) ([]plannedItem, *apiError) {
	p, err := s.readItemPrice(fields, name)
	if err != nil {
		return nil, err
	}
	at := len(items)
	if id := fields.text("id"); id != "" {
		if at = slices.IndexFunc(items, func(item plannedItem) bool { return item.ID == id }); at < 0 {
			return nil, missing(http.StatusBadRequest, name+"[id]", "subscription item", id)
		}
		if fields.truth("deleted") {
			return slices.Delete(items, at, at+1), nil
		}
	} else {
		if p == nil {
			return nil, invalid(name+"[price]", "parameter_missing", "One of price and price_data is needed in `%s`.", name)
		}
		items = append(items, plannedItem{subscriptionItem: subscriptionItem{Quantity: 1}})
	}
	if p != nil {
		items[at].price = p
	}
	if n, given := fields.integer("quantity"); given {
		if n < 1 || n > 999_999 {
			return nil, invalid(name+"[quantity]", "parameter_invalid_integer", "Invalid quantity: %d.", n)
		}
		items[at].Quantity = n
	}
	if items[at].Metadata, err = mergeMetadata(items[at].Metadata, fields); err != nil {
		return nil, err
	}
	return items, nil
}

// readItemPrice reads an item's price; nil where it names none.
func (s *Server) readItemPrice(fields params, name string) (*price, *apiError) {
	if id := fields.text("price"); id != "" {
		p, ok := s.st.Prices.get(id)
		switch {
		case !ok:
			return nil, missing(http.StatusBadRequest, name+"[price]", "price", id)
		case !p.recurring():
			return nil, invalid(name+"[price]", "", "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.")
		}
		return p, nil
	}
	data := fields.sub("price_data")
	if data == nil {
		return nil, nil
	}
	p, err := s.readPrice(data, name+"[price_data]")
	if err != nil {
		return nil, err
	}
	if !p.recurring() {
		return nil, invalid(name+"[price_data][recurring]", "parameter_missing", "A subscription's price needs `recurring`.")
	}
	p.Inactive = true
	return p, nil
}

// storeItems stores the prices that were made inline and returns the items.
func (s *Server) storeItems(why cause, planned []plannedItem) ([]subscriptionItem, *apiError) {
	var out []subscriptionItem
	for _, item := range planned {
		if item.price.ID == "" {
			p, err := s.newPrice(why, item.price, nil)
			if err != nil {
				return nil, err
			}
			item.price = p
		}
		item.Price = item.price.ID
		if item.ID == "" {
			item.ID = s.st.newID("si_", 14)
		}
		out = append(out, item.subscriptionItem)
	}
	return out, nil
}
