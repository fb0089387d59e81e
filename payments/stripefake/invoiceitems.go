package stripefake

import (
	"net/http"
	"slices"
)

// invoiceItem is something to be charged with a coming invoice: what a program
// adds, or what a change in the middle of a period costs or gives back.
// https://docs.stripe.com/api/invoiceitems
type invoiceItem struct {
	ID           string
	Customer     string
	Invoice      string // empty while it waits
	Subscription string
	Item         string // subscription item that it prorates
	Price        string // may be empty
	Quantity     int64
	Amount       int64 // minor units; below 0 it gives back
	Currency     string
	Description  string
	Metadata     map[string]string
	Start        int64
	End          int64
	Proration    bool
	Created      int64
}

func (ii *invoiceItem) key() string   { return ii.ID }
func (ii *invoiceItem) madeAt() int64 { return ii.Created }

func (v view) invoiceItem(ii *invoiceItem, x expansion) object {
	o := object{
		"id": ii.ID, "object": "invoiceitem", "amount": ii.Amount, "currency": ii.Currency,
		"customer": ref(x, "customer", &v.st.Customers, ii.Customer, v.customer), "date": ii.Created,
		"description": orNull(ii.Description), "discountable": !ii.Proration, "discounts": []any{},
		"invoice": ref(x, "invoice", &v.st.Invoices, ii.Invoice, v.invoice), "livemode": false, "metadata": rendered(ii.Metadata),
		"period": object{"start": ii.Start, "end": ii.End}, "plan": nil, "price": nil, "proration": ii.Proration, "quantity": ii.Quantity,
		"subscription": ref(x, "subscription", &v.st.Subscriptions, ii.Subscription, v.subscription), "tax_rates": []any{},
		"unit_amount": ii.Amount,
	}
	if p, ok := v.st.Prices.get(ii.Price); ok {
		o["price"], o["unit_amount"] = v.price(p, nil), p.Amount
		if p.recurring() {
			o["plan"] = v.plan(p)
		}
	}
	o["unit_amount_decimal"] = decimal(o["unit_amount"])
	if ii.Item != "" {
		o["subscription_item"] = ii.Item
	}
	return o.withNulls("test_clock")
}

// newInvoiceItem stores an item and says so.
func (s *Server) newInvoiceItem(why cause, ii *invoiceItem) {
	ii.ID, ii.Created = s.st.newID("ii_1", 23), s.unix()
	if ii.Start == 0 {
		ii.Start, ii.End = ii.Created, ii.Created
	}
	s.st.InvoiceItems.add(ii)
	s.emit(why, "invoiceitem.created", nil, func(v view) object { return v.invoiceItem(ii, nil) })
}

// waiting are the items that the next invoice of a customer takes in: those of
// a subscription and those of none.
func (s *Server) waiting(customer, subscription, currency string) []*invoiceItem {
	return slices.DeleteFunc(slices.Clone(s.st.InvoiceItems.rows), func(ii *invoiceItem) bool {
		return ii.Customer != customer || ii.Invoice != "" || ii.Currency != currency ||
			ii.Subscription != "" && ii.Subscription != subscription
	})
}

