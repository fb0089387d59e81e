package closing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// batchOf is how many changes are explained at once.
const batchOf = 200

// explainer finds in the books why rows are otherwise.
type explainer struct {
	db      pgx.Tx // of the snapshot: what was told after it explains nothing in it
	closing Closing
	rules   bool // the books were made again by other rules since
	waiting []*Change
	told    func(*Change) error
}

// add takes a change, and explains it with others.
func (e *explainer) add(ctx context.Context, c *Change) error {
	if e.waiting = append(e.waiting, c); len(e.waiting) < batchOf {
		return nil
	}
	return e.flush(ctx)
}

// flush explains what is waiting, and tells of it.
func (e *explainer) flush(ctx context.Context) error {
	if len(e.waiting) == 0 {
		return nil
	}
	events, err := e.events(ctx)
	if err != nil {
		return err
	}
	erased, err := e.erased(ctx)
	if err != nil {
		return err
	}
	for _, c := range e.waiting {
		e.explain(c, events, erased)
		if err := e.told(c); err != nil {
			return err
		}
	}
	e.waiting = e.waiting[:0]
	return nil
}

func (e *explainer) explain(c *Change, events map[string][]told, erased map[string]bool) {
	rest := whyChanged(c)
	var heard []told
	for _, id := range objects(c) {
		heard = append(heard, events[id]...)
	}
	slices.SortStableFunc(heard, func(a, b told) int { return a.at.Compare(b.at) })
	for i, w := range c.Why {
		if w.Reason == DonorChanged && isErased(c, erased) {
			c.Why[i].Reason = DonorErased
		}
		c.Why[i].by(heard)
	}
	if !rest {
		return
	}
	switch {
	case c.Report == "journal" && c.What == Added && c.is["entry_kind"] == "correction":
		c.Why = append(c.Why, Why{Reason: Corrected, At: moment(c.is["booked_at"])})
	case c.Report == "journal" && c.What == Added:
		w := Why{Reason: LateEvent, At: moment(c.is["booked_at"])}
		w.by(heard)
		c.Why = append(c.Why, w)
	case c.Report == "payouts" && c.What != Changed:
		w := Why{Reason: PayoutTold}
		w.by(heard)
		c.Why = append(c.Why, w)
	case slices.ContainsFunc(c.Why, func(w Why) bool { return w.Reason == Ended }): // charge, country and donor come with it
	case len(heard) > 0:
		w := Why{Reason: LateEvent}
		w.by(heard)
		c.Why = append(c.Why, w)
	case e.rules:
		c.because(Rederived)
	case len(c.Why) == 0 || c.What != Changed:
		c.because(Unexplained)
	default: // what is left follows from what is explained, such as the memo of a gift
	}
}

// moment reads a time as reports write it; zero where there is none.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// told is an event that was stored, or became readable, after the close.
type told struct {
	id, kind string
	at       time.Time
}

// by puts in the event that tells of the reason best.
func (w *Why) by(heard []told) {
	kinds := map[Reason][]string{
		Refunded: {"charge.refund", "refund."}, RefundFailed: {"refund.", "charge.refund"},
		DisputeOpened: {"charge.dispute.", "dispute"}, DisputeLost: {"charge.dispute.closed", "charge.dispute."}, DisputeWon: {"charge.dispute.closed", "charge.dispute."},
		PayoutCame: {"payout."}, PayoutFailed: {"payout.failed", "payout."}, PayoutTold: {"payout.reconciliation_completed", "payout."},
	}
	wanted, special := kinds[w.Reason]
	for _, prefix := range wanted {
		for _, t := range slices.Backward(heard) {
			if strings.HasPrefix(t.kind, prefix) {
				w.Event, w.Type, w.At = t.id, t.kind, t.at
				return
			}
		}
	}
	if !special && len(heard) > 0 && (w.Reason == LateEvent || w.Reason == Ended || w.Reason == FeeKnown) {
		w.Event, w.Type, w.At = heard[0].id, heard[0].kind, heard[0].at
	}
}

// objects are those of Stripe's that a row is about.
func objects(c *Change) []string {
	columns := []string{"stripe_payment_intent", "stripe_charge", "stripe_invoice", "stripe_checkout_session"}
	switch c.Report {
	case "payouts":
		columns = []string{"payout_id", "stripe_source", "stripe_payment", "stripe_charge", "balance_transaction_id"}
	case "journal":
		columns = []string{"stripe_source", "balance_transaction_id"}
	}
	var all []string
	for _, row := range []map[string]string{c.was, c.is} {
		for _, column := range columns {
			if id := row[column]; id != "" && !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}

func (e *explainer) ids() []string {
	var all []string
	for _, c := range e.waiting {
		all = append(all, objects(c)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// eventsOfObject bounds how many events of one object are looked at.
const eventsOfObject = 20

// events finds what was told after the close, by the objects that it tells of: stored
// since, or parked then and merged since.
func (e *explainer) events(ctx context.Context) (map[string][]told, error) {
	rows, err := e.db.Query(ctx, `
		select o.id, v.event_id, v.type, v.received_at
		from unnest($1::text[]) as o (id) cross join lateral (
			select event_id, type, received_at from inbox_events
			where event_objects(payload) @> array[o.id] and status = 'merged'
				and (seq > (select last_event from closings where closing_id = $2) or seq = any(array(select unnest(awaited) from closings where closing_id = $2)))
			order by seq limit $3) as v`, e.ids(), e.closing.ID, eventsOfObject)
	if err != nil {
		return nil, fmt.Errorf("looking for what was told since: %w", err)
	}
	all := map[string][]told{}
	var id string
	var t told
	_, err = pgx.ForEachRow(rows, []any{&id, &t.id, &t.kind, &t.at}, func() error {
		all[id] = append(all[id], t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what was told since: %w", err)
	}
	return all, nil
}

// erased finds which of the objects belonged to people whose data were erased.
func (e *explainer) erased(ctx context.Context) (map[string]bool, error) {
	rows, err := e.db.Query(ctx, `select id from erased_objects where id = any($1)`, e.ids())
	if err != nil {
		return nil, fmt.Errorf("looking for erased people: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("looking for erased people: %w", err)
	}
	all := map[string]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all, nil
}

func isErased(c *Change, erased map[string]bool) bool {
	return c.is["donor_id"] == "" && slices.ContainsFunc(objects(c), func(id string) bool { return erased[id] })
}
