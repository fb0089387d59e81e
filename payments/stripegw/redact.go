package stripegw

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Erased stands in a stored event where a person's data stood.
const Erased = "[erased]"

// Redact takes the person out of a raw event of any API version: names, mail and
// postal addresses, telephone numbers, what identifies a card, account or device,
// links to Stripe's pages that show these, and what the person wrote. In their
// place stands Erased; all else stays as it was, byte by byte, so that the event
// decodes to the same facts but for the person. Countries stay, which name nobody.
// Bytes that are no JSON are replaced as a whole: nobody could say what in them is
// a person's.
//
// same tells whether what is left says the same of gifts. Where it does not, as
// where a rule of adoption goes by metadata that looks like a name, texts that
// others than Stripe named or wrote are spared; ok is false where that does not
// help.
func Redact(raw []byte, same func(clean []byte) bool) (clean []byte, ok bool) {
	root, err := parse(raw)
	if err != nil {
		return []byte(strconv.Quote(Erased)), true
	}
	for _, r := range []redacting{{}, {noBag: true}, {noWords: true}, {noBag: true, noWords: true}} {
		r.all(root)
		clean = r.apply(raw)
		if same(clean) {
			return clean, true
		}
	}
	return nil, false
}

// RedactPart is Redact for an event that also tells of people who stay: only what
// stands in objects whose id is erased goes, and every text that tells an erased
// person's address.
func RedactPart(raw []byte, erased, tells func(string) bool, same func(clean []byte) bool) (clean []byte, ok bool) {
	root, err := parse(raw)
	if err != nil {
		return Redact(raw, same)
	}
	for _, r := range []redacting{{}, {noBag: true}, {noWords: true}, {noBag: true, noWords: true}} {
		r.erased, r.tells = erased, tells
		r.all(root)
		clean = r.apply(raw)
		if same(clean) {
			return clean, true
		}
	}
	return nil, false
}

// Personal is what Redact takes out of a raw event: each text with the names of the
// fields that lead to it, such as data.object.billing_details.phone. Bytes that are no
// JSON give nothing.
func Personal(raw []byte) (texts [][2]string) {
	root, err := parse(raw)
	if err != nil {
		return nil
	}
	r := &redacting{}
	r.all(root)
	for _, s := range sortedSpans(r.spans) {
		if at := [2]string{s.path, s.text}; s.text != Erased && (len(texts) == 0 || texts[len(texts)-1] != at) {
			texts = append(texts, at)
		}
	}
	return texts
}

// node is a JSON value and where it stands.
type node struct {
	start, end int64
	path       string
	text       string // of a string
	is         jsontext.Kind
	members    []member
}

// member is an entry of an object, or, without a name, of an array.
type member struct {
	name string
	node
}

func (n *node) member(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].node
		}
	}
	return &node{}
}

func parse(raw []byte) (node, error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	root, err := parseValue(d, "")
	if err != nil {
		return node{}, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("something follows the event")
	}
	return root, nil
}

func parseValue(d *jsontext.Decoder, path string) (node, error) {
	n := node{is: d.PeekKind(), path: path}
	switch n.is {
	case '{', '[':
		if _, err := d.ReadToken(); err != nil {
			return n, err
		}
		n.start = d.InputOffset() - 1
		for d.PeekKind() != '}' && d.PeekKind() != ']' {
			var m member
			if n.is == '{' {
				name, err := d.ReadToken()
				if err != nil {
					return n, err
				}
				m.name = name.String()
			}
			var err error
			if m.node, err = parseValue(d, strings.Trim(path+"."+m.name, ".")); err != nil {
				return n, err
			}
			n.members = append(n.members, m)
		}
		_, err := d.ReadToken()
		n.end = d.InputOffset()
		return n, err
	default:
		value, err := d.ReadValue()
		if err != nil {
			return n, err
		}
		n.end = d.InputOffset()
		n.start = n.end - int64(len(value))
		if n.is == '"' {
			text, err := jsontext.AppendUnquote(nil, value)
			if err != nil && !utf8.Valid(value) {
				err = nil // broken UTF-8 is replaced, and not refused
			}
			n.text = string(text)
			return n, err
		}
		return n, nil
	}
}

