package stripefake

import "net/http"

// setup is a setup intent: a method is made ready to be charged later, as a
// trial needs it. https://docs.stripe.com/api/setup_intents
type setup struct {
	ID           string
	Secret       string
	Status       string
	Customer     string
	Method       string
	Mandate      string
	MethodTypes  []string
	Session      string
	Description  string
	Metadata     map[string]string
	CancelReason string
	Failure      *failure
	Created      int64
}

func (si *setup) key() string   { return si.ID }
func (si *setup) madeAt() int64 { return si.Created }

func (v view) setup(si *setup, x expansion) object {
	var next any
	switch {
	case si.Status != needsAction:
	case si.Session == "": // the program asked for Stripe's script to do it
		next = object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect", "source": si.Method}}
	default:
		next = object{"type": "redirect_to_url", "redirect_to_url": object{
			"return_url": v.baseURL + "/pay/" + si.Session, "url": v.baseURL + "/pay/" + si.Session + "/authenticate",
		}}
	}
	return object{
		"id": si.ID, "object": "setup_intent", "client_secret": si.Secret, "created": si.Created,
		"customer": ref(x, "customer", &v.st.Customers, si.Customer, v.customer), "last_setup_error": v.failure(si.Failure),
		"livemode": false, "mandate": orNull(si.Mandate), "metadata": rendered(si.Metadata), "next_action": next,
		"payment_method": ref(x, "payment_method", &v.st.Methods, si.Method, v.method), "payment_method_options": object{},
		"payment_method_types": si.MethodTypes, "status": si.Status, "usage": "off_session",
		"cancellation_reason": orNull(si.CancelReason), "description": orNull(si.Description),
	}.withNulls("application", "automatic_payment_methods", "flow_directions", "latest_attempt",
		"on_behalf_of", "payment_method_configuration_details", "single_use_mandate")
}

func (s *Server) emitSetup(why cause, kind string, si *setup) {
	s.emit(why, kind, nil, func(v view) object { return v.setup(si, nil) })
}

// newSetup stores a setup intent and emits its event.
func (s *Server) newSetup(why cause, si *setup) *setup {
	si.ID, si.Created, si.Status = s.st.newID("seti_1", 23), s.unix(), needsMethod
	si.Secret = si.ID + "_secret_" + s.st.newID("", 25)
	s.st.Setups.add(si)
	s.emitSetup(why, "setup_intent.created", si)
	return si
}

// setUp makes a method ready and returns, where its bank refuses, the sentence
// for the payer.
func (s *Server) setUp(why cause, si *setup, m *method) string {
	if m.Ends.declined() && !m.Ends.Later && !m.debit() {
		si.Status, si.Method = needsMethod, ""
		si.Failure = &failure{Code: m.Ends.Code, Decline: m.Ends.Decline, Message: m.Ends.Message, Method: m.ID}
		s.emitSetup(why, "setup_intent.setup_failed", si)
		return m.Ends.Message
	}
	s.agree(m, false, 0, "")
	if si.Customer != "" {
		s.attach(why, m, si.Customer)
	}
	si.Status, si.Method, si.Mandate, si.Failure = succeeded, m.ID, m.Mandate, nil
	s.emitSetup(why, "setup_intent.succeeded", si)
	return ""
}

func (s *Server) retrieveSetup(c *call) (object, *apiError) {
	si, ok := s.st.Setups.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "intent", "setupintent", c.id)
	}
	return c.view.setup(si, c.expand), nil
}

func (s *Server) listSetups(c *call) (object, *apiError) {
	keep := func(si *setup) bool {
		return c.matches("customer", si.Customer) && c.matches("payment_method", si.Method)
	}
	return page(c, "/v1/setup_intents", &s.st.Setups, keep, c.view.setup)
}
