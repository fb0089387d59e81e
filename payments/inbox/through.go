package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// throughEvents is how many stored events are looked through at once.
const throughEvents = 500

// storedRaw is an event as it is stored.
type storedRaw struct {
	Seq     int64
	ID      string
	Type    string
	Created *time.Time
	Payload []byte
}

// each gives take every stored event, in the order in which they came, some at a
// time.
func (in *Inbox) each(ctx context.Context, take func([]storedRaw) error) error {
	for after := int64(0); ; {
		rows, err := in.DB.Query(ctx, `
			select seq, event_id, type, created_at, payload from inbox_events where seq > $1 order by seq limit $2`, after, throughEvents)
		if err != nil {
			return err
		}
		batch, err := pgx.CollectRows(rows, pgx.RowToStructByPos[storedRaw])
		if err != nil || len(batch) == 0 {
			return err
		}
		after = batch[len(batch)-1].Seq
		if err := take(batch); err != nil {
			return err
		}
	}
}

// PersonalEvents gives take what the stored events tell of whoever has a mail address
// and of the given objects of Stripe's, which are theirs. It reads all events, which
// takes a while. Its error is take's, or says that the events cannot be read.
func (in *Inbox) PersonalEvents(ctx context.Context, address string, ids []string, take func(payments.PersonalEvent) error) error {
	theirs := make(map[string]bool, len(ids))
	for _, id := range ids {
		theirs[id] = true
	}
	normal := payments.NormalAddress(address)
	err := in.each(ctx, func(batch []storedRaw) error {
		for _, r := range batch {
			m := mentioned(r.Payload)
			if !slices.ContainsFunc(m.ids, func(id string) bool { return theirs[id] }) &&
				!slices.ContainsFunc(m.addresses, func(a string) bool { return payments.NormalAddress(a) == normal }) {
				continue
			}
			e := payments.PersonalEvent{ID: r.ID, Type: r.Type, Created: r.Created, Told: map[string]string{}}
			for _, text := range in.Personal(r.Payload) {
				e.Told[text[0]] = text[1]
			}
			if len(e.Told) == 0 || tellsAnother(m, normal) {
				continue
			}
			if err := take(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("going through stored events: %w", err)
	}
	return nil
}

// tellsAnother tells whether all addresses that an event tells are another's.
func tellsAnother(m mentions, normal string) bool {
	return len(m.addresses) > 0 && !slices.ContainsFunc(m.addresses, func(a string) bool { return payments.NormalAddress(a) == normal })
}
