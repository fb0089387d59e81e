package stripefake

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// params are a request's parameters: nested, and after validation typed as
// Stripe's OpenAPI document says.
type params map[string]any

func (p params) has(key string) bool { _, ok := p[key]; return ok }

func (p params) text(key string) string {
	switch value := p[key].(type) {
	case string:
		return value
	case nil:
		return ""
	default:
		return fmt.Sprint(value)
	}
}

func (p params) integer(key string) (int64, bool) {
	switch value := p[key].(type) {
	case int:
		return int64(value), true
	case float64:
		return int64(value), true
	case string:
		n, err := strconv.ParseInt(value, 10, 64)
		return n, err == nil
	}
	return 0, false
}

func (p params) truth(key string) bool {
	value, _ := p[key].(bool)
	return value || p[key] == "true"
}

func (p params) sub(key string) params {
	if value, ok := p[key].(map[string]any); ok {
		return value
	}
	return nil
}

// list returns an array parameter; it takes both spellings, a[] and a[0].
func (p params) list(key string) []any {
	switch value := p[key].(type) {
	case []any:
		return value
	case map[string]any:
		keys := make([]string, 0, len(value))
		for k := range value {
			keys = append(keys, k)
		}
		sort.Slice(keys, func(i, j int) bool {
			a, errA := strconv.Atoi(keys[i])
			b, errB := strconv.Atoi(keys[j])
			if errA != nil || errB != nil {
				return keys[i] < keys[j]
			}
			return a < b
		})
		items := make([]any, 0, len(value))
		for _, k := range keys {
			items = append(items, value[k])
		}
		return items
	}
	return nil
}

func (p params) texts(key string) []string {
	var out []string
	for _, item := range p.list(key) {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

// Stripe's limits on metadata.
// https://docs.stripe.com/api/metadata
const (
	maxMetadataKeys  = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

// metadata reads a metadata parameter. name is the full name of the parameter,
// for the error.
func (p params) metadata(name string) (map[string]string, *apiError) {
	raw := p.sub("metadata")
	if len(raw) > maxMetadataKeys {
		return nil, invalid(name, "", "Metadata holds %d keys; at most %d are allowed.", len(raw), maxMetadataKeys)
	}
	out := make(map[string]string, len(raw))
	for key := range raw {
		value := raw.text(key)
		field := fmt.Sprintf("%s[%s]", name, key)
		switch {
		case strings.ContainsAny(key, "[]"):
			return nil, invalid(field, "", "Metadata keys cannot contain square brackets: %q.", key)
		case utf8.RuneCountInString(key) > maxMetadataKey:
			return nil, invalid(field, "", "Metadata keys can be up to %d characters long; %q has %d.", maxMetadataKey, key, utf8.RuneCountInString(key))
		case utf8.RuneCountInString(value) > maxMetadataValue:
			return nil, invalid(field, "", "Metadata values can be up to %d characters long; that of %q has %d.", maxMetadataValue, key, utf8.RuneCountInString(value))
		}
		// An empty value unsets a key; on a new object there is nothing to unset.
		if value != "" {
			out[key] = value
		}
	}
	return out, nil
}

// mergeMetadata applies a metadata parameter to an object that exists: keys are
// added or replaced, an empty value removes its key, an empty metadata all.
func mergeMetadata(old map[string]string, p params) (map[string]string, *apiError) {
	if !p.has("metadata") {
		return old, nil
	}
	if p.sub("metadata") == nil {
		return map[string]string{}, nil
	}
	set, err := p.metadata("metadata")
	if err != nil {
		return nil, err
	}
	merged := make(map[string]string, len(old)+len(set))
	for key, value := range old {
		merged[key] = value
	}
	for key := range p.sub("metadata") {
		if value, ok := set[key]; ok {
			merged[key] = value
		} else {
			delete(merged, key)
		}
	}
	return merged, nil
}

// tooLong checks the length of one text parameter in characters.
func tooLong(name, value string, limit int) *apiError {
	if n := utf8.RuneCountInString(value); n > limit {
		return invalid(name, "parameter_invalid_string_too_long",
			"%s can be up to %d characters long; this one has %d.", name, limit, n)
	}
	return nil
}
