package inbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Tally counts what a replay did.
type Tally struct{ Events, New, Duplicate, Parked, Ignored, Broken int }

// String is the last line that replay prints; others rely on its form.
func (t Tally) String() string {
	return fmt.Sprintf("events=%d new=%d duplicate=%d parked=%d ignored=%d", t.Events, t.New, t.Duplicate, t.Parked, t.Ignored)
}

func (t *Tally) add(o Outcome) {
	t.Events++
	switch o {
	case Merged:
		t.New++
	case Duplicate:
		t.Duplicate++
	case Parked:
		t.Parked++
	case Ignored:
		t.Ignored++
	}
}

// maxEvent bounds one event in a file, in bytes; Stripe's are far smaller.
const maxEvent = 8 << 20

// Replay takes in events from r: one JSON object a line, or one JSON array, or
// Stripe's list object. A line that is not a JSON object goes to broken with its number
// (in an array or a list, the entry's number) and does not stop the rest. An
// error means that the database could not store; what was taken in stays.
func (in *Inbox) Replay(ctx context.Context, r io.Reader, broken func(number int, err error)) (Tally, error) {
	var tally Tally
	take := func(number int, raw []byte) error {
		if why := noEvent(raw); why != nil {
			tally.Broken++
			broken(number, why)
			return nil
		}
		outcome, err := in.Receive(ctx, raw)
		if err != nil {
			return err
		}
		tally.add(outcome)
		return nil
	}
	buffered := bufio.NewReaderSize(r, 64<<10)
	first, err := firstByte(buffered)
	if errors.Is(err, io.EOF) {
		return tally, nil
	}
	if err != nil {
		return tally, fmt.Errorf("reading events: %w", err)
	}
	start, _ := buffered.Peek(4096)
	if first == '[' || isList(start) || isIndented(start) {
		err = values(buffered, take)
	} else {
		err = lines(buffered, take)
	}
	if cut, ok := errors.AsType[*cutShortError](err); ok {
		tally.Broken++
		broken(cut.number, cut.err)
		return tally, nil
	}
	return tally, err
}

// noEvent says why a line of a file cannot be an event at all. Stripe's own
// deliveries are kept whatever they hold; a file that was named by mistake is not.
func noEvent(raw []byte) error {
	switch {
	case !json.Valid(raw):
		return errors.New("not JSON")
	case bytes.TrimSpace(raw)[0] != '{':
		return errors.New("not an event but " + string(raw[:min(len(raw), 20)]))
	default:
		return nil
	}
}

func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if !bytes.ContainsRune([]byte(" \t\r\n\ufeff"), rune(b)) && b < 0x80 {
			return b, r.UnreadByte()
		}
	}
}

// isIndented tells JSON that was printed for people: its first line is not whole,
// and its second begins with a blank.
func isIndented(start []byte) bool {
	line, rest, more := bytes.Cut(start, []byte("\n"))
	return more && !json.Valid(line) && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t')
}

// isList tells Stripe's list object from an event by what comes first.
func isList(start []byte) bool {
	d := json.NewDecoder(bytes.NewReader(start))
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth != 1 {
			if token == json.Delim('[') {
				return false
			}
			continue
		}
		if token == "object" {
			value, err := d.Token()
			return err == nil && value == "list"
		}
		if token == "data" {
			value, err := d.Token()
			return err == nil && value == json.Delim('[')
		}
	}
}

func lines(r *bufio.Reader, take func(int, []byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), maxEvent)
	number := 0
	for scanner.Scan() {
		number++
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := take(number, bytes.Clone(line)); err != nil {
			return err
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &cutShortError{number + 1, fmt.Errorf("longer than %d bytes", maxEvent)}
	} else if err != nil {
		return fmt.Errorf("reading events: %w", err)
	}
	return nil
}

// cutShortError ends a replay whose file cannot be read any further.
type cutShortError struct {
	number int
	err    error
}

func (c *cutShortError) Error() string { return c.err.Error() }

// values reads JSON values one after another: arrays and lists by their
// entries, anything else as an event.
func values(r io.Reader, take func(int, []byte) error) error {
	d := json.NewDecoder(r)
	number := 0
	next := func() (json.RawMessage, error) {
		number++
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			return nil, io.EOF
		} else if err != nil {
			return nil, &cutShortError{number, err}
		}
		return raw, nil
	}
	for {
		raw, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		entries := []json.RawMessage{raw}
		var list struct {
			Object string            `json:"object"`
			Data   []json.RawMessage `json:"data"`
		}
		switch {
		case raw[0] == '[':
			err = json.Unmarshal(raw, &entries)
		case raw[0] == '{' && json.Unmarshal(raw, &list) == nil && list.Object == "list":
			entries = list.Data
		}
		if err != nil {
			return &cutShortError{number, err}
		}
		for i, entry := range entries {
			if err := take(number+i, entry); err != nil {
				return err
			}
		}
		number += max(len(entries)-1, 0)
	}
}
