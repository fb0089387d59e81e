package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// codeStep is how long a code lasts (RFC 6238 section 5.2).
const codeStep = 30 * time.Second

// newSecret makes the secret of an authenticator: 160 bits (RFC 4226 section 4) in
// base32.
func newSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // it never fails (crypto/rand)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// enrolAddress is what the QR code tells an authenticator
// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
func enrolAddress(site, email, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {site}}
	// The label's spaces are %20: some authenticators take a plus as it is.
	return "otpauth://totp/" + url.PathEscape(strings.ReplaceAll(site, ":", "")+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// stepOf finds the step whose code this is: the present one, or one beside it, for
// clocks that go wrong (RFC 6238 section 5.2). It is 0 where there is none.
func stepOf(code, secret string, now time.Time) (int64, error) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	step := now.Unix() / int64(codeStep.Seconds())
	var found int64
	for _, at := range []int64{step - 1, step, step + 1} {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(at*int64(codeStep.Seconds()), 0), totp.ValidateOpts{
			Period: uint(codeStep.Seconds()), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("computing a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = at
		}
	}
	return found, nil
}

// recoveryCodes is how many there are at a time.
const recoveryCodes = 10

// newRecoveryCodes makes codes that each let in once, as they are written down: 80
// bits each, in four groups.
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		text := strings.ToLower(rand.Text()[:16])
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
	}
	return codes
}

// recoveryHash is what is kept of a recovery code. They are random, so that a plain
// hash will do.
func recoveryHash(code string) []byte {
	code = strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(code)))
	hash := sha256.Sum256([]byte(code))
	return hash[:]
}
