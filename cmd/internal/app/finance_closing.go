package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
)

// newDeskClosings wires the finance desk's pages of closed months.
func newDeskClosings(cfg Config, in *inbox.Inbox) desk.Closings {
	audit := auth.Audit{Now: time.Now}
	return desk.Closings{
		Office:   NewClosing(cfg, in),
		Record:   func(ctx context.Context, e auth.Entry) error { return audit.Record(ctx, in.DB, e) },
		RecordIn: func(ctx context.Context, tx pgx.Tx, e auth.Entry) error { return audit.Record(ctx, tx, e) },
	}
}
