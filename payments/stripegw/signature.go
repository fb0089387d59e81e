package stripegw

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// tolerance bounds the age of a signature, so that a body somebody recorded
// cannot be sent again for ever (https://docs.stripe.com/webhooks#replay-attacks).
// It bounds the future as well: a clock that far off is worth an alarm.
const tolerance = 5 * time.Minute

// Signatures verifies webhook signatures against every secret that may be in
// use: two while Stripe rolls one over.
type Signatures struct{ secrets []string }

// NewSignatures takes the endpoint's secrets; without one, nothing verifies.
func NewSignatures(secrets []string) *Signatures { return &Signatures{secrets: secrets} }

// Verify tells whether body was signed by Stripe, not long before or after now.
// The error says which part failed and holds no secret.
func (s *Signatures) Verify(body []byte, header string, now time.Time) error {
	if header == "" {
		return errors.New("no Stripe-Signature header")
	}
	failed := errors.New("no webhook secret is set")
	for _, secret := range s.secrets {
		if failed = webhook.ValidatePayloadIgnoringTolerance(body, header, secret); failed == nil {
			break
		}
	}
	if failed != nil {
		return failed
	}
	// The library takes the time from the machine; ours comes as an argument.
	at, err := signedAt(header)
	if err != nil {
		return err
	}
	if age := now.Sub(at); age > tolerance || age < -tolerance {
		return fmt.Errorf("signed %s from now, more than %s", age.Round(time.Second), tolerance)
	}
	return nil
}

// signedAt reads the time that the signature covers. Two times in one header are
// no header of Stripe's: one could be signed and the other looked at.
func signedAt(header string) (time.Time, error) {
	var times []string
	for part := range strings.SplitSeq(header, ",") {
		if name, value, _ := strings.Cut(strings.TrimSpace(part), "="); strings.TrimSpace(name) == "t" {
			times = append(times, value)
		}
	}
	if len(times) != 1 {
		return time.Time{}, fmt.Errorf("the signature has %d times", len(times))
	}
	seconds, err := strconv.ParseInt(times[0], 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("signature time: %w", err)
	}
	return time.Unix(seconds, 0), nil
}

// Sign makes the Stripe-Signature header for a body, as Stripe would at that
// time: for posting stored events to an endpoint again.
func Sign(body []byte, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at}).Header
}
