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

func (c *cli) replay() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "replay --from-file FILE|-",
		Short: "Take events into the books as if they had just been received",
		Long: "Reads events, one JSON object a line (or a JSON array, or Stripe's list object), and takes each into the\n" +
			"books. An event that is there already changes nothing. A line that is not JSON is named by its number\n" +
			"and does not stop the rest; the exit code is then 1. The last line printed is\n" +
			"  events=N new=N duplicate=N parked=N ignored=N",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("say where the events are: readerfund replay --from-file FILE, or - for standard input")
			}
			in := c.stdin
			if file != "-" {
				f, err := os.Open(file) //nolint:gosec // the caller names the file
				if err != nil {
					return usagef("--from-file: %w", err)
				}
				defer f.Close() //nolint:errcheck // only read from
				in = f
			}
			return c.replayFrom(cmd, in)
		},
	}
	cmd.Flags().StringVar(&file, "from-file", "", "file of events, - for standard input")
	return cmd
}

func (c *cli) replayFrom(cmd *cobra.Command, r io.Reader) error {
	_, log, db, err := c.database(cmd.Context())
	if err != nil {
		return err
	}
	defer db.Close()
	in := app.NewInbox(db, time.Now, log)
	done, err := in.Replay(cmd.Context(), r, inbox.ReplayOptions{Broken: func(number int, err error) {
		_, _ = fmt.Fprintf(c.stderr, "line %d: %v; left out\n", number, err)
	}})
	tally := done.Tally
	if err != nil {
		return fmt.Errorf("after %d events: %w; run the same command again, what is in the books stays", tally.Events, err)
	}
	if tally.Parked > 0 {
		_, _ = fmt.Fprintf(c.stderr, "%d events are parked: stored, not in the books; readerfund doctor says why\n", tally.Parked)
	}
	_, _ = fmt.Fprintln(c.stdout, tally)
	if tally.Broken > 0 {
		return errCheck
	}
	return nil
}
