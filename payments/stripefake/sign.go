package stripefake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Sign returns the Stripe-Signature header for a body sent at a time: the time
// in Unix seconds and, for each secret, the HMAC-SHA256 in hex of the time, a
// dot and the exact bytes. Several secrets are in force while one is rolled.
// https://docs.stripe.com/webhooks#verify-manually
func Sign(at time.Time, body []byte, secrets ...string) string {
	parts := []string{fmt.Sprintf("t=%d", at.Unix())}
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%d.", at.Unix())
		mac.Write(body)
		parts = append(parts, "v1="+hex.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(parts, ",")
}
