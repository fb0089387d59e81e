package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/readerfund/readerfund/payments"
)

// examineLedger looks whether every entry of the ledger adds up and every movement
// of Stripe's has one.
func examineLedger(ctx context.Context, db payments.Querier) Check {
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
	if len(other) > 0 {
		c.Found += fmt.Sprintf("; on the account %q stand %s", payments.AccountOther, strings.Join(other, ", "))
	}
	if s.Waiting > 0 {
		c.Found += fmt.Sprintf("; of %d balance transactions the payment is not told yet", s.Waiting)
	}
	return c
}
