package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
	"github.com/readerfund/readerfund/web/mail"
)

// newDeskStatements wires the finance desk's pages of a year's statements.
func newDeskStatements(cfg Config, newsroom *campaign.Newsroom, db *pgxpool.Pool) (desk.Statements, error) {
	papers, err := mail.NewWriter(newsroom, "", time.Now)
	if err != nil {
		return desk.Statements{}, err
	}
	audit := auth.Audit{Now: time.Now}
	return desk.Statements{
		Office: NewStatements(cfg, db), PDF: papers.At(cfg.BaseURL).Statement, Mails: cfg.SMTPURL != "",
		Record:   func(ctx context.Context, e auth.Entry) error { return audit.Record(ctx, db, e) },
		RecordIn: func(ctx context.Context, tx pgx.Tx, e auth.Entry) error { return audit.Record(ctx, tx, e) },
	}, nil
}
