package stripefake

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// endpoint is a registered receiver of events.
// https://docs.stripe.com/api/webhook_endpoints
type endpoint struct {
	ID          string
	URL         string
	Secrets     []string // the newest first; several while one is rolled
	Version     string
	Events      []string
	Description string
	Metadata    map[string]string
	Disabled    bool
	Own         bool   // added by AddEndpoint, not by the API
	CLI         string `json:",omitempty"` // the session of Stripe's command line that it stands for
	Created     int64

	// away is an endpoint from before a restart that was not added again yet.
	// Its address may be another program's by now: nothing is sent there.
	away bool
}

func (ep *endpoint) key() string   { return ep.ID }
func (ep *endpoint) madeAt() int64 { return ep.Created }

// wants says whether the endpoint takes events of that type.
func (ep *endpoint) wants(kind string) bool {
	return !ep.Disabled && slices.ContainsFunc(ep.Events, func(e string) bool { return e == "*" || e == kind })
}

func (ep *endpoint) render() object {
	status := "enabled"
	if ep.Disabled {
		status = "disabled"
	}
	return object{
		"id": ep.ID, "object": "webhook_endpoint", "api_version": orNull(ep.Version), "application": nil,
		"created": ep.Created, "description": orNull(ep.Description), "enabled_events": ep.Events,
		"livemode": false, "metadata": rendered(ep.Metadata), "status": status, "url": ep.URL,
	}
}

// AddEndpoint registers a receiver of every event, at an API version (empty for
// the account's default, also when that changes), signed with secret; a comma
// separates several secrets while one is rolled. A version that the stand-in
// does not speak is noted in the log, and the account's default used. After a
// restart a receiver from before is taken up again, under its old address or a
// new one, and gets what waited for it. It returns the endpoint's id.
func (s *Server) AddEndpoint(url, secret, version string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version != "" {
		if failure := checkVersion("", version); failure != nil {
			s.log.Error("stripe stand-in: "+failure.Message, "endpoint", url, "instead", s.accountVersion())
			version = ""
		}
	}
	secrets := strings.Split(secret, ",")
	for i := range secrets {
		secrets[i] = strings.TrimSpace(secrets[i])
	}
	ep := s.endpointFor(url)
	ep.URL, ep.Secrets, ep.Version, ep.Disabled, ep.away = url, secrets, version, false, false
	s.st.Endpoints.add(ep)
	s.resumeDeliveries()
	s.touch()
	return ep.ID
}

// endpointFor finds the endpoint that an address belongs to, or makes one.
func (s *Server) endpointFor(url string) *endpoint {
	var moved *endpoint
	for _, known := range s.st.Endpoints.rows {
		if known.URL == url {
			return known
		}
		if known.away && moved == nil {
			moved = known
		}
	}
	if moved != nil {
		return moved
	}
	return &endpoint{ID: s.st.newID("we_1", 23), Events: []string{"*"}, Own: true, Created: s.unix()}
}

func (s *Server) createEndpoint(c *call) (object, *apiError) {
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	if err := webAddress("url", c.text("url")); err != nil {
		return nil, err
	}
	ep := &endpoint{
		ID: s.st.newID("we_1", 23), URL: c.text("url"), Secrets: []string{s.st.newID("whsec_", 32)},
		Version: c.text("api_version"), Events: c.texts("enabled_events"), Description: c.text("description"),
		Metadata: metadata, Created: s.unix(),
	}
	s.st.Endpoints.add(ep)
	s.touch()
	shown := ep.render()
	shown["secret"] = ep.Secrets[0] // shown once, as Stripe does
	return shown, nil
}

func webAddress(param, address string) *apiError {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return invalid(param, "url_invalid", "Not a valid URL: %q. It must begin with http:// or https://.", address)
	}
	return nil
}

func (s *Server) listEndpoints(c *call) (object, *apiError) {
	keep := func(ep *endpoint) bool { return ep.CLI == "" }
	return page(c, "/v1/webhook_endpoints", &s.st.Endpoints, keep, func(ep *endpoint, _ expansion) object { return ep.render() })
}

func (s *Server) retrieveEndpoint(c *call) (object, *apiError) {
	ep, ok := s.st.Endpoints.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "webhook endpoint", c.id)
	}
	return ep.render(), nil
}

func (s *Server) updateEndpoint(c *call) (object, *apiError) {
	ep, ok := s.st.Endpoints.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "webhook endpoint", c.id)
	}
	metadata, err := mergeMetadata(ep.Metadata, c.params)
	if err != nil {
		return nil, err
	}
	if c.has("url") {
		if err := webAddress("url", c.text("url")); err != nil {
			return nil, err
		}
		ep.URL = c.text("url")
	}
	ep.Metadata = metadata
	if c.has("enabled_events") {
		ep.Events = c.texts("enabled_events")
	}
	if c.has("description") {
		ep.Description = c.text("description")
	}
	if c.has("disabled") {
		ep.Disabled = c.truth("disabled")
	}
	s.touch()
	return ep.render(), nil
}

func (s *Server) deleteEndpoint(c *call) (object, *apiError) {
	if _, ok := s.st.Endpoints.get(c.id); !ok {
		return nil, missing(http.StatusNotFound, "id", "webhook endpoint", c.id)
	}
	s.dropEndpoint(c.id)
	return object{"id": c.id, "object": "webhook_endpoint", "deleted": true}, nil
}

// dropEndpoint removes an endpoint and gives up what was on its way there.
func (s *Server) dropEndpoint(id string) {
	s.st.Endpoints.remove(id)
	for _, e := range s.st.Events.rows {
		for _, d := range e.Deliveries {
			if d.Endpoint == id && d.State == pending {
				s.settleDelivery(d, abandoned)
			}
		}
	}
	s.touch()
}
