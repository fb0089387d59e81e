package stripefake

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"time"
)

// cause is what made an event happen: an API request, or nothing where the
// stand-in acted by itself.
type cause struct {
	Request string // its Request-Id
	Key     string // its idempotency key
}

// event is a fact, frozen at the time it was made in the shape of each version.
// https://docs.stripe.com/api/events
type event struct {
	ID         string
	Type       string
	Created    int64
	Cause      cause
	Version    string               // the account's default when it was made; empty is 2023-10-16
	Versions   map[string]eventData // by the version that gave the shape
	Deliveries []*delivery
}

type eventData struct {
	Object   json.RawMessage
	Previous json.RawMessage `json:",omitempty"` // previous_attributes
}

func (e *event) key() string   { return e.ID }
func (e *event) madeAt() int64 { return e.Created }

// emit records an event of the object that render shows and sends it to the
// endpoints that want it. before, where not nil, is the object as it was. Both
// are in the base's shape; the event is frozen in every shape that is in use.
func (s *Server) emit(why cause, kind string, before object, render func(view) object) {
	v := s.view()
	shown := render(v)
	frozen := map[string]eventData{}
	for _, version := range s.versionsInUse() {
		now := v.shape(version, shown, nil)
		data := eventData{Object: pretty(now)}
		if before != nil {
			data.Previous = pretty(changed(v.shape(version, before, nil), now))
		}
		frozen[version] = data
	}
	s.publish(why, kind, frozen)
	if s.happens(s.st.Faults.Twin) {
		s.publish(why, kind, frozen)
	}
}

// publish makes the event of a change and sends it.
func (s *Server) publish(why cause, kind string, frozen map[string]eventData) {
	e := &event{
		ID: s.st.newID("evt_1", 23), Type: kind, Created: s.unix(), Cause: why,
		Version: s.accountVersion(), Versions: frozen,
	}
	s.forgetEvents()
	s.st.Events.add(e)
	s.touch()
	lost := s.happens(s.st.Faults.Lose)
	for _, ep := range s.st.Endpoints.rows {
		switch {
		case !ep.wants(kind) || !told(kind, e.versionFor(ep)):
		case lost:
			e.Deliveries = append(e.Deliveries, &delivery{Endpoint: ep.ID, State: abandoned})
		default:
			s.send(e, ep, s.hold())
		}
	}
}

// version is the one that the API shows an event in.
func (e *event) version() string { return firstOf(e.Version, apiVersion) }

// versionFor is the one that an endpoint gets an event in: its own, or the
// account's of then.
func (e *event) versionFor(ep *endpoint) string { return firstOf(ep.Version, e.version()) }

// render shows an event at a version; undelivered is its pending_webhooks.
func (e *event) render(version string) object {
	data := e.at(version)
	body := object{"object": data.Object}
	if data.Previous != nil {
		body["previous_attributes"] = data.Previous
	}
	return object{
		"id": e.ID, "object": "event", "api_version": version, "created": e.Created, "data": body,
		"livemode": false, "pending_webhooks": e.pending(), "type": e.Type,
		"request": object{"id": orNull(e.Cause.Request), "idempotency_key": orNull(e.Cause.Key)},
	}
}

// at is what an event says at a version. Where nobody used that when the event
// was made, it is told from the base's shape.
func (e *event) at(version string) eventData {
	base := e.Versions[apiVersion]
	data, ok := e.Versions[releaseOf(version)]
	if ok {
		return data
	}
	data, err := base.reshape(version)
	if err != nil {
		return base // a state file that was edited by hand: better told at the base than not at all
	}
	return data
}

// pending counts the endpoints that have not taken the event yet.
func (e *event) pending() int {
	n := 0
	for _, d := range e.Deliveries {
		if d.State != delivered {
			n++
		}
	}
	return n
}

// maxEventTypes is Stripe's limit on types[] of a list request.
const maxEventTypes = 20

// eventLife is how far back Stripe lists events.
const eventLife = 30 * 24 * time.Hour

func (s *Server) listEvents(c *call) (object, *apiError) {
	types := c.texts("types")
	if len(types) > maxEventTypes {
		return nil, invalid("types", "", "At most %d types can be given.", maxEventTypes)
	}
	if kind := c.text("type"); kind != "" {
		types = append(types, kind)
	}
	oldest := s.now().Add(-eventLife).Unix()
	keep := func(e *event) bool {
		if e.Created < oldest || !told(e.Type, e.version()) || len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return typeMatches(t, e.Type) }) {
			return false
		}
		return !c.has("delivery_success") || c.truth("delivery_success") == (e.pending() == 0)
	}
	return page(c, "/v1/events", &s.st.Events, keep, func(e *event, _ expansion) object { return e.render(e.version()) })
}

// typeMatches says whether a pattern such as charge.* covers an event type.
func typeMatches(pattern, kind string) bool {
	ok, err := path.Match(pattern, kind)
	return err == nil && ok
}

func (s *Server) retrieveEvent(c *call) (object, *apiError) {
	e, ok := s.st.Events.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "event", c.id)
	}
	return e.render(e.version()), nil
}

// retryEvent sends an event again: POST /v1/events/{id}/retry, which Stripe's
// command line uses, to webhook_endpoint, for_stripecli to the command lines
// that listen, or to all. What is still retried by itself goes on being
// retried, as with Stripe.
func (s *Server) retryEvent(c *call) (object, *apiError) {
	e, ok := s.st.Events.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "event", c.id)
	}
	receivers := s.st.Endpoints.rows
	if listening := s.cliReceivers(); c.truth("for_stripecli") && len(listening) > 0 {
		receivers = listening
	}
	if id := c.text("webhook_endpoint"); id != "" {
		ep, ok := s.st.Endpoints.get(id)
		if !ok {
			return nil, missing(http.StatusBadRequest, "webhook_endpoint", "webhook endpoint", id)
		}
		receivers = []*endpoint{ep}
	}
	for _, ep := range receivers {
		if ep.CLI == "" || told(e.Type, e.versionFor(ep)) {
			s.resend(e, ep)
		}
	}
	return e.render(e.version()), nil
}

// eventEndpoints are those of events and of who hears of them.
func (s *Server) eventEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"GET /v1/events":                    s.listEvents,
		"GET /v1/events/{id}":               s.retrieveEvent,
		"POST /v1/events/{id}/retry":        s.retryEvent,
		"POST /v1/webhook_endpoints":        s.createEndpoint,
		"GET /v1/webhook_endpoints":         s.listEndpoints,
		"GET /v1/webhook_endpoints/{id}":    s.retrieveEndpoint,
		"POST /v1/webhook_endpoints/{id}":   s.updateEndpoint,
		"DELETE /v1/webhook_endpoints/{id}": s.deleteEndpoint,
	}
}
