package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

// campaignIsKnown refuses a campaign that neither the newsroom's files nor the books
// know, before an empty report is taken for a bad month. "" is every campaign.
func campaignIsKnown(ctx context.Context, cfg app.Config, db *pgxpool.Pool, campaign string) error {
	if campaign == "" {
		return nil
	}
	err := app.CheckCampaign(ctx, cfg, db, campaign)
	var unknown app.UnknownCampaignError
	if errors.As(err, &unknown) {
		return usageError{err}
	}
	return err
}