// redacting collects what is to be replaced.
type redacting struct {
	noBag   bool // metadata is left as it is
	noWords bool // names and addresses are left where they stand in words
	// erased and tells keep to a part of the event; nil takes all.
	erased, tells func(string) bool
	spans         []node
	names         []string // of people, in lower case
}

// all goes through a whole event.
func (r *redacting) all(root node) {
	r.value(root, within{stays: r.erased != nil})
	r.words(root, "")
}

// within is where in the event a value stands.
type within struct {
	person bool   // everything here is a person's
	owner  string // what the object says it is
	bag    bool   // metadata
	stays  bool   // the object is nobody's who was erased
}

// value goes through what Stripe's fields say.
func (r *redacting) value(n node, w within) {
	switch n.is {
	case '[':
		for _, m := range n.members {
			r.value(m.node, w)
		}
	case '{':
		inner := within{person: w.person, owner: n.member("object").text, stays: w.stays}
		if id := n.member("id").text; id != "" && r.erased != nil && inner.owner != "" {
			inner.stays = !r.erased(id)
		}
		if inner.owner == "" {
			inner.owner = w.owner
		}
		if n.member("data").is == '{' && n.member("type").is == '"' { // the event itself
			inner.owner = impliedBy(n.member("type").text)
			if is := n.member("data").member("object").member("object").text; is != "" {
				inner.owner = is
			}
		}
		for _, m := range n.members {
			r.field(m, inner, w.bag)
		}
	case '"':
		if w.person && !w.stays {
			r.replace(n)
		}
	}
}

func (r *redacting) field(m member, w within, bag bool) {
	switch {
	case m.is == '"' && (m.name == "country" || m.name == "object" || m.name == "tax_exempt"):
		return
	case m.is == '"' && (w.person || fieldOfPerson(m.name) || ofPersonAt(m.name, w.owner) || bag && !r.noBag && looksPersonal(m.name)):
		if strings.Contains(m.name, "name") && !w.stays {
			r.names = append(r.names, strings.ToLower(strings.TrimSpace(m.text)))
		}
		if w.stays || strings.HasPrefix(m.text, "/v1/") { // of a list: where it is read
			return
		}
		r.replace(m.node)
	case m.name == "metadata":
		r.value(m.node, within{owner: w.owner, bag: true, stays: w.stays})
	default:
		r.value(m.node, within{person: w.person || holdsPerson(m.name), owner: w.owner, stays: w.stays})
	}
}

// words goes through what stands in words, such as a description, once the names
// are known.
func (r *redacting) words(n node, name string) {
	if r.noWords {
		return
	}
	switch n.is {
	case '{', '[':
		for _, m := range n.members {
			if m.name == "" {
				m.name = name
			}
			r.words(m.node, m.name)
		}
	case '"':
		if n.text != Erased && !ofStripe(name) && r.tellsPerson(n.text) {
			r.replace(n)
		}
	}
}

func (r *redacting) tellsPerson(text string) bool {
	if r.tells != nil {
		return r.tells(text)
	}
	return hasAddress(text) || r.hasName(text)
}

func (r *redacting) replace(n node) {
	if n.text != "" {
		r.spans = append(r.spans, n)
	}
}

// hasName finds a person's name as whole words. Very short ones are words of
// something else too often.
func (r *redacting) hasName(text string) bool {
	text = strings.ToLower(text)
	for _, name := range r.names {
		if utf8.RuneCountInString(name) < 4 || name == Erased {
			continue
		}
		for rest, at := text, 0; ; {
			i := strings.Index(rest[at:], name)
			if i < 0 {
				break
			}
			before, _ := utf8.DecodeLastRuneInString(rest[:at+i])
			after, _ := utf8.DecodeRuneInString(rest[at+i+len(name):])
			if !isLetter(before) && !isLetter(after) {
				return true
			}
			at += i + len(name)
		}
	}
	return false
}

// apply writes raw with every span replaced.
func (r *redacting) apply(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	place := int64(0)
	for _, s := range sortedSpans(r.spans) {
		if s.start < place {
			continue // replaced already
		}
		out = append(out, raw[place:s.start]...)
		out = strconv.AppendQuote(out, Erased)
		place = s.end
	}
	return append(out, raw[place:]...)
}
