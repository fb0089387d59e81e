package inbox

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// emptied is stored in place of an event that may speak of somebody who was erased,
// until it is merged and known what in it is theirs, within one transaction: the
// database keeps what was written for a while after it is replaced.
const emptied = `"[erasing]"`

// mayConcern tells whether some of the events speak of anybody who was erased. tx
// began with payments.StoringSQL, so that nobody is erased meanwhile.
func (in *Inbox) mayConcern(ctx context.Context, tx pgx.Tx, events []received) (bool, error) {
	var ids, addresses []string
	for i := range events {
		m := mentioned(events[i].raw)
		ids, addresses = append(ids, m.ids...), append(addresses, m.addresses...)
	}
	erased, err := payments.ErasedAmong(ctx, tx, ids, addresses)
	return erased.Any(), err
}

// emptiedOf are the events as they are stored at first.
func emptiedOf(events []received) []received {
	out := slices.Clone(events)
	for i := range out {
		out[i].raw, out[i].broken = []byte(emptied), plain(out[i].broken)
	}
	return out
}

// fill stores what the events that are new told, without those who were erased. It
// comes once they are merged, for one event may tell whose another is.
func (in *Inbox) fill(ctx context.Context, tx pgx.Tx, events []received, isNew map[key]bool) error {
	for i := range events {
		r := &events[i]
		if !isNew[key{r.event.ID, r.event.APIVersion}] {
			continue
		}
		m := mentioned(r.raw)
		erased, err := payments.ErasedAmong(ctx, tx, m.ids, m.addresses)
		if err != nil {
			return err
		}
		clean, concerned, err := in.without(r.raw, m, erased)
		if err != nil {
			return fmt.Errorf("erasing a person from event %s: %w", r.event.ID, err)
		}
		broken := ""
		if r.broken != nil && !concerned {
			broken = reason(r.broken)
		}
		_, err = tx.Exec(ctx, `update inbox_events set payload = $3, error = case when $4 = '' then error else $4 end
			where event_id = $1 and api_version = $2`, r.event.ID, r.event.APIVersion, clean, broken)
		if err != nil {
			return err
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

// without is raw without those who were erased, and whether it spoke of any: it
// names an object of theirs, or their address for something made before. People of
// objects that are not erased stay, and so does all that can be read of gifts, or it
// is not done.
func (in *Inbox) without(raw []byte, m mentions, e payments.Erased) (clean []byte, concerned bool, err error) {
	named := slices.ContainsFunc(m.ids, e.Has)
	at := made(raw)
	told := map[string]bool{} // erased addresses, by how they are compared
	for _, a := range m.addresses {
		if e.Covers(a, 0) && e.Covers(a, at) {
			told[payments.NormalAddress(a)] = true
		}
	}
	if !named && len(told) == 0 {
		return raw, false, nil
	}
	if in.Redact == nil || in.RedactPart == nil {
		return nil, true, errors.New("there is no way to take a person out of an event")
	}
	before, unreadable := in.Decode(raw)
	before.Facts.StripErased(e)
	same := func(clean []byte) bool {
		after, err := in.Decode(clean)
		after.Facts.StripErased(e)
		return unreadable != nil || err == nil && reflect.DeepEqual(before, after)
	}
	staying := before.Facts.People()
	var ok bool
	if len(staying) == 0 && (named || !tellsOthers(m, told)) {
		clean, ok = in.Redact(raw, same)
	} else {
		// The address of somebody who stays is theirs: they gave again later, or have a
		// recurring gift that runs.
		for _, p := range staying {
			delete(told, payments.NormalAddress(p.Email))
		}
		clean, ok = in.RedactPart(raw, e.Has, func(text string) bool {
			return slices.ContainsFunc(mentioned([]byte(text)).addresses, func(a string) bool { return told[payments.NormalAddress(a)] })
		}, same)
	}
	if !ok {
		return nil, true, errors.New("without the person the event would tell something else")
	}
	return clean, true, nil
}

// tellsOthers tells whether there are addresses beside the erased ones. Where an
// address ends is not always clear; what holds an erased one is no other.
func tellsOthers(m mentions, erased map[string]bool) bool {
	return slices.ContainsFunc(m.addresses, func(a string) bool {
		a = payments.NormalAddress(a)
		for theirs := range erased {
			if strings.Contains(a, theirs) || strings.Contains(theirs, a) {
				return false
			}
		}
		return true
	})
}
