package stripefake

import "net/http"

// createInvoice makes a draft by hand: for a customer, or for what waits beside
// a subscription. https://docs.stripe.com/api/invoices/create
func (s *Server) createInvoice(c *call) (object, *apiError) {
	if err := c.only("invoice", "customer", "subscription", "currency", "description", "metadata", "auto_advance", "collection_method",
		"days_until_due", "due_date", "pending_invoice_items_behavior", "payment_settings"); err != nil {
		return nil, err
	}
	sub, subscribed := s.st.Subscriptions.get(c.text("subscription"))
	if c.has("subscription") && !subscribed {
		return nil, missing(http.StatusBadRequest, "subscription", "subscription", c.text("subscription"))
	}
	customer := c.text("customer")
	if subscribed {
		customer = firstOf(customer, sub.Customer)
	}
	cu, err := s.liveCustomer(http.StatusBadRequest, "customer", customer)
	if err != nil {
		return nil, err
	}
	if subscribed && sub.Customer != cu.ID {
		return nil, invalid("subscription", "", "The subscription %s is another customer's.", sub.ID)
	}
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	cur, err := lookupCurrency("currency", firstOf(c.text("currency"), s.invoiceCurrency(cu, sub)))
	if err != nil {
		return nil, err
	}
	inv := &invoice{
		ID: s.st.newID("in_1", 23), Status: invoiceDraft, Reason: "manual", Customer: cu.ID, Currency: cur.code,
		Payer: payer{Email: cu.Email, Name: cu.Name, Country: cu.Country}, Created: s.unix(), PeriodStart: s.unix(), PeriodEnd: s.unix(),
		Stopped: !c.truth("auto_advance"), Description: c.text("description"), Metadata: metadata,
	}
	if inv.Sent = c.text("collection_method") == "send_invoice"; inv.Sent {
		days, ok := c.integer("days_until_due")
		if inv.Due = inv.Created + days*24*3600; !ok {
			if inv.Due, ok = c.integer("due_date"); !ok {
				return nil, invalid("days_until_due", "parameter_missing", "An invoice that is sent needs days_until_due or due_date.")
			}
		}
	}
	s.st.Invoices.add(inv)
	if subscribed {
		inv.Subscription, inv.SubMetadata, sub.LatestInvoice = sub.ID, sub.Metadata, inv.ID
	}
	// Since version 2022-08-01 what waits is left out unless it is asked for; for
	// a subscription it is what the invoice is about.
	if subscribed || c.text("pending_invoice_items_behavior") == "include" {
		for _, ii := range s.waiting(cu.ID, inv.Subscription, inv.Currency) {
			s.addItem(inv, ii)
		}
	}
	s.emitInvoice(c.why, "invoice.created", inv)
	s.collectLater(inv)
	return c.view.invoice(inv, c.expand), nil
}

// invoiceCurrency is the currency of an invoice that names none.
func (s *Server) invoiceCurrency(cu *customer, sub *subscription) string {
	if sub != nil {
		return sub.Currency
	}
	for _, ii := range s.st.InvoiceItems.rows {
		if ii.Customer == cu.ID && ii.Invoice == "" {
			return ii.Currency
		}
	}
	return firstOf(cu.Currency, "usd")
}

// openFor returns an invoice that is in one of some states.
func (s *Server) openFor(c *call, does string, states ...string) (*invoice, *apiError) {
	inv, ok := s.st.Invoices.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "invoice", "invoice", c.id)
	}
	for _, state := range states {
		if inv.Status == state {
			return inv, nil
		}
	}
	if inv.Status == paid && does == "paid" {
		return nil, invalid("", "invoice_already_paid", "Invoice is already paid")
	}
	return nil, invalid("", "invoice_not_editable", "This invoice is %s and cannot be %s.", inv.Status, does)
}

// updateInvoice changes what an invoice says of itself.
func (s *Server) updateInvoice(c *call) (object, *apiError) {
	if err := c.only("invoice", "metadata", "description", "auto_advance"); err != nil {
		return nil, err
	}
	inv, ok := s.st.Invoices.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "invoice", "invoice", c.id)
	}
	metadata, err := mergeMetadata(inv.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	s.changeInvoice(c.why, inv, func() {
		inv.Metadata = metadata
		if c.has("description") {
			inv.Description = c.text("description")
		}
		if c.has("auto_advance") {
			inv.Stopped = !c.truth("auto_advance")
		}
	})
	if inv.Status == invoiceDraft {
		s.cancelJobs(jobFinalize, inv.ID)
		s.collectLater(inv)
	}
	return c.view.invoice(inv, c.expand), nil
}

// deleteInvoice deletes a draft that was made by hand; its items wait again.
func (s *Server) deleteInvoice(c *call) (object, *apiError) {
	inv, err := s.openFor(c, "deleted", invoiceDraft)
	if err != nil {
		return nil, err
	}
	if inv.Reason != "manual" {
		return nil, invalid("", "", "You can only delete one-off invoices that were made by hand; pause or cancel the subscription instead.")
	}
	for _, ii := range s.st.InvoiceItems.rows {
		if ii.Invoice == inv.ID {
			ii.Invoice = ""
		}
	}
	s.cancelJobs(jobFinalize, inv.ID)
	s.st.Invoices.remove(inv.ID)
	s.emitInvoice(c.why, "invoice.deleted", inv)
	return object{"id": inv.ID, "object": "invoice", "deleted": true}, nil
}

