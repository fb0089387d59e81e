package payments

// PayoutExplained tells whether what a payout sent is known to the cent: there are
// rows, each is in the books, and together they make the amount. missing counts the
// rows that Stripe names and the books do not have; explained and amount are minor
// units of the payout's currency. A row of 0.00 that is missing changes no sum, and
// yet nobody knows what it was.
func PayoutExplained(rows, missing int, explained, amount int64) bool {
	return rows > 0 && missing == 0 && explained == amount
}
