package stripefake

import (
	"net/http"
	"time"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255            // https://docs.stripe.com/api/idempotent_requests
	idempotencyLife   = 24 * time.Hour // of the stand-in's clock
)

// answer is the stored outcome of a request that carried an idempotency key.
type answer struct {
	Key         string
	Fingerprint string // of method, path and parameters
	RequestID   string
	Status      int
	Body        []byte
	Made        time.Time
}

// claim asks whether a request under key may run. It returns the stored answer
// to replay, or an error, or neither: then the key is the caller's until it
// calls release.
func (s *Server) claim(key, fingerprint string) (*answer, *apiError) {
	if len(key) > maxIdempotencyKey {
		return nil, &apiError{
			Status: http.StatusBadRequest, Type: typeIdempotency,
			Message: "Idempotency keys can be up to 255 characters long.",
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimed[key] {
		return nil, &apiError{
			Status: http.StatusConflict, Type: typeInvalidRequest, Code: "idempotency_key_in_use",
			Message: "Another request with the idempotency key '" + key + "' is still in progress. Try again later.",
		}
	}
	if stored := s.st.Answers[key]; stored != nil && s.now().Sub(stored.Made) < idempotencyLife {
		if stored.Fingerprint != fingerprint {
			return nil, &apiError{
				Status: http.StatusBadRequest, Type: typeIdempotency,
				Message: "Keys for idempotent requests can only be used with the parameters they were first used with. " +
					"Use a key other than '" + key + "' for a different request.",
			}
		}
		return stored, nil
	}
	s.claimed[key] = true
	return nil, nil
}

// release ends a claim and stores the outcome where Stripe would: once the
// request had begun to execute. A 4xx of validation, a conflict or a rate limit
// is not stored.
func (s *Server) release(outcome *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.claimed, outcome.Key)
	if outcome.Status >= 400 && outcome.Status < 500 {
		return
	}
	outcome.Made = s.now()
	s.st.Answers[outcome.Key] = outcome
	s.forgetAnswers()
	s.touch()
}

// abandon ends a claim of which nothing is kept.
func (s *Server) abandon(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.claimed, key)
}

// forgetAnswers drops what is past its life, now and then.
func (s *Server) forgetAnswers() {
	if len(s.st.Answers)%256 != 0 {
		return
	}
	for key, stored := range s.st.Answers {
		if s.now().Sub(stored.Made) >= idempotencyLife {
			delete(s.st.Answers, key)
		}
	}
}