// finalizeInvoice ends a draft's being a draft: with auto_advance it is charged
// too.
func (s *Server) finalizeInvoice(c *call) (object, *apiError) {
	inv, err := s.openFor(c, "finalized", invoiceDraft)
	if err != nil {
		return nil, err
	}
	if c.has("auto_advance") {
		inv.Stopped = !c.truth("auto_advance")
	}
	s.cancelJobs(jobFinalize, inv.ID)
	if inv.Stopped {
		s.finalize(c.why, inv, s.methodTypes(inv))
	} else {
		s.collect(c.why, inv)
	}
	if inv.Unfinished != "" {
		return nil, invalid("", "customer_tax_location_invalid", "%s", inv.Unfinished)
	}
	return c.view.invoice(inv, c.expand), nil
}

// payInvoiceNow charges an invoice at once, whatever is planned.
// https://docs.stripe.com/api/invoices/pay
func (s *Server) payInvoiceNow(c *call) (object, *apiError) {
	if err := c.only("payment", "payment_method", "paid_out_of_band", "off_session"); err != nil {
		return nil, err
	}
	inv, err := s.openFor(c, "paid", invoiceDraft, invoiceOpen, uncollectible)
	if err != nil {
		return nil, err
	}
	m, err := s.methodForNow(c, inv)
	if err != nil {
		return nil, err
	}
	if inv.Status == invoiceDraft {
		s.cancelJobs(jobFinalize, inv.ID)
		if s.finalize(c.why, inv, s.methodTypes(inv)); inv.Unfinished != "" {
			return nil, invalid("", "customer_tax_location_invalid", "%s", inv.Unfinished)
		}
	}
	if inv.Status == paid { // nothing was due
		return c.view.invoice(inv, c.expand), nil
	}
	if c.truth("paid_out_of_band") {
		inv.OutOfBand = true
		s.cancelIntent(c.why, s.st.Intents.at(inv.Intent), "void_invoice")
		s.settlePayment(c.why, inv, canceled)
		s.settleInvoice(c.why, inv)
		return c.view.invoice(inv, c.expand), nil
	}
	s.chargeInvoice(c.why, inv, m)
	pi := s.st.Intents.at(inv.Intent)
	switch {
	case pi.Status == needsAction:
		return nil, &apiError{
			Status: http.StatusPaymentRequired, Type: typeCard, Code: "invoice_payment_intent_requires_action",
			Message: "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice.",
		}
	case pi.Failure != nil && pi.Status == needsMethod:
		return nil, &apiError{Status: http.StatusPaymentRequired, Type: typeCard, Code: pi.Failure.Code, Message: pi.Failure.Message}
	}
	return c.view.invoice(inv, c.expand), nil
}

// settled refuses to touch an invoice while a debit for it is under way.
func (s *Server) settled(inv *invoice) *apiError {
	if pi, ok := s.st.Intents.get(inv.Intent); ok && pi.Status == processing {
		return invalid("", "", "A payment for this invoice is already in progress. Wait until it succeeds or fails.")
	}
	return nil
}

// methodForNow is what an invoice is to be charged to by a program's wish.
func (s *Server) methodForNow(c *call, inv *invoice) (*method, *apiError) {
	if err := s.settled(inv); err != nil {
		return nil, err
	}
	if c.truth("paid_out_of_band") {
		return nil, nil
	}
	if id := c.text("payment_method"); id != "" {
		return s.attachable("payment_method", id, inv.Customer)
	}
	sub, _ := s.st.Subscriptions.get(inv.Subscription)
	m := s.payingMethod(sub, s.st.Customers.at(inv.Customer))
	if m == nil && (inv.Status != invoiceDraft || inv.due() > 0) {
		return nil, noMethod()
	}
	return m, nil
}

// sendInvoice mails an invoice, and finalizes it before that.
func (s *Server) sendInvoice(c *call) (object, *apiError) {
	inv, err := s.openFor(c, "sent", invoiceDraft, invoiceOpen, paid)
	if err != nil {
		return nil, err
	}
	if inv.Status == invoiceDraft {
		if s.finalize(c.why, inv, s.methodTypes(inv)); inv.Unfinished != "" {
			return nil, invalid("", "customer_tax_location_invalid", "%s", inv.Unfinished)
		}
	}
	s.emitInvoice(c.why, "invoice.sent", inv)
	return c.view.invoice(inv, c.expand), nil
}

func (s *Server) voidInvoice(c *call) (object, *apiError) {
	inv, err := s.openFor(c, "voided", invoiceOpen, uncollectible)
	if err != nil {
		return nil, err
	}
	if err := s.settled(inv); err != nil {
		return nil, err
	}
	s.voidOpen(c.why, inv)
	if sub, ok := s.st.Subscriptions.get(inv.Subscription); ok && sub.Status == incomplete {
		s.expireUnpaidSubscription(c.why, sub.ID)
	}
	return c.view.invoice(inv, c.expand), nil
}

func (s *Server) writeOffInvoice(c *call) (object, *apiError) {
	inv, err := s.openFor(c, "marked uncollectible", invoiceOpen)
	if err == nil {
		err = s.settled(inv)
	}
	if err != nil {
		return nil, err
	}
	s.writeOff(c.why, inv)
	return c.view.invoice(inv, c.expand), nil
}

// showUpcoming shows the invoice that a subscription will make next.
func (s *Server) showUpcoming(c *call) (object, *apiError) {
	if err := c.only("preview", "subscription", "customer"); err != nil {
		return nil, err
	}
	for _, sub := range s.st.Subscriptions.rows {
		named := c.text("subscription") == sub.ID || c.text("subscription") == "" && c.text("customer") == sub.Customer
		if named && sub.EndedAt == 0 && !sub.CancelAtEnd && sub.Status != incomplete {
			return s.upcoming(c.view, sub), nil
		}
	}
	return nil, &apiError{
		Status: http.StatusNotFound, Type: typeInvalidRequest, Code: "invoice_upcoming_none",
		Message: "No upcoming invoices for customer: " + firstOf(c.text("customer"), c.text("subscription")),
	}
}
