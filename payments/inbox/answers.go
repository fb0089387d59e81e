package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// Told is what an object that Stripe answered with tells, as it would be read if
// it were taken in. at is when Stripe answered.
func (in *Inbox) Told(object json.RawMessage, version string, at time.Time) (payments.Facts, error) {
	raw, err := asEvent(object, version, "told_"+idOf(object), at)
	if err != nil {
		return payments.Facts{}, err
	}
	event, err := in.Decode(raw)
	if err != nil {
		return payments.Facts{}, fmt.Errorf("reading %s: %w", idOf(object), err)
	}
	return event.Facts, nil
}

// TakeAnswers takes in objects that Stripe answered with, each as an event of our
// own, so that a rebuild has them. Its id is made of asked, which says what they
// were asked for, and of the object's id: what is taken under the same two again is
// a duplicate.
func (in *Inbox) TakeAnswers(ctx context.Context, asked, version string, objects []json.RawMessage, at time.Time) (Tally, error) {
	events := make([][]byte, len(objects))
	for i, object := range objects {
		raw, err := asEvent(object, version, asked+"_"+idOf(object), at)
		if err != nil {
			return Tally{}, err
		}
		events[i] = raw
	}
	return in.ReceiveMany(ctx, events)
}
