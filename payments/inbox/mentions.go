package inbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// mentions is what the bytes of an event speak of, whether or not they can be
// read as one.
type mentions struct {
	ids       []string // of Stripe's objects that belong to one person
	addresses []string // mail addresses, as they stand there
}

// mentioned looks through raw bytes. It reads no JSON, so that what is broken
// hides nobody.
func mentioned(raw []byte) mentions {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = unescaped(raw)
	}
	var m mentions
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '_' && i > 0:
			start, end := i, i
			for start > 0 && isWord(raw[start-1]) {
				start--
			}
			for end < len(raw) && isWord(raw[end]) {
				end++
			}
			// listed_cus_1 names cus_1: the inbox makes such ids.
			if id := string(raw[start:end]); len(id) <= maxKey {
				id = strings.TrimPrefix(strings.TrimPrefix(id, "listed_"), "asked_")
				if personal(id) {
					m.ids = append(m.ids, id)
				}
			}
			i = end
		case c == '@':
			start, end := i, i+1
			for start > 0 && isOfAddress(raw[start-1]) {
				start--
			}
			for end < len(raw) && isOfAddress(raw[end]) {
				end++
			}
			address := strings.Trim(string(raw[start:end]), ".")
			if len(address) <= maxKey && !strings.HasPrefix(address, "@") && !strings.HasSuffix(address, "@") {
				m.addresses = append(m.addresses, address)
			}
			i = end
		default:
			i++
		}
	}
	slices.Sort(m.ids)
	slices.Sort(m.addresses)
	m.ids, m.addresses = slices.Compact(m.ids), slices.Compact(m.addresses)
	return m
}

// personal tells ids of objects that belong to one person from all others: those
// of events, prices, payouts and the like (https://docs.stripe.com/api, under each
// object's id).
func personal(id string) bool {
	prefix, rest, _ := strings.Cut(id, "_")
	if rest == "" {
		return false
	}
	switch prefix {
	case "cus", "sub", "in", "cs", "pi", "ch", "py":
		return true
	default:
		return means(id)
	}
}

// means tells ids of what a person pays with, and of their permissions to use it:
// events name them beside a customer, and then alone.
func means(id string) bool {
	prefix, rest, _ := strings.Cut(id, "_")
	switch prefix {
	case "pm", "seti", "mandate", "src", "card", "ba":
		return len(rest) >= 8 && strings.ContainsAny(rest, "0123456789") // not a field's name
	default:
		return false
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isOfAddress takes what an address may hold unquoted (RFC 5322, atext), and all
// that is not ASCII.
func isOfAddress(c byte) bool {
	return isWord(c) || c >= 0x80 || strings.IndexByte(".!#$%&'*+-/=?^`{|}~@", c) >= 0
}

// unescaped replaces the escapes of JSON strings, wherever they stand.
func unescaped(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			out = append(out, raw[i])
			continue
		}
		i++
		if raw[i] != 'u' {
			if raw[i] == '/' {
				out = append(out, '/')
			} else {
				out = append(out, ' ') // a quote, a line's end: it ends an address
			}
			continue
		}
		if r, ok := hex4(raw[i+1:]); ok {
			out = utf8.AppendRune(out, r)
			i += 4
		}
	}
	return out
}

func hex4(digits []byte) (rune, bool) {
	if len(digits) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range digits[:4] {
		place := strings.IndexByte("0123456789abcdef", c|0x20)
		if c < '0' || place < 0 {
			return 0, false
		}
		r = r<<4 | rune(place)
	}
	return r, true
}

// made is when the object that raw tells of was made, else the event, by Stripe's
// clock in Unix seconds; 0 where neither can be read.
func made(raw []byte) int64 {
	var e struct {
		Created json.RawMessage `json:"created"`
		Data    struct {
			Object struct {
				Created json.RawMessage `json:"created"`
			} `json:"object"`
		} `json:"data"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return 0
	}
	for _, told := range []json.RawMessage{e.Data.Object.Created, e.Created} {
		var at int64
		if json.Unmarshal(told, &at) == nil && at > 0 {
			return at
		}
	}
	return 0
}
