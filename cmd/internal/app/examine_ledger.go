package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// toldWithin is how long the payment behind a balance transaction may stay unknown:
// an event comes within minutes, and Stripe's list of them is read every five.
const toldWithin = time.Hour

// examineLedger looks whether every entry of the ledger adds up, every movement of
// Stripe's has one, and none waits for its payment for long.
func examineLedger(ctx context.Context, db payments.Querier, now time.Time) Check {
	c := Check{Name: "ledger"}
	s, err := payments.StandLedger(ctx, db)
	if err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	if !s.Sound() {
		c.Wrong = fmt.Sprintf("%d entries do not add up to 0, %d balance transactions have no entry: %s", s.Unbalanced, s.Unposted, strings.Join(s.First, ", "))
		c.Do = "readerfund rebuild posts what is missing"
		if s.Unbalanced > 0 {
			c.Do = "the database refuses such entries: somebody has switched its rules off. Whoever looks after it takes these entries out " +
				"(with the trigger postings_stay off, and on again); then readerfund rebuild posts what is missing"
		}
		return c
	}
	c.Found = fmt.Sprintf("%d entries, each adds up to 0", s.Entries)
	var other []string
	for _, a := range s.Other {
		other = append(other, a.String())
	}
	stand := ""
	if len(other) > 0 {
		stand = fmt.Sprintf("; on the account %q stand %s", payments.AccountOther, strings.Join(other, ", "))
	}
	c.Found += stand
	switch {
	case s.Waiting > 0 && now.Sub(s.WaitingSince) > toldWithin:
		c.Found, c.Wrong = "", fmt.Sprintf("of %d balance transactions the payment is not told, the first was booked %s ago: %s%s",
			s.Waiting, ago(now, s.WaitingSince), strings.Join(s.WaitingFirst, ", "), stand)
		c.Do = "take in what was lost: readerfund reconcile --since " + days(now.Sub(s.WaitingOldest)) +
			"; a payment from before the books began comes by readerfund import --since DATE"
	case s.Waiting > 0:
		c.Found += fmt.Sprintf("; of %d balance transactions the payment is not told yet", s.Waiting)
	}
	return c
}
