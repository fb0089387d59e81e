package report

import (
	"maps"

	"github.com/readerfund/readerfund/payments/money"
)

// AmountColumn says how a manifest adds up a column of amounts.
type AmountColumn struct {
	// Currency is the column in which the currency of its amounts stands: the gift's
	// own and the account's are never added to each other.
	Currency string `json:"currency"`
	// OncePer is the column that says what the amount belongs to, where that is not
	// the row: it is repeated on each row of that, and counted once. "" for the row.
	OncePer string `json:"once_per,omitempty"`
}

// StatusTotals are the rows of one status, and what Totals would be of them alone.
type StatusTotals struct {
	Rows   int64                                `json:"rows"`
	Totals map[money.Currency]map[string]string `json:"totals"`
}

// in gives amount columns whose currencies stand in one column.
func in(currency string, columns ...string) map[string]AmountColumn {
	all := map[string]AmountColumn{}
	for _, c := range columns {
		all[c] = AmountColumn{Currency: currency}
	}
	return all
}

// donationAmounts are the amount columns of donations.
func donationAmounts() map[string]AmountColumn {
	all := in("currency", "amount", "refunded", "net_of_refunds", "disputed", "fee_cover")
	maps.Copy(all, in("settlement_currency", "settlement_gross", "fee", "net"))
	maps.Copy(all, in("dispute_fee_currency", "dispute_fee"))
	return all
}

// payoutAmounts are the amount columns of payouts.
func payoutAmounts() map[string]AmountColumn {
	all := in("currency", "gross", "fee", "net")
	all["payout_amount"] = AmountColumn{Currency: "currency", OncePer: "payout_id"}
	all["difference"] = all["payout_amount"]
	maps.Copy(all, in("customer_facing_currency", "customer_facing_amount"))
	return all
}

// notes are what a reader of the report has to know of its period and its totals.
func notes(name string, q Query) []string {
	switch name {
	case "donations":
		return []string{basisNote(q.Basis), "totals are the sums of all rows, whatever their status; what came in is the sums of those that succeeded (totals_by_status.succeeded)"}
	case "recurring":
		return []string{
			"a recurring donation is in the period if it ran in it or brought a gift; its status and amount are as of as_of",
			"total_given, gifts, refunded, disputed and failed_payments are of the period, gifts_ever and total_ever of the whole life up to as_of; amounts of what is given each month and each year are added up together",
		}
	case "donors":
		return []string{
			"a donor is in the period with the gifts that were given in it; first_ever, gifts_ever and total_ever are up to as_of",
			"total_given is what is left of the gifts that succeeded and adds up to net_of_refunds of the report of donations; the row without donor_id holds gifts of which nobody is known",
		}
	case "payouts":
		return []string{
			"a payout is in the period of the day on which the bank should have it",
			"totals count payout_amount and difference once for each payout, whatever its status; what reached the bank is the sums without those that failed or were canceled (totals_by_status)",
		}
	}
	return nil
}

// basisNote says which gifts a report of donations by a basis holds. Two reports of
// one month differ where these days are not in the same month.
func basisNote(b Basis) string {
	switch b {
	case Available:
		return "a gift is in the period of the day on which its money can be paid out; one whose money Stripe has not booked is in none"
	case PaidOut:
		return "a gift is in the period of the day on which the payout that brings it arrives; one without such a payout, or whose payouts failed, is in none"
	}
	return "a gift is in the period of the day on which it was given; the journal has it on the day on which Stripe booked its money, for a bank debit days later"
}
