package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/watch"
)

func (c *cli) recurring() *cobra.Command {
	var look, over, asJSON bool
	cmd := &cobra.Command{
		Use:   "recurring [--look] [--over] [--json]",
		Short: "List what is amiss with recurring donations",
		Long: "Lists what is amiss with recurring donations, as the service finds it each day:\n" +
			"  missing  a renewal should have come and has not (three days of grace, seven of an annual one)\n" +
			"  failing  Stripe tries to charge a renewal and cannot\n" +
			"  unknown  it runs in the books, and Stripe has no such subscription\n" +
			"  card     its card expires before it is charged next\n" +
			"and with --over also what came to its end within a week, and\n" +
			"  untold   Stripe had changed it and told nobody: the books have it now\n\n" +
			"With --look it asks Stripe first, now. The exit code is 1 where a renewal is missing or a subscription unknown.",
		Example: "  readerfund recurring --look\n  readerfund recurring --over --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
				w, err := app.NewWatch(cfg, in)
				if err != nil {
					return err
				}
				w.Patience = lookPatience
				res, err := w.Look(cmd.Context())
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(c.stderr, "Stripe lists %d subscriptions; %d objects were taken in\n", res.Subscriptions, res.Taken)
				if res.Unasked > 0 {
					_, _ = fmt.Fprintf(c.stderr, "%d questions are left for the next time, to leave Stripe to readers who pay\n", res.Unasked)
				}
			}
			found, err := watch.Findings(cmd.Context(), in.DB, in.Now(), over)
			if err != nil {
				return err
			}
			return c.tellFindings(found, asJSON)
		},
	}
	cmd.Flags().BoolVar(&look, "look", false, "ask Stripe first")
	cmd.Flags().BoolVar(&over, "over", false, "also what came to its end within a week")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

// lookPatience is how long an event may be on its way while somebody waits here.
const lookPatience = 2 * time.Second

func (c *cli) tellFindings(found []watch.Finding, asJSON bool) error {
	grave := false
	lines := json.NewEncoder(c.stdout)
	for _, f := range found {
		grave = grave || f.ResolvedAt == nil && (f.Kind == watch.Missing || f.Kind == watch.Unknown)
		if asJSON {
			if err := lines.Encode(f); err != nil {
				return err
			}
			continue
		}
		end := ""
		if f.ResolvedAt != nil && f.Kind != watch.Untold {
			end = ", over since " + f.ResolvedAt.UTC().Format(time.DateOnly)
		}
		_, _ = fmt.Fprintf(c.stdout, "%-7s  %s  %s  %s (since %s%s)\n", f.Kind, f.RecurringID, f.Subscription, f.Detail, f.FirstSeen.UTC().Format(time.DateOnly), end)
	}
	if len(found) == 0 && !asJSON {
		_, _ = fmt.Fprintln(c.stdout, "nothing is amiss with recurring donations")
	}
	if grave {
		return errCheck
	}
	return nil
}
