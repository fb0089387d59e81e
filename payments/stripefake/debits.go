package stripefake

import (
	"strings"
	"time"
)

// debitType is the bank debit that Stripe offers for a currency, empty where
// there is none.
func debitType(currency string) string {
	return map[string]string{
		"usd": "us_bank_account", "eur": "sepa_debit", "gbp": "bacs_debit",
		"cad": "acss_debit", "aud": "au_becs_debit",
	}[currency]
}

// debitSettlesAfter is how long a bank debit takes to succeed or fail.
// https://docs.stripe.com/payments/bank-debits
func debitSettlesAfter(kind string) time.Duration {
	days := map[string]int{"us_bank_account": 4, "sepa_debit": 5, "bacs_debit": 3, "acss_debit": 5, "au_becs_debit": 3}[kind]
	return time.Duration(days) * 24 * time.Hour
}

// readAccount turns an account number or IBAN as typed into how its debit will
// end, or a reason to type it again. Stripe's published test accounts end as
// documented; any other one pays unless it ends in 0002.
func readAccount(typed string) (account string, ends outcome, problem string) {
	account = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	if len(account) < 6 || len(account) > 34 || strings.Trim(account, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", outcome{}, "Your account number is invalid."
	}
	switch {
	case account == "000111111113":
		ends = declines("account_closed", "", "The bank account has been closed.")
	case account == "000111111116":
		ends = declines("no_account", "", "No such account was found.")
	case account == "000222222227", strings.HasSuffix(account, "0002"):
		ends = declines("insufficient_funds", "", "The bank account has insufficient funds.")
	case account == "AT861904300235473202", account == "AT051904300235473205", account == "IT60X0542811101000000123456":
		ends = declines("debit_not_authorized", "", "The payer's bank refused the debit.")
	}
	return account, ends, ""
}
