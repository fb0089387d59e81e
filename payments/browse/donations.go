package browse

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// DonationFilter says which donations to list, and in which order. Zero values do not
// filter.
type DonationFilter struct {
	From, To    time.Time // received at From or later, and before To
	Status      string    // one of DonationStatuses
	Kind        string    // one of Kinds
	Currency    money.Currency
	Campaign    string
	Least, Most int64  // minor units of Currency, which they need
	Dispute     string // one of DisputeStandings
	Payout      string // whose charge this payout sent; by time they are in the order in which Stripe booked them
	Donor       string // a donor's id
	Recurring   string // Stripe's subscription
	// Find is an id of the donation, of its donor, or one of Stripe's that it has;
	// and, where People, a mail address or a name, or how its words begin.
	Find   string
	People bool // people are shown, and can be looked for
	Sort   Sort
}

// Sort is the order of a list of donations.
type Sort string

// The orders. Those by amount need a currency.
const (
	Newest   Sort = "" // by when they were received
	Oldest   Sort = "oldest"
	Largest  Sort = "largest"
	Smallest Sort = "smallest"
)

// Sorts are all of them.
func Sorts() []Sort { return []Sort{Newest, Oldest, Largest, Smallest} }

// Donation is a row of the list.
type Donation struct {
	ID            string
	ReceivedAt    time.Time
	Kind          string // one of Kinds
	Status        string // one of DonationStatuses
	Amount        money.Amount
	Refunded      int64  // minor units of Amount's currency, as is Disputed
	Disputed      int64  // taken by disputes and not given back
	DisputeStatus string // none, warning, open, won, lost
	Inquired      bool   // an inquiry, which is a warning, is not over: the bank has not made up its mind
	Campaign      string
	Article       string
	Country       string // as the payer's card or address told it; "" where nothing did
	DonorID       string // "" where nobody told an address
	DonorName     string // these two are "" where people are not shown
	DonorEmail    string
	Anonymous     bool // is not to be named
	Payment       string
	Subscription  string
}

// Left is what is left of the gift: 0 where it never came.
func (d Donation) Left() money.Amount {
	if d.Status != "succeeded" {
		return money.New(0, d.Amount.Currency)
	}
	return money.New(d.Amount.Minor-d.Refunded-d.Disputed, d.Amount.Currency)
}

// donationColumns are those of a row; shown adds the people.
const donationColumns = `d.donation_id, d.received_at, d.kind, d.status, d.currency, d.amount, d.refunded, d.disputed, d.dispute_status,
	case when d.dispute_status = 'warning' then
		exists (select from disputes g where g.charge = d.charge and g.charge <> '' and g.status in ('warning_needs_response', 'warning_under_review'))
		or exists (select from disputes g where g.payment = d.payment and g.payment <> '' and g.status in ('warning_needs_response', 'warning_under_review'))
	else false end,
	d.campaign, d.article, d.country, coalesce(d.donor_id, ''), d.anonymous, d.payment, d.subscription, `

func donationFields(d *Donation) []any {
	return []any{&d.ID, &d.ReceivedAt, &d.Kind, &d.Status, &d.Amount.Currency, &d.Amount.Minor, &d.Refunded, &d.Disputed, &d.DisputeStatus, &d.Inquired,
		&d.Campaign, &d.Article, &d.Country, &d.DonorID, &d.Anonymous, &d.Payment, &d.Subscription, &d.DonorName, &d.DonorEmail}
}

// shown are the columns that name a person, or nobody.
func shown(people bool) string {
	if people {
		return "d.donor_name, d.donor_email"
	}
	return "'', ''"
}

// Donations lists donations.
func (b *Books) Donations(ctx context.Context, f DonationFilter, turn Turn) (Page[Donation], error) {
	var page Page[Donation]
	err := b.read(ctx, "listing donations", func(tx pgx.Tx) error {
		l, err := f.list(ctx, tx)
		if err != nil {
			return err
		}
		page, err = l.read(ctx, tx, turn)
		return err
	})
	return page, err
}

