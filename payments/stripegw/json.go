package stripegw

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// unmarshalWhole reads one JSON value. Names are taken in their exact case, and a
// name that stands twice is an error: two readers of the same bytes could take it
// for two different things. Broken UTF-8 becomes U+FFFD, because a donor's name
// must not be able to park a gift.
func unmarshalWhole(raw []byte, into any) error {
	return explainJSON(json.Unmarshal(raw, into, jsontext.AllowInvalidUTF8(true)))
}

// unmarshalPart reads a value that was checked before, by unmarshalWhole or with
// IsValid: that no name in it stands twice is known by then.
func unmarshalPart(raw jsontext.Value, into any) error {
	return explainJSON(json.Unmarshal(raw, into, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)))
}

// explainJSON says where in the event something is wrong and what, without
// naming Go types.
func explainJSON(err error) error {
	if err == nil {
		return nil
	}
	if broken, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("it is no JSON at byte %d: %w", broken.ByteOffset, broken.Err)
	}
	if odd, ok := errors.AsType[*json.SemanticError](err); ok {
		what := odd.Err
		if what == nil {
			what = errors.New("is of another type than Stripe's")
		}
		return fmt.Errorf("%s: %w", printable(strings.TrimPrefix(string(odd.JSONPointer), "/")), what)
	}
	return err
}

// printable drops what Postgres cannot hold in text.
func printable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// text is a JSON string, or nothing where anything else stands or what stood was
// erased. Postgres cannot hold a NUL in text, so NULs are dropped.
type text string

func (t *text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '"' {
		return d.SkipValue()
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	if s := token.String(); s != Erased {
		*t = text(strings.ReplaceAll(s, "\x00", ""))
	}
	return nil
}

// flag is a JSON true or false; it is not told where anything else stands.
type flag struct{ told, is bool }

func (f *flag) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch kind := d.PeekKind(); kind {
	case 't', 'f':
		*f = flag{told: true, is: kind == 't'}
	}
	return d.SkipValue()
}

// number reads the text of a JSON number, which a string may hold as well; ""
// where anything else stands.
func number(d *jsontext.Decoder) (string, error) {
	switch d.PeekKind() {
	case '"', '0':
		token, err := d.ReadToken()
		if err != nil {
			return "", err
		}
		return token.String(), nil
	default:
		return "", d.SkipValue()
	}
}

// wholeNumber reads 25, and 25.0 as some programs write it.
func wholeNumber(s string) (int64, error) {
	if whole, fraction, ok := strings.Cut(s, "."); ok && fraction != "" && strings.Trim(fraction, "0") == "" {
		s = whole
	}
	return strconv.ParseInt(s, 10, 64)
}

// whole is a number that does without: a time, a count. It is 0 where it is not
// told or cannot be read, so that it never parks the money beside it.
type whole int64

func (w *whole) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	s, err := number(d)
	if err != nil {
		return err
	}
	if n, err := wholeNumber(s); err == nil && n <= lastSecond {
		*w = whole(n)
	}
	return nil
}

// lastSecond is the end of the year 9999, in Unix seconds. Of what claims to be
// later nothing can be reckoned.
const lastSecond = 253402300799

// mostMinor is a thousand times what Stripe can charge, 12 digits
// (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). Sums
// of amounts within it can be reckoned without care.
const mostMinor = 999_999_999_999_999

// minor is an amount in minor units of the currency that stands beside it. null
// is not told; anything else than a whole number is an error, because money is
// not guessed.
type minor struct {
	told bool
	n    int64
}

var (
	errNotWhole = errors.New("is not a whole number of minor units")
	errTooMuch  = errors.New("is more than Stripe can charge")
)

func (m *minor) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == 'n' {
		return d.SkipValue()
	}
	s, err := number(d)
	if err != nil {
		return err
	}
	n, err := wholeNumber(s)
	if err != nil {
		return errNotWhole
	}
	if !countable(n) {
		return errTooMuch
	}
	*m = minor{told: true, n: n}
	return nil
}

// decimal is the text of a decimal number without an exponent, "" where there is
// none.
type decimal string

func (t *decimal) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	s, err := number(d)
	if err != nil {
		return err
	}
	if strings.ContainsAny(s, "eE") {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			s = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	if plainDecimal(s) {
		*t = decimal(s)
	}
	return nil
}

// plainDecimal accepts at most 40 characters: no number of Stripe's is longer,
// and one that is would only cost time.
func plainDecimal(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	return whole != "" && len(s) <= 40 && (fraction != "" || !point) && strings.Trim(whole+fraction, "0123456789") == ""
}
