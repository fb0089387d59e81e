package main

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// currencyIsKnown refuses a code that is neither a currency of Stripe's nor one that
// the books have, before an empty report is taken for a bad month. "" is every
// currency; text is how it was written.
func currencyIsKnown(ctx context.Context, db *pgxpool.Pool, text string) error {
	_, unknown := money.ParseCurrency(text)
	if text == "" || unknown == nil {
		return nil
	}
	known, err := report.KnowsCurrency(ctx, db, money.FromCode(text))
	if err != nil {
		return err
	}
	if !known {
		return usagef("--currency: %w", unknown)
	}
	return nil
}
