package stripefake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// deliveryState says how far one event got with one endpoint.
type deliveryState string

const (
	pending   deliveryState = "pending"   // a first attempt or a retry is to come
	delivered deliveryState = "delivered" // the endpoint answered 2xx
	abandoned deliveryState = "abandoned" // retried for three days, or the endpoint is gone
)

// delivery is one event on its way to one endpoint.
type delivery struct {
	Endpoint string
	State    deliveryState
	Attempts []attempt

	sending bool // an attempt is under way
}

// attempt is one try, as /_control/events shows it.
type attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"` // of the answer; 0 where there was none
	Error  string    `json:"error,omitempty"`
}

// retryFor is how long Stripe retries a delivery.
// https://docs.stripe.com/webhooks#behaviors
const retryFor = 3 * 24 * time.Hour

// defaultBackoff starts far shorter than Stripe's, so that someone developing
// does not wait; its last step repeats until retryFor is over.
func defaultBackoff() []time.Duration {
	return []time.Duration{
		200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
		15 * time.Second, 30 * time.Second, time.Minute, time.Minute, time.Minute, 2 * time.Minute,
		5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	}
}

// send puts an event on its way to an endpoint.
func (s *Server) send(e *event, ep *endpoint, wait time.Duration) {
	e.Deliveries = append(e.Deliveries, &delivery{Endpoint: ep.ID, State: pending})
	s.pendingDeliveries++
	s.schedule(job{Due: s.now().Add(wait), Kind: jobDeliver, Ref: e.ID, Endpoint: ep.ID})
}

// resend makes one more attempt for an endpoint, outside the usual retries.
func (s *Server) resend(e *event, ep *endpoint) {
	if e.delivery(ep.ID) == nil {
		s.send(e, ep, 0)
		return
	}
	s.schedule(job{Due: s.now(), Kind: jobDeliver, Ref: e.ID, Endpoint: ep.ID, Resend: true})
}

func (e *event) delivery(endpoint string) *delivery {
	for _, d := range e.Deliveries {
		if d.Endpoint == endpoint {
			return d
		}
	}
	return nil
}

// resumeDeliveries continues the deliveries that no job waits for: they were
// under way when the process ended, or their endpoint was away.
func (s *Server) resumeDeliveries() {
	waiting := map[[2]string]bool{}
	for _, j := range s.st.Jobs.waiting() {
		waiting[[2]string{j.Ref, j.Endpoint}] = true
	}
	s.pendingDeliveries = 0
	for _, e := range s.st.Events.rows {
		for _, d := range e.Deliveries {
			if d.State != pending {
				continue
			}
			s.pendingDeliveries++
			if !d.sending && !waiting[[2]string{e.ID, d.Endpoint}] {
				s.schedule(job{Due: s.now(), Kind: jobDeliver, Ref: e.ID, Endpoint: d.Endpoint})
			}
		}
	}
}

// startDelivery makes one attempt in the background.
func (s *Server) startDelivery(j job) {
	e, ok := s.st.Events.get(j.Ref)
	if !ok || s.ctx.Err() != nil {
		return // when stopping, the delivery stays pending and is resumed
	}
	ep, ok := s.st.Endpoints.get(j.Endpoint)
	d := e.delivery(j.Endpoint)
	if !ok || d == nil || ep.away || d.State != pending && !j.Resend {
		return
	}
	d.sending = true
	copies := 1
	if s.happens(s.st.Faults.Duplicate) {
		copies = 2
	}
	dropped := s.happens(s.st.Faults.Drop)
	body := pretty(e.render(e.versionFor(ep)))
	url, secrets := ep.URL, ep.Secrets
	for i := range copies {
		s.inFlight++
		if ep.CLI != "" && !dropped {
			p := s.pack(e, ep, d, j, body, i == 0)
			s.sending.Go(func() { s.tell(p) })
			continue
		}
		s.sending.Go(func() {
			status, err := 0, errDropped
			if !dropped {
				status, err = s.post(url, secrets, body)
			}
			// A duplicate only arrives once more; the original decides on retries.
			s.finishAttempt(e, d, j, status, err, i == 0)
		})
	}
}

var errDropped = errors.New("lost on the way (asked for by /_control/faults)")

// post sends the exact bytes it signs. The signature carries the base clock's
// time, not the moved one: the receiver compares it with its own clock, and
// would take a signature from next month for a forgery.
func (s *Server) post(url string, secrets []string, body []byte) (int, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-s.ctx.Done():
		return 0, errClosed
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.DeliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	req.Header.Set("Accept", "*/*; q=0.5, application/xml")
	req.Header.Set("Cache-Control", "no-cache")
	req.Header.Set("Stripe-Signature", Sign(s.opts.Clock(), body, secrets...))
	resp, err := s.opts.HTTPClient.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, fmt.Errorf("the endpoint answered %d", resp.StatusCode)
	}
	return resp.StatusCode, err
}

// finishAttempt notes what came of an attempt and plans the next one.
func (s *Server) finishAttempt(e *event, d *delivery, j job, status int, err error, decides bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	d.sending = d.sending && !decides
	defer s.announce()
	if s.ctx.Err() != nil && err != nil {
		return // stopping: the delivery stays pending and is resumed
	}
	note := attempt{At: s.now(), Status: status}
	if err != nil {
		note.Error = err.Error()
	}
	d.Attempts = append(d.Attempts, note)
	s.touch()
	switch {
	case err == nil:
		s.settleDelivery(d, delivered)
	case !decides || j.Resend || d.State != pending:
	default:
		s.planRetry(e, d)
	}
}

func (s *Server) planRetry(e *event, d *delivery) {
	steps := s.opts.Backoff
	wait := steps[min(len(d.Attempts), len(steps))-1]
	if s.now().Add(wait).Sub(time.Unix(e.Created, 0)) > retryFor {
		s.settleDelivery(d, abandoned)
		s.log.Warn("stripe stand-in: gave up on an event", "event", e.ID, "type", e.Type, "attempts", len(d.Attempts))
		return
	}
	s.schedule(job{Due: s.now().Add(wait), Kind: jobDeliver, Ref: e.ID, Endpoint: d.Endpoint})
}

// settleDelivery ends the waiting for a delivery.
func (s *Server) settleDelivery(d *delivery, to deliveryState) {
	if d.State == pending {
		s.pendingDeliveries--
	}
	d.State = to
	s.announce()
}

// announce wakes those who wait for deliveries.
func (s *Server) announce() {
	close(s.moved)
	s.moved = make(chan struct{})
}
