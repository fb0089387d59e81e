package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// meetDonors gives an id to those among the named rows whose address is seen for
// the first time. One address, whatever its case, is one donor.
func (d derivation) meetDonors(ctx context.Context, tx pgx.Tx, ids []string) error {
	_, err := tx.Exec(ctx, fmt.Sprintf(`
		insert into donors (donor_id, email_key)
		select 'dnr_' || replace(gen_random_uuid()::text, '-', ''), email_key
		from (select distinct lower(btrim(donor_email)) as email_key from %s
			where %s = any($1) and donor_id is null and btrim(donor_email) <> '') as met
		order by email_key
		on conflict do nothing`, d.table, d.key), ids)
	if err != nil {
		return fmt.Errorf("meeting donors: %w", err)
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`
		update %s as d set donor_id = o.donor_id from donors o
		where d.%s = any($1) and d.donor_id is null and o.email_key = lower(btrim(d.donor_email))`, d.table, d.key), ids)
	if err != nil {
		return fmt.Errorf("naming donors: %w", err)
	}
	return nil
}
