package browse

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Story is all that is known of one donation, from one snapshot. Each list is in the
// order in which it happened.
type Story struct {
	Donation
	Intent, Charge, Invoice, Session string // Stripe's ids; "" where there is none
	Appeal, Variant, Placement       string
	Method                           string
	FeeCover                         int64 // the part of the amount that covers the fee, in minor units of its currency

	Begun     Begun // zero where it did not begin here
	Events    []Event
	Charges   []Charge
	Refunds   []Refund
	Disputes  []Dispute
	Orders    []Order
	Receipt   Receipt // zero where it has none
	Movements []Movement
	Payouts   []Sending // that carried a part of it
	Postings  []Posting
	Recurring []Recurring // the one that it belongs to, or none
	// MoreEvents is true where there are more events than are listed.
	MoreEvents bool
}

// Begun is the reader's decision, before Stripe knew of it.
type Begun struct {
	ID                  string
	At                  time.Time
	Amount              money.Amount
	Dedication, Comment string // "" where people are not shown
}

// Charge is one attempt to take the money.
type Charge struct {
	ID, Status, Method, Failure string
	Amount                      money.Amount
	At                          time.Time
}

// Refund is one as Stripe tells it.
type Refund struct {
	ID, Status, Reason, Failure string
	Amount                      money.Amount
	At                          time.Time
	UndoneAt                    time.Time // when it failed or was canceled; zero where it did not
}

// Order is a refund that was asked for here.
type Order struct {
	ID, Reason, By string
	Note           string // "" where people are not shown
	Amount         money.Amount
	At             time.Time
	Outcome        string // done, refused, or "" while it is not known
	Refund         string // Stripe's id
	SettledAt      time.Time
	Error          string
}

// Receipt is what became of the letter.
type Receipt struct {
	Status string // awaiting, queued, sent, failed, skipped
	At     time.Time
	Sent   time.Time // zero where it was not
	Error  string
}

// Movement is a balance transaction of the donation's.
type Movement struct {
	ID, Source, Category string
	Gross                money.Amount
	Fee, Net             int64  // minor units of Gross' currency
	Rate                 string // Stripe's, "" where nothing was converted
	At, AvailableAt      time.Time
	Payout               string // the first that carried it, whatever became of that; it stands in Story.Payouts
}

// Posting is one line of the ledger: a debit above zero.
type Posting struct {
	Entry, Movement, Account string
	Correction               bool
	Amount                   money.Amount
	PostedAt, BookedAt       time.Time // by Stripe's clock; when it was written here
}

// mostEvents bounds the events of one story.
const mostEvents = 500

