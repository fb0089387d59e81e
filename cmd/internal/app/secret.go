package app

import (
	"fmt"
	"log/slog"
)

// redacted is what every formatted secret reads as.
const redacted = "[redacted]"

// Secret is a value that must never be printed: a key, a password, an address
// that holds one. Every way of formatting it gives "[redacted]" (an empty one
// gives nothing, so that "not set" stays visible); Reveal gives the value.
type Secret string

// Reveal returns the value itself, for the one place that has to send it.
func (s Secret) Reveal() string { return string(s) }

// String redacts.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format redacts under every verb: without it %d and %x would print the bytes.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.String()) }

// LogValue redacts in structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText redacts in JSON and in every other text encoding.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
