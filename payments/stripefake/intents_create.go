package stripefake

import (
	"net/http"
	"slices"
)

// createIntent makes a payment that a program takes itself, and with confirm
// tries it at once. https://docs.stripe.com/api/payment_intents/create
func (s *Server) createIntent(c *call) (object, *apiError) {
	pi, err := s.readIntent(c)
	if err != nil {
		return nil, err
	}
	m, err := s.readIntentMethod(c, pi)
	if err != nil {
		return nil, err
	}
	confirm := c.truth("confirm")
	if confirm && m == nil {
		return nil, invalid("payment_method", "parameter_missing", "You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	if c.has("off_session") && !confirm {
		return nil, invalid("off_session", "", "off_session can only be given together with confirm=true.")
	}
	s.newIntent(c.why, pi)
	if m != nil {
		pi.Method, pi.Status = m.ID, needsConfirmation
	}
	if !confirm {
		return c.view.intent(pi, c.expand), nil
	}
	return s.confirm(c, pi, m)
}

// readIntent reads and checks all but the payment method.
func (s *Server) readIntent(c *call) (*intent, *apiError) {
	cur, err := lookupCurrency("currency", c.text("currency"))
	if err != nil {
		return nil, err
	}
	amount, _ := c.integer("amount")
	if err := cur.checkUnit("amount", amount); err != nil {
		return nil, err
	}
	if err := cur.checkTotal("amount", amount); err != nil {
		return nil, err
	}
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	pi := &intent{
		Amount: amount, Currency: cur.code, Metadata: metadata, CaptureMethod: firstOf(c.text("capture_method"), usualCapture(c.version)),
		Confirmation: c.text("confirmation_method"),
	}
	if err := s.readIntentTexts(c, pi); err != nil {
		return nil, err
	}
	pi.MethodTypes = c.texts("payment_method_types")
	if len(pi.MethodTypes) == 0 {
		pi.AnyMethod, pi.MethodTypes = true, []string{"card"}
		if kind := debitType(cur.code); kind != "" {
			pi.MethodTypes = append(pi.MethodTypes, kind)
		}
	}
	for _, kind := range pi.MethodTypes {
		if kind != "card" && !isDebit(kind) {
			return nil, invalid("payment_method_types", "", "This stand-in has card and bank debits, not %s.", kind)
		}
	}
	return pi, nil
}

// readIntentTexts reads what an update may change too.
func (s *Server) readIntentTexts(c *call, pi *intent) *apiError {
	if id := c.text("customer"); id != "" {
		if _, ok := s.st.Customers.get(id); !ok {
			return missing(http.StatusBadRequest, "customer", "customer", id)
		}
	}
	for name, field := range map[string]*string{
		"customer": &pi.Customer, "description": &pi.Description, "receipt_email": &pi.ReceiptEmail,
		"setup_future_usage": &pi.FutureUsage, "statement_descriptor": &pi.Descriptor,
		"statement_descriptor_suffix": &pi.Suffix, "return_url": &pi.ReturnURL,
	} {
		if c.has(name) {
			*field = c.text(name)
		}
	}
	for name, value := range map[string]string{"statement_descriptor": pi.Descriptor, "statement_descriptor_suffix": pi.Suffix} {
		if err := tooLong(name, value, maxSuffix); err != nil {
			return err
		}
	}
	if pi.ReturnURL != "" {
		return webAddress("return_url", pi.ReturnURL)
	}
	return nil
}

// readIntentMethod finds or makes the method that a request names; nil where it
// names none.
func (s *Server) readIntentMethod(c *call, pi *intent) (*method, *apiError) {
	var m *method
	var err *apiError
	switch data := c.sub("payment_method_data"); {
	case c.text("payment_method") != "":
		m, err = s.methodOf("payment_method", c.text("payment_method"))
	case data != nil:
		if m, err = s.readMethodParams(data, "payment_method_data"); err == nil {
			s.st.Methods.add(m)
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if m.Customer != "" && m.Customer != pi.Customer {
		return nil, invalid("payment_method", "", "The payment method %s belongs to a customer. Give that customer with it.", m.ID)
	}
	if !slices.Contains(pi.MethodTypes, m.Type) {
		return nil, invalid("payment_method", "payment_intent_incompatible_payment_method",
			"The PaymentMethod provided (%s) is not allowed for this PaymentIntent, which takes %v.", m.Type, pi.MethodTypes)
	}
	return m, nil
}

// updateIntent changes a payment that was not made yet.
func (s *Server) updateIntent(c *call) (object, *apiError) {
	pi, ok := s.st.Intents.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "payment_intent", c.id)
	}
	metadata, err := mergeMetadata(pi.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	fixed := pi.Status != needsMethod && pi.Status != needsConfirmation && pi.Status != needsAction
	for name := range c.params {
		if fixed && !slices.Contains([]string{"metadata", "description", "receipt_email", "expand"}, name) {
			return nil, unexpectedState(pi, "updated")
		}
		if slices.Contains([]string{"capture_method", "currency", "payment_method_types"}, name) {
			return nil, invalid(name, "", "This stand-in does not change a payment intent's %s.", name)
		}
	}
	changed := *pi
	if amount, given := c.integer("amount"); given {
		cur := rulesOf(pi.Currency)
		if err := cur.checkUnit("amount", amount); err != nil {
			return nil, err
		}
		if err := cur.checkTotal("amount", amount); err != nil {
			return nil, err
		}
		changed.Amount = amount
	}
	if err := s.readIntentTexts(c, &changed); err != nil {
		return nil, err
	}
	m, err := s.readIntentMethod(c, &changed)
	if err != nil {
		return nil, err
	}
	if m != nil {
		changed.Method, changed.Status = m.ID, needsConfirmation
	}
	changed.Metadata = metadata
	*pi = changed
	s.touch()
	return c.view.intent(pi, c.expand), nil
}

// unexpectedState refuses what a payment's status does not allow.
// https://docs.stripe.com/error-codes#payment-intent-unexpected-state
func unexpectedState(pi *intent, done string) *apiError {
	return invalid("", "payment_intent_unexpected_state",
		"This PaymentIntent could not be %s because it has a status of %s.", done, pi.Status)
}
