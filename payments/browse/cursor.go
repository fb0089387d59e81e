package browse

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Turn says which page of a list is wanted.
type Turn struct {
	// Cursor is Next or Back of another page of the same list, filtered and sorted
	// alike; "" is the first page.
	Cursor string
	Limit  int // rows; 0 is 50, and no page has more than 200
}

// Page is a part of a list.
type Page[T any] struct {
	Rows []T
	// Next and Back are the cursors of the pages after and before this one, "" where
	// there is none. A row that came meanwhile may make a page before the first.
	Next, Back string
}

// Rows of a page, where nobody says and at most.
const (
	usualLimit = 50
	mostLimit  = 200
)

func (t Turn) limit() int {
	if t.Limit <= 0 {
		return usualLimit
	}
	return min(t.Limit, mostLimit)
}

// place is where a page begins, without the row that stands there.
type place struct {
	List string `json:"l"` // of which list, filtered and sorted how: a hash
	Key  string `json:"k"` // what the row is sorted by, as Postgres writes it
	ID   string `json:"i"`
	Back bool   `json:"b,omitempty"` // the page goes backwards from there
}

// longestCursor bounds what is read of an address, in bytes.
const longestCursor = 2000

func (p place) String() string {
	raw, err := json.Marshal(p)
	if err != nil {
		return "" // a struct of texts can always be written
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// readPlace reads a cursor of a list. The error is ErrCursor.
func readPlace(cursor, list string) (place, error) {
	var p place
	if len(cursor) > longestCursor {
		return p, ErrCursor
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, &p) != nil || p.List != list {
		return p, ErrCursor
	}
	for _, text := range []string{p.Key, p.ID} {
		if text == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return p, ErrCursor
		}
	}
	return p, nil
}

// identity is what a cursor is bound to: the list's name with its filter and order.
func identity(name string, filter any) (string, error) {
	raw, err := json.Marshal(filter)
	if err != nil {
		return "", fmt.Errorf("the filter of %s: %w", name, err)
	}
	sum := sha256.Sum256(append([]byte(name+"\x00"), raw...))
	return hex.EncodeToString(sum[:8]), nil
}
