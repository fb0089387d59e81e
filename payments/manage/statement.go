package manage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
)

// Statement is what a donor gave in one calendar year.
type Statement struct {
	Year  int
	Name  string // as written with the last gift of the year that has one; may be ""
	Email string
	Gifts []Gift // that succeeded, oldest first
	// Totals are net of refunds and disputes, minor units; never across currencies.
	Totals map[money.Currency]int64
	// Zone is that of the year and of the days; nil: the newsroom's.
	Zone *time.Location
}

// Years gives the calendar years, in a zone, in which a donation of the donor's
// succeeded, newest first. Errors: Unavailable.
func (b *Books) Years(ctx context.Context, donorID string, zone *time.Location) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	rows, err := b.DB.Query(ctx, `
		select distinct extract(year from received_at at time zone $2)::int as year from donations
		where donor_id = $1 and status = 'succeeded' order by year desc`, donorID, zone.String())
	if err != nil {
		return nil, away(fmt.Errorf("reading years: %w", err))
	}
	years, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return nil, away(fmt.Errorf("reading years: %w", err))
	}
	return years, nil
}

// Statement gives what the donor gave in a calendar year of a zone. A year without
// gifts gives one that is empty. Errors: Unavailable.
func (b *Books) Statement(ctx context.Context, donorID string, year int, zone *time.Location) (Statement, error) {
	s := Statement{Year: year, Totals: map[money.Currency]int64{}, Zone: zone}
	if year < 1 || year > 9999 { // no gift is as old or as new, and Postgres has no such time
		return s, nil
	}
	from := calendar.Date(year, time.January, 1).In(zone)
	to := calendar.Date(year+1, time.January, 1).In(zone)
	var err error
	s.Gifts, err = b.gifts(ctx, giftsSQL+` and d.status = 'succeeded' and d.received_at >= $2 and d.received_at < $3
		order by d.received_at, d.donation_id`, donorID, from, to)
	if err != nil {
		return Statement{}, err
	}
	for _, g := range s.Gifts {
		s.Totals[g.Amount.Currency] += g.Net().Minor
	}
	ctx, cancel := context.WithTimeout(ctx, databaseWithin)
	defer cancel()
	err = b.DB.QueryRow(ctx, `
		select coalesce((select donor_name from donations where donor_id = d.donor_id and status = 'succeeded' and donor_name <> ''
				and received_at >= $2 and received_at < $3 order by received_at desc, donation_id limit 1), ''),
			coalesce((select donor_email from donations where donor_id = d.donor_id and donor_email <> ''
				order by received_at desc, donation_id limit 1), d.email_key)
		from donors d where d.donor_id = $1`, donorID, from, to).Scan(&s.Name, &s.Email)
	if err != nil {
		return Statement{}, away(fmt.Errorf("reading a statement: %w", err))
	}
	return s, nil
}
