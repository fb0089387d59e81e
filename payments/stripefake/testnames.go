package stripefake

import (
	"net/http"
	"strings"
)

// namedCard returns the number behind one of the names that Stripe publishes
// for test cards: visa of tok_visa and pm_card_visa, chargeDeclined of
// pm_card_chargeDeclined. https://docs.stripe.com/testing#cards
func namedCard(name string) (number string, ok bool) {
	number, ok = map[string]string{
		"visa": "4242424242424242", "visa_debit": "4000056655665556", "mastercard": "5555555555554444",
		"mastercard_debit": "5200828282828210", "mastercard_prepaid": "5105105105105100", "amex": "378282246310005",
		"discover": "6011111111111117", "diners": "3056930009020004", "jcb": "3566002020360505", "unionpay": "6200000000000005",

		"us": "4242424242424242", "gb": "4000008260000000", "de": "4000002760000016", "fr": "4000002500000003",
		"es": "4000007240000007", "it": "4000003800000008", "nl": "4000005280000002", "at": "4000000400000008",
		"be": "4000000560000004", "ch": "4000007560000009", "ca": "4000001240000000", "au": "4000000360000006",
		"nz": "4000005540000008", "jp": "4000003920000003", "br": "4000000760000002", "mx": "4000004840008001",
		"in": "4000003560000008", "sg": "4000007020000003", "ae": "4000007840000001", "pl": "4000006160000005", "se": "4000007520000008",

		"chargeDeclined": "4000000000000002", "chargeDeclinedInsufficientFunds": "4000000000009995",
		"chargeDeclinedLostCard": "4000000000009987", "chargeDeclinedStolenCard": "4000000000009979",
		"chargeDeclinedExpiredCard": "4000000000000069", "chargeDeclinedIncorrectCvc": "4000000000000127",
		"chargeDeclinedProcessingError": "4000000000000119", "chargeDeclinedVelocityLimitExceeded": "4000000000006975",
		"chargeDeclinedFraudulent": "4100000000000019", "radarBlock": "4100000000000019",
		"chargeCustomerFail": "4000000000000341",

		"createDispute": "4000000000000259", "createDisputeProductNotReceived": "4000000000002685",
		"createDisputeInquiry": "4000000000001976", "createIssuerFraudRecord": "4000000000005423",
		"riskLevelElevated": "4000000000009235", "bypassPending": "4000000000000077", "bypassPendingInternational": "4000003720000278",
		"pendingRefund": "4000000000007726", "refundFail": "4000000000005126",

		"authenticationRequired": "4000002760003184", "authenticationRequiredOnSetup": "4000002500003155",
		"authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
		"threeDSecure2Required":                                 "4000000000003220", "threeDSecureRequired": "4000000000003220",
		"threeDSecureRequiredChargeDeclined": "4000008400001629",
	}[name]
	if rest, prefixed := strings.CutPrefix(name, "visa_"); !ok && prefixed {
		return namedCard(rest) // pm_card_visa_chargeDeclined is the same card
	}
	return number, ok
}

// methodOf finds the payment method that a parameter names. A name that
// Stripe publishes, such as pm_card_visa, stands for a new method each time it
// is used; that is stored too.
func (s *Server) methodOf(param, id string) (*method, *apiError) {
	if m, ok := s.st.Methods.get(id); ok {
		return m, nil
	}
	name, ok := strings.CutPrefix(id, "pm_card_")
	if !ok {
		return nil, missing(http.StatusBadRequest, param, "PaymentMethod", id)
	}
	m := s.methodNamed(name)
	if m == nil {
		return nil, missing(http.StatusBadRequest, param, "PaymentMethod", id)
	}
	s.st.Methods.add(m)
	return m, nil
}

// methodNamed makes a card of a published name; nil where there is none.
func (s *Server) methodNamed(name string) *method {
	number, ok := namedCard(name)
	if !ok {
		return nil
	}
	card, ok := lookupCard(number)
	if !ok {
		return nil
	}
	return s.newCard(number, card, payer{})
}
