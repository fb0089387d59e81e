package histories

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
)

// recorder takes the events that the stand-in delivers: it stands where the
// network would be, and its address ends in the API version it is told in.
type recorder struct {
	hear   func([]byte) error
	mu     sync.Mutex
	bodies map[string]map[string][]byte // by event, by version
}

// receiver is the address of the recorder for an API version. Nothing is ever
// sent there: .invalid is reserved (RFC 2606).
func receiver(version string) string { return "https://receiver.invalid/" + version }

// RoundTrip takes one delivery.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read a delivery: %w", err)
	}
	if err := req.Body.Close(); err != nil {
		return nil, fmt.Errorf("read a delivery: %w", err)
	}
	id, err := idOf(body)
	if err != nil {
		return nil, fmt.Errorf("a delivery is no event: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return nil, fmt.Errorf("a delivery is no event: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hear != nil {
		if err := r.hear(compact.Bytes()); err != nil {
			return nil, fmt.Errorf("hear a delivery: %w", err)
		}
		return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: req}, nil
	}
	if r.bodies[id] == nil {
		r.bodies[id] = map[string][]byte{}
	}
	r.bodies[id][path.Base(req.URL.Path)] = compact.Bytes()
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: req}, nil
}

// idOf reads an event's id, which the stand-in writes first, and nothing else:
// events are large and many.
func idOf(event []byte) (string, error) {
	tokens := json.NewDecoder(bytes.NewReader(event))
	for _, want := range []json.Token{json.Delim('{'), "id"} {
		got, err := tokens.Token()
		if err != nil {
			return "", err
		}
		if got != want {
			return "", fmt.Errorf("it begins with %v and not with its id", got)
		}
	}
	id, err := tokens.Token()
	if text, ok := id.(string); ok {
		return text, err
	}
	return "", errors.Join(errors.New("its id is no text"), err)
}

// reply is an answer of the stand-in, written into memory.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *reply) Header() http.Header         { return r.header }
func (r *reply) WriteHeader(status int)      { r.status = status }
func (r *reply) Write(p []byte) (int, error) { return r.body.Write(p) }

// ask makes a request of the stand-in, without a network between. Whatever it
// refuses is part of the story; that it breaks is not, and ends the story.
func (w *World) ask(method, target, contentType, body string, header http.Header) *reply {
	out := &reply{header: http.Header{}, status: http.StatusOK}
	if w.err != nil {
		out.status = http.StatusServiceUnavailable
		return out
	}
	req, err := http.NewRequestWithContext(w.ctx, method, baseURL+target, strings.NewReader(body))
	if err != nil {
		w.err = fmt.Errorf("%s %s: %w", method, target, err)
		return out
	}
	req.Header.Set("Content-Type", contentType)
	for name, values := range header {
		req.Header[name] = values
	}
	w.server.ServeHTTP(out, req)
	if out.status >= http.StatusInternalServerError {
		w.err = fmt.Errorf("the stand-in answered %s %s with %d: %s", method, target, out.status, out.body.String())
	}
	return out
}

// object is what the API answers.
type object struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Invoice string `json:"latest_invoice"`
	Items   struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	} `json:"items"`
}

// post calls Stripe's API; false where it refuses.
func (w *World) post(target string, form url.Values) (object, bool) {
	return w.call(http.MethodPost, target, form)
}

func (w *World) call(method, target string, form url.Values) (object, bool) {
	header := http.Header{"Authorization": {"Bearer sk_test_histories"}, "Stripe-Version": {w.speaks}}
	if method == http.MethodGet && len(form) > 0 {
		target += "?" + form.Encode()
		form = nil
	}
	if id := form.Get("client_reference_id"); id != "" { // as the service does
		header.Set("Idempotency-Key", "checkout-"+id)
	}
	answer := w.ask(method, target, "application/x-www-form-urlencoded", form.Encode(), header)
	var out object
	if answer.status != http.StatusOK {
		return out, false
	}
	if err := json.Unmarshal(answer.body.Bytes(), &out); err != nil {
		w.err = fmt.Errorf("%s %s: %w", method, target, err)
		return out, false
	}
	return out, true
}

// control turns one of the stand-in's own knobs; false where it refuses.
func (w *World) control(target string, ask map[string]any) bool {
	body, err := json.Marshal(ask)
	if err != nil {
		w.err = fmt.Errorf("%s: %w", target, err)
		return false
	}
	return w.ask(http.MethodPost, "/_control"+target, "application/json", string(body), nil).status == http.StatusOK
}

// page submits a form of the payment page and returns where the payer is sent;
// empty where the payer stays on the page.
func (w *World) page(target string, form url.Values) string {
	answer := w.ask(http.MethodPost, target, "application/x-www-form-urlencoded", form.Encode(), nil)
	return answer.header.Get("Location")
}
