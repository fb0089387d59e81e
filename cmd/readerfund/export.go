package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

type exportFlags struct {
	from, to, zone, format, out, currency, campaign, basis string
	books                                                  bookFlags
}

func (c *cli) export() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export REPORT",
		Short: "Write a report with its manifest: " + strings.Join(report.Names(), ", "),
		Long: "Reports: " + strings.Join(report.Names(), ", ") + ".\n\n" +
			"Writes a report from one snapshot of the books, and beside it FILE.manifest.json with its rows, totals\n" +
			"and checksum (with --out - the manifest goes to standard error). Dates are days of the time zone; --from\n" +
			"is included, --to is not. The journal can be written as QuickBooks Online, Xero or Beancount import it,\n" +
			"under the names of accounts.yaml; docs/reports-journal.md describes it.\n\n" +
			"--basis says which day of a gift falls into the period. Two reports of one month differ by the gifts\n" +
			"whose days are in two months; docs/reports-donations.md has an example.\n" +
			"  received   the day on which it was given, which its receipt shows (as without --basis)\n" +
			"  available  the day on which its money can be paid out\n" +
			"  payout     the day on which the payout that brings it arrives; payouts that failed bring nothing\n" +
			"  booked     the journal alone: the day on which an entry was written here\n\n" +
			"--currency is in payouts and the journal a currency of the Stripe account, in the others the currency that\n" +
			"readers gave in: a gift in GBP may be settled in USD.\n\n" +
			"--format is how it is written; without it the ending of --out decides (.xlsx), and else it is csv.\n" +
			"A name that ends in another format than --format is refused.\n" +
			"docs/exports.md says what a date, an amount and an empty cell are in each.\n" +
			"  csv      a header, then a row a line; a text that a spreadsheet would run as a formula has an apostrophe before it\n" +
			"  xlsx     a workbook with real dates and numbers, a sheet of totals, and one that says what was asked for\n" +
			"  jsonl    a JSON object a line\n" +
			"  parquet  typed columns, for DuckDB, pandas and their like",
		Example: "  readerfund export donations --from 2026-01-01 --to 2027-01-01 --tz Europe/London --out 2026.csv\n" +
			"  readerfund export donors --from 2026-01-01 --to 2027-01-01 --out donors.xlsx\n" +
			"  readerfund export journal --from 2026-01-01 --to 2026-02-01 --for xero --currency GBP --summary day --out january.csv",
		Args: one("which report: " + strings.Join(report.Names(), ", ")),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !slices.Contains(report.Names(), args[0]) {
				return usagef("there is no report %q; there is: %s", args[0], strings.Join(report.Names(), ", "))
			}
			if f.out == "" {
				return usagef("--out is empty: name a file to write, or - for standard output")
			}
			if !cmd.Flags().Changed("format") && f.books.program == "" {
				f.format = formatOf(f.out)
			}
			if !slices.Contains(report.Formats(), f.format) {
				return usagef("--format %s is not known; known: %s", f.format, strings.Join(report.Formats(), ", "))
			}
			if err := endingFits(f.out, f.format, f.books.program); err != nil {
				return err
			}
			cfg, _, db, err := c.database(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			now, err := report.Clock(cmd.Context(), db)
			if err != nil {
				return err
			}
			q, err := f.query(cfg.ReportTimezone, now)
			if err != nil {
				return err
			}
			if err := currencyIsKnown(cmd.Context(), db, f.currency); err != nil {
				return err
			}
			defer func() {
				if _, early := errors.AsType[*report.NotOverError](err); early {
					err = usageError{err}
				}
			}()
			if err := report.CheckFilters(args[0], q); err != nil {
				return usageError{err}
			}
			if err := campaignIsKnown(cmd.Context(), cfg, db, q.Campaign); err != nil {
				return err
			}
			books, err := f.books.books(cfg, args[0], f.format)
			if err != nil {
				return err
			}
			if books.Program != "" {
				return c.exportBooks(cmd.Context(), db, q, books, f.out, f.books.opens)
			}
			e := report.Export{Report: args[0], Query: q, Format: f.format, Progress: c.progress(args[0]), Months: app.ClosedMonths(cfg, db)}
			if f.out == "-" {
				if err := c.readable(e.Format); err != nil {
					return err
				}
				return c.exportTo(cmd.Context(), db, e, c.stdout)
			}
			if place, err := os.Stat(f.out); err == nil && !place.Mode().IsRegular() {
				return c.exportInto(cmd.Context(), db, e, f.out)
			}
			earlier := earlierParts(f.out)
			m, err := exportFile(cmd.Context(), db, e, f.out)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(c.stderr, "%s: %d rows, sha256 %s\n", f.out, m.Rows, m.SHA256)
			if m.Rows == 0 && q.Currency != "" {
				_, _ = fmt.Fprintf(c.stderr, "--currency %s is %s\n", q.Currency, report.CurrencyOf(args[0]))
			}
			return c.dropParts(f.out, 1, earlier)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "first day, YYYY-MM-DD, or an RFC 3339 time (default the first day of this year)")
	flags.StringVar(&f.to, "to", "", "day after the last, YYYY-MM-DD, or an RFC 3339 time (default tomorrow)")
	flags.StringVar(&f.zone, "tz", "", "time zone of days and times, such as Europe/London (default REPORT_TIMEZONE)")
	flags.StringVar(&f.format, "format", string(sheet.CSV), strings.Join(report.Formats(), ", ")+"; where it is left out, by the ending of --out")
	flags.StringVar(&f.out, "out", "-", "file to write, - for standard output")
	flags.StringVar(&f.currency, "currency", "", "only this currency, such as EUR: the account's in payouts and journal, the reader's in the others")
	flags.StringVar(&f.campaign, "campaign", "", "only this campaign, by its id")
	flags.StringVar(&f.basis, "basis", "", "which day falls into the period: of donations received (default), available or payout; of the journal booked")
	f.books.register(flags)
	return cmd
}

func (f exportFlags) query(zone *time.Location, now time.Time) (report.Query, error) {
	q := report.Query{Zone: zone, Currency: money.FromCode(f.currency), Campaign: f.campaign, Basis: report.Basis(f.basis)}
	if f.zone != "" {
		z, err := time.LoadLocation(f.zone)
		if err != nil || f.zone == "Local" {
			return q, usagef("--tz %s is not a time zone; write an IANA name such as Europe/London or UTC", f.zone)
		}
		q.Zone = z
	}
	today := calendar.Of(now.In(q.Zone))
	q.From = calendar.Date(today.Year, 1, 1).In(q.Zone)
	q.To = today.Add(1).In(q.Zone)
	if q.Basis == report.Booked {
		q.To = now.Truncate(time.Second).In(q.Zone) // what is booked later is of the next period
	}
	var err error
	if f.from != "" {
		if q.From, err = day("--from", f.from, q.Zone); err != nil {
			return q, err
		}
	}
	if f.to != "" {
		if q.To, err = day("--to", f.to, q.Zone); err != nil {
			return q, err
		}
	}
	if !q.From.Before(q.To) {
		return q, usagef("--from %s is not before --to %s; --to is the day after the last",
			q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
	}
	return q, nil
}

// day reads the first moment of a day in the zone, or a moment.
func day(flag, text string, zone *time.Location) (time.Time, error) {
	if d, err := calendar.Parse(text); err == nil {
		return d.In(zone), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usagef("%s %s is not a date; write YYYY-MM-DD such as 2026-01-31, or 2026-01-31T00:00:00Z", flag, text)
	}
	return t, nil
}
