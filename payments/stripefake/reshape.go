package stripefake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// reshape tells what was stored in the base's shape at another version. Nothing
// can be looked up then: a list that only an older shape embeds stays empty.
func (data eventData) reshape(version string) (eventData, error) {
	now, err := stored(data.Object)
	if err != nil {
		return eventData{}, err
	}
	t := inVersion(nil, version)
	shown := t.object(now, nil)
	out := eventData{Object: pretty(shown)}
	if data.Previous == nil {
		return out, nil
	}
	previous, err := stored(data.Previous)
	if err != nil {
		return eventData{}, err
	}
	out.Previous = pretty(changed(t.object(now.with(previous), nil), shown))
	return out, nil
}

// stored reads an object back.
func stored(data json.RawMessage) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // amounts and times are not to pass through a float
	var o object
	if err := decoder.Decode(&o); err != nil {
		return nil, fmt.Errorf("read a stored object: %w", err)
	}
	return inVersion(nil, apiVersion).object(o, nil), nil
}

// with lays other values over an object: the inverse of changed.
func (o object) with(values object) object {
	out := maps.Clone(o)
	for key, value := range values {
		inner, isObject := out[key].(object)
		over, overObject := value.(object)
		if isObject && overObject && inner["object"] == nil {
			value = inner.with(over)
		}
		out[key] = value
	}
	return out
}
