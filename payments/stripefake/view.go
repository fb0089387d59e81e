package stripefake

import (
	"strings"
	"time"
)

// view renders stored objects in the shape of 2023-10-16. Events and answers are
// all made through it, and told in another version by its method shape.
type view struct {
	st      *state
	now     time.Time
	baseURL string
}

// view is the current view; the caller holds the lock.
func (s *Server) view() view {
	return view{st: s.st, now: s.now(), baseURL: s.baseURL}
}

// expansion is a tree of the fields that a request wants expanded.
// https://docs.stripe.com/api/expanding_objects
type expansion map[string]expansion

func parseExpand(paths []string) expansion {
	root := expansion{}
	for _, path := range paths {
		node := root
		for _, part := range strings.Split(path, ".") {
			if node[part] == nil {
				node[part] = expansion{}
			}
			node = node[part]
		}
	}
	return root
}

// notIn names a field that was to be expanded but is not an object of what was
// rendered; empty where all are.
func (x expansion) notIn(rendered any) string {
	// Stripe does not send these where there is nothing to say.
	leftOut := map[string]bool{
		"refund.failure_balance_transaction": true, "review.payment_intent": true, "radar.early_fraud_warning.payment_intent": true,
	}
	switch value := rendered.(type) {
	case []object:
		for _, item := range value {
			if field := x.notIn(item); field != "" {
				return field
			}
		}
	case object:
		kind, _ := value["object"].(string)
		for field, deeper := range x {
			inner, there := value[field]
			if _, isText := inner.(string); isText || !there && !leftOut[kind+"."+field] {
				return field
			}
			if bad := deeper.notIn(inner); bad != "" {
				return field + "." + bad
			}
		}
	}
	return ""
}

// ref renders a reference: null where there is none, the id, or where expand
// asks for it the object.
func ref[T row](x expansion, field string, t *table[T], id string, render func(T, expansion) object) any {
	if id == "" {
		return nil
	}
	if deeper, ok := x[field]; ok {
		if target, ok := t.get(id); ok {
			return render(target, deeper)
		}
	}
	return id
}

// inlineList is a list object inside another object.
func inlineList(url string, items []object) object {
	if items == nil {
		items = []object{}
	}
	return object{"object": "list", "data": items, "has_more": false, "url": url}
}
