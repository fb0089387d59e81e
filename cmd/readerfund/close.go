package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/web/auth"
)

type closeFlags struct {
	month, reason, by, out      string
	anyway, check, list, reopen bool
}

func (c *cli) closeMonth() *cobra.Command {
	var f closeFlags
	cmd := &cobra.Command{
		Use:   "close --month YYYY-MM",
		Short: "Close a month: freeze its reports, and tell later what has changed since and why",
		Long: "Closes a month of REPORT_TIMEZONE: keeps, from one snapshot, the manifests of donations, payouts and the journal\n" +
			"with their checksums, and their rows without what names a person. A fiscal year is its months.\n\n" +
			"Refused where the month is not over, where it is closed already, and where the books know that they are\n" +
			"unfinished: each thing is named, with what to do. --anyway closes it all the same, with a reason that is kept.\n\n" +
			"  --check   compares what is closed with the books of now: rows that are new, gone or otherwise, by how much the\n" +
			"            sums differ, and why. Without --month all closed months. Exit code 1 where something differs\n" +
			"  --list    lists the months that were closed, and what became of them\n" +
			"  --reopen  opens a closed month again, with a reason; what was frozen stays in its history\n\n" +
			"docs/closing.md says how to close a month, step by step.",
		Example: "  readerfund close --month 2026-10\n" +
			"  readerfund close --month 2026-10 --anyway --reason 'one payout is with Stripe support'\n" +
			"  readerfund close --check --month 2026-10 --out changes.csv\n" +
			"  readerfund close --reopen --month 2026-10 --reason 'a lost import is in now'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.fit(); err != nil {
				return err
			}
			var month closing.Month
			if f.month != "" {
				var err error
				if month, err = closing.ParseMonth(f.month); err != nil {
					return usagef("--month: %w", inWords(err))
				}
			}
			cfg, in, done, err := c.inbox(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			if f.by == "" {
				f.by = c.who()
			}
			desk := app.NewClosing(cfg, in)
			switch {
			case f.list:
				return c.listClosed(cmd.Context(), desk, month, f.month != "")
			case f.check:
				return c.checkClosed(cmd.Context(), desk, month, f)
			case f.reopen:
				return c.reopenMonth(cmd.Context(), desk, month, f)
			}
			return c.closeIt(cmd.Context(), desk, month, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.month, "month", "", "which month, such as 2026-10")
	flags.BoolVar(&f.anyway, "anyway", false, "close it in spite of what is unfinished, for a --reason")
	flags.StringVar(&f.reason, "reason", "", "why it is closed in spite of what is unfinished, or opened again; it is kept")
	flags.StringVar(&f.by, "by", "", "who closes it or opens it again (default your name on this machine)")
	flags.BoolVar(&f.check, "check", false, "say what has changed since the close, and why")
	flags.StringVar(&f.out, "out", "", "with --check: write every change as CSV, to a file or - for standard output")
	flags.BoolVar(&f.list, "list", false, "list closed months")
	flags.BoolVar(&f.reopen, "reopen", false, "open a closed month again, for a --reason")
	return cmd
}

// fit says which flags do not belong together.
func (f closeFlags) fit() error {
	ways := 0
	for _, way := range []bool{f.check, f.list, f.reopen} {
		if way {
			ways++
		}
	}
	switch {
	case ways > 1:
		return usagef("--check, --list and --reopen exclude each other")
	case f.month == "" && !f.check && !f.list:
		return usagef("say which month, with --month 2026-10; --list shows those that are closed")
	case f.anyway && ways > 0:
		return usagef("--anyway is for closing a month")
	case f.anyway && f.reason == "":
		return usagef("--anyway needs --reason: why the month is closed in spite of what is unfinished")
	case f.reopen && f.reason == "":
		return usagef("--reopen needs --reason: why the month is opened again")
	case f.reason != "" && !f.anyway && !f.reopen:
		return usagef("--reason is for --anyway and --reopen")
	case f.out != "" && (!f.check || f.month == ""):
		return usagef("--out is for --check of one --month")
	}
	return nil
}

// noting writes into the audit what is done at this terminal, and with it.
func noting(action string, month closing.Month, detail string) func(ctx context.Context, tx pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		return auth.Audit{Now: time.Now}.Record(ctx, tx, auth.Entry{Who: auth.Terminal, Action: action, Object: month.String(), Result: auth.Done, Detail: printable(detail)})
	}
}

func (c *cli) closeIt(ctx context.Context, desk *closing.Desk, month closing.Month, f closeFlags) error {
	closed, err := desk.Close(ctx, closing.Order{Month: month, By: f.by, Anyway: f.anyway, Reason: f.reason, Note: noting("close", month, joinedWords("by "+f.by, f.reason))})
	if unfinished, is := errors.AsType[*closing.UnfinishedError](err); is {
		return fmt.Errorf("%w\nclose it once this is done, or now with --anyway --reason", unfinished)
	}
	if err != nil {
		return inWords(err)
	}
	c.tellClosed(closed)
	return nil
}

func (c *cli) reopenMonth(ctx context.Context, desk *closing.Desk, month closing.Month, f closeFlags) error {
	if err := desk.Reopen(ctx, month, f.by, f.reason, noting("reopen", month, joinedWords("by "+f.by, f.reason))); err != nil {
		return inWords(err)
	}
	_, _ = fmt.Fprintf(c.stdout, "%s is open again; close it once more when it is finished: readerfund close --month %s\n", month, month)
	return nil
}

// joinedWords are texts with a comma between them.
func joinedWords(a, b string) string {
	if b == "" {
		return a
	}
	return a + ", " + b
}
