package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/statements"
	"github.com/readerfund/readerfund/web/auth"
)

type statementFlags struct {
	year                                                         int
	preview, out, by                                             string
	dry, send, status, cancel, retry, unsure, again, anyway, yes bool
}

func (c *cli) statements() *cobra.Command {
	var f statementFlags
	cmd := &cobra.Command{
		Use:   "statements --year YEAR --dry-run | --preview DONOR --out FILE | --send | --status | --cancel | --retry",
		Short: "Mail every donor the statement of a year",
		Long: "Has every donor who gave in a calendar year (of REPORT_TIMEZONE) mailed a statement as PDF: each gift with its\n" +
			"date, and what is left of it in all. Count first (--dry-run), look at one (--preview), then --send: the running\n" +
			"service mails them, five a second, and goes on where it was if it is cut short. Nobody gets two of a year, but\n" +
			"for those whose figures have changed since, where --again asks for it.",
		Example: "  readerfund statements --year 2025 --dry-run\n" +
			"  readerfund statements --year 2025 --preview dnr_0123456789abcdef0123 --out statement.pdf\n" +
			"  readerfund statements --year 2025 --send\n" +
			"  readerfund statements --status",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return c.theStatements(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.year, "year", 0, "the calendar year, with four digits")
	flags.BoolVar(&f.dry, "dry-run", false, "count who would be mailed, what it comes to, and who is left out and why; nothing is mailed")
	flags.StringVar(&f.preview, "preview", "", "write the statement of this donor, by id or mail address, or of any donor: any")
	flags.StringVar(&f.out, "out", "", "with --preview: the PDF to write, - for standard output")
	flags.BoolVar(&f.send, "send", false, "order the run, which the running service carries out")
	flags.BoolVar(&f.again, "again", false, "with --send and --dry-run: those too who have one, where its figures have changed since")
	flags.BoolVar(&f.anyway, "anyway", false, "with --send: though the year has not ended")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	flags.StringVar(&f.by, "by", "", "who gives the order (default your name on this machine)")
	flags.BoolVar(&f.status, "status", false, "how the runs stand, of one year where it is named")
	flags.BoolVar(&f.cancel, "cancel", false, "end the year's run: whoever was not mailed yet is not mailed")
	flags.BoolVar(&f.retry, "retry", false, "try those again that the year's last run could not mail")
	flags.BoolVar(&f.unsure, "unsure", false, "with --retry: those instead that may have gone out, who may then have two")
	return cmd
}

// check holds the flags together: one thing at a time.
func (f statementFlags) check() error {
	var said []string
	for name, on := range map[string]bool{"--dry-run": f.dry, "--preview": f.preview != "", "--send": f.send, "--status": f.status, "--cancel": f.cancel, "--retry": f.retry} {
		if on {
			said = append(said, name)
		}
	}
	switch {
	case len(said) == 0:
		return usagef("say what is to be done: --dry-run counts, --preview DONOR --out FILE shows one, --send mails; --status, --cancel and --retry look after a run")
	case len(said) > 1:
		return usagef("say one of --dry-run, --preview, --send, --status, --cancel and --retry, not several")
	case f.year == 0 && !f.status:
		return usagef("say which year, as in --year 2025")
	case (f.preview == "") != (f.out == ""):
		return usagef("--preview and --out belong together: --preview DONOR --out statement.pdf")
	case f.unsure && !f.retry:
		return usagef("--unsure belongs to --retry")
	case f.again && !f.send && !f.dry:
		return usagef("--again belongs to --send and --dry-run")
	case f.anyway && !f.send:
		return usagef("--anyway belongs to --send")
	}
	return nil
}

func (c *cli) theStatements(ctx context.Context, f statementFlags) error {
	cfg, _, db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	office := app.NewStatements(cfg, db)
	if f.by == "" {
		f.by = c.who()
	}
	switch {
	case f.dry:
		p, err := office.Plan(ctx, f.year)
		if err != nil {
			return inWords(err)
		}
		c.showPlan(p, f.again, cfg.ReportTimezone)
		return nil
	case f.preview != "":
		err = c.previewStatement(ctx, cfg, db, office, f)
	case f.send:
		err = c.sendStatements(ctx, cfg, office, f)
	case f.status:
		err = c.statementStatus(ctx, office, f.year)
	case f.cancel:
		err = c.cancelStatements(ctx, office, f)
	case f.retry:
		err = c.retryStatements(ctx, office, f)
	}
	return inWords(err)
}

// audited writes down what is done at a terminal; detail names nobody.
func audited(ctx context.Context, db auth.Beginner, action, object, detail string) error {
	return auth.Audit{Now: time.Now}.Record(ctx, db, auth.Entry{Who: auth.Terminal, Action: action, Object: object, Result: auth.Done, Detail: printable(detail)})
}

func (c *cli) previewStatement(ctx context.Context, cfg app.Config, db *pgxpool.Pool, office *statements.Office, f statementFlags) (err error) {
	papers, err := app.NewPapers(cfg)
	if err != nil {
		return err
	}
	var donor string
	if f.preview == "any" {
		donor, err = office.Example(ctx, f.year)
	} else {
		donor, err = office.Find(ctx, f.preview)
	}
	if err != nil {
		return err
	}
	letter, err := office.Preview(ctx, donor, f.year)
	if err != nil {
		return err
	}
	if len(letter.Statement.Gifts) == 0 {
		return fmt.Errorf("%s gave nothing in %d; no statement was written", donor, f.year)
	}
	file, err := papers.Statement(letter.Statement, letter.To.Language)
	if err != nil {
		return err
	}
	if err := audited(ctx, db, "look", donor, fmt.Sprintf("statement of %d", f.year)); err != nil {
		return err
	}
	if f.out == "-" {
		_, err = c.stdout.Write(file)
		return err
	}
	if err := whole(f.out, func(w io.Writer) error { _, err := w.Write(file); return err }); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.stderr, "%s is written: the statement of %s for %d\n", f.out, donor, f.year)
	return nil
}

