package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Due is what remains of people who were erased, because a recurring gift holds it
// of which Stripe has not told that it has ended.
type Due struct {
	Objects int64     // of Stripe's
	Since   time.Time // of the oldest; zero where there is none
	// Subscriptions are the first of those that hold them, by Stripe's id: to be
	// ended at Stripe, should nobody be about to.
	Subscriptions []string
}

// DueErasures reads it.
func DueErasures(ctx context.Context, db *pgxpool.Pool) (Due, error) {
	var d Due
	var since *time.Time
	err := db.QueryRow(ctx, `
		with holding as (
			select id from erasures_due where id like 'sub\_%'
			union select i.subscription from invoices i join erasures_due d on d.id = i.id where i.subscription <> ''
			union select u.id from subscriptions u join erasures_due d on d.id = u.customer where u.status not in ('canceled', 'incomplete_expired')
		)
		select count(*), min(due_since), coalesce((select (array_agg(id order by id))[1:10] from holding), '{}')
		from erasures_due`).Scan(&d.Objects, &since, &d.Subscriptions)
	if err != nil {
		return Due{}, fmt.Errorf("looking for erasures that are due: %w", err)
	}
	if since != nil {
		d.Since = *since
	}
	return d, nil
}

// Unmanned are the recurring donations that run and have no donor who could end
// them: how many, and the first of them by their ids.
func Unmanned(ctx context.Context, db *pgxpool.Pool) (n int64, first []string, err error) {
	err = db.QueryRow(ctx, `select count(*), coalesce((array_agg(r.recurring_id order by r.recurring_id))[1:10], '{}')
		from recurring_donations r where r.donor_id is null and `+RunsOnSQL).Scan(&n, &first)
	if err != nil {
		return 0, nil, fmt.Errorf("looking for recurring donations without a donor: %w", err)
	}
	return n, first, nil
}
