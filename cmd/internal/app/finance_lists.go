package app

import (
	"context"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/browse"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
)

// newDeskLists wires the finance desk's lists, and its pages of single things.
func newDeskLists(cfg Config, newsroom *campaign.Newsroom, in *inbox.Inbox) desk.Lists {
	lists := desk.Lists{
		Books: &browse.Books{DB: in.DB}, Refunds: NewRefunds(cfg, in),
		Record: func(ctx context.Context, e auth.Entry) error {
			return auth.Audit{Now: time.Now}.Record(ctx, in.DB, e)
		},
		RetryParked: func(ctx context.Context) (t inbox.Tally, err error) {
			sum, err := in.RetryAllParked(ctx, func(sofar inbox.Tally) { t = sofar })
			if err != nil {
				return t, err // what was tried before it failed
			}
			return sum, nil
		},
	}
	for _, c := range newsroom.Campaigns {
		lists.Campaigns = append(lists.Campaigns, c.ID)
	}
	for _, terms := range newsroom.Site.Currencies {
		lists.Currencies = append(lists.Currencies, terms.Currency)
	}
	return lists
}
