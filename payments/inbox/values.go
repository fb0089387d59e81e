package inbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// values reads JSON values one after another, arrays and Stripe's list objects by
// their entries, anything else as an event. It holds one entry at a time, however
// long an array is, and only finds where each ends: an entry that is broken inside
// keeps none of those after it from being read.
type values struct {
	r      *bufio.Reader
	take   func(number int, raw []byte) error
	broken func(number int, err error)
	number int // of the last entry
}

// errCutShort ends the reading where what follows cannot be told apart.
var errCutShort = errors.New("the file ends in the middle")

func (v *values) all() error {
	for {
		first, err := firstByte(v.r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading events: %w", err)
		}
		switch start, _ := v.r.Peek(4096); {
		case first == '[':
			err = v.array()
		case isList(start):
			err = v.list()
		default:
			err = v.entry()
		}
		if cut, ok := errors.AsType[*cutShortError](err); ok {
			v.broken(v.number+1, cut.err)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// entry hands on the value that begins here.
func (v *values) entry() error {
	raw, err := v.value()
	if err != nil {
		return err
	}
	v.number++
	return v.take(v.number, raw)
}

// array hands on the entries of the array that begins here.
func (v *values) array() error {
	if _, err := v.r.Discard(1); err != nil {
		return err
	}
	for {
		switch first, err := v.next(); {
		case err != nil:
			return err
		case first == ']':
			_, err := v.r.Discard(1)
			return err
		}
		if err := v.entry(); err != nil {
			return err
		}
	}
}

// list hands on the entries of data of the list object that begins here.
func (v *values) list() error {
	if _, err := v.r.Discard(1); err != nil {
		return err
	}
	var name []byte // of the field whose value comes
	for {
		first, err := v.next()
		switch {
		case err != nil:
			return err
		case first == '}':
			_, err := v.r.Discard(1)
			return err
		case first == '[' && string(name) == `"data"`:
			err = v.array()
			name = nil
		default:
			name, err = v.value()
		}
		if err != nil {
			return err
		}
	}
}

// next passes over what stands between two values and gives the byte after it.
func (v *values) next() (byte, error) {
	for {
		first, err := firstByte(v.r)
		if err != nil {
			return 0, v.cut(err)
		}
		if first != ',' && first != ':' {
			return first, nil
		}
		if _, err := v.r.Discard(1); err != nil {
			return 0, v.cut(err)
		}
	}
}

// value gives the value that begins here: through the bracket that closes it, or
// the end of a string, or before what may follow a word or number.
func (v *values) value() ([]byte, error) {
	var raw []byte
	depth, quoted, escaped := 0, false, false
	for {
		b, err := v.r.ReadByte()
		if errors.Is(err, io.EOF) && depth == 0 && !quoted && len(raw) > 0 {
			return raw, nil
		}
		if err != nil {
			return nil, v.cut(err)
		}
		if depth == 0 && !quoted && len(raw) > 0 && bytes.IndexByte([]byte(" \t\r\n,:[]{}\""), b) >= 0 {
			return raw, v.r.UnreadByte()
		}
		if raw = append(raw, b); len(raw) > maxEvent {
			return nil, &cutShortError{fmt.Errorf("longer than %d bytes", maxEvent)}
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = b == '\\', b != '"'
		case b == '"':
			quoted = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		}
		if !quoted && depth <= 0 && (b == '"' || b == '}' || b == ']') {
			return raw, nil
		}
	}
}

func (v *values) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return &cutShortError{errCutShort}
	}
	return fmt.Errorf("reading events: %w", err)
}

// cutShortError says why the rest of a file cannot be read.
type cutShortError struct{ err error }

func (c *cutShortError) Error() string { return c.err.Error() }