// Story gives one donation by its id; people are shown or not. Errors: NotFound;
// Unavailable.
func (b *Books) Story(ctx context.Context, id string, people bool) (Story, error) {
	var s Story
	if tidy, err := tidyFind(id); err != nil || tidy != id || id == "" {
		return s, notFound("There is no such donation.")
	}
	err := b.read(ctx, "reading a donation", func(tx pgx.Tx) error {
		var feeCover int64
		into := append(donationFields(&s.Donation), &s.Intent, &s.Charge, &s.Invoice, &s.Session, &s.Appeal, &s.Variant, &s.Placement, &s.Method, &feeCover)
		row := tx.QueryRow(ctx, `select `+donationColumns+shown(people)+`, d.payment_intent, d.charge, d.invoice, d.checkout_session,
			d.appeal, d.variant, d.placement, d.method, `+payments.FeeCoverSQL+`
			from donations d left join checkouts c on c.id = d.checkout_id where d.donation_id = $1`, id)
		switch err := row.Scan(into...); {
		case err == pgx.ErrNoRows: //nolint:errorlint // as QueryRow gives it
			return notFound("There is no donation %.60q in the books.", id)
		case err != nil:
			return err
		}
		s.FeeCover = feeCover
		for _, part := range []func(context.Context, pgx.Tx, bool) error{s.begun, s.facts, s.ordered, s.told, s.booked, s.sent, s.belongs} {
			if err := part(ctx, tx, people); err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}

// begun reads the checkout. Its words are of the first gift alone.
func (s *Story) begun(ctx context.Context, tx pgx.Tx, people bool) error {
	err := tx.QueryRow(ctx, `
		select c.id, c.created_at, c.currency, c.amount,
			case when $2 and c.stripe_session = $3 then c.dedication else '' end, case when $2 and c.stripe_session = $3 then c.comment else '' end
		from donations d join checkouts c on c.id = d.checkout_id where d.donation_id = $1`, s.ID, people, s.Session).
		Scan(&s.Begun.ID, &s.Begun.At, &s.Begun.Amount.Currency, &s.Begun.Amount.Minor, &s.Begun.Dedication, &s.Begun.Comment)
	if err == pgx.ErrNoRows { //nolint:errorlint // as QueryRow gives it
		return nil
	}
	return err
}

// facts reads what Stripe told of the payment.
func (s *Story) facts(ctx context.Context, tx pgx.Tx, _ bool) error {
	charges, err := tx.Query(ctx, `select id, status, method, failure_code, currency, amount, created from charges where payment = $1 order by created, id`, s.Payment)
	if err != nil {
		return err
	}
	s.Charges, err = pgx.CollectRows(charges, func(row pgx.CollectableRow) (c Charge, err error) {
		return c, row.Scan(&c.ID, &c.Status, &c.Method, &c.Failure, &c.Amount.Currency, &c.Amount.Minor, unix{&c.At})
	})
	if err != nil {
		return err
	}
	refunds, err := tx.Query(ctx, `
		select id, status, reason, failure_reason, currency, amount, created, undone_at from (
			select r.* from charges c join refunds r on r.charge = c.id and r.charge <> '' where c.payment = $1
			union select * from refunds where payment = $1 and payment <> '') as r order by created, id`, s.Payment)
	if err != nil {
		return err
	}
	s.Refunds, err = pgx.CollectRows(refunds, func(row pgx.CollectableRow) (r Refund, err error) {
		return r, row.Scan(&r.ID, &r.Status, &r.Reason, &r.Failure, &r.Amount.Currency, &r.Amount.Minor, unix{&r.At}, unix{&r.UndoneAt})
	})
	if err != nil {
		return err
	}
	disputes, err := tx.Query(ctx, `select `+disputeColumns+` from `+disputesFrom+` where g.id in (
			select x.id from charges y join disputes x on x.charge = y.id and x.charge <> '' where y.payment = $1
			union select id from disputes where payment = $1 and payment <> '') order by g.created, g.id`, s.Payment)
	if err != nil {
		return err
	}
	s.Disputes, err = pgx.CollectRows(disputes, func(row pgx.CollectableRow) (d Dispute, err error) { return d, row.Scan(disputeFields(&d)...) })
	return err
}

// ordered reads what was asked for here: refunds, and the receipt.
func (s *Story) ordered(ctx context.Context, tx pgx.Tx, people bool) error {
	orders, err := tx.Query(ctx, `
		select id, reason, asked_by, case when $2 then note else '' end, currency, amount, asked_at, outcome, stripe_refund,
			coalesce(settled_at, timestamptz '0001-01-01 00:00Z'), error
		from refund_orders where payment = $1 order by asked_at, id`, s.Payment, people)
	if err != nil {
		return err
	}
	s.Orders, err = pgx.CollectRows(orders, func(row pgx.CollectableRow) (o Order, err error) {
		return o, row.Scan(&o.ID, &o.Reason, &o.By, &o.Note, &o.Amount.Currency, &o.Amount.Minor, &o.At, &o.Outcome, &o.Refund, &o.SettledAt, &o.Error)
	})
	if err != nil {
		return err
	}
	err = tx.QueryRow(ctx, `select status, queued_at, coalesce(sent_at, timestamptz '0001-01-01 00:00Z'), case when $2 then error else '' end
		from receipts where payment = $1`, s.Payment, people).Scan(&s.Receipt.Status, &s.Receipt.At, &s.Receipt.Sent, &s.Receipt.Error)
	if err == pgx.ErrNoRows { //nolint:errorlint // as QueryRow gives it
		return nil
	}
	return err
}

// told reads the events that tell of the payment, or of what belongs to it.
func (s *Story) told(ctx context.Context, tx pgx.Tx, _ bool) error {
	objects := []string{s.Payment, s.Invoice, s.Session}
	for _, c := range s.Charges {
		objects = append(objects, c.ID)
	}
	for _, r := range s.Refunds {
		objects = append(objects, r.ID)
	}
	for _, d := range s.Disputes {
		objects = append(objects, d.ID)
	}
	objects = slices.DeleteFunc(objects, func(id string) bool { return id == "" })
	// What is found by its objects is JSON: else it had none.
	rows, err := tx.Query(ctx, `select `+eventColumns+`, coalesce(o.told ->> 'id', ''),
			case when o.told ->> 'status' = 'succeeded' and o.told ->> 'captured' = 'false' then $3 else coalesce(o.told ->> 'status', '') end
		from inbox_events e cross join lateral (select convert_from(e.payload, 'UTF8')::jsonb #> '{data,object}' as told) as o
		where event_objects(e.payload) && $1::text[]
		order by coalesce(e.created_at, e.received_at), e.seq limit $2`, objects, mostEvents+1, payments.Uncaptured)
	if err != nil {
		return err
	}
	s.Events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Event, err error) {
		return e, row.Scan(append(eventFields(&e), &e.Object, &e.State)...)
	})
	if s.MoreEvents = len(s.Events) > mostEvents; s.MoreEvents {
		s.Events = s.Events[:mostEvents]
	}
	return err
}

// booked reads what Stripe booked, which payouts sent it, and what was posted.
func (s *Story) booked(ctx context.Context, tx pgx.Tx, _ bool) error {
	sources := []string{s.Charge}
	for _, c := range s.Charges {
		sources = append(sources, c.ID)
	}
	for _, r := range s.Refunds {
		sources = append(sources, r.ID)
	}
	for _, d := range s.Disputes {
		sources = append(sources, d.ID)
	}
	rows, err := tx.Query(ctx, `
		select t.id, t.source, t.category, t.currency, t.amount, t.fee, t.net, t.exchange_rate, t.created, t.available_on, coalesce(p.id, '')
		from balance_transactions t left join payout_rows r on r.id = t.id left join payouts p on p.id = r.payout
		where t.currency <> '' and (t.source = any($1) and t.source <> '' or t.id = (select balance_transaction from donations where donation_id = $2))
		order by t.created, t.category <> 'charge', t.category in ('dispute_reversal', 'refund_failure', 'charge_failure'), t.id`, sources, s.ID)
	if err != nil {
		return err
	}
	s.Movements, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Movement, err error) {
		return m, row.Scan(&m.ID, &m.Source, &m.Category, &m.Gross.Currency, &m.Gross.Minor, &m.Fee, &m.Net, &m.Rate, unix{&m.At}, unix{&m.AvailableAt}, &m.Payout)
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(s.Movements))
	for i, m := range s.Movements {
		ids[i] = m.ID
	}
	lines, err := tx.Query(ctx, `select entry_id, balance_transaction, account, kind = 'correction', currency, amount, posted_at, booked_at
		from postings where balance_transaction = any($1) order by posted_at, array_position($1, balance_transaction), number, amount < 0, account, seq`, ids)
	if err != nil {
		return err
	}
	s.Postings, err = pgx.CollectRows(lines, func(row pgx.CollectableRow) (p Posting, err error) {
		return p, row.Scan(&p.Entry, &p.Movement, &p.Account, &p.Correction, &p.Amount.Currency, &p.Amount.Minor, unix{&p.PostedAt}, &p.BookedAt)
	})
	return err
}

// belongs reads the recurring donation that made it.
func (s *Story) belongs(ctx context.Context, tx pgx.Tx, people bool) error {
	if s.Subscription == "" {
		return nil
	}
	l, err := RecurringFilter{People: people}.list(ctx, tx)
	if err != nil {
		return err
	}
	l.where.and("d.subscription = %s", s.Subscription)
	page, err := l.read(ctx, tx, Turn{})
	s.Recurring = page.Rows
	return err
}
