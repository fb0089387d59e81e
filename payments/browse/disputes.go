package browse

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// DisputeFilter says which disputes to list, those of payments that are no donations
// included. Zero values do not filter.
type DisputeFilter struct {
	From, To time.Time // made at From or later, and before To
	Waiting  bool      // only those that wait for an answer
	Status   string    // Stripe's, such as lost
	Currency money.Currency
	Find     string // an id of it, or of its charge, payment or donation
	// ByDeadline lists those that wait for an answer, the first deadline first; else
	// the newest is first.
	ByDeadline bool
}

// DisputeStatuses are Stripe's (https://docs.stripe.com/api/disputes/object#dispute_object-status).
func DisputeStatuses() []string {
	return []string{"needs_response", "under_review", "won", "lost", "warning_needs_response", "warning_under_review", "warning_closed", "charge_refunded", "prevented"}
}

// Dispute is a row of the list, and a part of a donation's story.
type Dispute struct {
	ID        string
	Status    string
	Reason    string // Stripe's word
	Amount    money.Amount
	CreatedAt time.Time
	DueBy     time.Time // until when evidence is taken; zero where nobody said
	Charge    string
	Payment   string
	// DonationID is "" where the payment is no donation.
	DonationID, DonorID string
}

// Waits tells whether the bank waits for an answer.
func (d Dispute) Waits() bool {
	return d.Status == "needs_response" || d.Status == "warning_needs_response"
}

const (
	disputesFrom = `disputes g left join charges c on c.id = g.charge and g.charge <> ''
	left join donations o on o.payment = coalesce(c.payment, nullif(g.payment, ''))`
	disputeColumns = `g.id, g.status, g.reason, g.currency, g.amount, g.created, g.due_by, g.charge, coalesce(c.payment, g.payment),
	coalesce(o.donation_id, ''), coalesce(o.donor_id, '')`
	waiting = "g.status in ('needs_response', 'warning_needs_response')"
)

// unix are two times of a row that Postgres keeps as Unix seconds.
type unix struct{ to *time.Time }

// Scan takes seconds; 0 is no time.
func (u unix) Scan(src any) error {
	seconds, ok := src.(int64)
	if ok && seconds > 0 {
		*u.to = time.Unix(seconds, 0).UTC()
	}
	return nil
}

func disputeFields(d *Dispute) []any {
	return []any{&d.ID, &d.Status, &d.Reason, &d.Amount.Currency, &d.Amount.Minor, unix{&d.CreatedAt}, unix{&d.DueBy}, &d.Charge, &d.Payment, &d.DonationID, &d.DonorID}
}

// Disputes lists disputes.
func (b *Books) Disputes(ctx context.Context, f DisputeFilter, turn Turn) (Page[Dispute], error) {
	var page Page[Dispute]
	err := b.read(ctx, "listing disputes", func(tx pgx.Tx) error {
		l, err := f.list()
		if err != nil {
			return err
		}
		page, err = l.read(ctx, tx, turn)
		return err
	})
	return page, err
}

func (f DisputeFilter) list() (*list[Dispute], error) {
	l := &list[Dispute]{name: "disputes", filter: f, columns: disputeColumns, from: disputesFrom, fields: disputeFields,
		key: "g.created", as: "bigint", id: "g.id", down: true}
	w := &l.where
	if f.Waiting || f.ByDeadline {
		w.and(waiting)
	}
	if f.ByDeadline {
		l.key, l.down = "g.due_by", false
	}
	if err := oneOf("status", f.Status, DisputeStatuses()); err != nil {
		return nil, err
	}
	w.exactly("g.status", f.Status)
	w.inCurrency("g.currency", f.Currency)
	if err := w.withinUnix("g.created", f.From, f.To); err != nil {
		return nil, err
	}
	find, err := tidyFind(f.Find)
	if find != "" {
		w.and(`g.id = any(array(
			select %s::text
			union all select id from disputes where charge = %s and charge <> ''
			union all select id from disputes where payment = %s and payment <> ''
			union all select x.id from disputes x join charges y on y.id = x.charge and x.charge <> '' where y.payment = %s
			union all select x.id from donations z join charges y on y.payment = z.payment join disputes x on x.charge = y.id and x.charge <> '' where z.donation_id = %s))`,
			find, find, find, find, find)
	}
	return l, err
}
