package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Forget takes out of the books aside whoever was erased since they were begun:
// events that were taken in before may have told of them. tx sees the books aside,
// and its caller holds the books in use.
func (a Aside) Forget(ctx context.Context, tx pgx.Tx) error {
	var live string
	err := tx.QueryRow(ctx, "select quote_ident(current_schemas[2]) from (select current_schemas(false)) as s").Scan(&live)
	if err != nil {
		return fmt.Errorf("finding the books in use: %w", err)
	}
	rows, err := tx.Query(ctx, "select id from "+live+".erased_objects o where not exists (select from "+a.schema+".erased_objects a where a.id = o.id)")
	if err != nil {
		return fmt.Errorf("looking for whom was erased meanwhile: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for whom was erased meanwhile: %w", err)
	}
	s := &storing{ctx: ctx, tx: tx}
	if err := s.erase(ids); err != nil {
		return err
	}
	// All is told now, and it can be said what recurring gifts hold.
	if err := (forgetting{alone: true}).payDue(s, &Erased{}); err != nil {
		return err
	}
	if err := s.derive(); err != nil {
		return err
	}
	return s.farewell(Erased{}, forgetting{aside: true})
}

// swapErased lets the books in use know of objects that were found to be an erased
// person's while the books were made again, as a newer version of the program may
// find. The stored events that name them are still to be gone through.
func (a Aside) swapErased(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, "insert into erased_objects (id) select id from "+a.schema+".erased_objects order by id on conflict do nothing returning id")
	if err != nil {
		return fmt.Errorf("noting what is erased: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("noting what is erased: %w", err)
	}
	for _, statement := range []string{
		"delete from erasures_due d where exists (select from erased_objects e where e.id = d.id)",
		"insert into erasures_due (id, until) select id, until from " + a.schema + ".erasures_due order by id on conflict do nothing",
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("noting what is to be erased: %w", err)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
		delete from donors o where not exists (select from donations d where d.donor_id = o.donor_id)
			and not exists (select from recurring_donations d where d.donor_id = o.donor_id)`)
	if err != nil {
		return fmt.Errorf("removing donors: %w", err)
	}
	return eraseBeside(ctx, tx, ids)
}
