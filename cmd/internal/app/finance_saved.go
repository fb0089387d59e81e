package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/desk"
)

// newDeskSaved wires the finance desk's pages of saved exports; exported are its pages of
// exports.
func newDeskSaved(cfg Config, db *pgxpool.Pool, exported desk.Exports, log *slog.Logger) (desk.SavedExports, error) {
	runs, err := NewExports(cfg, db, log)
	if err != nil {
		return desk.SavedExports{}, err
	}
	return desk.SavedExports{
		Book:  newSavedExports(cfg, db, runs),
		Known: func(ctx context.Context, q report.Query) error { return knownFilters(ctx, cfg, db, q) },
		Staff: NewStaff(db).List, Mail: cfg.SMTPURL != "", FiscalYear: time.Month(cfg.FiscalYearStarts),
		Campaigns: exported.Campaigns, Currencies: exported.Currencies, Settled: exported.Settled,
	}, nil
}
