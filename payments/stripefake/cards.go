package stripefake

import "strings"

// outcome is how paying by a method ends. The zero value pays.
type outcome struct {
	Code         string `json:",omitempty"` // Stripe's error code; empty when it pays
	Decline      string `json:",omitempty"` // decline_code
	Message      string `json:",omitempty"` // for the payer
	Authenticate bool   `json:",omitempty"` // the bank asks the payer first
	Always       bool   `json:",omitempty"` // and again at each payment while the payer is away
	Later        bool   `json:",omitempty"` // declined only while the payer is away: it begins well
	Dispute      string `json:",omitempty"` // the reason for which the payer will dispute
	Warning      bool   `json:",omitempty"` // the bank will report it as fraud
	Review       bool   `json:",omitempty"` // Radar wants someone to look at it
	Refund       string `json:",omitempty"` // how a refund goes where it does not simply succeed
	Bypass       bool   `json:",omitempty"` // the money can be paid out at once
}

// declined says whether a charge fails.
func (o outcome) declined() bool { return o.Code != "" }

// testCard is one of the numbers that Stripe publishes for tests.
// https://docs.stripe.com/testing
type testCard struct {
	brand   string
	funding string
	country string
	outcome outcome
}

// The sentences that a payer sees.
const (
	saysDeclined     = "Your card was declined."
	saysFunds        = "Your card has insufficient funds."
	saysExpired      = "Your card has expired."
	saysCVC          = "Your card's security code is incorrect."
	saysProcessing   = "An error occurred while processing your card. Try again in a little bit."
	saysNumber       = "Your card number is invalid."
	saysTestMode     = "Your card was declined: this is a test, and the card is not a test card. Try 4242 4242 4242 4242."
	saysUnauthorized = "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)

func declines(code, decline, message string) outcome {
	return outcome{Code: code, Decline: decline, Message: message}
}

// lookupCard returns the test card of a number of digits only.
func lookupCard(number string) (testCard, bool) {
	generic := declines("card_declined", "generic_decline", saysDeclined)
	visa := func(o outcome) testCard { return testCard{"visa", "credit", "US", o} }
	switch number {
	case "4242424242424242":
		return visa(outcome{}), true
	case "4000056655665556":
		return testCard{"visa", "debit", "US", outcome{}}, true
	case "5555555555554444", "2223003122003222":
		return testCard{"mastercard", "credit", "US", outcome{}}, true
	case "5200828282828210":
		return testCard{"mastercard", "debit", "US", outcome{}}, true
	case "5105105105105100":
		return testCard{"mastercard", "prepaid", "US", outcome{}}, true
	case "378282246310005", "371449635398431":
		return testCard{"amex", "credit", "US", outcome{}}, true
	case "6011111111111117", "6011000990139424":
		return testCard{"discover", "credit", "US", outcome{}}, true
	case "3056930009020004", "36227206271667":
		return testCard{"diners", "credit", "US", outcome{}}, true
	case "3566002020360505":
		return testCard{"jcb", "credit", "JP", outcome{}}, true
	case "6200000000000005":
		return testCard{"unionpay", "credit", "CN", outcome{}}, true
	case "4000000000000077", "4000003720000278":
		return visa(outcome{Bypass: true}), true
	case "4000000000003720":
		return visa(outcome{}), true

	case "4000000000000002":
		return visa(generic), true
	case "4000000000009995":
		return visa(declines("card_declined", "insufficient_funds", saysFunds)), true
	case "4000000000009987":
		return visa(declines("card_declined", "lost_card", saysDeclined)), true
	case "4000000000009979":
		return visa(declines("card_declined", "stolen_card", saysDeclined)), true
	case "4000000000000069":
		return visa(declines("expired_card", "expired_card", saysExpired)), true
	case "4000000000000127":
		return visa(declines("incorrect_cvc", "incorrect_cvc", saysCVC)), true
	case "4000000000000119":
		return visa(declines("processing_error", "processing_error", saysProcessing)), true
	case "4000000000006975":
		return visa(declines("card_declined", "card_velocity_exceeded", saysDeclined)), true
	case "4100000000000019":
		return visa(declines("card_declined", "fraudulent", saysDeclined)), true
	case "4000000000000341": // can be kept with a customer, cannot be charged
		o := generic
		o.Later = true
		return visa(o), true

	case "4000002500003155", "4000000000003220":
		return visa(outcome{Authenticate: true}), true
	case "4000002760003184":
		return visa(outcome{Authenticate: true, Always: true}), true
	case "4000008260003178":
		o := declines("card_declined", "insufficient_funds", saysFunds)
		o.Authenticate = true
		return testCard{"visa", "credit", "GB", o}, true
	case "4000008400001629":
		o := generic
		o.Authenticate = true
		return visa(o), true

	case "4000000000000259":
		return visa(outcome{Dispute: "fraudulent"}), true
	case "4000000000002685":
		return visa(outcome{Dispute: "product_not_received"}), true
	case "4000000000001976":
		return visa(outcome{Dispute: "inquiry"}), true
	case "4000000000005423":
		return visa(outcome{Warning: true}), true
	case "4000000000009235":
		return visa(outcome{Review: true}), true
	case "4000000000007726":
		return visa(outcome{Refund: refundWaits}), true
	case "4000000000005126":
		return visa(outcome{Refund: refundFails}), true
	}
	if country, ok := countryCards(number); ok {
		return testCard{"visa", "credit", country, outcome{}}, true
	}
	return testCard{}, false
}

// countryCards are Visa cards that pay and were issued in a country.
func countryCards(number string) (string, bool) {
	country, ok := map[string]string{
		"4000008260000000": "GB", "4000002760000016": "DE", "4000002500000003": "FR", "4000007240000007": "ES",
		"4000003800000008": "IT", "4000005280000002": "NL", "4000000400000008": "AT", "4000000560000004": "BE",
		"4000007560000009": "CH", "4000001240000000": "CA", "4000000360000006": "AU", "4000005540000008": "NZ",
		"4000003920000003": "JP", "4000000760000002": "BR", "4000004840008001": "MX", "4000003560000008": "IN",
		"4000007020000003": "SG", "4000007840000001": "AE", "4000006160000005": "PL", "4000007520000008": "SE",
	}[number]
	return country, ok
}

// readCard turns what was typed into a card or a reason to type it again.
func readCard(typed string) (number string, card testCard, problem string) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(typed)
	if !luhn(number) {
		return "", testCard{}, saysNumber
	}
	card, ok := lookupCard(number)
	if !ok {
		return "", testCard{}, saysTestMode
	}
	return number, card, ""
}

// luhn checks a card number's length and check digit (ISO/IEC 7812-1).
func luhn(number string) bool {
	if len(number) < 12 || len(number) > 19 {
		return false
	}
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i]) - '0'
		if digit < 0 || digit > 9 {
			return false
		}
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}
