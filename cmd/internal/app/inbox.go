package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// NewInbox wires the inbox to the decoder of Stripe's events.
func NewInbox(db *pgxpool.Pool, now func() time.Time, log *slog.Logger) *inbox.Inbox {
	return &inbox.Inbox{DB: db, Decode: stripegw.Decode, Now: now, Log: log}
}

// countingInbox is the inbox as the webhook route needs it: it counts what
// became of each event.
type countingInbox struct {
	inbox   *inbox.Inbox
	metrics *metrics
}

// Receive stores a raw event; see inbox.Inbox.Receive.
func (c countingInbox) Receive(ctx context.Context, raw []byte) error {
	outcome, err := c.inbox.Receive(ctx, raw)
	if err == nil {
		c.metrics.events.WithLabelValues(string(outcome)).Inc()
	}
	return err
}
