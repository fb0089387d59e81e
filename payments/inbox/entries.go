package inbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxEvent bounds one event in a file, in bytes; Stripe's are far smaller.
const maxEvent = 8 << 20

// Entries reads events from r: one JSON object a line, or one JSON array, or
// Stripe's list object, or objects that were printed for people. Each is given
// to take with the number of its line (in an array or a list, of the entry).
// What cannot be read goes to broken with its number and does not stop the rest,
// where the rest can be told from it. One entry is held in memory at a time.
// An error is take's, or that r cannot be read.
func Entries(r io.Reader, take func(number int, raw []byte) error, broken func(number int, err error)) error {
	buffered := bufio.NewReaderSize(r, 256<<10)
	first, err := firstByte(buffered)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading events: %w", err)
	}
	start, _ := buffered.Peek(4096)
	if first != '[' && !isList(start) && !isIndented(start) {
		return lines(buffered, take, broken)
	}
	return (&values{r: buffered, take: take, broken: broken}).all()
}

// NoEvent says why an entry of a file cannot be an event at all. Stripe's own
// deliveries are kept whatever they hold; a file that was named by mistake is not.
func NoEvent(raw []byte) error {
	switch {
	case !json.Valid(raw):
		return errors.New("not JSON")
	case bytes.TrimSpace(raw)[0] != '{':
		return errors.New("not an event but " + string(raw[:min(len(raw), 20)]))
	}
	var is struct {
		Object *string         `json:"object"`
		Type   json.RawMessage `json:"type"`
		Data   json.RawMessage `json:"data"`
	}
	switch err := json.Unmarshal(raw, &is); {
	case err == nil && is.Object != nil && *is.Object != "event":
		return errors.New("not an event but a " + printable(*is.Object))
	case err == nil && is.Type == nil && is.Data == nil:
		return errors.New("not an event: it has no type and no data")
	}
	return nil
}

// printable keeps what a file says of itself short and on one line.
func printable(s string) string {
	return strings.Trim(strconv.QuoteToASCII(s[:min(len(s), 40)]), `"`)
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

// isIndented tells JSON that was printed for people: its first line is a bracket.
func isIndented(start []byte) bool {
	line, _, more := bytes.Cut(start, []byte("\n"))
	return more && string(bytes.TrimSpace(line)) == "{"
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

// lines reads one entry a line. A line that is too long to be an event is passed
// over without being held in memory.
func lines(r *bufio.Reader, take func(int, []byte) error, broken func(int, error)) error {
	var line []byte
	tooLong := false
	for number := 1; ; {
		part, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > maxEvent; !tooLong {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading events: %w", err)
		}
		entry := bytes.TrimSpace(line)
		switch {
		case tooLong:
			broken(number, fmt.Errorf("longer than %d bytes", maxEvent))
		case len(entry) > 0:
			if err := take(number, bytes.Clone(entry)); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, tooLong = line[:0], false
		number++
	}
}
