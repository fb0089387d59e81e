package stripefake

import "net/http"

// accountVersion is the account's default: the version of requests that name
// none, of endpoints that were made without one and of the events in
// GET /v1/events. https://docs.stripe.com/api/versioning
// The caller holds the lock.
func (s *Server) accountVersion() string { return firstOf(s.st.APIVersion, apiVersion) }

// defaultVersion is accountVersion for those who do not hold the lock.
func (s *Server) defaultVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accountVersion()
}

// SetAPIVersion changes the account's default version from now on, as the
// upgrade in Stripe's Dashboard does. Events that were made before stay as they
// are. It fails for a version that the stand-in does not speak.
func (s *Server) SetAPIVersion(version string) error {
	if failure := checkVersion("api_version", version); failure != nil {
		return failure
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.APIVersion = version
	s.touch()
	return nil
}

// controlAccount answers POST /_control/account: the default version.
func (s *Server) controlAccount(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		APIVersion string `json:"api_version"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	if failure := checkVersion("api_version", ask.APIVersion); failure != nil {
		s.answerError(w, failure)
		return
	}
	s.mu.Lock()
	s.st.APIVersion = ask.APIVersion
	s.touch()
	s.mu.Unlock()
	s.controlShowAccount(w, r)
}

// controlShowAccount answers GET /_control/account.
func (s *Server) controlShowAccount(w http.ResponseWriter, _ *http.Request) {
	s.answerJSON(w, map[string]string{"id": accountID, "api_version": s.defaultVersion()})
}

// versionsInUse are the shapes in which an event is frozen: the account's, each
// endpoint's, and always the base's, of which others can be told later.
func (s *Server) versionsInUse() []string {
	seen := map[string]bool{}
	out := []string{}
	add := func(version string) {
		if shape := releaseOf(version); !seen[shape] {
			seen[shape] = true
			out = append(out, shape)
		}
	}
	add(apiVersion)
	add(s.accountVersion())
	for _, ep := range s.st.Endpoints.rows {
		add(firstOf(ep.Version, s.accountVersion()))
	}
	return out
}
