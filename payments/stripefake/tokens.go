package stripefake

import (
	"net/http"
	"strings"
)

// token stands for a card once, so that its number is shown to Stripe alone.
// https://docs.stripe.com/api/tokens
type token struct {
	ID      string
	Card    *method // the card; not stored as a payment method of its own
	Used    bool
	Created int64
}

func (t *token) key() string { return t.ID }

// createToken makes a token of a test card's number: POST /v1/tokens.
func (s *Server) createToken(c *call) (object, *apiError) {
	card := c.sub("card")
	if card == nil {
		return nil, invalid("card", "parameter_missing", "This stand-in makes tokens of cards only: send card[number], card[exp_month] and card[exp_year].")
	}
	m, err := s.readCardParams(card, "card", payer{Name: card.text("name"), Country: card.text("address_country")})
	if err != nil {
		return nil, err
	}
	m.ID = s.st.newID("card_1", 23)
	t := &token{ID: s.st.newID("tok_1", 23), Card: m, Created: s.unix()}
	s.st.Tokens.add(t)
	s.touch()
	return t.render(), nil
}

func (t *token) render() object {
	return object{
		"id": t.ID, "object": "token", "card": t.Card.source(), "client_ip": nil, "created": t.Created,
		"livemode": false, "type": "card", "used": t.Used,
	}
}

func (s *Server) retrieveToken(c *call) (object, *apiError) {
	t, ok := s.st.Tokens.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "token", "token", c.id)
	}
	return t.render(), nil
}

// redeem makes a card of a token: of one that was made here, once, or of one of
// Stripe's published names such as tok_visa.
func (s *Server) redeem(param, id string) (*method, *apiError) {
	if t, ok := s.st.Tokens.get(id); ok {
		if t.Used {
			return nil, invalid(param, "token_already_used", "You cannot use a Stripe token more than once: %s.", id)
		}
		t.Used = true
		m := *t.Card
		m.ID = s.st.newID("pm_1", 23)
		return &m, nil
	}
	if name, ok := strings.CutPrefix(id, "tok_"); ok {
		if m := s.methodNamed(name); m != nil {
			return m, nil
		}
	}
	return nil, missing(http.StatusBadRequest, param, "token", id)
}

// source renders a card in the shape that came before payment methods.
// https://docs.stripe.com/api/cards
func (m *method) source() object {
	brand := map[string]string{
		"visa": "Visa", "mastercard": "MasterCard", "amex": "American Express", "discover": "Discover",
		"diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay",
	}[m.Brand]
	return object{
		"id": m.ID, "object": "card", "address_country": orNull(m.Payer.Country), "brand": brand, "country": m.Country,
		"customer": orNull(m.Customer), "cvc_check": "pass", "exp_month": m.ExpMonth, "exp_year": m.ExpYear,
		"fingerprint": m.Fingerprint, "funding": m.Funding, "last4": m.Last4, "metadata": object{}, "name": orNull(m.Payer.Name),
	}.withNulls("address_city", "address_line1", "address_line1_check", "address_line2", "address_state", "address_zip",
		"address_zip_check", "dynamic_last4", "tokenization_method", "wallet")
}
