package stripefake

// change is what one version made of one kind of object. Changes of versions
// after 2023-10-16 make an object newer, those of 2023-10-16 and before make it
// older.
type change struct {
	version string // that made it
	object  string // the value of the "object" field of what it changes
	apply   func(telling, object, expansion)
}

// telling is the shape in which something is told, and where its changes look
// up what the object that they change does not hold.
type telling struct {
	view    *view // nil for an event that is told from its stored form
	release string
	changes []change
}

// inVersion prepares the telling of a version.
func inVersion(v *view, version string) telling {
	t := telling{view: v, release: releaseOf(version)}
	for _, c := range newerShapes() {
		if since(t.release, c.version) {
			t.changes = append(t.changes, c)
		}
	}
	for _, c := range olderShapes() {
		if !since(t.release, c.version) {
			t.changes = append(t.changes, c)
		}
	}
	return t
}

// shape gives a rendered object the shape of a version, with everything that is
// expanded or embedded in it. What it is given stays as it is.
func (v view) shape(version string, o object, x expansion) object {
	if releaseOf(version) == apiVersion {
		return o
	}
	return inVersion(&v, version).object(o, x)
}

// object tells an object: first what is in it, then itself.
func (t telling) object(o object, x expansion) object {
	if o == nil {
		return nil
	}
	out := make(object, len(o))
	for key, value := range o {
		out[key] = t.value(value, x[key])
	}
	kind, _ := out["object"].(string)
	if kind == "" || out["deleted"] == true {
		return out
	}
	for _, c := range t.changes {
		if c.object == kind {
			c.apply(t, out, x)
		}
	}
	return out
}

func (t telling) value(value any, x expansion) any {
	switch value := value.(type) {
	case object:
		return t.object(value, x)
	case map[string]any:
		return t.object(value, x)
	case []object:
		items := make([]object, 0, len(value))
		for _, item := range value {
			items = append(items, t.object(item, x))
		}
		return items
	case []any:
		items := make([]any, 0, len(value))
		for _, item := range value {
			items = append(items, t.value(item, x))
		}
		return items
	}
	return value
}

// drop removes fields.
func (o object) drop(keys ...string) {
	for _, key := range keys {
		delete(o, key)
	}
}

// keep removes all fields but these.
func (o object) keep(keys ...string) {
	kept := map[string]bool{}
	for _, key := range keys {
		kept[key] = true
	}
	for key := range o {
		if !kept[key] {
			delete(o, key)
		}
	}
}

// ensure adds fields with these values where they are not there.
func (o object) ensure(values object) {
	for key, value := range values {
		if _, ok := o[key]; !ok {
			o[key] = value
		}
	}
}

// text reads a text field, empty where there is none.
func (o object) text(key string) string {
	value, _ := o[key].(string)
	return value
}

// idOf is the id of a reference, whether it is expanded or not.
func idOf(reference any) string {
	switch value := reference.(type) {
	case string:
		return value
	case object:
		return value.text("id")
	}
	return ""
}

// items are the objects of an embedded list.
func items(list any) []object {
	holder, ok := list.(object)
	if !ok {
		return nil
	}
	switch data := holder["data"].(type) {
	case []object:
		return data
	case []any:
		var out []object
		for _, item := range data {
			if o, ok := item.(object); ok {
				out = append(out, o)
			}
		}
		return out
	}
	return nil
}
