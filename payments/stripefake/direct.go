package stripefake

// directEndpoints are those of a program that takes payments itself, without
// the payment page: what Stripe's command line does when it triggers events.
func (s *Server) directEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"POST /v1/payment_methods": s.createMethod,
		"POST /v1/tokens":          s.createToken,
		"GET /v1/tokens/{id}":      s.retrieveToken,
	}
}
