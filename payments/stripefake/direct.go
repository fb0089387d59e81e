package stripefake

// directEndpoints are those of a program that takes payments itself, without
// the payment page: what Stripe's command line does when it triggers events.
func (s *Server) directEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"POST /v1/payment_methods":              s.createMethod,
		"POST /v1/setup_intents":                s.createSetup,
		"POST /v1/setup_intents/{id}/confirm":   s.confirmSetup,
		"POST /v1/setup_intents/{id}/cancel":    s.cancelSetup,
		"POST /v1/tokens":                       s.createToken,
		"GET /v1/tokens/{id}":                   s.retrieveToken,
		"POST /v1/payment_intents":              s.createIntent,
		"POST /v1/payment_intents/{id}":         s.updateIntent,
		"POST /v1/payment_intents/{id}/confirm": s.confirmIntent,
		"POST /v1/payment_intents/{id}/capture": s.captureIntent,
		"POST /v1/payment_intents/{id}/cancel":  s.endIntent,
		"POST /v1/charges":                      s.createCharge,
		"POST /v1/charges/{id}":                 s.updateCharge,
		"POST /v1/charges/{id}/capture":         s.captureCharge,
	}
}
