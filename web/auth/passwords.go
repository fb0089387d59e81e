package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/readerfund/readerfund/payments"
)

// Passwords computes and compares hashes of passwords by argon2id. Each takes memory
// and a processor, so that only some are computed at once and some more wait; more
// than those are turned away. All of a service share one.
type Passwords struct {
	params  argon2id.Params
	dummy   string        // the hash of no password
	queue   chan struct{} // of those that compute or wait
	compute chan struct{}
	wait    time.Duration
}

// The measure of a service: 64 MiB for each of two at once, above what OWASP asks for
// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
const (
	hashMemory  = 64 * 1024 // KiB
	hashPasses  = 2
	hashAtOnce  = 2
	hashWaiting = 16
	hashWait    = 4 * time.Second
)

// NewPasswords makes the measure of a service.
func NewPasswords() *Passwords {
	return LimitedPasswords(argon2id.Params{Memory: hashMemory, Iterations: hashPasses, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		hashAtOnce, hashWaiting, hashWait)
}

// LimitedPasswords computes at most atOnce hashes at a time, while at most waiting
// others wait, each no longer than wait.
func LimitedPasswords(p argon2id.Params, atOnce, waiting int, wait time.Duration) *Passwords {
	encode := func(n uint32) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	return &Passwords{
		params: p, queue: make(chan struct{}, atOnce+waiting), compute: make(chan struct{}, atOnce), wait: wait,
		dummy: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, encode(p.SaltLength), encode(p.KeyLength)),
	}
}

// enter waits for a turn. The error is a *payments.Error of code Unavailable, or that of ctx.
func (p *Passwords) enter(ctx context.Context) (leave func(), err error) {
	busy := &payments.Error{Code: payments.Unavailable, Sentence: "Too many people sign in at this moment. Please try again in a few seconds.",
		RetryAfter: p.wait, Err: errors.New("too many passwords are being checked")}
	select {
	case p.queue <- struct{}{}:
	default:
		return nil, busy
	}
	late := time.NewTimer(p.wait)
	defer late.Stop()
	select {
	case p.compute <- struct{}{}:
		return func() { <-p.compute; <-p.queue }, nil
	case <-late.C:
		<-p.queue
		return nil, busy
	case <-ctx.Done():
		<-p.queue
		return nil, ctx.Err()
	}
}

// hash gives the hash of a password.
func (p *Passwords) hash(ctx context.Context, password string) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := argon2id.CreateHash(password, &p.params)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return hash, nil
}

// matches compares a password with a hash; with none it takes as long and is false.
func (p *Passwords) matches(ctx context.Context, password, hash string) (bool, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if hash == "" || len(password) > longestPassword {
		_, err = argon2id.ComparePasswordAndHash("", p.dummy)
		return false, err
	}
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return same, nil
}

// The lengths of passwords: in letters at least, by NIST SP 800-63B section 3.1.1.2 for
// one of two factors and some more; in bytes at most.
const (
	shortestPassword = 12
	longestPassword  = 512
)

// acceptable tells what is wrong with a password that somebody chose, nil where
// nothing is. Length is what counts; there is no rule about kinds of letters.
func acceptable(password string, p Person) error {
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(strings.ToLower(p.Email), "@")
	switch {
	case utf8.RuneCountInString(password) < shortestPassword:
		return invalid("A password has at least %d letters; a sentence that only you would say is a good one.", shortestPassword)
	case len(password) > longestPassword:
		return invalid("This password is too long; %d letters are enough.", longestPassword/4)
	case len(local) > 3 && strings.Contains(lower, local), len(distinct(lower)) < 5:
		return invalid("This password is easily guessed. Take one without your mail address and with more different letters.")
	}
	return nil
}

func distinct(text string) map[rune]bool {
	all := map[rune]bool{}
	for _, r := range text {
		all[r] = true
	}
	return all
}

// invalid is an error whose sentence is shown to whoever made the mistake.
func invalid(format string, a ...any) error {
	sentence := fmt.Sprintf(format, a...)
	return &payments.Error{Code: payments.Invalid, Sentence: sentence, Err: errors.New(sentence)}
}
