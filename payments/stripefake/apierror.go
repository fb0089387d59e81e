package stripefake

import (
	"errors"
	"fmt"
	"net/http"
)

// errClosed is what those get who wait while the server stops.
var errClosed = errors.New("the Stripe stand-in was closed")

// The error types that Stripe documents.
// https://docs.stripe.com/api/errors
const (
	typeInvalidRequest = "invalid_request_error"
	typeIdempotency    = "idempotency_error"
	typeCard           = "card_error"
	typeAPI            = "api_error"
)

// apiError is a failed request in Stripe's shape.
type apiError struct {
	Status  int    // HTTP status
	Type    string // one of the types above
	Code    string // Stripe's short code; may be empty
	Param   string // the parameter at fault, as users[0][name]; may be empty
	Message string // for the developer who calls
	Header  map[string]string
}

// Error makes apiError an error; the sentence is the message.
func (e *apiError) Error() string { return e.Message }

func (e *apiError) render() object {
	body := object{"type": e.Type, "message": e.Message}
	if e.Code != "" {
		body["code"] = e.Code
		body["doc_url"] = "https://stripe.com/docs/error-codes/" + e.Code
	}
	if e.Param != "" {
		body["param"] = e.Param
	}
	return object{"error": body}
}

// invalid is a 400 about one parameter. code may be empty, as it often is with
// Stripe.
func invalid(param, code, format string, args ...any) *apiError {
	return &apiError{
		Status: http.StatusBadRequest, Type: typeInvalidRequest,
		Code: code, Param: param, Message: fmt.Sprintf(format, args...),
	}
}

// missing says that an object does not exist: 404 where the path names it, 400
// where a parameter does.
func missing(status int, param, what, id string) *apiError {
	return &apiError{
		Status: status, Type: typeInvalidRequest, Code: "resource_missing",
		Param: param, Message: fmt.Sprintf("No such %s: '%s'", what, id),
	}
}
