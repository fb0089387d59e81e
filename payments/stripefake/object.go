package stripefake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
)

// object is one of Stripe's JSON objects, rendered.
type object map[string]any

// MarshalJSON writes id and object first and the other keys sorted, the order
// in which Stripe itself writes them.
func (o object) MarshalJSON() ([]byte, error) {
	keys := make([]string, 0, len(o))
	for key := range o {
		if key != "id" && key != "object" {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, first := range []string{"object", "id"} {
		if _, ok := o[first]; ok {
			keys = append([]string{first}, keys...)
		}
	}
	var buf bytes.Buffer
	buf.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			buf.WriteByte(',')
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, fmt.Errorf("encode key %q: %w", key, err)
		}
		value, err := json.Marshal(o[key])
		if err != nil {
			return nil, fmt.Errorf("encode %q: %w", key, err)
		}
		buf.Write(name)
		buf.WriteByte(':')
		buf.Write(value)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

// withNulls adds the named keys as null. Stripe sends every field of an object,
// the empty ones too, and a decoder must be shown that.
func (o object) withNulls(keys ...string) object {
	for _, key := range keys {
		if _, ok := o[key]; !ok {
			o[key] = nil
		}
	}
	return o
}

// changed returns, of the keys that differ in after, the values they had in
// before: the previous_attributes of an update event.
func changed(before, after object) object {
	diff := object{}
	for key, value := range after {
		old := before[key]
		if reflect.DeepEqual(old, value) {
			continue
		}
		oldObject, wasObject := old.(object)
		newObject, isObject := value.(object)
		if wasObject && isObject && oldObject["object"] == nil {
			diff[key] = changed(oldObject, newObject)
			continue
		}
		diff[key] = old
	}
	return diff
}

// orNull turns the empty string into JSON's null, as Stripe renders what is not
// set.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// timeOrNull turns the zero time, in Unix seconds, into null.
func timeOrNull(unix int64) any {
	if unix == 0 {
		return nil
	}
	return unix
}

// rendered gives metadata its JSON form: an object, never null.
func rendered(metadata map[string]string) object {
	o := object{}
	for key, value := range metadata {
		o[key] = value
	}
	return o
}
