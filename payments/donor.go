package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// meetDonors gives an id to those whose address is seen for the first time in the
// derived rows of payments and subscriptions. One address, as NormalAddress has it,
// is one donor. All are met in one statement and in one order: two merges that meet
// the same people never wait for each other in a ring.
func meetDonors(ctx context.Context, tx pgx.Tx, payments, recurring []string) error {
	_, err := tx.Exec(ctx, `
		insert into donors (donor_id, email_key)
		select 'dnr_' || replace(gen_random_uuid()::text, '-', ''), email_key
		from (
			select address_key(donor_email) as email_key from donations where payment = any($1) and donor_id is null
			union
			select address_key(donor_email) from recurring_donations where subscription = any($2) and donor_id is null
		) as met
		where email_key <> ''
		order by email_key
		on conflict do nothing`, payments, recurring)
	if err != nil {
		return fmt.Errorf("meeting donors: %w", err)
	}
	for _, name := range []struct {
		query string
		ids   []string
	}{
		{`update donations as d set donor_id = o.donor_id from donors o
			where d.payment = any($1) and d.donor_id is null and o.email_key = address_key(d.donor_email)`, payments},
		{`update recurring_donations as d set donor_id = o.donor_id from donors o
			where d.subscription = any($1) and d.donor_id is null and o.email_key = address_key(d.donor_email)`, recurring},
	} {
		if len(name.ids) == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, name.query, name.ids); err != nil {
			return fmt.Errorf("naming donors: %w", err)
		}
	}
	return nil
}
