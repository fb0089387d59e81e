package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/watch"
)

// overBack is how far back --over lists what is over unless --since says something
// else; doctor counts what was untold within the same week.
const overBack = "7d"

func (c *cli) recurring() *cobra.Command {
	var look, over, asJSON bool
	var since string
	cmd := &cobra.Command{
		Use:   "recurring [--look] [--over [--since DUR]] [--json]",
		Short: "List what is amiss with recurring donations",
		Long: "Lists what is amiss with recurring donations, as the service finds it each day:\n" +
			"  missing  a renewal should have come and has not (three days of grace, seven of an annual one)\n" +
			"  unknown  it runs in the books, and Stripe has no such subscription\n" +
			"  failing  Stripe tries to charge a renewal and cannot\n" +
			"  ended    Stripe gave up charging it and ended it, within the last week\n" +
			"  card     its card expires before it is charged next\n" +
			"and with --over after these also what was over within a week, or --since DUR, and\n" +
			"  untold   Stripe had changed it and told nobody: the books have it now\n\n" +
			"With --look it asks Stripe first, now. The exit code is 1 where a renewal is missing or a subscription unknown.",
		Example: "  readerfund recurring --look\n  readerfund recurring --over --since 30d\n  readerfund recurring --over --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			back, err := backwards(since, overBack)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("since") && !over {
				return usagef("--since says how far back --over lists what is over: say --over too")
			}
			var needs []app.Need
			if look {
				needs = append(needs, app.NeedStripe)
			}
			cfg, in, done, err := c.inbox(cmd.Context(), needs...)
			if err != nil {
				return err
			}
			defer done()
			if look {
				if err := c.look(cmd.Context(), cfg, in); err != nil {
					return err
				}
			}
			var from time.Time
			if over {
				from = in.Now().Add(-back)
			}
			found, err := watch.Findings(cmd.Context(), in.DB, from)
			if err != nil {
				return err
			}
			return c.tellFindings(found, asJSON, over)
		},
	}
	cmd.Flags().BoolVar(&look, "look", false, "ask Stripe first")
	cmd.Flags().BoolVar(&over, "over", false, "also what is over")
	cmd.Flags().StringVar(&since, "since", overBack, "how far back --over goes, as 72h or 30d")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

// look asks Stripe now.
func (c *cli) look(ctx context.Context, cfg app.Config, in *inbox.Inbox) error {
	w, err := app.NewWatch(cfg, in)
	if err != nil {
		return err
	}
	w.Patience = lookPatience
	res, err := w.Look(ctx)
	if err != nil {
		return fmt.Errorf("%w; what is listed is of the last look that ended: give the command without --look to see it", err)
	}
	_, _ = fmt.Fprintf(c.stderr, "Stripe lists %d subscriptions; %d objects were taken in\n", res.Subscriptions, res.Taken)
	if res.Unasked > 0 {
		_, _ = fmt.Fprintf(c.stderr, "%d questions are left for the next time, to leave Stripe to readers who pay\n", res.Unasked)
	}
	return nil
}

// lookPatience is how long an event may be on its way while somebody waits here.
const lookPatience = 2 * time.Second

// shownOver is how many of those that are over are shown as lines: after an outage
// there may be as many as there are readers.
const shownOver = 200

func (c *cli) tellFindings(found []watch.Finding, asJSON, over bool) error {
	grave, ended := false, 0
	lines := json.NewEncoder(c.stdout)
	for _, f := range found {
		grave = grave || f.ResolvedAt == nil && (f.Kind == watch.Missing || f.Kind == watch.Unknown)
		if asJSON {
			if err := lines.Encode(f); err != nil {
				return fmt.Errorf("printing: %w", err)
			}
			continue
		}
		if f.ResolvedAt != nil {
			ended++
		}
		if ended <= shownOver {
			_, _ = fmt.Fprintln(c.stdout, inALine(f))
		}
	}
	switch {
	case asJSON:
	case len(found) == 0 && over:
		_, _ = fmt.Fprintln(c.stdout, "nothing is amiss with recurring donations, and nothing was of late")
	case len(found) == 0:
		_, _ = fmt.Fprintln(c.stdout, "nothing is amiss with recurring donations")
	case ended > shownOver:
		_, _ = fmt.Fprintf(c.stdout, "and %d older ones that are over: --json lists all, --since 1d fewer\n", ended-shownOver)
	}
	if grave {
		return errCheck
	}
	return nil
}

// inALine is a finding as it is printed.
func inALine(f watch.Finding) string {
	when := "since " + f.FirstSeen.UTC().Format(time.DateOnly)
	switch {
	case f.Kind == watch.Untold:
		when = "found " + f.FirstSeen.UTC().Format(time.DateOnly)
	case f.ResolvedAt != nil:
		when += ", over since " + f.ResolvedAt.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("%-7s  %s  %s  %s (%s)", f.Kind, f.RecurringID, f.Subscription, f.Detail, when)
}
