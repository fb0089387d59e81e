package stripefake

import (
	"net/http"
	"time"
)

// portalSession is one customer's way into the billing portal. This stand-in's
// portal does one thing: the card can be changed.
// https://docs.stripe.com/api/customer_portal/sessions
type portalSession struct {
	ID            string
	Configuration string
	Customer      string
	ReturnURL     string
	Flow          string // payment_method_update; empty for the whole portal
	DoneURL       string // where the flow leads when it is done; empty is ReturnURL
	Locale        string
	Setup         string // a setup intent that waits for its bank
	Done          bool
	Created       int64
}

func (ps *portalSession) key() string   { return ps.ID }
func (ps *portalSession) madeAt() int64 { return ps.Created }

// portalWithin is how long a portal session can be opened
// (https://docs.stripe.com/api/customer_portal/sessions: "short-lived").
const portalWithin = 5 * time.Minute

// portalStays is how long an opened one can be used.
const portalStays = time.Hour

func (v view) portalSession(ps *portalSession, x expansion) object {
	var flow any
	if ps.Flow != "" {
		after := object{"type": "portal_homepage"}.withNulls("hosted_confirmation", "redirect")
		if ps.DoneURL != "" {
			after["type"], after["redirect"] = "redirect", object{"return_url": ps.DoneURL}
		}
		flow = object{"type": ps.Flow, "after_completion": after}.withNulls("subscription_cancel", "subscription_update", "subscription_update_confirm")
	}
	return object{
		"id": ps.ID, "object": "billing_portal.session",
		"configuration": ref(x, "configuration", &v.st.PortalConfigurations, ps.Configuration, v.portalConfiguration),
		"created":       ps.Created, "customer": ps.Customer, "flow": flow, "livemode": false, "locale": orNull(ps.Locale),
		"on_behalf_of": nil, "return_url": orNull(ps.ReturnURL), "url": v.baseURL + "/portal/" + ps.ID,
	}
}

func (s *Server) createPortalSession(c *call) (object, *apiError) {
	if err := c.only("portal session", "customer", "configuration", "return_url", "flow_data", "locale"); err != nil {
		return nil, err
	}
	cu, err := s.liveCustomer(http.StatusBadRequest, "customer", c.text("customer"))
	if err != nil {
		return nil, err
	}
	pc, err := s.portalConfigurationFor(c)
	if err != nil {
		return nil, err
	}
	flow := c.sub("flow_data")
	ps := &portalSession{
		Customer: cu.ID, Configuration: pc.ID, ReturnURL: firstOf(c.text("return_url"), pc.ReturnURL), Locale: c.text("locale"),
		Flow: flow.text("type"), DoneURL: flow.sub("after_completion").sub("redirect").text("return_url"),
	}
	for param, address := range map[string]string{"return_url": c.text("return_url"), "flow_data[after_completion][redirect][return_url]": ps.DoneURL} {
		if address != "" {
			if err := webAddress(param, address); err != nil {
				return nil, err
			}
		}
	}
	switch after := flow.sub("after_completion").text("type"); {
	case ps.Flow != "" && ps.Flow != "payment_method_update":
		return nil, invalid("flow_data[type]", "", "This stand-in's portal does not do %s.", ps.Flow)
	case ps.Flow != "" && !pc.UpdateCard:
		return nil, invalid("flow_data[type]", "", "The payment_method_update flow needs a portal configuration whose payment_method_update is enabled.")
	case after == "redirect" && ps.DoneURL == "":
		return nil, invalid("flow_data[after_completion][redirect][return_url]", "parameter_missing", "A redirect needs its return_url.")
	}
	ps.ID, ps.Created = s.st.newID("bps_1", 23), s.unix()
	s.st.PortalSessions.add(ps)
	s.emit(c.why, "billing_portal.session.created", nil, func(v view) object { return v.portalSession(ps, nil) })
	return c.view.portalSession(ps, c.expand), nil
}

// portalConfigurationFor finds the configuration that is asked for. An account has
// no default one before somebody saves it in the dashboard, which nobody can here.
func (s *Server) portalConfigurationFor(c *call) (*portalConfiguration, *apiError) {
	id := c.text("configuration")
	if id == "" {
		return nil, invalid("", "", "No configuration provided and your test mode default configuration has not been created. "+
			"Provide a configuration or create your default by saving your customer portal settings in test mode.")
	}
	pc, ok := s.st.PortalConfigurations.get(id)
	if !ok {
		return nil, missing(http.StatusBadRequest, "configuration", "configuration", id)
	}
	if pc.Inactive {
		return nil, invalid("configuration", "", "The configuration %s is not active.", id)
	}
	return pc, nil
}
