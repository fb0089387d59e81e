package stripefake

import (
	"fmt"
	"net/http"
)

// line is a line item that was read and checked, its price perhaps not stored
// yet.
type line struct {
	price       *price
	productData params
	quantity    int64
}

// readLineItems reads what is paid for, and with it the session's currency and
// total.
func (s *Server) readLineItems(c *call, ss *session) ([]line, *apiError) {
	items := c.list("line_items")
	if len(items) == 0 {
		return nil, invalid("line_items", "parameter_missing", "You must provide at least one recurring or one-time price in `%s` mode.", ss.Mode)
	}
	if len(items) > maxLineItems {
		return nil, invalid("line_items", "", "At most %d line items are allowed.", maxLineItems)
	}
	var lines []line
	recurring := 0
	for i, raw := range items {
		fields, ok := raw.(map[string]any)
		if !ok {
			return nil, invalid(fmt.Sprintf("line_items[%d]", i), "", "A line item is an object.")
		}
		l, err := s.readLine(fields, fmt.Sprintf("line_items[%d]", i))
		if err != nil {
			return nil, err
		}
		if l.price.recurring() {
			recurring++
		}
		if ss.Currency != "" && ss.Currency != l.price.Currency {
			return nil, invalid("line_items", "", "All line items must be in one currency, not in %s and %s.", ss.Currency, l.price.Currency)
		}
		ss.Currency = l.price.Currency
		ss.Total += l.price.Amount * l.quantity
		if limit := rulesOf(ss.Currency).maximum; ss.Total > limit { // before the sum could overflow
			return nil, rulesOf(ss.Currency).checkTotal("line_items", ss.Total)
		}
		lines = append(lines, l)
	}
	if ss.Mode == modePayment && recurring > 0 {
		return nil, invalid("line_items", "", "You specified `payment` mode but passed a recurring price. Use `subscription` mode or one-time prices only.")
	}
	if ss.Mode == modeSubscription && recurring == 0 {
		return nil, invalid("line_items", "", "In `subscription` mode at least one recurring price is needed.")
	}
	if ss.Mode == modeSubscription && recurring < len(lines) {
		return nil, invalid("line_items", "", "This stand-in does not mix one-time and recurring prices in one session.")
	}
	return lines, rulesOf(ss.Currency).checkTotal("line_items", ss.Total)
}

func (s *Server) readLine(fields params, name string) (line, *apiError) {
	l := line{quantity: 1}
	if n, given := fields.integer("quantity"); given {
		l.quantity = n
	} else if !fields.has("adjustable_quantity") {
		return l, invalid(name+"[quantity]", "parameter_missing", "Quantity is required. Add `quantity` to `%s`.", name)
	}
	if l.quantity < 1 || l.quantity > 999_999 {
		return l, invalid(name+"[quantity]", "parameter_invalid_integer", "Invalid quantity: %d.", l.quantity)
	}
	if id := fields.text("price"); id != "" {
		p, ok := s.st.Prices.get(id)
		if !ok {
			return l, missing(http.StatusBadRequest, name+"[price]", "price", id)
		}
		if p.Inactive {
			return l, invalid(name+"[price]", "", "The price specified is inactive. This field only accepts active prices.")
		}
		l.price = p
		return l, nil
	}
	data := fields.sub("price_data")
	if data == nil {
		return l, invalid(name, "parameter_missing", "One of price and price_data is needed in `%s`.", name)
	}
	l.productData = data.sub("product_data")
	if data.has("product") == (l.productData != nil) {
		return l, invalid(name+"[price_data]", "", "Exactly one of product and product_data is needed in `%s[price_data]`.", name)
	}
	if _, err := l.productData.metadata(name + "[price_data][product_data][metadata]"); err != nil {
		return l, err
	}
	p, err := s.readPrice(data, name+"[price_data]")
	if err != nil {
		return l, err
	}
	l.price = p
	return l, nil
}
