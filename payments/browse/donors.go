package browse

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// DonorFilter says which donors to list, by their mail addresses. Zero values do not
// filter.
type DonorFilter struct {
	Find      string // an id, or how the mail address or a word of the name begins
	Recurring string // running: has a recurring donation that runs; none: has none that does
	Down      bool   // from z to a
}

// RecurringHeld are what donors can be filtered for.
func RecurringHeld() []string { return []string{"running", "none"} }

// Donor is a row of the list.
type Donor struct {
	ID, Email string
	Name      string // as their last gift has it
	Country   string // as well
	Gifts     int64  // that came in
	First     time.Time
	Last      time.Time      // both zero where none came in
	Given     []money.Amount // what is left of them, by currency
	Running   int64          // recurring donations that run
}

// runs is the condition that a recurring donation r will be charged again.
const runs = "r.status in ('active', 'trialing', 'past_due', 'paused') and not r.cancel_at_period_end"

// Donors lists donors.
func (b *Books) Donors(ctx context.Context, f DonorFilter, turn Turn) (Page[Donor], error) {
	var page Page[Donor]
	err := b.read(ctx, "listing donors", func(tx pgx.Tx) error {
		l, err := f.list(ctx, tx)
		if err != nil {
			return err
		}
		if page, err = l.read(ctx, tx, turn); err != nil {
			return err
		}
		return given(ctx, tx, page.Rows)
	})
	return page, err
}

func (f DonorFilter) list(ctx context.Context, tx pgx.Tx) (*list[Donor], error) {
	l := &list[Donor]{name: "donors", filter: f, from: "donors d", key: `d.email_key collate "C"`, as: "text", id: "d.donor_id", down: f.Down,
		columns: "d.donor_id, d.email_key, (select count(*) from recurring_donations r where r.donor_id = d.donor_id and " + runs + ")",
		fields:  func(d *Donor) []any { return []any{&d.ID, &d.Email, &d.Running} }}
	w := &l.where
	switch f.Recurring {
	case "":
	case "running":
		w.and("exists (select from recurring_donations r where r.donor_id = d.donor_id and " + runs + ")")
	case "none":
		w.and("not exists (select from recurring_donations r where r.donor_id = d.donor_id and " + runs + ")")
	default:
		return nil, oneOf("choice of recurring donations", f.Recurring, RecurringHeld())
	}
	find, err := tidyFind(f.Find)
	switch {
	case err != nil:
		return nil, err
	case find == "":
	default:
		if isID(find) {
			if found, err := byID(ctx, tx, w, "d.donor_id", donorsOfID, find, false); err != nil || found {
				return l, err
			}
		}
		ids, err := people(ctx, tx, find)
		if err != nil {
			return nil, err
		}
		l.ways = []way{ofDonors(ids)}
	}
	return l, nil
}

// given fills in what donors gave.
func given(ctx context.Context, tx pgx.Tx, donors []Donor) error {
	at := make(map[string]*Donor, len(donors))
	ids := make([]string, len(donors))
	for i := range donors {
		ids[i], at[donors[i].ID] = donors[i].ID, &donors[i]
	}
	rows, err := tx.Query(ctx, `
		select donor_id, currency, count(*), sum(amount - refunded - disputed)::bigint, min(received_at), max(received_at)
		from donations where donor_id = any($1) and status = 'succeeded' group by 1, 2 order by 1, 2`, ids)
	if err != nil {
		return err
	}
	var id string
	var sum money.Amount
	var gifts int64
	var first, last time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &sum.Currency, &gifts, &sum.Minor, &first, &last}, func() error {
		d := at[id]
		d.Given, d.Gifts = append(d.Given, sum), d.Gifts+gifts
		if d.First.IsZero() || first.Before(d.First) {
			d.First = first
		}
		if last.After(d.Last) {
			d.Last = last
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `
		select distinct on (donor_id) donor_id, donor_name, country from donations where donor_id = any($1)
		order by donor_id, donor_name = '', received_at desc, donation_id`, ids)
	if err != nil {
		return err
	}
	var name, country string
	_, err = pgx.ForEachRow(rows, []any{&id, &name, &country}, func() error { at[id].Name, at[id].Country = name, country; return nil })
	return err
}

// Donor gives one donor. Errors: NotFound; Unavailable.
func (b *Books) Donor(ctx context.Context, id string) (Donor, error) {
	page, err := b.Donors(ctx, DonorFilter{Find: id}, Turn{})
	switch {
	case err != nil:
		return Donor{}, err
	case len(page.Rows) != 1 || page.Rows[0].ID != id:
		return Donor{}, notFound("There is no donor %.60q. Their data may have been erased.", id)
	}
	return page.Rows[0], nil
}
