package stripefake

import "net/http"

// liveCustomer returns a customer that was not deleted. status is that of the
// error: 404 where the path names the customer, 400 where a parameter does.
func (s *Server) liveCustomer(status int, param, id string) (*customer, *apiError) {
	cu, ok := s.st.Customers.get(id)
	if !ok || cu.Deleted {
		return nil, missing(status, param, "customer", id)
	}
	return cu, nil
}

// changeCustomer changes a customer and says what was changed.
func (s *Server) changeCustomer(why cause, cu *customer, change func()) {
	before := s.view().customer(cu, nil)
	change()
	s.emit(why, "customer.updated", before, func(v view) object { return v.customer(cu, nil) })
}

// readCustomer checks the parameters that create and update share and returns
// what they change.
func (s *Server) readCustomer(c *call, cu *customer) (func(), *apiError) {
	metadata, err := mergeMetadata(cu.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	settings, standard := c.sub("invoice_settings"), cu.Default
	if id := settings.text("default_payment_method"); id != "" {
		m, err := s.methodOf("invoice_settings[default_payment_method]", id)
		if err != nil {
			return nil, err
		}
		if m.Customer != cu.ID || cu.ID == "" {
			return nil, invalid("invoice_settings[default_payment_method]", "", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
		}
		standard = m.ID
	} else if settings.has("default_payment_method") {
		standard = ""
	}
	return func() {
		cu.Metadata, cu.Default = metadata, standard
		for name, field := range map[string]*string{
			"email": &cu.Email, "name": &cu.Name, "phone": &cu.Phone, "description": &cu.Description,
		} {
			if c.has(name) {
				*field = c.text(name)
			}
		}
		if c.has("address") {
			cu.Country = c.sub("address").text("country")
		}
		if balance, ok := c.integer("balance"); ok {
			cu.Balance = balance
		}
	}, nil
}

// createCustomer makes a customer, with a payment method where one is given.
func (s *Server) createCustomer(c *call) (object, *apiError) {
	cu := &customer{Metadata: map[string]string{}}
	fresh := c.sub("invoice_settings").text("default_payment_method")
	given := firstOf(c.text("payment_method"), fresh)
	if fresh != "" { // it can only be the method that is attached by this very call
		delete(c.sub("invoice_settings"), "default_payment_method")
	}
	change, err := s.readCustomer(c, cu)
	if err != nil {
		return nil, err
	}
	var m *method
	if given != "" {
		if m, err = s.attachable("payment_method", given, ""); err != nil {
			return nil, err
		}
		if m.Ends.declined() && !m.Ends.Later && !m.debit() {
			return nil, m.Ends.refusal()
		}
	}
	change()
	if s.newCustomer(c.why, cu); m != nil {
		s.attach(c.why, m, cu.ID)
		if fresh != "" {
			s.changeCustomer(c.why, cu, func() { cu.Default = m.ID })
		}
	}
	return c.view.customer(cu, c.expand), nil
}

func (s *Server) updateCustomer(c *call) (object, *apiError) {
	cu, err := s.liveCustomer(http.StatusNotFound, "id", c.id)
	if err != nil {
		return nil, err
	}
	change, err := s.readCustomer(c, cu)
	if err != nil {
		return nil, err
	}
	s.changeCustomer(c.why, cu, change)
	return c.view.customer(cu, c.expand), nil
}

// deleteCustomer deletes a customer and cancels at once what runs for it. What
// was paid stays; its customer is shown as deleted from now on.
func (s *Server) deleteCustomer(c *call) (object, *apiError) {
	cu, err := s.liveCustomer(http.StatusNotFound, "id", c.id)
	if err != nil {
		return nil, err
	}
	for _, sub := range s.st.Subscriptions.rows {
		if sub.Customer == cu.ID && sub.EndedAt == 0 {
			s.endSubscription(c.why, sub, "cancellation_requested")
		}
	}
	for _, m := range s.customersMethods(cu.ID) {
		m.Customer, m.Detached = "", true
	}
	for _, inv := range s.st.Invoices.rows {
		if inv.Customer == cu.ID && (inv.Status == invoiceOpen || inv.Status == invoiceDraft) {
			s.stopCollecting(c.why, inv)
		}
	}
	s.emit(c.why, "customer.deleted", nil, func(v view) object { return v.customer(cu, nil) })
	cu.Deleted = true
	return cu.tombstone(), nil
}

// tombstone is all that Stripe shows of a deleted customer.
func (cu *customer) tombstone() object {
	return object{"id": cu.ID, "object": "customer", "deleted": true}
}

// controlCard changes how a customer's cards pay from now on: to the outcome of
// one of the published test cards. What the cards look like stays.
// POST /_control/customers/{id}/card {"card_number": "4000000000000341"}
func (s *Server) controlCard(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Number string `json:"card_number"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	_, card, problem := readCard(ask.Number)
	if problem != "" {
		s.answerError(w, invalid("card_number", "", "%s Send one of Stripe's published test cards.", problem))
		return
	}
	s.mu.Lock()
	changed, err := s.changeCards(r.PathValue("id"), card.outcome)
	s.mu.Unlock()
	if err != nil {
		s.answerError(w, err)
		return
	}
	s.answer(w, http.StatusOK, pretty(object{"customer": r.PathValue("id"), "cards": changed}))
}

// changeCards gives every card of a customer another outcome and returns how
// many there are.
func (s *Server) changeCards(id string, ends outcome) (int, *apiError) {
	cu, err := s.liveCustomer(http.StatusNotFound, "id", id)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range s.customersMethods(cu.ID) {
		if !m.debit() {
			m.Ends = ends
			n++
		}
	}
	if n == 0 {
		return 0, invalid("", "", "The customer %s has no card.", id)
	}
	s.touch()
	return n, nil
}
