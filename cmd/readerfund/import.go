package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

func (c *cli) importAccount() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use:   "import --since DATE",
		Short: "Take in what the Stripe account already holds",
		Long: "Lists what the Stripe account holds and takes it into the books as facts like any other: invoices,\n" +
			"checkout sessions, payment intents, charges, refunds, disputes, warnings, reviews, payouts and balance\n" +
			"transactions made since the date, and all customers and subscriptions. Events about the same things may\n" +
			"have come before or may come later: the books end the same.\n\n" +
			"Payments that did not begin here are donations where a rule under adopt in site.yaml says so; the others\n" +
			"are foreign: kept, reconciled, in no report of donations.\n\n" +
			"An import that was cut short goes on where it was when the same command is given again; one that was\n" +
			"finished begins anew. Stripe is asked slowly enough to leave room for readers who pay meanwhile. The last\n" +
			"line printed is\n" +
			"  events=N new=N duplicate=N parked=N ignored=N",
		Example: "  readerfund import --since 2024-01-01",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since == "" {
				return usagef("say from which day on: readerfund import --since 2024-01-01")
			}
			from, err := firstDay(since, time.Now())
			if err != nil {
				return err
			}
			cfg, in, done, err := c.inbox(cmd.Context(), app.NeedStripe)
			if err != nil {
				return err
			}
			defer done()
			told := c.telling("import")
			tally, err := in.Import(cmd.Context(), app.NewSource(cfg, in.Log), from, func(p inbox.ImportProgress) {
				if p.Done {
					_, _ = fmt.Fprintf(c.stderr, "%s: %d objects\n", p.List, p.Taken)
				} else {
					told.tell(p.Tally.Events, "%s: %d objects so far", p.List, p.Taken)
				}
			})
			if err != nil {
				return fmt.Errorf("after %d objects: %w; %s", tally.Events, err, mendImport(err))
			}
			return c.end(tally)
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "first day, YYYY-MM-DD in UTC, or an RFC 3339 time")
	return cmd
}

// mendImport says what to do about an import that ended early.
func mendImport(err error) string {
	if e, ok := errors.AsType[*payments.Error](err); ok && e.Code == payments.Refused {
		return "a restricted key needs permission to read this list; then give the same command again, it goes on from here"
	}
	return "give the same command again: it goes on from here"
}
