package stripefake

import (
	"net/http"
	"slices"
)

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
// starting_after, ending_before and created ask. A cursor names a place among all
// rows, whether the filter leaves it out or not, and rows are only ever added
// behind the last: who pages on sees every row once while new ones come.
func page[T stamped](c *call, url string, t *table[T], keep func(T) bool, render func(T, expansion) object) (object, *apiError) {
	return pageWithin(c, url, t, span{0, len(t.rows)}, keep, render)
}

// span are the rows of a table from the first up to but without the end.
type span struct{ first, end int }

// pageWithin is page where it is known between which rows to look.
func pageWithin[T stamped](c *call, url string, t *table[T], in span, keep func(T) bool, render func(T, expansion) object) (object, *apiError) {
	limit, given := c.integer("limit")
	if !given {
		limit = defaultLimit
	}
	if limit < 1 || limit > maxLimit {
		return nil, invalid("limit", "parameter_invalid_integer", "limit must lie between 1 and %d.", maxLimit)
	}
	after, before := c.text("starting_after"), c.text("ending_before")
	if after != "" && before != "" {
		return nil, invalid("starting_after", "", "Only one of starting_after and ending_before can be given.")
	}
	at, step := in.end-1, -1
	for name, id := range map[string]string{"starting_after": after, "ending_before": before} {
		if id == "" {
			continue
		}
		position, known := t.index[id]
		if !known {
			return nil, missing(http.StatusBadRequest, name, "object", id)
		}
		if at = min(at, position-1); name == "ending_before" {
			at, step = max(in.first, position+1), 1
		}
	}
	var found []T
	for ; at >= in.first && at < in.end && len(found) <= int(limit); at += step {
		if item := t.rows[at]; c.created(item.madeAt()) && (keep == nil || keep(item)) {
			found = append(found, item)
		}
	}
	hasMore := len(found) > int(limit)
	if hasMore {
		found = found[:limit]
	}
	if step > 0 {
		slices.Reverse(found)
	}
	data := make([]object, 0, len(found))
	for _, item := range found {
		data = append(data, render(item, c.expand["data"]))
	}
	return object{"object": "list", "url": url, "has_more": hasMore, "data": data}, nil
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
