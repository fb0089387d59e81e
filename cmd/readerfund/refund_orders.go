package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/refund"
)

// mostPending bounds how many open orders are told one by one.
const mostPending = 1000

func (c *cli) pendingRefunds(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("--pending carries out all open orders; leave %s away", args[0])
	}
	cfg, in, done, err := c.inbox(cmd.Context(), app.NeedStripe)
	if err != nil {
		return err
	}
	defer done()
	desk := app.NewRefunds(cfg, in)
	waiting, err := desk.List(cmd.Context(), refund.Filter{Open: true, Limit: mostPending})
	if err != nil {
		return inWords(err)
	}
	if len(waiting) == 0 {
		_, _ = fmt.Fprintln(c.stderr, "no refund waits to be carried out")
	}
	ended, failed := desk.CarryPending(cmd.Context(), true)
	open, err := c.becameOf(cmd.Context(), desk, waiting)
	if err != nil {
		return inWords(err)
	}
	_, _ = fmt.Fprintf(c.stdout, "ended=%d\n", ended)
	switch {
	case open > 0:
		return fmt.Errorf("%d refunds are ordered and not carried out; the service tries them again by itself, and this command does when it is given again", open)
	case failed != nil && payments.CodeOf(failed) != payments.Busy: // what others carry out is told above
		return inWords(failed)
	default:
		return nil
	}
}

// becameOf tells what became of orders, and how many are open still.
func (c *cli) becameOf(ctx context.Context, desk *refund.Desk, orders []refund.Order) (open int, err error) {
	for _, o := range orders {
		now, err := desk.Get(ctx, o.ID)
		if err != nil {
			return open, err
		}
		if now.Outcome == refund.Open {
			open++
		}
		c.tellOrder(now)
	}
	return open, nil
}

func (c *cli) listRefunds(cmd *cobra.Command, f refundFlags, args []string) error {
	_, log, db, err := c.database(cmd.Context())
	if err != nil {
		return err
	}
	defer db.Close()
	desk := &refund.Desk{DB: db, Now: time.Now, Log: log}
	filter, of := refund.Filter{Open: f.opened}, ""
	if len(args) == 1 {
		filter.Donation, of = args[0], " of "+args[0]
	}
	orders, err := desk.List(cmd.Context(), filter)
	if err != nil {
		return inWords(err)
	}
	for _, o := range orders {
		c.tellOrder(o)
	}
	switch {
	case len(orders) == 0 && f.opened:
		_, _ = fmt.Fprintf(c.stderr, "no refund%s waits to be carried out\n", of)
	case len(orders) == 0:
		_, _ = fmt.Fprintf(c.stderr, "no refund%s was ordered here\n", of)
	}
	return nil
}

func (c *cli) tellOrder(o refund.Order) {
	_, _ = fmt.Fprintf(c.stdout, "%s  %s  %s  %s  %s  by %s: %s%s%s\n", o.AskedAt.UTC().Format(time.RFC3339), o.ID, o.DonationID, o.Amount, o.Reason,
		printable(o.By), outcomeOf(o), standing(o), noted(o))
}

func outcomeOf(o refund.Order) string {
	switch o.Outcome {
	case refund.Done:
		return "done, refund " + o.StripeRefund
	case refund.Refused:
		return "refused: " + printable(o.Error)
	}
	if o.Error != "" {
		return "open: " + printable(o.Error)
	}
	return "open"
}

func standing(o refund.Order) string {
	switch o.StripeStatus {
	case "", "succeeded":
		return ""
	case "failed", "canceled":
		return ", which came back: it is on the account again"
	default:
		return ", " + printable(o.StripeStatus) + ": it is on its way"
	}
}

func noted(o refund.Order) string {
	if o.Note == "" {
		return ""
	}
	return " (" + printable(o.Note) + ")"
}
