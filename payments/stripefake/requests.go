package stripefake

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Requests are validated by the document of 2023-10-16. Where another version
// asks for the same in other words, they are translated first.

// asBase translates the parameters of a request made at a version into those
// that the document knows, or refuses them as Stripe does at that version. What
// the document could not judge is set aside: the function puts it back.
func asBase(r *http.Request, version string, p params) (restore func(), failure *apiError) {
	switch {
	case r.Method != http.MethodPost:
	case r.URL.Path == "/v1/checkout/sessions":
		return func() {}, sessionAsBase(version, p)
	case r.URL.Path == "/v1/webhook_endpoints":
		return endpointAsBase(p)
	case strings.HasPrefix(r.URL.Path, "/v1/webhook_endpoints/"):
		if p.has("api_version") { // fixed when it was made
			return nil, invalid("api_version", "parameter_unknown", "Received unknown parameter: api_version")
		}
		return endpointAsBase(p)
	}
	return func() {}, nil
}

func sessionAsBase(version string, p params) *apiError {
	if since(version, vDahlia) && p.has("ui_mode") {
		// https://docs.stripe.com/changelog/dahlia/2026-03-25/updates-available-checkout-session-ui-modes
		older := map[string]string{"hosted_page": "hosted", "embedded_page": "embedded"}[p.text("ui_mode")]
		if older == "" {
			return invalid("ui_mode", "", "Invalid ui_mode: must be one of hosted_page, embedded_page, or elements.")
		}
		p["ui_mode"] = older
	}
	// Methods are dynamic only, since 2026-09-30.endive.
	if since(version, vEndive) && p.has("payment_method_types") {
		return invalid("payment_method_types", "parameter_unknown", "Received unknown parameter: payment_method_types")
	}
	return nil
}

// endpointAsBase sets aside the version of a webhook endpoint and the event
// types that are younger than the document: checkVersion and the table of types
// judge those.
func endpointAsBase(p params) (func(), *apiError) {
	aside := maps.Clone(p)
	if version := p.text("api_version"); version != "" {
		if failure := checkVersion("api_version", version); failure != nil {
			return nil, failure
		}
		delete(p, "api_version")
	}
	if p.has("enabled_events") {
		kinds := p.texts("enabled_events")
		younger := func(kind string) bool { return spanOf(kind).since != "" }
		if slices.ContainsFunc(kinds, younger) {
			var known []any
			for _, kind := range kinds {
				if !younger(kind) {
					known = append(known, kind)
				}
			}
			if len(known) == 0 {
				known = []any{"*"}
			}
			p["enabled_events"] = known
		}
	}
	return func() { maps.Copy(p, aside) }, nil
}
