package stripegw

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
)

// text is a JSON string, or nothing. Postgres cannot hold a NUL in text, and a
// donor's name must not be able to park a gift, so NULs are dropped.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = ""
	if s != nil {
		*t = text(strings.ReplaceAll(*s, "\x00", ""))
	}
	return nil
}

// ref is a link to another object: its id, the object itself where it was
// expanded, or nothing.
type ref string

func (r *ref) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		var object struct {
			ID text `json:"id"`
		}
		if err := json.Unmarshal(b, &object); err != nil {
			return err
		}
		*r = ref(object.ID)
		return nil
	}
	var id text
	if err := id.UnmarshalJSON(b); err != nil {
		return err
	}
	*r = ref(id)
	return nil
}

// meta is an object's metadata: text by text.
type meta map[string]text

func (m meta) plain() map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = string(v)
	}
	return out
}

// amount is unknown without its currency: a number alone says nothing.
func amount(minor int64, currency text) money.Amount {
	if currency == "" {
		return money.Amount{}
	}
	return money.New(minor, money.FromCode(string(currency)))
}

type list[T any] struct {
	Data []T `json:"data"`
}
