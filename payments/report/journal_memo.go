package report

// categoryWords says what one of Stripe's reporting categories is
// (https://docs.stripe.com/reports/reporting-categories). One that this program
// does not know is named as Stripe names it.
func categoryWords(category string, gift bool) string {
	switch category {
	case "charge":
		if gift {
			return "Gift"
		}
		return "Payment that is not known as a gift"
	case "refund":
		return "Refund"
	case "refund_failure":
		return "Refund that failed and came back"
	case "partial_capture_reversal":
		return "Part of a payment that was not taken"
	case "charge_failure":
		return "Payment that failed after it was booked"
	case "dispute":
		return "Dispute: taken back by the payer's bank"
	case "dispute_reversal":
		return "Dispute won: given back by the payer's bank"
	case "fee":
		return "Fee of Stripe"
	case "network_cost":
		return "Cost of the card networks"
	case "tax":
		return "Tax on Stripe's fees"
	case "payout":
		return "Payout to the bank"
	case "payout_reversal":
		return "Payout that came back"
	case "topup":
		return "Money added from the bank"
	case "topup_reversal":
		return "Money that was added, taken back"
	case "risk_reserved_funds":
		return "Held back or released by Stripe as a reserve"
	case "payout_minimum_balance_hold":
		return "Kept on the account as its minimum balance"
	case "payout_minimum_balance_release":
		return "Released from the account's minimum balance"
	case "contribution":
		return "Contribution to Stripe Climate"
	case "conversion", "currency_conversion":
		return "Conversion between currencies"
	case "other_adjustment":
		return "Adjustment by Stripe"
	case "":
		return "Movement of the Stripe account"
	}
	return "Movement of the category " + category
}
