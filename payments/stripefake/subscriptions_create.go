package stripefake

import (
	"net/http"
	"slices"
)

// only refuses parameters that Stripe has and the stand-in has not, rather than
// ignore them.
func (c *call) only(what string, known ...string) *apiError {
	for name := range c.params {
		if name != "expand" && !slices.Contains(known, name) {
			return invalid(name, "", "This stand-in does not do a %s's %s.", what, name)
		}
	}
	return nil
}

// createSubscription starts a subscription without the payment page.
// https://docs.stripe.com/api/subscriptions/create
func (s *Server) createSubscription(c *call) (object, *apiError) {
	if err := c.only("subscription", "customer", "items", "currency", "metadata", "description", "default_payment_method", "payment_behavior",
		"payment_settings", "trial_period_days", "trial_end", "trial_settings", "cancel_at_period_end", "cancel_at", "off_session",
		"proration_behavior", "collection_method"); err != nil {
		return nil, err
	}
	cu, err := s.liveCustomer(http.StatusBadRequest, "customer", c.text("customer"))
	if err != nil {
		return nil, err
	}
	sub, planned, err := s.readSubscription(c, cu)
	if err != nil {
		return nil, err
	}
	trialEnd, err := s.readTrial(c.params, "")
	if err != nil {
		return nil, err
	}
	if trialEnd == 0 {
		if err := s.canBegin(c, s.payingMethod(sub, cu)); err != nil {
			return nil, err
		}
	}
	if sub.Items, err = s.storeItems(c.why, planned); err != nil {
		return nil, err
	}
	sub.Currency = planned[0].price.Currency
	cancelAt, _ := c.integer("cancel_at")
	s.newSubscription(c.why, sub, trialEnd)
	if c.truth("cancel_at_period_end") || cancelAt != 0 {
		s.updateSub(c.why, sub, func() { s.setEnd(sub, cancelAt == 0, cancelAt) })
	}
	inv := s.newInvoice(c.why, sub, "subscription_create", sub.PeriodStart)
	if pi := s.finalize(c.why, inv, s.methodTypes(inv)); pi != nil && c.text("payment_behavior") != "default_incomplete" {
		s.chargeInvoice(c.why, inv, nil)
	}
	return c.view.subscription(sub, c.expand), nil
}

// readSubscription reads what describes a new subscription.
func (s *Server) readSubscription(c *call, cu *customer) (*subscription, []plannedItem, *apiError) {
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, nil, err
	}
	if c.text("collection_method") == "send_invoice" {
		return nil, nil, invalid("collection_method", "", "This stand-in charges subscriptions automatically; it does not send their invoices.")
	}
	if at, ok := c.integer("cancel_at"); ok && at <= s.unix() {
		return nil, nil, invalid("cancel_at", "", "cancel_at must lie in the future: %d is past.", at)
	}
	sub := &subscription{
		Customer: cu.ID, Version: c.version, Description: c.text("description"), Metadata: metadata,
		WithoutMethod: c.sub("trial_settings").sub("end_behavior").text("missing_payment_method"),
	}
	if sub.Method, err = s.ownMethod(c, cu); err != nil {
		return nil, nil, err
	}
	planned, err := s.readItems(c, nil, cu.Currency)
	return sub, planned, err
}

// ownMethod reads default_payment_method, which must be the customer's.
func (s *Server) ownMethod(c *call, cu *customer) (string, *apiError) {
	id := c.text("default_payment_method")
	if id == "" {
		return "", nil
	}
	m, err := s.methodOf("default_payment_method", id)
	if err != nil {
		return "", err
	}
	if m.Customer != cu.ID {
		return "", invalid("default_payment_method", "", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
	}
	return m.ID, nil
}

// canBegin says why a subscription cannot begin as payment_behavior asks.
func (s *Server) canBegin(c *call, m *method) *apiError {
	switch behavior := c.text("payment_behavior"); {
	case behavior == "pending_if_incomplete":
		return invalid("payment_behavior", "", "This stand-in does not do payment_behavior=pending_if_incomplete.")
	case behavior == "default_incomplete":
		return nil
	case m == nil:
		return noMethod()
	case behavior == "error_if_incomplete" && m.Ends.declined() && !m.debit():
		return m.Ends.refusal()
	case behavior == "error_if_incomplete" && m.Ends.Always:
		return &apiError{
			Status: http.StatusPaymentRequired, Type: typeCard, Code: "subscription_payment_intent_requires_action",
			Message: "Payment for this subscription requires additional user action before it can be completed successfully.",
		}
	}
	return nil
}
