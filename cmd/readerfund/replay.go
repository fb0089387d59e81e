package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/inbox"
)

// replayFlags say which events, and where to.
type replayFlags struct {
	file        string
	line        int
	stripe      bool
	since       string
	undelivered bool
	parked      bool
	to          string
	rate        int
}

func (c *cli) replay() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay --from-file FILE|- | --from-stripe --since DUR | --parked [--to URL]",
		Short: "Take events into the books as if they had just been received",
		Long: "Takes events into the books, from one of three places:\n\n" +
			"--from-file reads one JSON object a line (or a JSON array, or Stripe's list object). A line that is not\n" +
			"JSON is named by its number and does not stop the rest; the exit code is then 1. A run that was cut\n" +
			"short says from which line to go on.\n\n" +
			"--from-stripe asks Stripe for the events that it still has, of the last 30 days at most. (The running\n" +
			"service does the same every five minutes for whatever did not arrive.)\n\n" +
			"--parked tries the parked events again, due or not, as after an upgrade that understands them.\n\n" +
			"An event that is there already changes nothing. With --to the events are posted, freshly signed with the\n" +
			"first STRIPE_WEBHOOK_SECRET, to a running endpoint instead, in their order; new then counts those that\n" +
			"it accepted. The last line printed is\n" +
			"  events=N new=N duplicate=N parked=N ignored=N",
		Example: "  readerfund replay --from-file events.jsonl\n" +
			"  readerfund replay --from-stripe --since 3d --only-undelivered\n" +
			"  readerfund replay --parked\n" +
			"  readerfund replay --from-file events.jsonl --to https://give.example.org/webhooks/stripe --rate 50",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			since, err := f.check(cmd.Flags().Changed)
			if err != nil {
				return err
			}
			if f.to != "" {
				return c.replayTo(cmd.Context(), f, since)
			}
			switch {
			case f.stripe:
				return c.replayFromStripe(cmd, f, since)
			case f.parked:
				return c.replayParked(cmd)
			default:
				return c.replayFromFile(cmd, f)
			}
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.file, "from-file", "", "file of events, - for standard input")
	flags.IntVar(&f.line, "from-line", 1, "with --from-file: the first line that counts")
	flags.BoolVar(&f.stripe, "from-stripe", false, "the events that Stripe still has")
	flags.StringVar(&f.since, "since", "", "with --from-stripe: how far back, such as 72h or 30d")
	flags.BoolVar(&f.undelivered, "only-undelivered", false, "with --from-stripe: only events that an endpoint has not taken")
	flags.BoolVar(&f.parked, "parked", false, "the events that are stored and not in the books")
	flags.StringVar(&f.to, "to", "", "address of an endpoint to post the events to, instead of taking them into the books")
	flags.IntVar(&f.rate, "rate", 20, "with --to: events a second")
	return cmd
}

// check holds that one source is named and that the rest fits it. It gives how
// far back Stripe is asked.
func (f replayFlags) check(changed func(string) bool) (since time.Duration, err error) {
	sources := 0
	for _, named := range []bool{f.file != "", f.stripe, f.parked} {
		if named {
			sources++
		}
	}
	switch {
	case sources == 0:
		return 0, usagef("say where the events are: readerfund replay --from-file FILE (- for standard input), --from-stripe --since 72h, or --parked")
	case sources > 1:
		return 0, usagef("name one of --from-file, --from-stripe and --parked, not several")
	}
	for flag, fits := range map[string]bool{
		"from-line": f.file != "", "since": f.stripe, "only-undelivered": f.stripe, "rate": f.to != "",
	} {
		if changed(flag) && !fits {
			return 0, usagef("--%s does not belong here; see readerfund replay --help", flag)
		}
	}
	switch {
	case f.line < 1:
		return 0, usagef("--from-line %d: lines are counted from 1", f.line)
	case f.rate < 1 || f.rate > 10_000:
		return 0, usagef("--rate %d: write how many events to post a second, from 1 to 10000", f.rate)
	case f.stripe && f.since == "":
		return 0, usagef("say how far back: readerfund replay --from-stripe --since 72h (or 30d)")
	case f.stripe:
		since, err = howFarBack(f.since)
	}
	if err == nil && f.to != "" {
		err = checkAddress(f.to)
	}
	return since, err
}

// replayFromFile takes in a file of events.
func (c *cli) replayFromFile(cmd *cobra.Command, f replayFlags) error {
	r, closeFile, err := c.open(f.file)
	if err != nil {
		return err
	}
	defer closeFile()
	_, in, done, err := c.inbox(cmd.Context())
	if err != nil {
		return err
	}
	defer done()
	told := c.telling("replay")
	p, err := in.Replay(cmd.Context(), r, inbox.ReplayOptions{
		From: f.line, Broken: c.leftOut,
		Progress: func(p inbox.Progress) { told.tell(p.Tally.Events, "through line %d", p.Through) },
	})
	if err != nil {
		return fmt.Errorf("after %d events: %w; what is in the books stays; go on with --from-line %d", p.Tally.Events, err, max(p.Through+1, f.line))
	}
	return c.end(p.Tally)
}

// open gives a file that was named on the command line, - for standard input.
func (c *cli) open(name string) (io.Reader, func(), error) {
	if name == "-" {
		return c.stdin, func() {}, nil
	}
	f, err := os.Open(name) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, nil, usagef("--from-file: %w", err)
	}
	return f, func() { _ = f.Close() }, nil // only read from
}

func (c *cli) leftOut(number int, err error) {
	_, _ = fmt.Fprintf(c.stderr, "line %d: %v; left out\n", number, err)
}

// replayFromStripe takes in what Stripe still has.
func (c *cli) replayFromStripe(cmd *cobra.Command, f replayFlags, since time.Duration) error {
	cfg, in, done, err := c.inbox(cmd.Context(), app.NeedStripe)
	if err != nil {
		return err
	}
	defer done()
	told := c.telling("replay")
	tally, _, err := in.Fetch(cmd.Context(), app.NewSource(cfg, in.Log), time.Now().Add(-since), f.undelivered,
		func(t inbox.Tally) { told.tell(t.Events, "fetched") })
	if err != nil {
		return fmt.Errorf("after %d events: %w; what is in the books stays, run the same command again", tally.Events, err)
	}
	return c.end(tally)
}

// replayParked tries the parked events again.
func (c *cli) replayParked(cmd *cobra.Command) error {
	_, in, done, err := c.inbox(cmd.Context())
	if err != nil {
		return err
	}
	defer done()
	told := c.telling("replay")
	tally, err := in.RetryAllParked(cmd.Context(), func(t inbox.Tally) { told.tell(t.Events, "tried") })
	if err != nil {
		return fmt.Errorf("after %d events: %w; run the same command again", tally.Events, err)
	}
	return c.end(tally)
}

// end prints what became of the events, and the contract's last line.
func (c *cli) end(tally inbox.Tally) error {
	if tally.Parked > 0 {
		_, _ = fmt.Fprintf(c.stderr, "%d events are parked: stored, not in the books; readerfund doctor says why\n", tally.Parked)
	}
	_, _ = fmt.Fprintln(c.stdout, tally)
	if tally.Broken > 0 {
		return errCheck
	}
	return nil
}
