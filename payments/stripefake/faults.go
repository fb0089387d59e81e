package stripefake

import (
	"net/http"
	"time"
)

// faults are the troubles that POST /_control/faults asks for. Shares lie
// between 0 and 1. The zero value is a calm day.
type faults struct {
	// Drop is the share of delivery attempts that get lost on the way. They
	// count as failed and are retried.
	Drop float64 `json:"drop"`
	// Lose is the share of events that are never delivered by themselves, as
	// when an endpoint was down for longer than Stripe retries. They are still
	// in GET /v1/events.
	Lose float64 `json:"lose"`
	// Duplicate is the share of deliveries that are sent twice.
	Duplicate float64 `json:"duplicate"`
	// Twin is the share of changes for which Stripe makes two events, with ids of
	// their own.
	Twin float64 `json:"twin"`
	// Reorder holds each delivery back for a random while.
	Reorder bool `json:"reorder"`
	// DelayMS delays each delivery, in milliseconds.
	DelayMS int `json:"delay_ms"`
	// RateLimit is the number of API calls a second above which Stripe's 429 is
	// the answer; 0 is no limit.
	RateLimit int `json:"rate_limit"`
	// Lock is the share of POSTs answered 429 because something else holds the
	// object, before anything was done.
	Lock float64 `json:"lock"`
	// Error is the share of API calls answered 500 before anything was done and
	// without anything being kept: trying again may work.
	Error float64 `json:"error"`
	// ErrorAfter is the share of POSTs that are carried out and then answered
	// 500, an answer which Stripe keeps under the idempotency key and replays.
	ErrorAfter float64 `json:"error_after"`
}

// reorderWithin is how long a reordered delivery is held back at most.
const reorderWithin = 300 * time.Millisecond

func (f faults) valid() *apiError {
	for name, share := range map[string]float64{
		"drop": f.Drop, "lose": f.Lose, "duplicate": f.Duplicate, "twin": f.Twin, "lock": f.Lock, "error": f.Error, "error_after": f.ErrorAfter,
	} {
		if share < 0 || share > 1 {
			return invalid(name, "", "%s is a share between 0 and 1, not %v.", name, share)
		}
	}
	if f.DelayMS < 0 || f.RateLimit < 0 {
		return invalid("delay_ms", "", "delay_ms and rate_limit cannot be negative.")
	}
	return nil
}

// happens draws from the stand-in's own chance.
func (s *Server) happens(share float64) bool { return share > 0 && s.chance.Float64() < share }

// hold is how long a new delivery waits before its first attempt.
func (s *Server) hold() time.Duration {
	wait := time.Duration(s.st.Faults.DelayMS) * time.Millisecond
	if s.st.Faults.Reorder {
		wait += time.Duration(s.chance.Int64N(int64(reorderWithin)))
	}
	return wait
}

// overRate counts an API call and says whether it is one too many in its second.
func (s *Server) overRate() bool {
	limit := s.st.Faults.RateLimit
	if limit == 0 {
		return false
	}
	now := s.now()
	if now.Sub(s.rateSince) >= time.Second {
		s.rateSince, s.rateCount = now, 0
	}
	s.rateCount++
	return s.rateCount > limit
}

// troubled draws the fault of one API call: a failure to answer with at once,
// and whether the call fails after it was carried out.
func (s *Server) troubled(r *http.Request) (failure *apiError, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.overRate() {
		return tooMany("rate_limit", "global-rate",
			"Request rate limit exceeded. Too many requests hit the API too quickly. We recommend an exponential backoff of your requests."), false
	}
	if r.Method == http.MethodPost && s.happens(s.st.Faults.Lock) {
		return tooMany("lock_timeout", "resource-specific",
			"This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "+
				"If you see this error intermittently, retry the request."), false
	}
	if s.happens(s.st.Faults.Error) {
		return &apiError{
			Status: http.StatusInternalServerError, Type: typeAPI,
			Message: "An unknown error occurred. (Asked for by /_control/faults.)",
		}, false
	}
	return nil, r.Method == http.MethodPost && s.happens(s.st.Faults.ErrorAfter)
}

// tooMany is Stripe's 429: over a limit, or in the way of another request.
// https://docs.stripe.com/rate-limits
func tooMany(code, reason, message string) *apiError {
	return &apiError{
		Status: http.StatusTooManyRequests, Type: typeInvalidRequest, Code: code, Message: message,
		Header: map[string]string{"Retry-After": "1", "Stripe-Rate-Limited-Reason": reason, "Stripe-Should-Retry": "true"},
	}
}