func (f DonationFilter) list(ctx context.Context, tx pgx.Tx) (*list[Donation], error) {
	l := &list[Donation]{name: "donations", filter: f, columns: donationColumns + shown(f.People), from: "donations d", fields: donationFields,
		key: "d.received_at", as: "timestamptz", id: "d.donation_id", down: f.Sort == Newest || f.Sort == Largest}
	if err := f.plain(); err != nil {
		return nil, err
	}
	if f.Sort == Largest || f.Sort == Smallest {
		l.key, l.as = "d.amount", "bigint"
	}
	w := &l.where
	if err := w.within("d.received_at", f.From, f.To); err != nil {
		return nil, err
	}
	w.exactly("d.status", f.Status)
	w.exactly("d.kind", f.Kind)
	w.inCurrency("d.currency", f.Currency)
	if f.Status != "" && f.Status != "succeeded" {
		w.and("d.status <> 'succeeded'") // as the index of these has it
	}
	switch f.Dispute {
	case "":
	case "any":
		w.and("d.dispute_status <> 'none'")
	default:
		w.exactly("d.dispute_status", f.Dispute)
		w.and("d.dispute_status <> 'none'")
	}
	for _, one := range []struct{ column, value string }{{"d.campaign", f.Campaign}, {"d.donor_id", f.Donor}} {
		if one.value != "" {
			w.and(one.column+" = %s", one.value)
		}
	}
	if f.Recurring != "" {
		w.and("d.subscription = %s and d.subscription <> ''", f.Recurring)
	}
	if f.Least > 0 {
		w.and("d.amount >= %s::bigint", f.Least)
	}
	if f.Most > 0 {
		w.and("d.amount <= %s::bigint", f.Most)
	}
	f.sent(l)
	var err error
	l.ways, err = f.found(ctx, tx, w)
	return l, err
}

// plain checks what can be checked without the books.
func (f DonationFilter) plain() error {
	for _, text := range []string{f.Campaign, f.Payout, f.Donor, f.Recurring, string(f.Currency)} {
		if _, err := tidyFind(text); err != nil {
			return err
		}
	}
	if err := oneOf("status", f.Status, DonationStatuses()); err != nil {
		return err
	}
	if err := oneOf("kind", f.Kind, Kinds()); err != nil {
		return err
	}
	if err := oneOf("standing of a dispute", f.Dispute, DisputeStandings()); err != nil {
		return err
	}
	orders := make([]string, 0, len(Sorts()))
	for _, s := range Sorts()[1:] {
		orders = append(orders, string(s))
	}
	if err := oneOf("order", string(f.Sort), orders); err != nil {
		return err
	}
	if f.Currency == "" && (f.Least != 0 || f.Most != 0 || f.Sort == Largest || f.Sort == Smallest) {
		return invalid("Choose a currency: amounts of several cannot be compared.")
	}
	if f.Least < 0 || f.Most < 0 || f.Most > 0 && f.Least > f.Most {
		return invalid("No amount is as large as the least and as small as the most that you ask for.")
	}
	return nil
}

// found adds what is searched for, or gives the ways to it.
func (f DonationFilter) found(ctx context.Context, tx pgx.Tx, w *conditions) ([]way, error) {
	find, err := tidyFind(f.Find)
	if err != nil || find == "" {
		return nil, err
	}
	if isID(find) {
		if found, err := byID(ctx, tx, w, "d.donation_id", donationsOfID, find, !f.People); err != nil || found {
			return nil, err
		}
	}
	if !f.People {
		return nil, invalid("%.60q is no id. Write one, such as don_… or pi_…; people can be looked for with the role finance.", find)
	}
	ids, err := people(ctx, tx, find)
	if err != nil {
		return nil, err
	}
	ways := []way{ofDonors(ids)}
	if terms := terms(find); terms != "" {
		// Gifts of which nobody told an address have no donor, and may have a name.
		ways = append(ways, way{from: nobodyNamed, values: []any{terms}, condition: "true"})
	}
	return ways, nil
}