func (s *Server) createInvoiceItem(c *call) (object, *apiError) {
	cu, err := s.liveCustomer(http.StatusBadRequest, "customer", c.text("customer"))
	if err != nil {
		return nil, err
	}
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	ii := &invoiceItem{
		Customer: cu.ID, Quantity: 1, Description: c.text("description"), Metadata: metadata,
		Subscription: c.text("subscription"), Invoice: c.text("invoice"),
	}
	if n, ok := c.integer("quantity"); ok {
		ii.Quantity = n
	}
	if err := s.readItemAmount(c, ii); err != nil {
		return nil, err
	}
	if period := c.sub("period"); period != nil {
		ii.Start, _ = period.integer("start")
		ii.End, _ = period.integer("end")
	}
	if _, ok := s.st.Subscriptions.get(ii.Subscription); ii.Subscription != "" && !ok {
		return nil, missing(http.StatusBadRequest, "subscription", "subscription", ii.Subscription)
	}
	inv, known := s.st.Invoices.get(ii.Invoice)
	switch {
	case ii.Invoice == "":
	case !known:
		return nil, missing(http.StatusBadRequest, "invoice", "invoice", ii.Invoice)
	case inv.Status != invoiceDraft:
		return nil, invalid("invoice", "invoice_not_editable", "This invoice is no longer editable: only a draft takes more items.")
	case inv.Customer != cu.ID || inv.Currency != ii.Currency:
		return nil, invalid("invoice", "", "The invoice %s is of another customer or in another currency.", inv.ID)
	}
	s.newInvoiceItem(c.why, ii)
	if known {
		s.changeInvoice(c.why, inv, func() { s.addItem(inv, ii) })
	}
	return c.view.invoiceItem(ii, c.expand), nil
}

// readItemAmount reads what an item costs: an amount, a unit amount or a price.
func (s *Server) readItemAmount(c *call, ii *invoiceItem) *apiError {
	if id := c.text("price"); id != "" || c.sub("price_data") != nil {
		p, ok := s.st.Prices.get(id)
		if id != "" && !ok {
			return missing(http.StatusBadRequest, "price", "price", id)
		}
		if id == "" {
			read, err := s.readPrice(c.sub("price_data"), "price_data")
			if err != nil {
				return err
			}
			read.Inactive = true
			if p, err = s.newPrice(c.why, read, nil); err != nil {
				return err
			}
		}
		if p.recurring() {
			return invalid("price", "", "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.")
		}
		ii.Price, ii.Currency, ii.Amount = p.ID, p.Currency, p.Amount*ii.Quantity
		return nil
	}
	cur, err := lookupCurrency("currency", c.text("currency"))
	if err != nil {
		return err
	}
	ii.Currency = cur.code
	amount, whole := c.integer("amount")
	unit, each := c.integer("unit_amount")
	switch {
	case whole == each:
		return invalid("amount", "", "Exactly one of amount, unit_amount and price is needed.")
	case each:
		ii.Amount = unit * ii.Quantity
	default:
		ii.Amount = amount
	}
	if ii.Amount > cur.maximum || ii.Amount < -cur.maximum {
		return invalid("amount", "amount_too_large", "Amount must be no more than %s.", cur.display(cur.maximum))
	}
	return nil
}

func (s *Server) retrieveInvoiceItem(c *call) (object, *apiError) {
	ii, ok := s.st.InvoiceItems.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "invoiceitem", c.id)
	}
	return c.view.invoiceItem(ii, c.expand), nil
}

func (s *Server) listInvoiceItems(c *call) (object, *apiError) {
	keep := func(ii *invoiceItem) bool {
		return c.matches("customer", ii.Customer) && c.matches("invoice", ii.Invoice) && (!c.has("pending") || c.truth("pending") == (ii.Invoice == ""))
	}
	return page(c, "/v1/invoiceitems", &s.st.InvoiceItems, keep, c.view.invoiceItem)
}

func (s *Server) deleteInvoiceItem(c *call) (object, *apiError) {
	ii, ok := s.st.InvoiceItems.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "invoiceitem", c.id)
	}
	if inv, taken := s.st.Invoices.get(ii.Invoice); taken {
		if inv.Status != invoiceDraft {
			return nil, invalid("id", "invoice_not_editable", "This item is part of an invoice that is no longer a draft.")
		}
		s.changeInvoice(c.why, inv, func() { inv.dropItem(ii.ID) })
	}
	s.st.InvoiceItems.remove(ii.ID)
	s.emit(c.why, "invoiceitem.deleted", nil, func(v view) object { return v.invoiceItem(ii, nil) })
	return object{"id": ii.ID, "object": "invoiceitem", "deleted": true}, nil
}
