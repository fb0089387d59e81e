package stripefake

import "net/http"

// Stripe's page sizes. https://docs.stripe.com/api/pagination
const (
	defaultLimit = 10
	maxLimit     = 100
)

// stamped is a row that a list can order and filter by time.
type stamped interface {
	row
	madeAt() int64 // Unix seconds
}

// page answers a list request: newest first, filtered, cut as limit,
// starting_after, ending_before and created ask.
func page[T stamped](c *call, url string, t *table[T], keep func(T) bool, render func(T, expansion) object) (object, *apiError) {
	limit, given := c.integer("limit")
	if !given {
		limit = defaultLimit
	}
	if limit < 1 || limit > maxLimit {
		return nil, invalid("limit", "parameter_invalid_integer", "limit must lie between 1 and %d.", maxLimit)
	}
	var found []T
	for i := len(t.rows) - 1; i >= 0; i-- {
		if item := t.rows[i]; c.created(item.madeAt()) && (keep == nil || keep(item)) {
			found = append(found, item)
		}
	}
	after, before := c.text("starting_after"), c.text("ending_before")
	if after != "" && before != "" {
		return nil, invalid("starting_after", "", "Only one of starting_after and ending_before can be given.")
	}
	var hasMore bool
	switch {
	case before != "":
		at, err := cursor(t, found, "ending_before", before)
		if err != nil {
			return nil, err
		}
		found = found[:at]
		if hasMore = len(found) > int(limit); hasMore {
			found = found[len(found)-int(limit):]
		}
	default:
		if after != "" {
			at, err := cursor(t, found, "starting_after", after)
			if err != nil {
				return nil, err
			}
			if at < len(found) && found[at].key() == after {
				at++
			}
			found = found[at:]
		}
		if hasMore = len(found) > int(limit); hasMore {
			found = found[:limit]
		}
	}
	data := make([]object, 0, len(found))
	for _, item := range found {
		data = append(data, render(item, c.expand["data"]))
	}
	return object{"object": "list", "url": url, "has_more": hasMore, "data": data}, nil
}

// cursor finds where the object named by a cursor stands among those found, or
// would stand had the filter not left it out.
func cursor[T stamped](t *table[T], found []T, name, id string) (int, *apiError) {
	position, ok := t.index[id]
	if !ok {
		return 0, missing(http.StatusBadRequest, name, "object", id)
	}
	for i, item := range found {
		if t.index[item.key()] <= position {
			return i, nil
		}
	}
	return len(found), nil
}

// created applies a list's created filter.
func (c *call) created(at int64) bool { return c.within("created", at) }

// within applies a filter by time: a time, or gt, gte, lt, lte.
func (c *call) within(filter string, at int64) bool {
	if exact, ok := c.integer(filter); ok {
		return at == exact
	}
	bounds := c.sub(filter)
	holds := func(name string, test func(bound int64) bool) bool {
		bound, given := bounds.integer(name)
		return !given || test(bound)
	}
	return holds("gt", func(b int64) bool { return at > b }) &&
		holds("gte", func(b int64) bool { return at >= b }) &&
		holds("lt", func(b int64) bool { return at < b }) &&
		holds("lte", func(b int64) bool { return at <= b })
}

// matches is the usual filter: where the parameter is given, it must equal.
func (c *call) matches(name, value string) bool { return !c.has(name) || c.text(name) == value }
