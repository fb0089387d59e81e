package stripegw

// rhythm is how often a price is paid.
type rhythm struct {
	Interval      text  `json:"interval"`
	IntervalCount whole `json:"interval_count"`
	UsageType     text  `json:"usage_type"`
}

// price is what Stripe has shown as the price of a line or an item since 2020.
type price struct {
	ID         text          `json:"id"`
	Product    ref           `json:"product"`
	UnitAmount minor         `json:"unit_amount"`
	Exact      decimal       `json:"unit_amount_decimal"`
	Currency   text          `json:"currency"`
	Recurring  maybe[rhythm] `json:"recurring"`
}

func (p price) key() text { return p.ID }

// plan is the older name of a recurring price. Stripe still shows it beside the
// price, and shapes before 2020 have nothing else.
type plan struct {
	ID       text    `json:"id"`
	Product  ref     `json:"product"`
	Amount   minor   `json:"amount"`
	Exact    decimal `json:"amount_decimal"`
	Currency text    `json:"currency"`

	Interval      text  `json:"interval"`
	IntervalCount whole `json:"interval_count"`
	UsageType     text  `json:"usage_type"`
}

func (p plan) key() text { return p.ID }

func (p plan) price() price {
	return price{
		ID: p.ID, Product: p.Product, UnitAmount: p.Amount, Exact: p.Exact, Currency: p.Currency,
		Recurring: maybe[rhythm]{rhythm{Interval: p.Interval, IntervalCount: p.IntervalCount, UsageType: p.UsageType}},
	}
}

// priceOf is the price of a line or an item, in whichever shape it is told.
func priceOf(now link[price], old link[plan]) price {
	switch {
	case now.it != nil:
		return *now.it
	case old.it != nil:
		return old.it.price()
	case now.id != "":
		return price{ID: now.id}
	default:
		return price{ID: old.id}
	}
}

// line is a line of an invoice or of a session.
type line struct {
	Price    link[price] `json:"price"` // under pricing on invoices since 2025-03-31.basil
	Plan     link[plan]  `json:"plan"`
	Metadata meta        `json:"metadata"` // on an invoice, the subscription's
	Pricing  maybe[struct {
		Details maybe[struct {
			Price   ref `json:"price"`
			Product ref `json:"product"`
		}] `json:"price_details"`
	}] `json:"pricing"`
}

func (l line) item() item {
	if told := l.Pricing.it.Details.it; told.Price != "" || told.Product != "" {
		return item{price: string(told.Price), product: string(told.Product)}
	}
	p := priceOf(l.Price, l.Plan)
	return item{price: string(p.ID), product: string(p.Product)}
}
