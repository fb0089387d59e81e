package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// SweepErased goes through the stored events, those that could not be read
// included, and takes out of them whoever was erased and is still to be swept. It
// gives how many it rewrote. One that is cut short begins anew when it is called
// again; several at once do no harm. An event from which the person cannot be taken
// keeps the others from nothing; it is named in the error, and tried again each time.
func (in *Inbox) SweepErased(ctx context.Context) (events int, err error) {
	for {
		s, err := in.beginSweep(ctx)
		if err != nil || !s.due() {
			return events, err
		}
		if err := s.all(ctx); err != nil {
			return events + s.rewritten, fmt.Errorf("going through stored events: %w", err)
		}
		events += s.rewritten
		// What it came upon meanwhile is gone through in turn.
		if err := s.end(ctx); err != nil {
			return events, err
		}
	}
}

// sweeping is one way through the stored events.
type sweeping struct {
	inbox     *Inbox
	ids       map[string]bool
	idList    []string
	erasures  []int64
	rewritten int
	failed    error // the first event from which a person could not be taken
}

func (s *sweeping) due() bool { return len(s.idList)+len(s.erasures) > 0 }

// beginSweep notes what is to be swept, and waits for events that began to be
// stored before it was known. Those that come later are stripped as they come.
func (in *Inbox) beginSweep(ctx context.Context) (*sweeping, error) {
	s := &sweeping{inbox: in, ids: map[string]bool{}}
	err := pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, 0::bigint from erased_objects where not swept
			union all select '', id from erasures where swept_at is null`)
		if err != nil {
			return err
		}
		var id string
		var erasure int64
		_, err = pgx.ForEachRow(rows, []any{&id, &erasure}, func() error {
			if id == "" {
				s.erasures = append(s.erasures, erasure)
				return nil
			}
			s.ids[id], s.idList = true, append(s.idList, id)
			return nil
		})
		if err != nil || !s.due() {
			return err
		}
		return payments.HoldStoring(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what is to be swept: %w", err)
	}
	return s, nil
}

// all looks at every stored event.
func (s *sweeping) all(ctx context.Context) error {
	err := s.inbox.each(ctx, func(batch []storedRaw) error {
		var found []int64
		var unsure []int64 // found by an address, if it is an erased one
		var addresses []string
		for _, r := range batch {
			m := mentioned(r.Payload)
			switch {
			case slices.ContainsFunc(m.ids, func(id string) bool { return s.ids[id] }):
				found = append(found, r.Seq)
			case len(m.addresses) > 0 && len(s.erasures) > 0:
				unsure, addresses = append(unsure, r.Seq), append(addresses, m.addresses...)
			}
		}
		if err := s.erasedAmong(ctx, addresses, func() { found = append(found, unsure...) }); err != nil {
			return err
		}
		for _, seq := range found {
			switch err := s.sweep(ctx, seq); {
			case err == nil:
			case ctx.Err() != nil:
				return err
			case s.failed == nil:
				s.failed = err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.failed
}

// erasedAmong calls some where one of the addresses is an erased one.
func (s *sweeping) erasedAmong(ctx context.Context, addresses []string, some func()) error {
	if len(addresses) == 0 {
		return nil
	}
	return pgx.BeginFunc(ctx, s.inbox.DB, func(tx pgx.Tx) error {
		e, err := payments.ErasedAmong(ctx, tx, nil, addresses)
		if err == nil && e.Any() {
			some()
		}
		return err
	})
}

// sweep takes an erased person out of one stored event, should it tell of one.
func (s *sweeping) sweep(ctx context.Context, seq int64) error {
	return retryConflicts(ctx, func() error {
		return s.inbox.storing(ctx, func(tx pgx.Tx) error {
			return s.sweepWithin(ctx, tx, seq)
		})
	})
}

func (s *sweeping) sweepWithin(ctx context.Context, tx pgx.Tx, seq int64) error {
	var raw []byte
	var id string
	var status Outcome
	// Its own lock first, as for an event that is tried again.
	err := tx.QueryRow(ctx, `select event_id, payload, status from inbox_events where seq = $1 for update`, seq).Scan(&id, &raw, &status)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	m := mentioned(raw)
	e, err := payments.ErasedAmong(ctx, tx, m.ids, m.addresses)
	if err != nil || !e.Any() {
		return err
	}
	if status == Merged {
		// Told again, it may show more of what was theirs than the books have kept: an
		// address that a customer has had before.
		if event, err := s.inbox.Decode(raw); err == nil {
			if err := payments.Merge(ctx, tx, event.Facts); err != nil {
				return err
			}
		}
	}
	if e, err = payments.ErasedAmong(ctx, tx, m.ids, m.addresses); err != nil {
		return err
	}
	clean, concerned, err := s.inbox.without(raw, m, e)
	if err != nil {
		return fmt.Errorf("event %s: %w", id, err)
	}
	if !concerned {
		return nil
	}
	if err := s.inbox.noteMeans(ctx, tx, raw, m, e); err != nil {
		return err
	}
	done, err := tx.Exec(ctx, `
		update inbox_events set payload = $2, error = case when error = '' then '' else $3 end
		where seq = $1 and (payload <> $2 or error not in ('', $3))`, seq, clean, errErasedBroken.Error())
	if err == nil {
		s.rewritten += int(done.RowsAffected())
	}
	return err
}

// noteMeans notes what an erased person paid with, so that events that name
// nothing else are found too. What somebody who stays pays with is theirs.
func (in *Inbox) noteMeans(ctx context.Context, tx pgx.Tx, raw []byte, m mentions, e payments.Erased) error {
	if !slices.ContainsFunc(m.ids, e.Has) {
		return nil
	}
	event, _ := in.Decode(raw)
	if event.Facts.StripErased(e); len(event.Facts.People()) > 0 {
		return nil
	}
	with := slices.DeleteFunc(slices.Clone(m.ids), func(id string) bool { return !means(id) })
	if len(with) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into erased_objects (id) select id from unnest($1::text[]) as t (id) order by id on conflict do nothing`, with)
	return err
}

// end notes that what the sweep began with is swept.
func (s *sweeping) end(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.inbox.DB, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update erased_objects set swept = true where id = any($1)`, s.idList); err != nil {
			return fmt.Errorf("noting what is swept: %w", err)
		}
		if _, err := tx.Exec(ctx, `update erasures set swept_at = $2 where id = any($1)`, s.erasures, s.inbox.Now()); err != nil {
			return fmt.Errorf("noting what is swept: %w", err)
		}
		return nil
	})
}

// UnsweptSince is when the oldest erasure was made of which stored events are still
// to be rid; zero where there is none.
func (in *Inbox) UnsweptSince(ctx context.Context) (time.Time, error) {
	var since *time.Time
	err := in.DB.QueryRow(ctx, `select least((select min(erased_at) from erasures where swept_at is null),
		(select min(erased_at) from erased_objects where not swept))`).Scan(&since)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for what is to be swept: %w", err)
	}
	if since == nil {
		return time.Time{}, nil
	}
	return *since, nil
}
