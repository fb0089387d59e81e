package stripefake

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// cliSession is one `stripe listen` of Stripe's command line. It is a receiver
// of events like a webhook endpoint, but reached by a websocket that the
// command line itself opens, and gone when that is.
//
// The protocol is not documented; this is how version 1.52.0 of the command
// line behaves. It asks for a session, connects, gets every event twice - in
// the account's version and in the latest - acknowledges both, passes one of
// them on (--latest chooses), to the address of --forward-to where there is
// one, and reports the answer.
type cliSession struct {
	id        string
	device    string
	secret    string
	receivers []string // its two endpoints; none while it is not there
	link      *cliLink // nil while it is not connected
	visits    int      // how often it connected
}

const (
	// cliAway is how long a session may be without a connection.
	cliAway = 30 * time.Second
	// cliReset is after how long the command line opens a new connection by
	// itself, in seconds.
	cliReset = 3600
)

// createCLISession answers POST /v1/stripecli/sessions.
func (s *Server) createCLISession(c *call) (object, *apiError) {
	for _, feature := range c.texts("websocket_features") {
		if feature != "webhooks" {
			return nil, invalid("websocket_features", "", "This stand-in tells the command line of events only (stripe listen), not of %s.", feature)
		}
	}
	cs := &cliSession{id: s.st.newID("cliws_1", 23), device: c.text("device_name")}
	cs.secret = s.cliSecret(cs.device)
	s.cli[cs.id] = cs
	s.endWhenAway(cs)
	usual, latest := s.cliVersions()
	return object{
		"secret": cs.secret, "websocket_id": cs.id, "websocket_authorized_feature": "webhooks",
		"websocket_url":   strings.Replace(c.view.baseURL, "http", "ws", 1) + "/stripecli/subscribe/" + cs.id,
		"reconnect_delay": cliReset, "default_version": usual, "latest_version": latest,
		"display_connect_filter_warning": false,
	}, nil
}

// cliSecret is the signing secret of a device: the same each time it listens,
// as with Stripe, so that it can be written into a configuration once.
func (s *Server) cliSecret(device string) string {
	if s.opts.CLISecret != "" {
		return s.opts.CLISecret
	}
	sum := sha256.Sum256([]byte("stripe listen\n" + s.st.Seed + "\n" + device))
	return "whsec_" + hex.EncodeToString(sum[:])
}

// cliVersions are the versions that a session gets every event in.
func (s *Server) cliVersions() (usual, latest string) { return s.accountVersion(), vEndive }

// arrive makes a connection the session's own, in place of an older one.
func (s *Server) arrive(cs *cliSession, link *cliLink) {
	cs.visits++
	cs.link = link
	if len(cs.receivers) > 0 {
		return
	}
	_, latest := s.cliVersions()
	for _, version := range []string{"", latest} { // without one it is the account's, whichever that is
		ep := &endpoint{
			ID: s.st.newID("we_cli", 20), URL: "stripe listen on " + cs.device, Secrets: []string{cs.secret}, Version: version,
			Events: []string{"*"}, CLI: cs.id, Created: s.unix(),
		}
		s.st.Endpoints.add(ep)
		cs.receivers = append(cs.receivers, ep.ID)
	}
	s.touch()
}

// leave notes that a connection ended. The session waits for the next one.
func (s *Server) leave(cs *cliSession, link *cliLink) {
	if cs.link != link {
		return // another one took its place already
	}
	cs.link = nil
	s.endWhenAway(cs)
}

// endWhenAway ends a session that stays without a connection. The caller holds
// the lock.
func (s *Server) endWhenAway(cs *cliSession) {
	if s.ctx.Err() != nil {
		return
	}
	visits := cs.visits
	s.sending.Go(func() {
		timer := time.NewTimer(cliAway)
		defer timer.Stop()
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if cs.link == nil && cs.visits == visits {
			s.endCLISession(cs)
		}
	})
}

func (s *Server) endCLISession(cs *cliSession) {
	delete(s.cli, cs.id)
	for _, id := range cs.receivers {
		s.dropEndpoint(id)
	}
	cs.receivers = nil
}

// forgetCLISessions drops the sessions of an earlier process: their command
// lines begin anew.
func (s *Server) forgetCLISessions() {
	var gone []string
	for _, ep := range s.st.Endpoints.rows {
		if ep.CLI != "" {
			gone = append(gone, ep.ID)
		}
	}
	for _, id := range gone {
		s.dropEndpoint(id)
	}
}

// latestForCLI says whether an endpoint is a session's second one, which gets
// the latest version.
func (s *Server) latestForCLI(ep *endpoint) bool {
	cs := s.cli[ep.CLI]
	return cs != nil && len(cs.receivers) == 2 && cs.receivers[1] == ep.ID
}

// cliReceivers are the endpoints of the command lines that listen now.
func (s *Server) cliReceivers() []*endpoint {
	var out []*endpoint
	for _, ep := range s.st.Endpoints.rows {
		if ep.CLI != "" {
			out = append(out, ep)
		}
	}
	return out
}

// cliEndpoints are those that only Stripe's command line calls.
func (s *Server) cliEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"POST /v1/stripecli/sessions":         s.createCLISession,
		"GET /v1/payment_pages/{id}":          s.retrievePaymentPage,
		"POST /v1/payment_pages/{id}/confirm": s.confirmPaymentPage,
	}
}
