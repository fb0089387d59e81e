package stripefake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lestrrat-go/jsval"
	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/param/coercer"
	"github.com/stripe/stripe-mock/spec"
)

// Spec is Stripe's OpenAPI document as stripe-mock v0.183.0 embeds it (version
// 2023-10-16). Servers may share one; it is safe for concurrent use.
//
// stripe-mock's own StubServer would validate the same way, but it writes every
// request with its parameters, donors' addresses among them, to standard output,
// and it compiles all 507 operations at start: 320 ms against 40. So its
// packages spec, param and coercer are used without it; a test holds that both
// give the same verdicts.
type Spec struct {
	routes []specRoute
}

type specRoute struct {
	method  string
	pattern *regexp.Regexp
	holes   int // path parameters; routes with fewer are matched first
	load    func() (*operation, error)
}

// operation is one compiled endpoint of the document.
type operation struct {
	mediaType string
	schema    *spec.Schema
	validator *jsval.JSVal
}

// LoadSpec reads the embedded document. Operations are compiled when they are
// first called.
func LoadSpec() (*Spec, error) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(embedded.OpenAPISpec, &doc); err != nil {
		return nil, fmt.Errorf("read Stripe's OpenAPI document: %w", err)
	}
	out := &Spec{}
	for path, verbs := range doc.Paths {
		pattern, holes := compilePath(path)
		for verb, raw := range verbs {
			out.routes = append(out.routes, specRoute{
				method: strings.ToUpper(verb), pattern: pattern, holes: holes,
				load: sync.OnceValues(func() (*operation, error) { return compileOperation(verb, raw) }),
			})
		}
	}
	slices.SortFunc(out.routes, func(a, b specRoute) int { return a.holes - b.holes })
	return out, nil
}

func compilePath(path string) (*regexp.Regexp, int) {
	holes := 0
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.Contains(part, "{") {
			parts[i] = `[^/]+`
			holes++
		} else {
			parts[i] = regexp.QuoteMeta(part)
		}
	}
	return regexp.MustCompile(`\A` + strings.Join(parts, "/") + `\z`), holes
}

func compileOperation(verb string, raw json.RawMessage) (*operation, error) {
	var op spec.Operation
	if err := json.Unmarshal(raw, &op); err != nil {
		return nil, fmt.Errorf("read operation: %w", err)
	}
	out := &operation{}
	if verb == "get" {
		out.schema = spec.BuildQuerySchema(&op)
	} else if op.RequestBody != nil {
		for mediaType, content := range op.RequestBody.Content {
			out.mediaType, out.schema = mediaType, content.Schema
		}
	}
	if out.schema == nil {
		return out, nil
	}
	validator, err := spec.GetValidatorForOpenAPI3Schema(out.schema, nil)
	if err != nil {
		return nil, fmt.Errorf("compile validator: %w", err)
	}
	out.validator = validator
	return out, nil
}

// find returns the operation of a request, nil where Stripe has none.
func (sp *Spec) find(method, path string) (*operation, error) {
	for _, route := range sp.routes {
		if route.method == method && route.pattern.MatchString(path) {
			return route.load()
		}
	}
	return nil, nil
}

// validate checks the parameters of a request against the document and gives
// them the types it declares, in place.
func (sp *Spec) validate(r *http.Request, p params) *apiError {
	op, err := sp.find(r.Method, r.URL.Path)
	if err != nil {
		return &apiError{Status: http.StatusInternalServerError, Type: typeAPI, Message: err.Error()}
	}
	if op == nil || op.schema == nil {
		return nil
	}
	if r.Method == http.MethodPost {
		given, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		if given != op.mediaType && (given != "" || len(p) > 0) {
			return invalid("", "", "The request's Content-Type is %q; send %s.", given, op.mediaType)
		}
	}
	if problem := topLevel(op.schema, p); problem != nil {
		return problem
	}
	if err := coercer.CoerceParams(op.schema, p); err != nil {
		return invalid("", "", "Invalid parameters: %v.", err)
	}
	if err := op.validator.Validate(map[string]any(p)); err != nil {
		// The validator names itself by its address in memory.
		said := err.Error()
		if _, rest, ok := strings.Cut(said, " failed: "); ok && strings.HasPrefix(said, "validator ") {
			said = rest
		}
		return invalid(faultyParam(op.schema, p), "", "Invalid parameters: %s.", said)
	}
	return nil
}

// topLevel names unknown and missing parameters the way Stripe does; the
// validator's own sentence does not say which one it was.
func topLevel(schema *spec.Schema, p params) *apiError {
	for key := range p {
		if _, ok := schema.Properties[key]; !ok {
			return invalid(key, "parameter_unknown", "Received unknown parameter: %s", key)
		}
	}
	for _, key := range schema.Required {
		if !p.has(key) {
			return invalid(key, "parameter_missing", "Missing required param: %s.", key)
		}
	}
	return nil
}

// faultyParam finds which top-level parameter the validator objects to.
func faultyParam(schema *spec.Schema, p params) string {
	for key, value := range p {
		one := *schema
		one.Required = nil
		validator, err := spec.GetValidatorForOpenAPI3Schema(&one, nil)
		if err != nil {
			return ""
		}
		if validator.Validate(map[string]any{key: value}) != nil {
			return key
		}
	}
	return ""
}
