package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/rollup"
)

// shownDifferences bounds what is printed row by row; the rest is counted.
const shownDifferences = 100

func (c *cli) rebuild() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "rebuild [--check]",
		Short: "Make the books again from the stored events",
		Long: "Makes the books again from every event that is stored, beside the books in use, and then puts them in\n" +
			"their place in one transaction. The service may run meanwhile. Nothing is asked of Stripe. Needed after\n" +
			"an upgrade or a change of the rules of adoption (readerfund doctor says so).\n\n" +
			"With --check the books in use stay as they are: both are compared, the digest of each is printed, and\n" +
			"the exit code is 1 where they differ, with the rows that do.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, in, done, err := c.inbox(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			o := inbox.RebuildOptions{Progress: progressOf(c.stderr, "rebuild", time.Now)}
			if check {
				return c.checkRebuild(cmd, in, o)
			}
			made, err := in.Rebuild(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("%w; the books are as they were", err)
			}
			for _, t := range made.Swapped {
				_, _ = fmt.Fprintf(c.stderr, "%s: %d rows written, %d removed\n", t.Table, t.Written, t.Removed)
			}
			_, _ = fmt.Fprintf(c.stdout, "before %s\nafter  %s\n", made.Before, made.After)
			differed, err := rollup.Mend(cmd.Context(), in.DB)
			if err != nil {
				return fmt.Errorf("%w; the books are made again, and the same command puts the sums right", err)
			}
			if differed > 0 {
				_, _ = fmt.Fprintf(c.stderr, "sums of what was given: %d put right\n", differed)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "only compare; exit 1 where the books are not what the events say")
	return cmd
}

func (c *cli) checkRebuild(cmd *cobra.Command, in *inbox.Inbox, o inbox.RebuildOptions) error {
	differing := 0
	o.Differs = func(d payments.Difference) {
		if differing++; differing <= shownDifferences {
			_, _ = fmt.Fprintln(c.stdout, d)
		}
	}
	checked, err := in.CheckRebuild(cmd.Context(), o)
	if err != nil {
		return err
	}
	if differing > shownDifferences {
		_, _ = fmt.Fprintf(c.stdout, "and %d more rows\n", differing-shownDifferences)
	}
	_, _ = fmt.Fprintf(c.stdout, "books  %s\nevents %s\n", checked.Before, checked.After)
	if checked.Before != checked.After {
		_, _ = fmt.Fprintf(c.stderr, "%d rows differ; readerfund rebuild makes the books what the events say\n", differing)
		return errCheck
	}
	return nil
}

// progressOf says every two seconds how far something is. It says nothing of
// what is done sooner.
func progressOf(w io.Writer, what string, now func() time.Time) func(done, all int64) {
	began := now()
	said := began
	return func(done, all int64) {
		t := now()
		if t.Sub(said) < 2*time.Second {
			return
		}
		said = t
		_, _ = fmt.Fprintf(w, "%s: %d of %d events (%d %%), %.0f a second\n", what, done, all, 100*done/max(all, 1), float64(done)/t.Sub(began).Seconds())
	}
}
