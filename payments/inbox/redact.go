package inbox

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// concerns tells whether raw bytes speak of somebody who was erased: they name an
// object of theirs, or their address for something made before.
func concerns(raw []byte, m mentions, e payments.Erased) bool {
	if slices.ContainsFunc(m.ids, e.Has) {
		return true
	}
	return slices.ContainsFunc(m.addresses, func(a string) bool { return e.Covers(a, 0) && e.Covers(a, made(raw)) })
}

// forget takes those who were erased out of events before they are stored. tx
// began with payments.StoringSQL, so that nobody is erased meanwhile.
func (in *Inbox) forget(ctx context.Context, tx pgx.Tx, events []received) error {
	found := make([]mentions, len(events))
	var ids, addresses []string
	for i := range events {
		found[i] = mentioned(events[i].raw)
		ids, addresses = append(ids, found[i].ids...), append(addresses, found[i].addresses...)
	}
	erased, err := payments.ErasedAmong(ctx, tx, ids, addresses)
	if err != nil || !erased.Any() {
		return err
	}
	// One event may tell whose another is.
	var told payments.Facts
	for i := range events {
		told.Add(events[i].event.Facts)
	}
	erased.Spread(&told)
	for i := range events {
		if r := &events[i]; concerns(r.raw, found[i], erased) {
			if r.raw, err = in.redacted(r.raw); err != nil {
				return fmt.Errorf("erasing a person from event %s: %w", r.event.ID, err)
			}
			r.broken = plain(r.broken)
		}
	}
	return nil
}

// errErasedBroken stands for why an event of an erased person cannot be read: the
// reason itself may repeat what stands in it.
var errErasedBroken = errors.New("the event cannot be merged; it told of somebody whose data were erased")

func plain(broken error) error {
	if broken == nil {
		return nil
	}
	return errErasedBroken
}

// redacted is raw without the person. What can be read of it tells the same facts
// as before but for the person, or it is not done.
func (in *Inbox) redacted(raw []byte) ([]byte, error) {
	if in.Redact == nil {
		return nil, errors.New("there is no way to take a person out of an event")
	}
	before, unreadable := in.Decode(raw)
	everybody(&before.Facts)
	clean, ok := in.Redact(raw, func(clean []byte) bool {
		after, err := in.Decode(clean)
		everybody(&after.Facts)
		return unreadable != nil || err == nil && reflect.DeepEqual(before, after)
	})
	if !ok {
		return nil, errors.New("without the person the event would tell something else")
	}
	return clean, nil
}

// everybody takes every person out of facts, to compare the rest.
func everybody(f *payments.Facts) {
	for i := range f.Customers {
		f.Customers[i].Person = nobody(f.Customers[i].Person)
	}
	for i := range f.Invoices {
		f.Invoices[i].Person = nobody(f.Invoices[i].Person)
	}
	for i := range f.Sessions {
		f.Sessions[i].Person = nobody(f.Sessions[i].Person)
	}
	for i := range f.Charges {
		f.Charges[i].Person = nobody(f.Charges[i].Person)
	}
}

func nobody(p payments.Person) payments.Person { return payments.Person{Country: p.Country} }
