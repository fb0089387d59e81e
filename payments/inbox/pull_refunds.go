package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// takeRefundsOf takes in the refunds that balance transactions account for and that
// nothing has told of yet: at API versions before 2024-10-28.acacia events of a
// charge tell the sum of its refunds alone
// (https://docs.stripe.com/changelog), and without
// the refund nobody could say whose money went. One whose money came back has failed,
// and is asked for again where the books have it as made: the reason stands there. It
// comes before the balance transactions are taken, so that what is posted of them needs
// no correction.
func (in *Inbox) takeRefundsOf(ctx context.Context, from Source, booked []json.RawMessage, at time.Time) error {
	var sources []string
	var cameBack []bool
	for _, object := range booked {
		facts, err := in.Told(object, from.APIVersion(), at)
		if err != nil || len(facts.BalanceTransactions) != 1 {
			continue // it is taken, and parked
		}
		booked := &facts.BalanceTransactions[0]
		if strings.HasPrefix(booked.Source, "re_") || strings.HasPrefix(booked.Source, "pyr_") {
			sources, cameBack = append(sources, booked.Source), append(cameBack, booked.UndoesRefund())
		}
	}
	if len(sources) == 0 {
		return nil
	}
	rows, err := in.DB.Query(ctx, `
		select distinct t.id from unnest($1::text[], $2::boolean[]) as t (id, came_back)
		where not exists (select from refunds r where r.id = t.id and (r.charge <> '' or r.payment <> '')
			and (not t.came_back or r.status in ('failed', 'canceled'))) order by 1`, sources, cameBack)
	if err != nil {
		return fmt.Errorf("looking for refunds that are not told: %w", err)
	}
	untold, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for refunds that are not told: %w", err)
	}
	for _, id := range untold {
		refund, at, err := from.Object(ctx, "refunds/"+id)
		switch {
		case payments.CodeOf(err) == payments.NotFound:
			continue // what was booked stands on an account of its own
		case err != nil:
			return fmt.Errorf("asking for refund %s: %w", id, err)
		}
		if _, err := in.TakeAnswers(ctx, "pulled", from.APIVersion(), []json.RawMessage{refund}, at); err != nil {
			return err
		}
	}
	return nil
}
