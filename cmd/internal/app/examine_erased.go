package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// sweptWithin is how long going through the stored events may take: the service
// does so every minute, and is through with a million in a few.
const sweptWithin = time.Hour

// examineErased looks whether people who were erased are out of the stored events.
// It says nothing where nobody was, or all are.
func examineErased(ctx context.Context, in *inbox.Inbox) []Check {
	since, err := in.UnsweptSince(ctx)
	switch {
	case err != nil:
		return []Check{{Name: "erasures", Wrong: oneLine(err)}}
	case since.IsZero():
		return nil
	case in.Now().Sub(since) < sweptWithin:
		return []Check{{Name: "erasures", Found: "stored events are being rid of somebody who was erased"}}
	default:
		return []Check{{Name: "erasures", Wrong: "somebody was erased, and is still in stored events, for " + ago(in.Now(), since),
			Do: "see to it that readerfund serve runs; where it does, its log names the event that it cannot rewrite (sweep_erased)"}}
	}
}

// examineUnmanned looks for recurring gifts that run and that no reader could end,
// and for people who were erased and stay because of a recurring gift. It says
// nothing where there are none.
func examineUnmanned(ctx context.Context, in *inbox.Inbox) (checks []Check) {
	n, first, err := payments.Unmanned(ctx, in.DB)
	switch {
	case err != nil:
		checks = append(checks, Check{Name: "recurring gifts", Wrong: oneLine(err)})
	case n > 0:
		checks = append(checks, Check{Name: "recurring gifts", Wrong: fmt.Sprintf("%d run and have no donor who could end them: %s", n, some(first, n)),
			Do: "find each in Stripe's dashboard by its subscription (readerfund export, recurring_donations), and end it, or give its customer a mail address"})
	}
	due, err := payments.DueErasures(ctx, in.DB)
	switch {
	case err != nil:
		checks = append(checks, Check{Name: "erasures due", Wrong: oneLine(err)})
	case due.Objects > 0:
		found := fmt.Sprintf("somebody who was erased stays until their recurring gift has ended, for %s by now", ago(in.Now(), due.Since))
		if len(due.Subscriptions) > 0 {
			found += ": " + strings.Join(due.Subscriptions, ", ")
		}
		checks = append(checks, Check{Name: "erasures due", Found: found + "; one that was never paid lapses within a day, any other is to be ended at Stripe if they asked for that"})
	}
	return checks
}

// some names the first of n.
func some(first []string, n int64) string {
	names := strings.Join(first, ", ")
	if int64(len(first)) < n {
		names += ", …"
	}
	return names
}
