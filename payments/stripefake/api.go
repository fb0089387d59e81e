package stripefake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/stripe/stripe-mock/param"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// call is one API request that passed all checks and is being carried out,
// under the server's lock.
type call struct {
	params
	id      string // the {id} of the path
	why     cause
	version string // in which to answer
	view    view
	expand  expansion
}

// endpointFunc carries a call out: an object to answer with, or an error.
type endpointFunc func(*call) (object, *apiError)

// apiHandler serves /v1/.
func (s *Server) apiHandler() http.Handler {
	mux := http.NewServeMux()
	for _, group := range s.endpoints() {
		for pattern, do := range group {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serveCall(w, r, do) })
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serveCall(w, r, func(*call) (object, *apiError) {
			return nil, &apiError{
				Status: http.StatusNotFound, Type: typeInvalidRequest,
				Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + "), or one that this stand-in does not have.",
			}
		})
	})
	return mux
}

// endpoints are the API's operations. Each group of resources brings its own,
// beside the code that carries them out; the mux refuses what two of them claim.
func (s *Server) endpoints() []map[string]endpointFunc {
	return []map[string]endpointFunc{
		s.accountEndpoints(),
		s.catalogueEndpoints(),
		s.checkoutEndpoints(),
		s.paymentEndpoints(),
		s.directEndpoints(),
		s.moneyEndpoints(),
		s.billingEndpoints(),
		s.portalEndpoints(),
		s.eventEndpoints(),
		s.cliEndpoints(),
	}
}

// serveCall takes a request through every check of the API, in Stripe's order,
// and then through do.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request, do endpointFunc) {
	requestID := s.nextID("req_", 14)
	w.Header().Set("Request-Id", requestID)
	version := firstOf(r.Header.Get("Stripe-Version"), s.defaultVersion())
	w.Header().Set("Stripe-Version", version)

	if failure := authenticate(r); failure != nil {
		s.answerError(w, failure)
		return
	}
	if failure := checkVersion("", version); failure != nil {
		s.answerError(w, failure)
		return
	}
	failure, failAfter := s.troubled(r)
	if failure != nil {
		s.answerError(w, failure)
		return
	}
	p, failure := readParams(w, r)
	if failure != nil {
		s.answerError(w, failure)
		return
	}

	key := r.Header.Get(idempotencyHeader)
	if r.Method != http.MethodPost {
		key = "" // other methods are idempotent by definition; Stripe ignores it
	}
	print := requestFingerprint(r, p)
	if key != "" {
		w.Header().Set(idempotencyHeader, key)
		stored, failure := s.claim(key, print)
		if failure != nil {
			s.answerError(w, failure)
			return
		}
		if stored != nil {
			w.Header().Set("Idempotent-Replayed", "true")
			w.Header().Set("Original-Request", stored.RequestID)
			s.answer(w, stored.Status, stored.Body)
			return
		}
	}
	released := key == ""
	defer func() {
		if !released { // a panic must not leave the key claimed for ever
			s.abandon(key)
		}
	}()

	status, body, header := s.carryOut(r, p, version, cause{Request: requestID, Key: key}, do)
	if failAfter && status < 400 {
		lost := &apiError{Status: http.StatusInternalServerError, Type: typeAPI, Message: "An unknown error occurred. (Asked for by /_control/faults.)"}
		status, body = lost.Status, pretty(lost.render())
	}
	if key != "" {
		released = true
		s.release(&answer{Key: key, Fingerprint: print, RequestID: requestID, Status: status, Body: body})
	}
	for name, value := range header {
		w.Header().Set(name, value)
	}
	s.answer(w, status, body)
}

// carryOut validates and runs a call and renders what comes of it, at a version.
func (s *Server) carryOut(r *http.Request, p params, version string, why cause, do endpointFunc) (int, []byte, map[string]string) {
	sp, err := s.spec()
	if err != nil {
		failure := &apiError{Status: http.StatusInternalServerError, Type: typeAPI, Message: err.Error()}
		return failure.Status, pretty(failure.render()), nil
	}
	restore, failure := asBase(r, version, p)
	if failure == nil {
		failure = sp.validate(r, p)
	}
	if failure == nil {
		restore()
		var body []byte
		if body, failure = s.do(r, p, version, why, do); failure == nil {
			return http.StatusOK, body, nil
		}
	}
	return failure.Status, pretty(failure.render()), failure.Header
}

