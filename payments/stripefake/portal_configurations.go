package stripefake

import "net/http"

// portalConfiguration says what the billing portal lets customers do.
// https://docs.stripe.com/api/customer_portal/configurations
type portalConfiguration struct {
	ID         string
	Inactive   bool
	ReturnURL  string
	Headline   string
	Privacy    string
	Terms      string
	UpdateCard bool // features.payment_method_update
	Invoices   bool // features.invoice_history
	Metadata   map[string]string
	Created    int64
	Updated    int64
}

func (pc *portalConfiguration) key() string   { return pc.ID }
func (pc *portalConfiguration) madeAt() int64 { return pc.Created }

func (v view) portalConfiguration(pc *portalConfiguration, _ expansion) object {
	return object{
		"id": pc.ID, "object": "billing_portal.configuration", "active": !pc.Inactive, "application": nil,
		"business_profile": object{"headline": orNull(pc.Headline), "privacy_policy_url": orNull(pc.Privacy), "terms_of_service_url": orNull(pc.Terms)},
		"created":          pc.Created, "default_return_url": orNull(pc.ReturnURL),
		"features": object{
			"customer_update":       object{"allowed_updates": []string{}, "enabled": false},
			"invoice_history":       object{"enabled": pc.Invoices},
			"payment_method_update": object{"enabled": pc.UpdateCard},
			"subscription_cancel": object{
				"cancellation_reason": object{"enabled": false, "options": []string{}}, "enabled": false,
				"mode": "at_period_end", "proration_behavior": "none",
			},
			"subscription_pause":  object{"enabled": false},
			"subscription_update": object{"default_allowed_updates": []string{}, "enabled": false, "proration_behavior": "none"},
		},
		"is_default": false, "livemode": false, "login_page": object{"enabled": false, "url": nil},
		"metadata": rendered(pc.Metadata), "updated": pc.Updated,
	}
}

// portalEndpoints are those of the billing portal.
func (s *Server) portalEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"POST /v1/billing_portal/configurations":      s.createPortalConfiguration,
		"GET /v1/billing_portal/configurations":       s.listPortalConfigurations,
		"GET /v1/billing_portal/configurations/{id}":  s.retrievePortalConfiguration,
		"POST /v1/billing_portal/configurations/{id}": s.updatePortalConfiguration,
		"POST /v1/billing_portal/sessions":            s.createPortalSession,
	}
}

// readPortalConfiguration checks what is asked for; the caller carries it out.
func (s *Server) readPortalConfiguration(c *call, was map[string]string) (func(*portalConfiguration), *apiError) {
	if err := c.only("portal configuration", "active", "business_profile", "default_return_url", "features", "metadata"); err != nil {
		return nil, err
	}
	metadata, err := mergeMetadata(was, c.params)
	if err != nil {
		return nil, err
	}
	if back := c.text("default_return_url"); back != "" {
		if err := webAddress("default_return_url", back); err != nil {
			return nil, err
		}
	}
	features := c.sub("features")
	for name := range features {
		if name != "payment_method_update" && name != "invoice_history" && features.sub(name).truth("enabled") {
			return nil, invalid("features["+name+"]", "", "This stand-in's portal does not do %s.", name)
		}
	}
	return func(pc *portalConfiguration) {
		pc.Metadata, pc.Updated = metadata, s.unix()
		for name, field := range map[string]*string{
			"headline": &pc.Headline, "privacy_policy_url": &pc.Privacy, "terms_of_service_url": &pc.Terms,
		} {
			if profile := c.sub("business_profile"); profile.has(name) {
				*field = profile.text(name)
			}
		}
		if c.has("default_return_url") {
			pc.ReturnURL = c.text("default_return_url")
		}
		if c.has("active") {
			pc.Inactive = !c.truth("active")
		}
		for name, field := range map[string]*bool{"payment_method_update": &pc.UpdateCard, "invoice_history": &pc.Invoices} {
			if features.has(name) {
				*field = features.sub(name).truth("enabled")
			}
		}
	}, nil
}

func (s *Server) createPortalConfiguration(c *call) (object, *apiError) {
	change, err := s.readPortalConfiguration(c, nil)
	if err != nil {
		return nil, err
	}
	pc := &portalConfiguration{ID: s.st.newID("bpc_1", 23), Created: s.unix()}
	change(pc)
	s.st.PortalConfigurations.add(pc)
	s.emit(c.why, "billing_portal.configuration.created", nil, func(v view) object { return v.portalConfiguration(pc, nil) })
	return c.view.portalConfiguration(pc, c.expand), nil
}

func (s *Server) updatePortalConfiguration(c *call) (object, *apiError) {
	pc, ok := s.st.PortalConfigurations.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "configuration", "configuration", c.id)
	}
	change, err := s.readPortalConfiguration(c, pc.Metadata)
	if err != nil {
		return nil, err
	}
	before := c.view.portalConfiguration(pc, nil)
	change(pc)
	s.emit(c.why, "billing_portal.configuration.updated", before, func(v view) object { return v.portalConfiguration(pc, nil) })
	return c.view.portalConfiguration(pc, c.expand), nil
}

func (s *Server) retrievePortalConfiguration(c *call) (object, *apiError) {
	pc, ok := s.st.PortalConfigurations.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "configuration", "configuration", c.id)
	}
	return c.view.portalConfiguration(pc, c.expand), nil
}

func (s *Server) listPortalConfigurations(c *call) (object, *apiError) {
	keep := func(pc *portalConfiguration) bool {
		return !c.has("active") || c.truth("active") == !pc.Inactive
	}
	return page(c, "/v1/billing_portal/configurations", &s.st.PortalConfigurations, keep, c.view.portalConfiguration)
}
