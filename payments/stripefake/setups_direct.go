package stripefake

import (
	"net/http"
	"slices"
)

// createSetup makes a setup intent that a program takes through itself, and
// with confirm tries it at once. https://docs.stripe.com/api/setup_intents/create
func (s *Server) createSetup(c *call) (object, *apiError) {
	if id := c.text("customer"); id != "" {
		if _, ok := s.st.Customers.get(id); !ok {
			return nil, missing(http.StatusBadRequest, "customer", "customer", id)
		}
	}
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	si := &setup{Customer: c.text("customer"), Description: c.text("description"), Metadata: metadata, MethodTypes: c.texts("payment_method_types")}
	if len(si.MethodTypes) == 0 {
		si.MethodTypes = []string{"card", "us_bank_account"}
	}
	m, err := s.readSetupMethod(c, si)
	if err != nil {
		return nil, err
	}
	if c.truth("confirm") && m == nil {
		return nil, invalid("payment_method", "parameter_missing", "You cannot confirm this SetupIntent because it's missing a payment method.")
	}
	s.newSetup(c.why, si)
	if m != nil {
		si.Method, si.Status = m.ID, needsConfirmation
	}
	if c.truth("confirm") {
		return s.confirmedSetup(c, si, m)
	}
	return c.view.setup(si, c.expand), nil
}

// readSetupMethod finds the method that a request names; nil where it names
// none.
func (s *Server) readSetupMethod(c *call, si *setup) (*method, *apiError) {
	id := c.text("payment_method")
	if id == "" {
		return nil, nil
	}
	m, err := s.methodOf("payment_method", id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(si.MethodTypes, m.Type) {
		return nil, invalid("payment_method", "", "This SetupIntent takes %v, not %s.", si.MethodTypes, m.Type)
	}
	return m, nil
}

// confirmSetup is POST /v1/setup_intents/{id}/confirm.
func (s *Server) confirmSetup(c *call) (object, *apiError) {
	si, err := s.openSetup(c, "confirmed")
	if err != nil {
		return nil, err
	}
	m, err := s.readSetupMethod(c, si)
	if err != nil {
		return nil, err
	}
	if m == nil {
		if m = s.st.Methods.at(si.Method); m == nil {
			return nil, invalid("payment_method", "parameter_missing", "You cannot confirm this SetupIntent because it's missing a payment method.")
		}
	}
	return s.confirmedSetup(c, si, m)
}

func (s *Server) confirmedSetup(c *call, si *setup, m *method) (object, *apiError) {
	if m.Ends.Authenticate {
		si.Status, si.Method = needsAction, m.ID
		s.emitSetup(c.why, "setup_intent.requires_action", si)
	} else if s.setUp(c.why, si, m) != "" {
		return nil, cardDeclined(si.Failure)
	}
	return c.view.setup(si, c.expand), nil
}

// cancelSetup is POST /v1/setup_intents/{id}/cancel.
func (s *Server) cancelSetup(c *call) (object, *apiError) {
	si, err := s.openSetup(c, "canceled")
	if err != nil {
		return nil, err
	}
	si.Status, si.CancelReason = canceled, c.text("cancellation_reason")
	s.emitSetup(c.why, "setup_intent.canceled", si)
	return c.view.setup(si, c.expand), nil
}

// openSetup finds a setup intent that something can still be done with.
func (s *Server) openSetup(c *call, done string) (*setup, *apiError) {
	si, ok := s.st.Setups.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "setupintent", c.id)
	}
	if si.Status == succeeded || si.Status == canceled || si.Session != "" {
		return nil, invalid("", "setup_intent_unexpected_state", "This SetupIntent could not be %s because it has a status of %s.", done, si.Status)
	}
	return si, nil
}
