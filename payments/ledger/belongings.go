package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// mostBelongings bounds for how many charges of one run all that belongs to them is
// asked for: where so much is missing, an import is the better way.
const mostBelongings = 1000

// belongings takes in charges that differ, at is when they were listed, each together
// with what belongs to it and says whose gift it is: its payment intent, the session on
// which it was paid and its customer, and of a recurring gift the invoice, the
// subscription and the session on which that began. An import would take in the same.
// Where it is cut short, a charge differs still and is met again.
func (r *reconciling) belongings(ctx context.Context, charges []json.RawMessage, at time.Time) error {
	for i, object := range charges {
		if r.asks++; r.asks > mostBelongings {
			if r.asks == mostBelongings+1 {
				r.Log.Warn("many charges are missing: run readerfund import, which takes in all that belongs to them",
					"since", r.out.Since.Format(time.DateOnly))
			}
			return r.take(ctx, "reconciled")(charges[i:], at)
		}
		all := &fetching{reconciling: r, at: at}
		if err := all.belongingsOf(ctx, object); err != nil {
			return err
		}
		if err := r.take(ctx, "reconciled")(append(all.objects, object), all.at); err != nil {
			return err
		}
		for _, what := range all.asked {
			r.fetched[what] = true
		}
	}
	return nil
}

// fetching is what was fetched for one charge and is not taken in yet.
type fetching struct {
	*reconciling
	objects []json.RawMessage
	at      time.Time // a moment not after that of which any of them tells
	asked   []string
}

func (f *fetching) belongingsOf(ctx context.Context, charge json.RawMessage) error {
	var c struct {
		Intent   reference `json:"payment_intent"`
		Invoice  reference `json:"invoice"`
		Customer reference `json:"customer"`
	}
	if err := json.Unmarshal(charge, &c); err != nil {
		return fmt.Errorf("reading a charge: %w", err)
	}
	if _, err := f.fetch(ctx, "payment_intents/", c.Intent); err != nil {
		return err
	}
	if _, err := f.fetch(ctx, "customers/", c.Customer); err != nil {
		return err
	}
	invoice, err := f.fetch(ctx, "invoices/", c.Invoice)
	if err != nil {
		return err
	}
	if invoice == nil {
		return f.fetchSessions(ctx, c.Intent)
	}
	var i struct {
		Subscription reference `json:"subscription"`
	}
	if err := json.Unmarshal(invoice, &i); err != nil {
		return fmt.Errorf("reading an invoice: %w", err)
	}
	if _, err := f.fetch(ctx, "subscriptions/", i.Subscription); err != nil {
		return err
	}
	return f.fetchSessions(ctx, i.Subscription)
}

// fetch fetches one object, once in a run, and gives it; nil where there is none, or
// where it was taken in before.
func (f *fetching) fetch(ctx context.Context, path string, id reference) (json.RawMessage, error) {
	what := path + url.PathEscape(string(id))
	if id == "" || f.fetched[what] {
		return nil, nil
	}
	object, at, err := f.Stripe.Object(ctx, what)
	f.asked = append(f.asked, what)
	if payments.CodeOf(err) == payments.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return object, f.keep([]json.RawMessage{object}, at)
}

// fetchSessions fetches the sessions of a payment intent or a subscription, once.
func (f *fetching) fetchSessions(ctx context.Context, of reference) error {
	what := "sessions of " + string(of)
	if of == "" || f.fetched[what] {
		return nil
	}
	f.asked = append(f.asked, what)
	err := f.Stripe.SessionsOf(ctx, string(of), f.keep)
	if payments.CodeOf(err) == payments.NotFound {
		return nil
	}
	return err
}

func (f *fetching) keep(objects []json.RawMessage, at time.Time) error {
	f.objects = append(f.objects, objects...)
	if at.Before(f.at) {
		f.at = at
	}
	return nil
}

// untoldSessionsSQL finds the sessions of checkouts of ours whose gift came at $1 or
// later, and of which nobody told that they were paid.
const untoldSessionsSQL = `
select distinct c.stripe_session from donations d join checkouts c on c.id = d.checkout_id
where d.received_at >= $1 and d.status = 'succeeded' and c.stripe_session is not null
	and not exists (select from checkout_sessions s where s.id = c.stripe_session and s.status = 'complete')
order by 1 limit $2`

// sessions names and takes in what is missing of them. The checkout knows its session
// by id, so that Stripe's long list of pages that nobody paid on need not be read.
func (r *reconciling) sessions(ctx context.Context) error {
	rows, err := r.DB.Query(ctx, untoldSessionsSQL, r.out.Since, mostAsked)
	if err != nil {
		return fmt.Errorf("looking for sessions that were not told: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for sessions that were not told: %w", err)
	}
	for _, id := range ids {
		object, at, err := r.Stripe.Object(ctx, "checkout/sessions/"+url.PathEscape(id))
		if payments.CodeOf(err) == payments.NotFound {
			continue // as where the key is another account's: the charges are named then
		}
		if err != nil {
			return err
		}
		told, err := r.Inbox.Told(object, r.Stripe.APIVersion(), at)
		if err != nil {
			return fmt.Errorf("reading session %s: %w", id, err)
		}
		i := slices.IndexFunc(told.Sessions, func(s payments.Session) bool { return s.ID == id && s.Status == "complete" })
		if i < 0 {
			continue // it was paid by something else
		}
		s := told.Sessions[i]
		r.find(Difference{Kind: NotHere, Object: "checkout session", ID: id, Made: time.Unix(s.Created, 0).UTC(),
			Fields: []FieldPair{{Name: "amount", Stripe: s.Total.String()}, {Name: "status", Stripe: s.Status}}})
		if err := r.take(ctx, "reconciled")([]json.RawMessage{object}, at); err != nil {
			return err
		}
	}
	return nil
}

// reference is the id of another object, which may stand there whole.
type reference string

// UnmarshalJSON reads either, and "" of anything else.
func (r *reference) UnmarshalJSON(raw []byte) error {
	var id string
	if json.Unmarshal(raw, &id) != nil {
		id = idOf(raw)
	}
	*r = reference(id)
	return nil
}
