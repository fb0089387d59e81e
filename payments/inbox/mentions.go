package inbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
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
			if id := string(raw[start:end]); len(id) <= maxKey && personal(id) {
				m.ids = append(m.ids, id)
			}
			i = end
		case c == '@':
			start, end := i, i+1
			for start > 0 && isOfAddress(raw[start-1]) {
				start--
			}
			for end < len(raw) && isOfHost(raw[end]) {
				end++
			}
			if end-start <= maxKey {
				m.addresses = append(m.addresses, addressesAt(string(raw[start:i]), string(raw[i+1:end]))...)
			}
			i = max(end, i+1)
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

// addressesAt are the addresses that may be meant by what stands on the two sides of
// an at sign: mostly one, and shorter ones where something stands right before it,
// as in a link's query or between quotes that are not ASCII.
func addressesAt(local, host string) []string {
	locals, hosts := []string{strings.TrimLeft(local, ".")}, []string{host}
	for _, before := range []func(rune) bool{besideAddress, func(r rune) bool { return r >= utf8.RuneSelf || besideAddress(r) }} {
		if at := strings.LastIndexFunc(local, before); at >= 0 {
			_, size := utf8.DecodeRuneInString(local[at:])
			locals = append(locals, local[at+size:])
		}
	}
	if at := strings.IndexFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }); at >= 0 {
		hosts = append(hosts, host[:at])
	}
	var all []string
	for _, l := range locals {
		for _, h := range hosts {
			if h = strings.Trim(h, ".-"); l != "" && h != "" {
				all = append(all, l+"@"+h)
			}
		}
	}
	return all
}

// besideAddress tells signs that an address may hold, and that far more often stand
// beside one.
func besideAddress(r rune) bool { return strings.ContainsRune("/=?&|#!*`^{}$'~", r) }

// isOfAddress takes what may stand before the at sign unquoted (RFC 5322, atext, and
// RFC 6531: all that is not ASCII).
func isOfAddress(c byte) bool {
	return isWord(c) || c >= 0x80 || strings.IndexByte(".!#$%&'*+-/=?^`{|}~", c) >= 0
}

// isOfHost takes what may stand after it.
func isOfHost(c byte) bool { return isWord(c) || c >= 0x80 || c == '.' || c == '-' }

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
	r, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	return rune(r), err == nil
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
