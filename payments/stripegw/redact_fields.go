package stripegw

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/readerfund/readerfund/payments"
)

// Where Stripe's objects hold what is a person's
// (https://docs.stripe.com/api, the attributes of each object, in all versions).

// holdsPerson tells fields below which everything but the country is a person's.
func holdsPerson(name string) bool {
	switch name {
	case "billing_details", "billing_address", "customer_details", "customer_address", "customer_shipping", "shipping",
		"shipping_details", "shipping_address", "collected_information", "owner", "address", "individual", "evidence",
		"custom_fields", "customer_tax_ids", "customer_acceptance", "tax_id_data":
		return true
	default:
		return false
	}
}

// fieldOfPerson tells fields whose text is a person's in any object.
func fieldOfPerson(name string) bool {
	switch name {
	case "email", "customer_email", "customer_email_address", "receipt_email", "payer_email", "verified_email", "buyer_email",
		"customer_name", "payer_name", "verified_name", "account_holder_name", "beneficiary_name", "individual_name",
		"business_name", "first_name", "last_name", "given_name", "family_name",
		"phone", "customer_phone", "payer_id", "buyer_id", "cashtag",
		"line1", "line2", "city", "postal_code", "address_line1", "address_line2", "address_city", "address_zip", "address_state",
		"ip", "ip_address", "client_ip", "customer_purchase_ip", "user_agent", "device_fingerprint",
		"fingerprint", "last4", "dynamic_last4", "iban_last4", "iban", "account_number", "tax_id",
		"receipt_url", "hosted_invoice_url", "invoice_pdf", "hosted_verification_url", "client_secret",
		"comment": // of cancellation_details: in the person's words
		return true
	default:
		return false
	}
}

// ofPersonAt tells fields that are a person's in some objects only.
func ofPersonAt(name, owner string) bool {
	switch owner {
	case "customer":
		return name == "name" || name == "description"
	case "card", "source", "bank_account", "payment_method":
		return name == "name"
	case "checkout.session":
		return name == "url"
	default:
		return false
	}
}

// looksPersonal tells entries of metadata, which others named, by what they are
// called.
func looksPersonal(name string) bool {
	name = strings.ToLower(name)
	return !strings.HasPrefix(name, "readerfund_") && slices.ContainsFunc(
		[]string{"name", "mail", "phone", "address", "street", "city", "zip", "postal", "postcode", "birth"},
		func(part string) bool { return strings.Contains(name, part) })
}

// ofStripe tells fields whose text is Stripe's own, and has a meaning for the
// books: a reader may be called "Card", or "Active".
func ofStripe(name string) bool {
	switch name {
	case "id", "object", "type", "status", "payment_status", "mode", "currency", "country", "interval", "reason", "billing_reason",
		"collection_method", "category", "reporting_category", "method", "brand", "network", "funding", "api_version", "code",
		"decline_code", "failure_code", "fraud_type", "opened_reason", "closed_reason", "behavior", "usage_type", payments.MetaKind:
		return true
	default:
		return strings.HasPrefix(name, "readerfund_")
	}
}

// hasAddress tells whether there is a mail address in a text.
func hasAddress(text string) bool {
	at := strings.IndexByte(text, '@')
	if at <= 0 || at+1 >= len(text) {
		return false
	}
	return text[at-1] > ' ' && text[at+1] > ' '
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// sortedSpans are in the order in which they stand.
func sortedSpans(spans []node) []node {
	slices.SortFunc(spans, func(a, b node) int { return cmp.Compare(a.start, b.start) })
	return spans
}
