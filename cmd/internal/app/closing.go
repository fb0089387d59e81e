package app

import (
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/report"
)

// NewClosing wires what closes months.
func NewClosing(cfg Config, in *inbox.Inbox) *closing.Desk {
	return &closing.Desk{DB: in.DB, Zone: cfg.ReportTimezone, Adoption: in.Adoption}
}

// ClosedMonths tells the manifest of an export of exactly a closed month what became of
// it since.
func ClosedMonths(cfg Config, db *pgxpool.Pool) report.Months {
	return closing.Manifests{Desk: &closing.Desk{DB: db, Zone: cfg.ReportTimezone}}
}
