package closing

import (
	"strconv"

	"github.com/readerfund/readerfund/payments/calendar"
)

// count is a number with the words for one or for several.
func count(n int64, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + several
}

// days are the month's days as Stripe writes the day on which a payout arrives:
// midnight UTC in Unix seconds, the last not included.
func days(p span) (from, to int64) {
	return calendar.From(p.from).UTC().Unix(), calendar.From(p.to).UTC().Unix()
}
