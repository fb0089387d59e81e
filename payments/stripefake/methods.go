package stripefake

import (
	"net/http"
	"time"
)

// method is a card or bank account that someone pays with. The number itself is
// never kept. https://docs.stripe.com/api/payment_methods
type method struct {
	ID          string
	Type        string // card, us_bank_account, sepa_debit, …
	Customer    string
	Payer       payer
	Brand       string
	Funding     string
	Country     string // of the card's or account's bank, ISO 3166
	Last4       string
	Fingerprint string
	ExpMonth    int
	ExpYear     int
	Ends        outcome
	Settles     time.Duration `json:",omitempty"` // until a debit settles; 0 is as long as its kind takes
	Metadata    map[string]string
	Mandate     string // of a bank debit; empty until the payer agreed to one
	Detached    bool   // taken from its customer; such a method is of no more use
	Created     int64
}

// payer is what the payment page asks about the reader.
type payer struct {
	Email   string
	Name    string
	Country string // ISO 3166; may be empty
}

func (m *method) key() string   { return m.ID }
func (m *method) madeAt() int64 { return m.Created }

// debit says whether money moves days after the payer agreed.
func (m *method) debit() bool { return m.Type != "card" }

func (p payer) billing() object {
	return object{"address": addressOf(p.Country), "email": orNull(p.Email), "name": orNull(p.Name), "phone": nil}
}

func (v view) method(m *method, x expansion) object {
	return object{
		"id": m.ID, "object": "payment_method", "billing_details": m.Payer.billing(), "created": m.Created,
		"customer": ref(x, "customer", &v.st.Customers, m.Customer, v.customer), "livemode": false,
		"metadata": rendered(m.Metadata), "type": m.Type, m.Type: m.details(),
	}
}

// details are the fields of a method's own kind.
func (m *method) details() object {
	switch m.Type {
	case "card":
		return object{
			"brand": m.Brand, "checks": cardChecks(), "country": m.Country, "display_brand": m.Brand,
			"exp_month": m.ExpMonth, "exp_year": m.ExpYear, "fingerprint": m.Fingerprint, "funding": m.Funding,
			"generated_from": nil, "last4": m.Last4, "networks": object{"available": []string{m.Brand}, "preferred": nil},
			"three_d_secure_usage": object{"supported": true}, "wallet": nil,
		}
	case "us_bank_account":
		return object{
			"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
			"financial_connections_account": nil, "fingerprint": m.Fingerprint, "last4": m.Last4,
			"networks":       object{"preferred": "ach", "supported": []string{"ach"}},
			"routing_number": "110000000", "status_details": object{},
		}
	}
	details := m.charged(false)
	delete(details, "mandate") // a charge's, not the account's
	return details
}

// charged are the payment_method_details of a charge.
func (m *method) charged(authenticated bool) object {
	common := object{"fingerprint": m.Fingerprint, "last4": m.Last4}
	switch m.Type {
	case "card":
		var secure any
		if authenticated {
			secure = object{
				"authentication_flow": "challenge", "electronic_commerce_indicator": "05",
				"exemption_indicator": nil, "result": "authenticated", "result_reason": nil,
				"transaction_id": m.Fingerprint, "version": "2.2.0",
			}
		}
		return object{
			"amount_authorized": nil, "brand": m.Brand, "checks": cardChecks(), "country": m.Country,
			"exp_month": m.ExpMonth, "exp_year": m.ExpYear, "extended_authorization": object{"status": "disabled"},
			"fingerprint": m.Fingerprint, "funding": m.Funding, "incremental_authorization": object{"status": "unavailable"},
			"installments": nil, "last4": m.Last4, "mandate": nil, "multicapture": object{"status": "unavailable"},
			"network": m.Brand, "network_token": object{"used": false}, "three_d_secure": secure, "wallet": nil,
		}
	case "us_bank_account":
		common["account_holder_type"], common["account_type"] = "individual", "checking"
		common["bank_name"], common["routing_number"] = "STRIPE TEST BANK", "110000000"
	case "sepa_debit":
		common["bank_code"], common["branch_code"], common["country"] = "19043", "", orNull(m.Country)
	case "bacs_debit":
		common["sort_code"] = "108800"
	case "acss_debit":
		common["bank_name"], common["institution_number"], common["transit_number"] = "STRIPE TEST BANK", "000", "11000"
	case "au_becs_debit":
		common["bsb_number"] = "000000"
	}
	if m.Mandate != "" && m.Type != "us_bank_account" { // which shows it since a later version only
		common["mandate"] = m.Mandate
	}
	return common
}

func cardChecks() object {
	return object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"}
}

// newCard makes a payment method of a test card.
func (s *Server) newCard(number string, card testCard, who payer) *method {
	return &method{
		ID: s.st.newID("pm_1", 23), Type: "card", Payer: who, Brand: card.brand, Funding: card.funding, Country: card.country,
		Last4: number[len(number)-4:], Fingerprint: fingerprint(number), ExpMonth: 12, ExpYear: s.now().Year() + 3,
		Ends: card.outcome, Created: s.unix(),
	}
}

// newDebit makes a payment method of a bank account.
func (s *Server) newDebit(kind, account string, ends outcome, who payer) *method {
	country := map[string]string{"us_bank_account": "US", "bacs_debit": "GB", "acss_debit": "CA", "au_becs_debit": "AU"}[kind]
	if kind == "sepa_debit" {
		country = account[:2]
	}
	return &method{
		ID: s.st.newID("pm_1", 23), Type: kind, Payer: who, Country: country, Last4: account[len(account)-4:],
		Fingerprint: fingerprint(account), Ends: ends, Created: s.unix(),
	}
}

func (s *Server) retrieveMethod(c *call) (object, *apiError) {
	m, ok := s.st.Methods.get(c.id)
	if !ok {
		return nil, missing(http.StatusNotFound, "id", "PaymentMethod", c.id)
	}
	return c.view.method(m, c.expand), nil
}
