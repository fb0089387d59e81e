package report

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Campaigns lists the campaigns that gifts were received for, in the order of their ids.
func Campaigns(ctx context.Context, db *pgxpool.Pool) ([]string, error) {
	rows, err := db.Query(ctx, `select campaign from giving where campaign <> '' group by campaign having sum(gifts) > 0 order by campaign collate "C"`)
	if err != nil {
		return nil, fmt.Errorf("listing campaigns: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("listing campaigns: %w", err)
	}
	return all, nil
}

// KnowsCampaign tells whether the books have ever heard of a campaign: a gift of any
// status, a checkout, a view of an ask, a payment that an adoption rule counts under it.
func KnowsCampaign(ctx context.Context, db *pgxpool.Pool, campaign string) (known bool, err error) {
	// The order is from what is quick to find to what is read whole.
	err = db.QueryRow(ctx, `select exists (select from giving where campaign = $1)
		or exists (select from donations where campaign = $1) or exists (select from views where campaign = $1)
		or exists (select from checkouts where campaign = $1) or exists (select from attributions where campaign = $1)`, campaign).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("looking for the campaign %s: %w", campaign, err)
	}
	return known, nil
}

// CurrencyOf says in words with which of its currencies a report compares the one
// that it is narrowed to.
func CurrencyOf(name string) string {
	if name == "payouts" || name == "journal" {
		return "a currency of the Stripe account, which need not be the one that readers gave in"
	}
	return "the currency that readers gave in, which need not be the one that the Stripe account keeps"
}
