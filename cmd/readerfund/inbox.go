package main

import (
	"context"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/inbox"
)

// inbox opens the inbox for a command that takes events in or makes the books
// again. The caller ends with done.
func (c *cli) inbox(ctx context.Context, needs ...app.Need) (_ app.Config, _ *inbox.Inbox, done func(), err error) {
	cfg, log, db, err := c.database(ctx, needs...)
	if err != nil {
		return cfg, nil, nil, err
	}
	in, err := app.OpenInbox(ctx, cfg, db, log)
	if err != nil {
		db.Close()
		return cfg, nil, nil, err
	}
	return cfg, in, db.Close, nil
}
