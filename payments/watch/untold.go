package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// told is a subscription as Stripe listed it.
type told struct {
	id     string
	object json.RawMessage
	at     time.Time
	state  payments.SubscriptionState
}

// compare goes through the list of all subscriptions. Those that the books know
// otherwise are taken in, and named where they are recurring donations. It gives the
// ids of all that Stripe has.
func (w *Watch) compare(ctx context.Context, res *Result) (listed map[string]bool, found []seen, err error) {
	listed = map[string]bool{}
	var differ []told
	err = w.Stripe.Objects(ctx, "subscriptions", time.Time{}, "", func(objects []json.RawMessage, at time.Time) error {
		page := map[string]told{}
		for _, object := range objects {
			facts, err := w.Read(object, at)
			if err != nil || len(facts.Subscriptions) == 0 {
				w.Log.Warn("Stripe lists a subscription that cannot be read", "error", err)
				continue
			}
			s := facts.Subscriptions[0]
			listed[s.ID] = true
			page[s.ID] = told{id: s.ID, object: object, at: at, state: s.State}
		}
		res.Subscriptions += len(page)
		others, err := w.others(ctx, page)
		differ = append(differ, slices.Collect(maps.Values(others))...)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("listing subscriptions: %w", err)
	}
	if len(differ) > 0 {
		// An event may be on its way.
		select {
		case <-time.After(w.Patience):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	slices.SortFunc(differ, func(a, b told) int { return strings.Compare(a.id, b.id) })
	for _, d := range differ {
		f, err := w.heal(ctx, d, res)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, f...)
	}
	return listed, found, nil
}

// others gives the subscriptions of a page that the books know otherwise, or not.
func (w *Watch) others(ctx context.Context, page map[string]told) (map[string]told, error) {
	known, err := w.states(ctx, slices.Collect(maps.Keys(page)))
	if err != nil {
		return nil, err
	}
	others := map[string]told{}
	for id, t := range page {
		if was, ok := known[id]; !ok || was != t.state {
			others[id] = t
		}
	}
	return others, nil
}

// heal takes in a subscription that Stripe tells otherwise than the books, unless
// they know better by now, and names what is new in it.
func (w *Watch) heal(ctx context.Context, t told, res *Result) ([]seen, error) {
	before, err := w.states(ctx, []string{t.id})
	if err != nil {
		return nil, err
	}
	was, known := before[t.id]
	if known && was == t.state {
		return nil, nil // it was told meanwhile
	}
	if err := w.take(ctx, t.id, t.object, t.at, res); err != nil {
		return nil, err
	}
	after, err := w.states(ctx, []string{t.id})
	if err != nil {
		return nil, err
	}
	var ours bool
	if err := w.DB.QueryRow(ctx, `select exists (select from recurring_donations where subscription = $1)`, t.id).Scan(&ours); err != nil {
		return nil, fmt.Errorf("looking for a recurring donation: %w", err)
	}
	is := after[t.id]
	what := changes(was, is)
	switch {
	case !ours || known && was == is || known && what == "":
		return nil, nil
	case !known:
		what = "it began, and is " + is.Status
	}
	return []seen{{subscription: t.id, kind: Untold, detail: "Stripe had not told: " + what}}, nil
}

// changes names what became otherwise, "" where nothing did that matters.
func changes(was, is payments.SubscriptionState) string {
	var parts []string
	if was.Status != is.Status {
		parts = append(parts, fmt.Sprintf("it is %s, not %s", is.Status, was.Status))
	}
	if was.PauseBehavior == "" && is.PauseBehavior != "" {
		until := ""
		if is.PauseResumesAt > 0 {
			until = " until " + day(time.Unix(is.PauseResumesAt, 0))
		}
		parts = append(parts, "it is paused"+until)
	}
	if was.PauseBehavior != "" && is.PauseBehavior == "" {
		parts = append(parts, "its pause has ended")
	}
	if was.CancelAtPeriodEnd != is.CancelAtPeriodEnd {
		parts = append(parts, map[bool]string{true: "it ends with its period", false: "it goes on after its period"}[is.CancelAtPeriodEnd])
	}
	if was.Amount != is.Amount {
		parts = append(parts, fmt.Sprintf("it is of %s, not of %s", is.Amount, was.Amount))
	}
	if was.CurrentPeriodEnd != is.CurrentPeriodEnd && is.CurrentPeriodEnd > 0 {
		parts = append(parts, "its period ends on "+day(time.Unix(is.CurrentPeriodEnd, 0)))
	}
	return strings.Join(parts, "; ")
}

// states reads what the books know of subscriptions.
func (w *Watch) states(ctx context.Context, ids []string) (map[string]payments.SubscriptionState, error) {
	rows, err := w.DB.Query(ctx, `
		select id, status, currency, amount, period, period_count, current_period_end, cancel_at_period_end, canceled_at,
			pause_behavior, pause_resumes_at, trial_end
		from subscriptions where id = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("reading subscriptions: %w", err)
	}
	known := map[string]payments.SubscriptionState{}
	var id string
	var s payments.SubscriptionState
	_, err = pgx.ForEachRow(rows, []any{&id, &s.Status, &s.Amount.Currency, &s.Amount.Minor, &s.Period, &s.PeriodCount, &s.CurrentPeriodEnd,
		&s.CancelAtPeriodEnd, &s.CanceledAt, &s.PauseBehavior, &s.PauseResumesAt, &s.TrialEnd}, func() error {
		known[id] = s
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading subscriptions: %w", err)
	}
	return known, nil
}

// unknown names the recurring donations that run in the books and that Stripe does
// not list, as where the key is another account's. One that began while the list was
// read is left to the next time.
func (w *Watch) unknown(ctx context.Context, listed map[string]bool, began time.Time) ([]seen, error) {
	rows, err := w.DB.Query(ctx, `select subscription from recurring_donations r
		where `+payments.RunsOnSQL+` and coalesce(started_at, $1) < $1 order by subscription`, began.Add(-time.Hour))
	if err != nil {
		return nil, fmt.Errorf("reading recurring donations: %w", err)
	}
	var found []seen
	var id string
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		if !listed[id] {
			found = append(found, seen{subscription: id, kind: Unknown,
				detail: "Stripe lists no such subscription: is the key of the account, and of the mode, in which it began?"})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading recurring donations: %w", err)
	}
	return found, nil
}
