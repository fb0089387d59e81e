package payments

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure an Error is; callers map it to their own
// answers (an HTTP status, an exit code).
type Code string

// The kinds of failure.
const (
	Invalid     Code = "invalid"     // the caller must change what it asks
	NotFound    Code = "not_found"   // there is no such thing
	Gone        Code = "gone"        // there was, and it cannot be used any more
	Busy        Code = "busy"        // Stripe is slow or refuses for its rate limit: the same call later will do
	Refused     Code = "refused"     // Stripe refuses for a reason that only the operator can mend
	Unavailable Code = "unavailable" // our own database is away
)

// Error carries a sentence that may be shown to a reader, and the cause, which
// may only be logged.
type Error struct {
	Code     Code
	Sentence string
	// RetryAfter says when to try again; only with Busy and Unavailable.
	RetryAfter time.Duration
	Err        error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Sentence)
	}
	return fmt.Sprintf("%s: %v", e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of the first Error in err's chain, or "" where there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
