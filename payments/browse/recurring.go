package browse

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// RecurringFilter says which recurring donations to list. Zero values do not filter.
type RecurringFilter struct {
	Status   string // one of RecurringStatuses
	Kind     string // monthly or annual
	Currency money.Currency
	Campaign string
	Donor    string // a donor's id
	Amiss    bool   // only those with which something is amiss now
	Find     string // an id of it or of its donor; and, where People, a mail address or a name
	People   bool   // people are shown, and can be looked for
	Sort     RecurringSort
}

// RecurringSort is the order of a list of recurring donations.
type RecurringSort string

// The orders.
const (
	NewestStarted RecurringSort = ""
	OldestStarted RecurringSort = "oldest"
	NextCharge    RecurringSort = "next" // only those that will be charged again, the next one first
)

// Recurring is a row of the list.
type Recurring struct {
	ID           string
	Subscription string // Stripe's id
	Status       string
	Kind         string
	Amount       money.Amount // of each charge
	StartedAt    time.Time    // zero where it is not known, as are the next two
	NextAt       time.Time    // when the period ends that is paid for
	CanceledAt   time.Time
	Ending       bool // it ends with the period that is paid for
	Campaign     string
	DonorID      string
	DonorName    string // these two are "" where people are not shown
	DonorEmail   string
	// Amiss is what is found amiss with it at present: kinds such as missing, failing
	// or card; see payments/watch.
	Amiss []string
}

const recurringStarted = "coalesce(d.started_at, timestamptz '1970-01-01 00:00Z')"

// Recurring lists recurring donations.
func (b *Books) Recurring(ctx context.Context, f RecurringFilter, turn Turn) (Page[Recurring], error) {
	var page Page[Recurring]
	err := b.read(ctx, "listing recurring donations", func(tx pgx.Tx) error {
		l, err := f.list(ctx, tx)
		if err != nil {
			return err
		}
		page, err = l.read(ctx, tx, turn)
		return err
	})
	for _, r := range page.Rows {
		slices.Sort(r.Amiss)
	}
	return page, err
}

func (f RecurringFilter) list(ctx context.Context, tx pgx.Tx) (*list[Recurring], error) {
	const unknown = "timestamptz '0001-01-01 00:00Z'"
	l := &list[Recurring]{name: "recurring", filter: f, from: "recurring_donations d", id: "d.recurring_id",
		columns: `d.subscription, d.status, d.kind, d.currency, d.amount, coalesce(d.started_at, ` + unknown + `), coalesce(d.current_period_end, ` + unknown + `),
	coalesce(d.canceled_at, ` + unknown + `), d.cancel_at_period_end, d.campaign, coalesce(d.donor_id, ''), ` + shown(f.People) + `,
	array(select w.kind from recurring_findings w where w.subscription = d.subscription and w.resolved_at is null), d.recurring_id`,
		key: recurringStarted, as: "timestamptz", down: f.Sort == NewestStarted,
		fields: func(r *Recurring) []any {
			return []any{&r.Subscription, &r.Status, &r.Kind, &r.Amount.Currency, &r.Amount.Minor, &r.StartedAt, &r.NextAt, &r.CanceledAt, &r.Ending,
				&r.Campaign, &r.DonorID, &r.DonorName, &r.DonorEmail, &r.Amiss, &r.ID}
		}}
	if err := f.plain(); err != nil {
		return nil, err
	}
	w := &l.where
	if f.Sort == NextCharge {
		l.key = "d.current_period_end"
		w.and("d.status in ('active', 'trialing', 'past_due') and not d.cancel_at_period_end and d.current_period_end is not null")
	}
	w.exactly("d.status", f.Status)
	w.exactly("d.kind", f.Kind)
	w.inCurrency("d.currency", f.Currency)
	for _, one := range []struct{ column, value string }{{"d.campaign", f.Campaign}, {"d.donor_id", f.Donor}} {
		if one.value != "" {
			w.and(one.column+" = %s", one.value)
		}
	}
	if f.Amiss {
		w.and("exists (select from recurring_findings a where a.subscription = d.subscription and a.resolved_at is null)")
		l.ways = []way{{condition: "true"}} // one, within the index of the list's order
	}
	if ways, err := f.found(ctx, tx, w); err != nil || ways != nil {
		l.ways = ways
		return l, err
	}
	return l, nil
}

func (f RecurringFilter) plain() error {
	for _, text := range []string{f.Campaign, f.Donor, string(f.Currency)} {
		if _, err := tidyFind(text); err != nil {
			return err
		}
	}
	if err := oneOf("status", f.Status, RecurringStatuses()); err != nil {
		return err
	}
	if err := oneOf("kind", f.Kind, Kinds()[1:]); err != nil {
		return err
	}
	return oneOf("order", string(f.Sort), []string{string(OldestStarted), string(NextCharge)})
}

// found adds what is searched for, or gives the way to it.
func (f RecurringFilter) found(ctx context.Context, tx pgx.Tx, w *conditions) ([]way, error) {
	find, err := tidyFind(f.Find)
	switch {
	case err != nil || find == "":
		return nil, err
	case isID(find):
		if found, err := byID(ctx, tx, w, "d.subscription", recurringOfID, find, !f.People); err != nil || found {
			return nil, err
		}
	case !f.People:
		return nil, invalid("%.60q is no id. Write one, such as rec_… or sub_…; people can be looked for with the role finance.", find)
	}
	ids, err := people(ctx, tx, find)
	return []way{ofDonors(ids)}, err
}
