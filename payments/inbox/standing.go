package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Standing is what a person who looks after the inbox wants to know.
type Standing struct {
	Parked       int64
	ParkedSince  time.Time // when the oldest parked event came; zero where none is parked
	Gapless      time.Time // when Stripe's list of events was last read to its end, by our clock; zero before the first time
	Newest       time.Time // when the newest event of that list was made, by Stripe's clock; zero before the first time
	Missed       time.Time // from here on events are missing that Stripe lists no more; zero where none are
	Questions    int64     // paid invoices that no payment is known of
	Unanswerable int64     // those of them that Stripe was asked about so often that it is not asked any more
	Foreign      int64     // payments that are no donations
}

// Standing reads it.
func (in *Inbox) Standing(ctx context.Context) (Standing, error) {
	var s Standing
	var parked, gapless, newest, missed *time.Time
	err := in.DB.QueryRow(ctx, `
		select p.n, p.since,
			(select reached from watermarks where name = $1), (select reached from watermarks where name = $2),
			(select reached from watermarks where name = $4),
			q.n, q.over, (select count(*) from foreign_payments)
		from (select count(*) as n, min(received_at) as since from inbox_events where status = 'parked') as p,
			(select count(*) as n, count(*) filter (where attempts >= $3) as over from invoice_questions) as q`,
		watermarkRead, watermarkMissed, maxQuestions, watermarkEvents).
		Scan(&s.Parked, &parked, &gapless, &missed, &newest, &s.Questions, &s.Unanswerable, &s.Foreign)
	if err != nil {
		return Standing{}, fmt.Errorf("looking at the inbox: %w", err)
	}
	for to, from := range map[*time.Time]*time.Time{&s.ParkedSince: parked, &s.Gapless: gapless, &s.Newest: newest, &s.Missed: missed} {
		if from != nil {
			*to = *from
		}
	}
	return s, nil
}

// ParkedSince counts the events that are stored and not in the books, and tells when
// the oldest of them came; zero where there is none.
func ParkedSince(ctx context.Context, db payments.Querier) (n int64, since time.Time, err error) {
	rows, err := db.Query(ctx, `select count(*), min(received_at) from inbox_events where status = 'parked'`)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("counting parked events: %w", err)
	}
	var oldest *time.Time
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(&n, &oldest) })
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("counting parked events: %w", err)
	}
	if oldest != nil {
		since = *oldest
	}
	return n, since, nil
}

// ParkedEvent is an event that is stored and not in the books.
type ParkedEvent struct {
	ID, Type, Error string
	ReceivedAt      time.Time
}

// FirstParked gives the parked events that came first, at most limit.
func (in *Inbox) FirstParked(ctx context.Context, limit int) ([]ParkedEvent, error) {
	rows, err := in.DB.Query(ctx, `
		select event_id, type, error, received_at from inbox_events where status = 'parked' order by seq limit $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing parked events: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ParkedEvent])
	if err != nil {
		return nil, fmt.Errorf("listing parked events: %w", err)
	}
	return events, nil
}

// HalfImport is an import that was begun and not finished.
type HalfImport struct {
	Since, Began time.Time
	List         string // the first list that is not done
	Taken        int64  // objects of all lists
}

// HalfImports gives them, the one begun last first.
func (in *Inbox) HalfImports(ctx context.Context) ([]HalfImport, error) {
	names := make([]string, len(importLists))
	for i, list := range importLists {
		names[i] = list.name
	}
	rows, err := in.DB.Query(ctx, `
		select since, min(began), (array_agg(list order by array_position($1::text[], list)) filter (where not done))[1], sum(taken)::bigint
		from imports group by since having not bool_and(done) order by min(began) desc`, names)
	if err != nil {
		return nil, fmt.Errorf("looking for unfinished imports: %w", err)
	}
	imports, err := pgx.CollectRows(rows, pgx.RowToStructByPos[HalfImport])
	if err != nil {
		return nil, fmt.Errorf("looking for unfinished imports: %w", err)
	}
	return imports, nil
}

// EachParked gives the raw bytes of every parked event, the first to come first,
// until take returns an error, which it returns.
func (in *Inbox) EachParked(ctx context.Context, take func(raw []byte) error) error {
	for after := int64(0); ; {
		var raw []byte
		err := in.DB.QueryRow(ctx, `
			select seq, payload from inbox_events where status = 'parked' and seq > $1 order by seq limit 1`, after).Scan(&after, &raw)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading parked events: %w", err)
		}
		if err := take(raw); err != nil {
			return err
		}
	}
}