// do runs one call under the lock.
func (s *Server) do(r *http.Request, p params, version string, why cause, do endpointFunc) ([]byte, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue() // what is due has happened by the time anyone asks
	c := &call{params: p, id: r.PathValue("id"), why: why, version: version, view: s.view(), expand: parseExpand(p.texts("expand"))}
	result, failure := do(c)
	if failure != nil {
		return nil, failure
	}
	result = c.view.shape(version, result, c.expand)
	// Only where nothing was done yet that a refusal would leave behind.
	if field := c.expand.notIn(result); field != "" && r.Method == http.MethodGet {
		return nil, invalid("expand", "", "This property cannot be expanded (%s).", field)
	}
	return pretty(result), nil
}

// authenticate accepts any secret test key of a plausible length, as Bearer
// token or as the user name of basic authentication.
func authenticate(r *http.Request) *apiError {
	key, _, ok := r.BasicAuth()
	if !ok {
		key, ok = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	unauthorized := &apiError{Status: http.StatusUnauthorized, Type: typeInvalidRequest}
	switch {
	case !ok || key == "":
		unauthorized.Message = "You did not provide an API key. Send it as a Bearer token: 'Authorization: Bearer sk_test_…'."
	case len(key) < 12 || !(strings.HasPrefix(key, "sk_test_") || strings.HasPrefix(key, "rk_test_")):
		unauthorized.Message = "Invalid API Key provided: " + key[:min(len(key), 8)] + "***. The stand-in takes any sk_test_… key of 12 characters or more."
	default:
		return nil
	}
	return unauthorized
}

func readParams(w http.ResponseWriter, r *http.Request) (params, *apiError) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, &apiError{Status: http.StatusRequestEntityTooLarge, Type: typeInvalidRequest, Message: "The request's body is larger than 1 MiB."}
		}
		return nil, invalid("", "", "The request's body could not be read.")
	}
	if failure := wellNamed(r.URL.RawQuery + "&" + string(body)); failure != nil {
		return nil, failure
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p, err := param.ParseParams(r)
	if err != nil {
		return nil, invalid("", "", "The parameters could not be parsed: %v.", err)
	}
	if p == nil {
		p = map[string]any{}
	}
	return p, nil
}

var parameterName = regexp.MustCompile(`^[^\[\]]+(\[[^\[\]]*\])*$`)

// wellNamed refuses names whose brackets do not pair, as those of metadata keys
// with brackets in them: the parser would quietly cut them short.
func wellNamed(form string) *apiError {
	for pair := range strings.SplitSeq(form, "&") {
		raw, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(raw)
		if err != nil || name != "" && !parameterName.MatchString(name) {
			return invalid(name, "", "Invalid parameter name: %q. Metadata keys cannot contain square brackets.", raw)
		}
	}
	return nil
}

// requestFingerprint identifies a request's method, path and parameters
// whatever their order. The parameters are still untyped here.
func requestFingerprint(r *http.Request, p params) string {
	canonical, err := json.Marshal(p)
	if err != nil {
		canonical = []byte(err.Error())
	}
	sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), canonical...))
	return hex.EncodeToString(sum[:])
}

func (s *Server) answerError(w http.ResponseWriter, failure *apiError) {
	for name, value := range failure.Header {
		w.Header().Set(name, value)
	}
	s.answer(w, failure.Status, pretty(failure.render()))
}

func (s *Server) answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache, no-store")
	// By its own clock, which a caller may have moved ahead.
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil { //nolint:gosec // JSON under its own content type, never shown as a page
		s.log.Debug("stripe stand-in: the caller went away", "error", err)
	}
}

// pretty encodes as Stripe does, with two spaces of indentation. What it is
// given holds only what JSON can say.
func pretty(o object) []byte {
	out, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic("stripefake: an object that JSON cannot hold: " + err.Error())
	}
	return append(out, '\n')
}
