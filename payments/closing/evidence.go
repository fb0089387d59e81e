package closing

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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
	sent    map[string]bool // whether what a payout sent was told since, of those that were looked for
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
	if err := e.ask(ctx); err != nil {
		return err
	}
	erased, err := e.erased(ctx)
	if err != nil {
		return err
	}
	for _, c := range e.waiting {
		h := heard{sent: slices.ContainsFunc(payouts(c), func(id string) bool { return e.sent[id] })}
		for _, id := range asked(c) {
			for _, t := range events[id] {
				if !slices.ContainsFunc(h.events, func(x told) bool { return x.id == t.id }) {
					h.events = append(h.events, t)
				}
			}
		}
		slices.SortStableFunc(h.events, func(a, b told) int { return a.at.Compare(b.at) })
		e.explain(c, h)
		for i, w := range c.Why {
			if w.Reason == DonorChanged && isErased(c, erased) {
				c.Why[i].Reason = DonorErased
			}
			c.Why[i].by(h.events)
		}
		if err := e.told(c); err != nil {
			return err
		}
	}
	e.waiting = e.waiting[:0]
	return nil
}

// explain finds the reasons of a change. What nothing that was told since can have
// changed is unexplained, whatever else of the row is explained.
func (e *explainer) explain(c *Change, h heard) {
	if c.What != Changed {
		r, by := ofRow(c)
		e.because(c, r, by(h))
		if r == Corrected || c.Report == "journal" && c.What == Added {
			c.Why[0].At = moment(c.is["booked_at"])
		}
		return
	}
	late := false
	for _, cell := range c.Cells {
		switch r, by := c.of(cell); {
		case r == LateEvent && by(h):
			late = true
		case r != "":
			e.because(c, r, by(h))
		}
	}
	ended := slices.ContainsFunc(c.Why, func(w Why) bool { return w.Reason == Ended })
	if late && !ended { // charge, country and donor come with the end
		c.because(LateEvent)
	}
}

func (e *explainer) because(c *Change, r Reason, proved bool) {
	switch {
	case proved:
		c.because(r)
	case e.rules:
		c.because(Rederived)
	default:
		c.because(Unexplained)
	}
}

// ofRow is of for a row that is new or gone.
func ofRow(c *Change) (Reason, proof) {
	switch {
	case c.Report == "journal" && c.What == Added && c.is["entry_kind"] == "correction":
		return Corrected, anyEvent
	case c.Report == "payouts":
		return PayoutTold, sending
	}
	return LateEvent, anyEvent
}

// moment reads a time as reports write it; zero where there is none.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
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

// pagesOfRows bounds how many pages of a payout's rows are looked for, by the names
// under which inbox keeps them; the first that was not known is among them as a rule.
const pagesOfRows = 5

// payouts are those that a row is or was about.
func payouts(c *Change) (all []string) {
	for _, row := range []map[string]string{c.was, c.is} {
		if id := row["payout_id"]; id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// asked are the objects of which an event may have changed a row.
func asked(c *Change) []string {
	all := objects(c)
	for _, id := range payouts(c) {
		if c.Report != "payouts" {
			all = append(all, id)
		}
		for page := range pagesOfRows {
			all = append(all, id+"_"+strconv.Itoa(page+1))
		}
	}
	return all
}

func (e *explainer) ids() []string {
	var all []string
	for _, c := range e.waiting {
		all = append(all, asked(c)...)
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
		with asked as (select unnest($1::text[]) as id), about as (
			select id as of, id from asked
			union select a.id, r.id from asked a join refunds r on r.charge = a.id and r.charge <> ''
			union select a.id, r.id from asked a join refunds r on r.payment = a.id and r.payment <> ''
			union select a.id, i.id from asked a join disputes i on i.charge = a.id and i.charge <> ''
			union select a.id, i.id from asked a join disputes i on i.payment = a.id and i.payment <> '')
		select o.of, v.event_id, v.type, v.received_at, coalesce(v.object ->> 'object', ''),
			array(select (n #>> '{}')::bigint from jsonb_path_query(v.object, '$.** ? (@.type() == "number")') as n where n #>> '{}' ~ '^[0-9]{1,15}$')
		from about o cross join lateral (
			select event_id, type, received_at, convert_from(payload, 'UTF8')::jsonb #> '{data,object}' as object from inbox_events
			where event_objects(payload) @> array[o.id] and status = 'merged'
				and (seq > (select last_event from closings where closing_id = $2) or seq = any(array(select unnest(awaited) from closings where closing_id = $2)))
			order by seq limit $3) as v`, e.ids(), e.closing.ID, eventsOfObject)
	if err != nil {
		return nil, fmt.Errorf("looking for what was told since: %w", err)
	}
	all := map[string][]told{}
	var id string
	var t told
	_, err = pgx.ForEachRow(rows, []any{&id, &t.id, &t.kind, &t.at, &t.object, &t.numbers}, func() error {
		all[id] = append(all[id], t)
		t.numbers = nil // the next has its own
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what was told since: %w", err)
	}
	return all, nil
}

// ask finds of which payouts the rows were asked for, or booked, after the close; once
// for each, since one may have thousands of rows.
func (e *explainer) ask(ctx context.Context) error {
	var ids []string
	for _, c := range e.waiting {
		for _, id := range payouts(c) {
			if _, known := e.sent[id]; !known {
				ids, e.sent[id] = append(ids, id), false
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := e.db.Query(ctx, `select p.id from unnest($1::text[]) as p (id)
		where exists (select from payout_questions q where q.payout = p.id and q.read_at > $2)
			or exists (select from payout_rows r join postings l on l.balance_transaction = r.id where r.payout = p.id and l.booked_at > $2)`, ids, e.closing.AsOf)
	if err != nil {
		return fmt.Errorf("looking for what payouts sent: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for what payouts sent: %w", err)
	}
	for _, id := range found {
		e.sent[id] = true
	}
	return nil
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
