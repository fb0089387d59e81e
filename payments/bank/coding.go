package bank

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// coded is a file as UTF-8, and the coding that it was taken to be in; "" for UTF-8.
type coded struct{ coding, text string }

// decoded gives the file in each coding that it may be in, the likeliest first. Older
// programs of banks write a coding of their country's; which one is seen from the
// headings alone.
func decoded(raw []byte) ([]coded, error) {
	noText := errors.New("this is no text: export the statement as CSV, not as a spreadsheet or PDF")
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return nil, fmt.Errorf("the file is not readable as UTF-16: %w", err)
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return nil, noText
		}
		return []coded{{"UTF-16", string(text)}}, nil
	case bytes.IndexByte(raw, 0) >= 0, bytes.HasPrefix(raw, []byte("%PDF-")), bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return nil, noText
	case utf8.Valid(raw):
		return []coded{{"", strings.TrimPrefix(string(raw), "\ufeff")}}, nil
	}
	var all []coded
	for _, c := range []struct {
		name   string
		coding encoding.Encoding
	}{{"Windows-1252", charmap.Windows1252}, {"Windows-1250", charmap.Windows1250}, {"Shift-JIS", japanese.ShiftJIS}} {
		if text, err := c.coding.NewDecoder().Bytes(raw); err == nil {
			all = append(all, coded{c.name, string(text)})
		}
	}
	// One that leaves bytes without a meaning is hardly it.
	slices.SortStableFunc(all, func(a, b coded) int {
		return min(strings.Count(a.text, "\ufffd"), 1) - min(strings.Count(b.text, "\ufffd"), 1)
	})
	if all == nil {
		return nil, errors.New("the file is in a coding that is not known: export it as UTF-8")
	}
	return all, nil
}

// notCSV tells formats of banks that are no CSV, which no --column would help to read.
func notCSV(text string) error {
	text = strings.TrimSpace(text)
	var what string
	switch {
	case strings.HasPrefix(text, "<") && strings.Contains(text, "camt."):
		what = "camt, as XML"
	case strings.HasPrefix(text, "OFXHEADER"), strings.HasPrefix(text, "<") && strings.Contains(text, "<OFX>"):
		what = "OFX"
	case strings.HasPrefix(text, "<"):
		what = "XML or HTML"
	case strings.HasPrefix(text, "!Type:"):
		what = "QIF"
	case strings.HasPrefix(text, ":20:"), strings.HasPrefix(text, "{1:"), strings.Contains(text, "\n:61:"):
		what = "MT940"
	default:
		return nil
	}
	return fmt.Errorf("this is %s, and only CSV is read: export the statement as CSV, with a row of headings", what)
}
