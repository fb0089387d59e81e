package inbox

import (
	"context"
	"fmt"

	"github.com/readerfund/readerfund/payments"
)

// TakeAnswer takes an object that Stripe answered with into the books, as an event
// of our own, so that a rebuild has it too. what says why Stripe was asked, in one
// word; the same object taken twice for it at one moment is taken once.
func (in *Inbox) TakeAnswer(ctx context.Context, what string, a payments.StripeAnswer) error {
	raw, err := asEvent(a.Object, a.Version, fmt.Sprintf("%s_%s_%d", what, a.ID, a.At.Unix()), a.At)
	if err != nil {
		return err
	}
	_, err = in.Receive(ctx, raw) // parked, it is as safe: doctor names it
	return err
}
