package stripefake

import (
	"net/http"
	"strings"
	"time"
)

// createMethod makes a payment method that belongs to nobody yet: a card by a
// token or by a test number, or a bank account.
// https://docs.stripe.com/api/payment_methods/create
func (s *Server) createMethod(c *call) (object, *apiError) {
	metadata, err := c.metadata("metadata")
	if err != nil {
		return nil, err
	}
	m, err := s.readMethodParams(c.params, "")
	if err != nil {
		return nil, err
	}
	m.Metadata = metadata
	s.st.Methods.add(m)
	return c.view.method(m, c.expand), nil
}

// readMethodParams reads the parameters of a payment method or of a
// payment_method_data; prefix is the full name of the latter, for errors.
func (s *Server) readMethodParams(p params, prefix string) (*method, *apiError) {
	name := func(field string) string {
		if prefix == "" {
			return field
		}
		group, rest, nested := strings.Cut(field, "[")
		if nested {
			rest = "[" + rest
		}
		return prefix + "[" + group + "]" + rest
	}
	details := p.sub("billing_details")
	who := payer{Email: details.text("email"), Name: details.text("name"), Country: details.sub("address").text("country")}
	kind := p.text("type")
	switch {
	case kind == "card":
		return s.readCardParams(p.sub("card"), name("card"), who)
	case isDebit(kind):
		return s.readDebitParams(kind, p.sub(kind), name(kind), who)
	}
	return nil, invalid(name("type"), "", "This stand-in has cards and bank debits, not %q.", kind)
}

func (s *Server) readCardParams(card params, name string, who payer) (*method, *apiError) {
	if token := card.text("token"); token != "" {
		m, err := s.redeem(name+"[token]", token)
		if err != nil {
			return nil, err
		}
		m.Payer = who
		return m, nil
	}
	number, known, problem := readCard(card.text("number"))
	if problem != "" {
		return nil, &apiError{Status: http.StatusPaymentRequired, Type: typeCard, Code: "invalid_number", Param: name + "[number]", Message: problem}
	}
	m := s.newCard(number, known, who)
	if month, ok := card.integer("exp_month"); ok {
		m.ExpMonth = int(month)
	}
	if year, ok := card.integer("exp_year"); ok {
		m.ExpYear = int(year)
	}
	return m, nil
}

// readDebitParams reads a bank account. Stripe's test mode settles a debit
// within seconds, or after three minutes for accounts that say so, and so does
// one of a method that a program made. The payment page keeps the days of real
// life, for those who want to see the wait.
// https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration
func (s *Server) readDebitParams(kind string, account params, name string, who payer) (*method, *apiError) {
	field := "account_number"
	if kind == "sepa_debit" {
		field = "iban"
	}
	number, ends, problem := readAccount(account.text(field))
	if problem != "" {
		return nil, invalid(name+"["+field+"]", "", "%s", problem)
	}
	m := s.newDebit(kind, number, ends, who)
	m.Settles = time.Second
	if strings.HasSuffix(number, "3204") || strings.HasSuffix(number, "3205") {
		m.Settles = 3 * time.Minute
	}
	return m, nil
}

// settlesAfter is how long a debit of this method takes to succeed or fail.
func (m *method) settlesAfter() time.Duration {
	if m.Settles > 0 {
		return m.Settles
	}
	return debitSettlesAfter(m.Type)
}
