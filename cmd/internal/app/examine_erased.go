package app

import (
	"context"
	"time"

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