func (c *cli) sendStatements(ctx context.Context, cfg app.Config, office *statements.Office, f statementFlags) error {
	if cfg.SMTPURL == "" {
		return errors.New("no mail is set up: set SMTP_URL and MAIL_FROM first")
	}
	if !f.yes && !c.canAsk() {
		return usagef("nobody can be asked here: look at --dry-run, and say --yes")
	}
	p, err := office.Plan(ctx, f.year)
	if err != nil {
		return err
	}
	c.showPlan(p, f.again, cfg.ReportTimezone)
	wish := statements.Wish{Year: f.year, By: f.by, Again: f.again, Anyway: f.anyway}
	switch {
	case p.Begun && !p.Ended && !f.anyway:
		return fmt.Errorf("%d has not ended, so that a statement of it would lack gifts: wait until it is over, or say --anyway", f.year)
	case p.Donors(f.again) == 0 && p.Changed.Donors > 0:
		return fmt.Errorf("everybody has the statement of %d; where its figures have changed since, --again mails another", f.year)
	case p.Donors(f.again) > 0 && !f.yes:
		if !c.agreed(fmt.Sprintf("Type yes to mail %s of %d: ", counted(p.Donors(f.again), "statement"), f.year)) {
			return errors.New("nothing was mailed")
		}
		wish.Seen = p.Donors(f.again)
	}
	run, err := office.Order(ctx, wish, func(ctx context.Context, tx pgx.Tx, run statements.Run) error {
		return audited(ctx, tx, "send statements", run.ID, fmt.Sprintf("%d, %d donors, by %s", run.Year, run.Waiting, run.By))
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.stdout, "ordered: run %s mails %d statements of %d; readerfund statements --status tells how far it is\n", run.ID, run.Waiting, run.Year)
	return nil
}

func (c *cli) cancelStatements(ctx context.Context, office *statements.Office, f statementFlags) error {
	runs, err := office.List(ctx, f.year)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.State != statements.Running {
			continue
		}
		if !f.yes && !c.canAsk() {
			return usagef("nobody can be asked here: look at --status, and say --yes")
		}
		if !f.yes && !c.agreed(fmt.Sprintf("Type yes to cancel the run of %d, of which %d statements are mailed and %d are not: ", run.Year, run.Sent, run.Waiting)) {
			return errors.New("nothing was cancelled")
		}
		err = office.Cancel(ctx, run.ID, f.by, func(ctx context.Context, tx pgx.Tx) error {
			return audited(ctx, tx, "cancel statements", run.ID, fmt.Sprintf("%d, by %s", run.Year, f.by))
		})
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(c.stdout, "cancelled: run %s; %d statements had been mailed\n", run.ID, run.Sent)
		return nil
	}
	return fmt.Errorf("no run of %d is under way; there is nothing to cancel", f.year)
}

func (c *cli) retryStatements(ctx context.Context, office *statements.Office, f statementFlags) error {
	runs, err := office.List(ctx, f.year)
	if err != nil {
		return err
	}
	for _, run := range runs { // the newest first
		if f.unsure && run.Unsure == 0 || !f.unsure && run.Failed == 0 {
			continue
		}
		if f.unsure && !f.yes {
			if !c.canAsk() {
				return usagef("nobody can be asked here: some may then have two statements; say --yes if that is meant")
			}
			if !c.agreed(fmt.Sprintf("%d statements may have gone out already. Type yes to mail them again: ", run.Unsure)) {
				return errors.New("nothing was mailed")
			}
		}
		n, err := office.Again(ctx, run.ID, f.unsure, func(ctx context.Context, tx pgx.Tx, n int) error {
			return audited(ctx, tx, "retry statements", run.ID, fmt.Sprintf("%d, %d donors, unsure %v, by %s", run.Year, n, f.unsure, f.by))
		})
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(c.stdout, "ordered: run %s tries %d statements again\n", run.ID, n)
		return nil
	}
	return fmt.Errorf("no run of %d has statements that are to be tried again", f.year)
}
