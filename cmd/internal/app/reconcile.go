package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// NewReconciler wires what compares the books with Stripe.
func NewReconciler(cfg Config, in *inbox.Inbox, log *slog.Logger) *ledger.Reconciler {
	source := newLists(cfg, log)
	return &ledger.Reconciler{DB: in.DB, Stripe: source, Inbox: intake{in, source}, Now: in.Now, Log: log}
}

// intake is the inbox as the ledger asks it.
type intake struct {
	*inbox.Inbox
	from *stripegw.Gateway
}

// Take takes in what Stripe answered with.
func (i intake) Take(ctx context.Context, asked, version string, objects []json.RawMessage, at time.Time) error {
	_, err := i.TakeAnswers(ctx, asked, version, objects, at)
	return err
}

// ReadPayouts asks Stripe what payouts sent that are not explained.
func (i intake) ReadPayouts(ctx context.Context) error {
	_, err := i.AskAllPayouts(ctx, i.from)
	return err
}
