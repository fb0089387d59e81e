package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Kind is what is amiss with a recurring donation.
type Kind string

// The kinds of findings.
const (
	// Missing: a renewal should have come, and is not in the books.
	Missing Kind = "missing"
	// Failing: Stripe tries to charge a renewal, and cannot.
	Failing Kind = "failing"
	// Ended: its charges failed until Stripe gave up and ended it, within the last
	// week.
	Ended Kind = "ended"
	// Untold: Stripe had changed it and no event of that came. The books have it now.
	Untold Kind = "untold"
	// Unknown: it runs in the books, and Stripe has no such subscription.
	Unknown Kind = "unknown"
	// Card: its card expires before it is charged next.
	Card Kind = "card"
)

// Kinds are all of them, the gravest first.
func Kinds() []Kind { return []Kind{Unknown, Missing, Untold, Ended, Failing, Card} }

// Finding is one thing that is, or was, amiss.
type Finding struct {
	Subscription string     `json:"subscription"` // Stripe's id
	RecurringID  string     `json:"recurring_id"` // "" where the recurring donation is gone
	DonorID      string     `json:"donor_id"`     // "" where nobody knows
	Kind         Kind       `json:"kind"`
	Detail       string     `json:"detail"` // a sentence
	DueAt        *time.Time `json:"due_at"` // the charge that it is about; nil where there is none
	FirstSeen    time.Time  `json:"first_seen"`
	LastSeen     time.Time  `json:"last_seen"`
	ResolvedAt   *time.Time `json:"resolved_at"` // nil while it lasts; of Untold when the books took it in
}

// seen is what a run found.
type seen struct {
	subscription string
	kind         Kind
	detail       string
	due          time.Time // zero where there is none
}

// record keeps what was found, and resolves what is no longer. Of an open finding
// about which nothing could be learnt this time (spared), it is not known.
func (w *Watch) record(ctx context.Context, now time.Time, found []seen, spared []string) error {
	subscriptions, kinds, details, dues := make([]string, len(found)), make([]string, len(found)), make([]string, len(found)), make([]*time.Time, len(found))
	for i, f := range found {
		subscriptions[i], kinds[i], details[i] = f.subscription, string(f.kind), f.detail
		if !f.due.IsZero() {
			dues[i] = &f.due
		}
	}
	if spared == nil {
		spared = []string{}
	}
	return pgx.BeginFunc(ctx, w.DB, func(tx pgx.Tx) error {
		// Two who look at the same time write one after the other.
		if _, err := tx.Exec(ctx, `lock table recurring_findings in share row exclusive mode`); err != nil {
			return fmt.Errorf("keeping findings: %w", err)
		}
		for _, statement := range []string{
			`insert into recurring_findings (subscription, kind, detail, due_at, first_seen, last_seen)
			select f.subscription, f.kind, f.detail, f.due, $5, $5
			from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as f (subscription, kind, detail, due)
			where f.kind <> 'untold' and ($6::text[]) is not null
			on conflict (subscription, kind) where resolved_at is null
			do update set detail = excluded.detail, due_at = excluded.due_at, last_seen = greatest(recurring_findings.last_seen, excluded.last_seen)`,
			`insert into recurring_findings (subscription, kind, detail, due_at, first_seen, last_seen, resolved_at)
			select f.subscription, f.kind, f.detail, f.due, $5, $5, $5
			from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as f (subscription, kind, detail, due)
			where f.kind = 'untold' and ($6::text[]) is not null`,
			`update recurring_findings o set resolved_at = $5
			where o.resolved_at is null and o.last_seen < $5 and not (o.kind = 'card' and o.subscription = any($6))
				and not exists (select from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as f (subscription, kind, detail, due)
					where f.subscription = o.subscription and f.kind = o.kind)`,
			`insert into watermarks (name, reached)
			select 'recurring_watch', $5::timestamptz where ($1::text[], $2::text[], $3::text[], $4::timestamptz[], $6::text[]) is not null
			on conflict (name) do update set reached = greatest(watermarks.reached, excluded.reached)`,
		} {
			if _, err := tx.Exec(ctx, statement, subscriptions, kinds, details, dues, now, spared); err != nil {
				return fmt.Errorf("keeping findings: %w", err)
			}
		}
		return nil
	})
}

// shownFor is for how long what has ended, or was not told, still counts.
const shownFor = 7 * 24 * time.Hour

// Findings lists what is amiss with recurring donations, by kind, the charge that is
// due first at the beginning. After it comes what was over at over or later, the
// latest first; where that is zero, nothing does.
func Findings(ctx context.Context, db *pgxpool.Pool, over time.Time) ([]Finding, error) {
	kinds := make([]string, len(Kinds()))
	for i, k := range Kinds() {
		kinds[i] = string(k)
	}
	rows, err := db.Query(ctx, `
		select f.subscription, coalesce(r.recurring_id, ''), coalesce(r.donor_id, ''), f.kind, f.detail, f.due_at, f.first_seen, f.last_seen, f.resolved_at
		from recurring_findings f left join recurring_donations r on r.subscription = f.subscription
		where f.resolved_at is null or $1 and f.resolved_at >= $2
		order by f.resolved_at is not null, f.resolved_at desc, array_position($3::text[], f.kind), f.due_at nulls last, f.subscription, f.id`,
		!over.IsZero(), over, kinds)
	if err != nil {
		return nil, fmt.Errorf("listing findings: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Finding])
	if err != nil {
		return nil, fmt.Errorf("listing findings: %w", err)
	}
	return found, nil
}

// Standing is what a person who looks after recurring donations wants to know.
type Standing struct {
	Open   map[Kind]int64 // how many findings last, by kind; of Untold those of the last week
	Looked time.Time      // when it was last looked; zero before the first time
}

// Stand reads it.
func Stand(ctx context.Context, db *pgxpool.Pool, now time.Time) (Standing, error) {
	s := Standing{Open: map[Kind]int64{}}
	for _, k := range Kinds() {
		s.Open[k] = 0
	}
	var looked *time.Time
	if err := db.QueryRow(ctx, `select (select reached from watermarks where name = 'recurring_watch')`).Scan(&looked); err != nil {
		return s, fmt.Errorf("counting findings: %w", err)
	}
	if looked != nil {
		s.Looked = *looked
	}
	rows, err := db.Query(ctx, `select kind, count(*) from recurring_findings
		where resolved_at is null or kind = 'untold' and resolved_at > $1 group by kind`, now.Add(-shownFor))
	if err != nil {
		return s, fmt.Errorf("counting findings: %w", err)
	}
	var kind Kind
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&kind, &n}, func() error { s.Open[kind] = n; return nil }); err != nil {
		return s, fmt.Errorf("counting findings: %w", err)
	}
	return s, nil
}
