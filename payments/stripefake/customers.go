package stripefake

import "net/http"

// customer is a payer whom the account knows. https://docs.stripe.com/api/customers
type customer struct {
	ID          string
	Email       string
	Name        string
	Phone       string
	Description string
	Country     string // ISO 3166, from the payment page; may be empty
	Currency    string // of its first subscription
	Metadata    map[string]string
	Created     int64
	Default     string // payment method for invoices
	Prefix      string // of its invoice numbers
	Invoices    int    // how many were numbered
	Balance     int64  // minor units; below 0 it is credit for coming invoices
	Delinquent  bool   // an invoice of theirs failed and is still open
	Deleted     bool
	Untaxable   bool // a control's wish: invoices of theirs cannot be finalized
}

func (cu *customer) key() string   { return cu.ID }
func (cu *customer) madeAt() int64 { return cu.Created }

func (v view) customer(cu *customer, x expansion) object {
	if cu.Deleted {
		return cu.tombstone()
	}
	settings := object{"custom_fields": nil, "footer": nil, "rendering_options": nil}
	settings["default_payment_method"] = ref(x["invoice_settings"], "default_payment_method", &v.st.Methods, cu.Default, v.method)
	var address any
	if cu.Country != "" {
		address = addressOf(cu.Country)
	}
	return object{
		"id": cu.ID, "object": "customer", "address": address, "balance": cu.Balance, "created": cu.Created,
		"currency": orNull(cu.Currency), "delinquent": cu.Delinquent, "description": orNull(cu.Description),
		"email": orNull(cu.Email), "invoice_prefix": cu.Prefix, "invoice_settings": settings,
		"livemode": false, "metadata": rendered(cu.Metadata), "name": orNull(cu.Name),
		"next_invoice_sequence": cu.Invoices + 1, "phone": orNull(cu.Phone), "preferred_locales": []string{},
		"tax_exempt": "none",
	}.withNulls("default_source", "discount", "shipping", "test_clock")
}

// addressOf is an address of which only the country is known.
func addressOf(country string) object {
	return object{"country": orNull(country)}.withNulls("city", "line1", "line2", "postal_code", "state")
}

// newCustomer stores a customer and emits its event.
func (s *Server) newCustomer(why cause, cu *customer) *customer {
	cu.ID, cu.Created, cu.Prefix = s.st.newID("cus_", 14), s.unix(), s.st.newID("", 8)
	s.st.Customers.add(cu)
	s.emit(why, "customer.created", nil, func(v view) object { return v.customer(cu, nil) })
	return cu
}

func (s *Server) retrieveCustomer(c *call) (object, *apiError) {
	cu, ok := s.st.Customers.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "customer", c.id)
	}
	return c.view.customer(cu, c.expand), nil
}

func (s *Server) listCustomers(c *call) (object, *apiError) {
	keep := func(cu *customer) bool { return !cu.Deleted && c.matches("email", cu.Email) }
	return page(c, "/v1/customers", &s.st.Customers, keep, c.view.customer)
}
