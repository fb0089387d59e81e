package stripegw

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maybe is an object that may be null, absent or, in a broken event, something
// else: it then tells nothing.
type maybe[T any] struct{ it T }

func (m *maybe[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return json.UnmarshalDecode(d, &m.it)
}

// ref is a link to another object: its id, the object itself where it was
// expanded, or nothing.
type ref string

func (r *ref) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '{' {
		var object struct {
			ID text `json:"id"`
		}
		err := json.UnmarshalDecode(d, &object)
		*r = ref(object.ID)
		return err
	}
	var id text
	err := id.UnmarshalJSONFrom(d)
	*r = ref(id)
	return err
}

// link is a ref whose object is read where it was expanded.
type link[T interface{ key() text }] struct {
	told bool // the object has the field, be it null
	id   text
	it   *T
}

func (l *link[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	l.told = true
	if d.PeekKind() != '{' {
		return l.id.UnmarshalJSONFrom(d)
	}
	l.it = new(T)
	err := json.UnmarshalDecode(d, l.it)
	l.id = (*l.it).key()
	return err
}

// list is what an array holds, or one of Stripe's list objects. Entries that are
// no objects are left out.
type list[T any] []T

func (l *list[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch d.PeekKind() {
	case '[':
		return l.entries(d)
	case '{':
		return members(d, func(name string) error {
			if name == "data" && d.PeekKind() == '[' {
				return l.entries(d)
			}
			return d.SkipValue()
		})
	default:
		return d.SkipValue()
	}
}

func (l *list[T]) entries(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		var x maybe[T]
		is := d.PeekKind() == '{'
		if err := x.UnmarshalJSONFrom(d); err != nil {
			return err
		}
		if is {
			*l = append(*l, x.it)
		}
	}
	_, err := d.ReadToken()
	return err
}

// meta is an object's metadata: text by text.
type meta map[string]string

func (m *meta) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return members(d, func(name string) error {
		var value text
		if err := value.UnmarshalJSONFrom(d); err != nil {
			return err
		}
		if *m == nil {
			*m = meta{}
		}
		(*m)[name] = string(value)
		return nil
	})
}

// members calls read for each name of the object that begins here; read takes
// its value.
func members(d *jsontext.Decoder, read func(name string) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := read(name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// typeOf reads what an object says it is. Stripe writes it second, after the id,
// so that hardly anything of the object is read.
func typeOf(object jsontext.Value) string {
	d := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return ""
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return ""
		}
		if name.String() == "object" {
			var is text
			if err := is.UnmarshalJSONFrom(d); err != nil {
				return ""
			}
			return string(is)
		}
		if err := d.SkipValue(); err != nil {
			return ""
		}
	}
	return ""
}
