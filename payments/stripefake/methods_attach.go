package stripefake

import (
	"net/http"
	"slices"
)

// attachable returns a method that a customer may pay with: attached to that
// customer, or to nobody yet.
func (s *Server) attachable(param, id, customer string) (*method, *apiError) {
	m, err := s.methodOf(param, id)
	if err != nil {
		return nil, err
	}
	if m.Customer != "" && m.Customer != customer {
		return nil, invalid(param, "", "The payment method %s does not belong to the customer %s. Attach one of the customer's own.", m.ID, customer)
	}
	if m.Detached {
		return nil, invalid(param, "", "The payment method %s was detached from its customer and cannot be used again.", m.ID)
	}
	return m, nil
}

func (s *Server) updateMethod(c *call) (object, *apiError) {
	m, ok := s.st.Methods.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "payment_method", "PaymentMethod", c.id)
	}
	if m.Customer == "" {
		return nil, invalid("", "", "You must save this PaymentMethod to a customer before you can update it.")
	}
	metadata, err := mergeMetadata(m.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	before := c.view.method(m, nil)
	m.Metadata = metadata
	if billing := c.sub("billing_details"); billing != nil {
		m.Payer.Email, m.Payer.Name = firstOf(billing.text("email"), m.Payer.Email), firstOf(billing.text("name"), m.Payer.Name)
		m.Payer.Country = firstOf(billing.sub("address").text("country"), m.Payer.Country)
	}
	if year, ok := c.sub("card").integer("exp_year"); ok {
		m.ExpYear = int(year)
	}
	if month, ok := c.sub("card").integer("exp_month"); ok {
		m.ExpMonth = int(month)
	}
	s.emit(c.why, "payment_method.updated", before, func(v view) object { return v.method(m, nil) })
	return c.view.method(m, c.expand), nil
}

// attachMethod gives a method to a customer. A card that is always declined is
// refused here already, as Stripe's validation of new cards does.
func (s *Server) attachMethod(c *call) (object, *apiError) {
	cu, err := s.liveCustomer(http.StatusBadRequest, "customer", c.text("customer"))
	if err != nil {
		return nil, err
	}
	m, err := s.attachable("payment_method", c.id, cu.ID)
	if err != nil {
		return nil, err
	}
	if err := s.keep(c.why, m, cu.ID); err != nil {
		return nil, err
	}
	return c.view.method(m, c.expand), nil
}

// keep attaches a method, once.
func (s *Server) keep(why cause, m *method, customer string) *apiError {
	if m.Ends.declined() && !m.Ends.Later && !m.debit() {
		return m.Ends.refusal()
	}
	if m.Customer != customer {
		s.attach(why, m, customer)
	}
	return nil
}

// refusal is the error of an API call whose card was declined.
func (o outcome) refusal() *apiError {
	return &apiError{Status: http.StatusPaymentRequired, Type: typeCard, Code: o.Code, Message: o.Message}
}

func (s *Server) detachMethod(c *call) (object, *apiError) {
	m, ok := s.st.Methods.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "payment_method", "PaymentMethod", c.id)
	}
	if m.Customer == "" {
		return nil, invalid("", "", "The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	s.detach(c.why, m)
	return c.view.method(m, c.expand), nil
}

// detach takes a method from its customer: what was paid by it goes without.
func (s *Server) detach(why cause, m *method) {
	before := s.view().method(m, nil)
	cu := s.st.Customers.at(m.Customer)
	m.Customer, m.Detached = "", true
	s.emit(why, "payment_method.detached", before, func(v view) object { return v.method(m, nil) })
	if cu.Default == m.ID {
		s.changeCustomer(why, cu, func() { cu.Default = "" })
	}
	for _, sub := range s.st.Subscriptions.rows {
		if sub.Method == m.ID && sub.EndedAt == 0 {
			s.updateSub(why, sub, func() { sub.Method = "" })
		}
	}
	s.endMandate(why, m, "inactive")
}

// listMethods lists a customer's methods, by parameter or by path.
func (s *Server) listMethods(c *call) (object, *apiError) {
	customer, url := c.text("customer"), "/v1/payment_methods"
	if c.id != "" {
		if _, err := s.liveCustomer(http.StatusNotFound, "customer", c.id); err != nil {
			return nil, err
		}
		customer, url = c.id, "/v1/customers/"+c.id+"/payment_methods"
	}
	keep := func(m *method) bool { return m.Customer != "" && m.Customer == customer && c.matches("type", m.Type) }
	return page(c, url, &s.st.Methods, keep, c.view.method)
}

// customersMethods are the attached methods of a customer, oldest first.
func (s *Server) customersMethods(customer string) []*method {
	return slices.DeleteFunc(slices.Clone(s.st.Methods.rows), func(m *method) bool { return m.Customer != customer })
}
