package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
)

// newDeskExports wires the finance desk's pages of exports.
func newDeskExports(cfg Config, newsroom *campaign.Newsroom, db *pgxpool.Pool, log *slog.Logger) (desk.Exports, error) {
	runs, err := NewExports(cfg, db, log)
	if err != nil {
		return desk.Exports{}, err
	}
	audit := auth.Audit{Now: time.Now}
	e := desk.Exports{
		Runs: runs,
		Order: func(ctx context.Context, o exports.Order, line auth.Entry) (id string, err error) {
			err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
				if id, err = runs.Order(ctx, tx, o); err != nil {
					return err
				}
				line.Object = id
				return audit.Record(ctx, tx, line)
			})
			return id, err
		},
		Known:      func(ctx context.Context, q report.Query) error { return knownFilters(ctx, cfg, db, q) },
		Settled:    func(ctx context.Context) ([]money.Currency, error) { return report.LedgerCurrencies(ctx, db) },
		Clock:      func(ctx context.Context) (time.Time, error) { return report.Clock(ctx, db) },
		Record:     func(ctx context.Context, line auth.Entry) error { return audit.Record(ctx, db, line) },
		FiscalYear: time.Month(cfg.FiscalYearStarts),
	}
	for _, c := range newsroom.Campaigns {
		e.Campaigns = append(e.Campaigns, c.ID)
	}
	for _, terms := range newsroom.Site.Currencies {
		e.Currencies = append(e.Currencies, terms.Currency)
	}
	return e, nil
}

// knownFilters refuses a currency or a campaign that nobody knows, before an empty report
// is taken for a bad month. The error is a *payments.Error of code Invalid then.
func knownFilters(ctx context.Context, cfg Config, db *pgxpool.Pool, q report.Query) error {
	if q.Campaign != "" {
		err := CheckCampaign(ctx, cfg, db, q.Campaign)
		if unknown, is := errors.AsType[UnknownCampaignError](err); is {
			return &payments.Error{Code: payments.Invalid, Sentence: unknown.Error(), Err: err}
		}
		if err != nil {
			return err
		}
	}
	if _, unknown := money.ParseCurrency(string(q.Currency)); q.Currency != "" && unknown != nil {
		known, err := report.KnowsCurrency(ctx, db, q.Currency)
		if err != nil {
			return err
		}
		if !known {
			return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("%.20q is no currency: write its code, such as EUR", q.Currency), Err: unknown}
		}
	}
	return nil
}
