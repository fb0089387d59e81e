package stripefake

import "net/http"

// controlFee books a fee that belongs to no payment, such as Stripe's monthly
// one for Radar: a balance transaction of its own, without a source.
// https://docs.stripe.com/reports/reporting-categories
func (s *Server) controlFee(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Amount      int64  `json:"amount"`
		Currency    string `json:"currency"`
		Description string `json:"description"`
	}
	if !s.readControl(w, r, &ask) {
		return
	}
	s.control(w, func() (object, *apiError) {
		cur, failure := lookupCurrency("currency", firstOf(ask.Currency, s.st.Settlement.Default, "usd"))
		if failure != nil {
			return nil, failure
		}
		if ask.Amount <= 0 || ask.Amount > cur.maximum {
			return nil, invalid("amount", "", "A fee is of more than nothing, in minor units, and at most %d; not of %d.", cur.maximum, ask.Amount)
		}
		id := s.move(&transaction{
			Type: "stripe_fee", Category: categoryFee, Amount: -ask.Amount, Currency: cur.code,
			Description: firstOf(ask.Description, "Billing - Usage Fee ("+s.now().Format("2006-01")+")"),
		})
		s.touch()
		return s.view().transaction(s.st.Transactions.at(id), nil), nil
	})
}
