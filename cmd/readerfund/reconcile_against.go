package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/payments/ledger"
)

// withAgainst gives the command that reconciles with Stripe a second way: with a
// file that Stripe made.
func (c *cli) withAgainst(cmd *cobra.Command) *cobra.Command {
	var file, kind, zone string
	flags, withStripe := cmd.Flags(), cmd.RunE
	flags.StringVar(&file, "against", "", "compare the books with this download of Stripe's itemised report, CSV, and ask Stripe nothing; - is standard input")
	flags.StringVar(&kind, "report", "", "with --against: payouts or activity, where the file's columns do not tell")
	flags.StringVar(&zone, "tz", "", "with --against: the time zone that the report was made in, where it has no columns in UTC (default REPORT_TIMEZONE)")
	cmd.Long += "\n\nWith --against the books are compared with a file instead: the CSV of Stripe's report \"Payout reconciliation\"\n" +
		"or \"Balance change from activity\", itemised. Every row that differs is named, and the books stay as they are."
	cmd.Example += "\n  readerfund reconcile --against payout_reconciliation.csv"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if file == "" {
			if kind != "" || zone != "" {
				return usagef("--report and --tz are for --against FILE")
			}
			return withStripe(cmd, args)
		}
		if flags.Changed("since") {
			return usagef("--since is not for --against: the file says what time it is about")
		}
		asJSON, err := flags.GetBool("json")
		if err != nil {
			return err
		}
		return c.compareDownload(cmd.Context(), file, kind, zone, asJSON)
	}
	return cmd
}

// compareDownload is reconcile --against: it compares the books with a download of
// one of Stripe's itemised reports and asks Stripe nothing. Each difference is a
// line on standard output, as JSON where asked; errCheck where there is one.
func (c *cli) compareDownload(ctx context.Context, path, kind, zoneName string, asJSON bool) error {
	which, err := reportKind(kind)
	if err != nil {
		return err
	}
	cfg, _, db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	zone := cfg.ReportTimezone
	if zoneName != "" {
		if zone, err = time.LoadLocation(zoneName); err != nil || zoneName == "Local" {
			return usagef("--tz %s is not a time zone; write an IANA name such as Europe/London or UTC", zoneName)
		}
	}
	file := io.NopCloser(c.stdin)
	if path != "-" {
		if file, err = os.Open(path); err != nil { //nolint:gosec // the caller names it
			return usagef("--against: %w", err)
		}
	}
	var broken error
	out, err := ledger.CompareReport(ctx, db, file, which, zone, func(d ledger.FileDifference) {
		line := d.String()
		if asJSON {
			raw, err := json.Marshal(d)
			broken = errors.Join(broken, err)
			line = string(raw)
		}
		_, err := fmt.Fprintln(c.stdout, line)
		broken = errors.Join(broken, err)
	})
	if err := errors.Join(err, broken, file.Close()); err != nil {
		return fmt.Errorf("comparing with %s: %w", path, err)
	}
	if out.Rows == 0 {
		// Nothing equals nothing: whoever takes this for agreement has taken the wrong file.
		_, _ = fmt.Fprintf(c.stderr, "%s has no rows, so that nothing was compared: it is Stripe's report of a time in which nothing moved; "+
			"download the one of the time that is to be compared\n", path)
		return errCheck
	}
	codes := make([]string, len(out.Currencies))
	for i, currency := range out.Currencies {
		codes[i] = string(currency)
	}
	what := "made"
	if out.Report == ledger.PayoutReport {
		what = "paid out"
	}
	_, _ = fmt.Fprintf(c.stderr, "%s: %d rows in %s, %s from %s to %s\n", out.Report, out.Rows, strings.Join(codes, ", "), what,
		out.From.In(zone).Format(time.RFC3339), out.To.In(zone).Format(time.RFC3339))
	if out.Differences > 0 {
		_, _ = fmt.Fprintf(c.stderr, "%d differences\n", out.Differences)
		return errCheck
	}
	_, err = fmt.Fprintln(c.stdout, "every row equals the books, and the books have no other")
	return err
}

// reportKind reads --report.
func reportKind(text string) (ledger.ReportKind, error) {
	switch text {
	case "":
		return "", nil
	case "payouts":
		return ledger.PayoutReport, nil
	case "activity":
		return ledger.ActivityReport, nil
	}
	return "", usagef("--report %s is not known; write payouts or activity", text)
}
