package stripefake

import (
	"maps"
	"slices"
)

// accountID is the one account of a stand-in.
const accountID = "acct_1StandInReaderfund"

// retrieveAccount answers GET /v1/account with what a caller checks about
// itself: that the key works and that charges are possible.
func (s *Server) retrieveAccount(*call) (object, *apiError) {
	return object{
		"id": accountID, "object": "account", "business_type": "non_profit", "charges_enabled": true, "country": accountCountry,
		"created": 1_700_000_000, "default_currency": firstOf(s.st.Settlement.Default, "usd"), "details_submitted": true, "email": "newsroom@example.org",
		"metadata": object{}, "payouts_enabled": true, "type": "standard",
		"business_profile": object{"name": "Readerfund stand-in"}.withNulls("mcc", "product_description", "support_address",
			"support_email", "support_phone", "support_url", "url"),
		"capabilities": object{"card_payments": "active", "transfers": "active"},
		"settings":     nil,
	}, nil
}

// retrieveBalance adds up the balance transactions, per currency: what can be
// paid out and what is still on its way.
func (s *Server) retrieveBalance(*call) (object, *apiError) {
	available, waiting := s.balances()
	if len(available) == 0 {
		available["usd"] = 0
	}
	currencies := slices.Sorted(maps.Keys(available))
	amounts := func(sums map[string]int64) []object {
		var out []object
		for _, code := range currencies {
			out = append(out, object{"amount": sums[code], "currency": code, "source_types": object{"card": sums[code]}})
		}
		return out
	}
	return object{"object": "balance", "available": amounts(available), "livemode": false, "pending": amounts(waiting)}, nil
}

// accountEndpoints are those of the account itself and of who pays.
func (s *Server) accountEndpoints() map[string]endpointFunc {
	return map[string]endpointFunc{
		"GET /v1/account":         s.retrieveAccount,
		"POST /v1/customers":      s.createCustomer,
		"GET /v1/customers":       s.listCustomers,
		"GET /v1/customers/{id}":  s.retrieveCustomer,
		"POST /v1/customers/{id}": s.updateCustomer,
	}
}
