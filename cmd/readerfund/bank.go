package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/payments/bank"
	"github.com/readerfund/readerfund/payments/money"
)

type bankFlags struct {
	date, decimal, delimiter, currency string
	forget                             string
	columns, names                     []string
	dry, asJSON, ticked, list, yes     bool
}

func (c *cli) bank() *cobra.Command {
	var f bankFlags
	cmd := &cobra.Command{
		Use:   "bank [FILE.csv]",
		Short: "Tick payouts off on the bank's statement",
		Long: "Reads the bank's statement as CSV and ticks off the payouts that stand on it: same amount and currency, from\n" +
			"one business day before Stripe's arrival date to five after, one line for one payout; lines that name Stripe\n" +
			"go first. Lists what is left on either side, and why. Without a file it tells how all statements so far and\n" +
			"all payouts stand to each other. FILE may be - for standard input.\n\n" +
			"The file has headings; which column is the date, the amount (or credit and debit), the text, and how dates\n" +
			"and amounts are written, is found out from all rows together, and said. Where that leaves a doubt nothing is\n" +
			"taken, and the error says what to tell. The same file, or one that overlaps with it, may be given again. Texts are kept\n" +
			"of lines that name Stripe, and of no others.\n\n" +
			"A statement that was read by mistake, or in a wrong way, is taken back with --forget: its lines go, except those\n" +
			"that another statement has, and the payouts that it ticked off are open again. It may be read again.\n\n" +
			"The exit code is 1 where a payout should stand on a statement and does not, or a line that names Stripe is no\n" +
			"payout's.",
		Example: "  readerfund bank statement.csv\n" +
			"  readerfund bank --forget statement.csv\n" +
			"  readerfund bank statement.csv --currency EUR --date-format DD/MM/YYYY --decimal ,\n" +
			"  readerfund bank umsaetze.csv --column date=Valuta --column text=Zweck",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var file bank.File
			forgets := cmd.Flags().Changed("forget")
			switch {
			case (f.list || forgets) && len(args) > 0, f.list && forgets, forgets && f.forget == "":
				return usagef("say --statements, or --forget FILE or --forget ID, and nothing else: they read no statement")
			case f.list:
				return c.listStatements(cmd.Context())
			case forgets:
				return c.forgetStatement(cmd.Context(), f)
			case f.yes:
				return usagef("--yes is for --forget")
			}
			if len(args) == 1 {
				var err error
				if file, err = c.statement(args[0], f); err != nil {
					return err
				}
				if f.dry {
					return c.showLines(file.Lines)
				}
			} else if f.dry {
				return usagef("--dry-run shows how a file is read: name it")
			}
			return c.tickOff(cmd.Context(), file, args, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.date, "date-format", "", "how dates are written, such as DD/MM/YYYY, MM/DD/YYYY, YYYY-MM-DD (default found out)")
	flags.StringVar(&f.decimal, "decimal", "", "what stands before the decimals, . or , (default found out)")
	flags.StringVar(&f.delimiter, "delimiter", "", "what stands between columns: one character, or tab (default found out)")
	flags.StringVar(&f.currency, "currency", "", "the account's currency, of files that do not say it")
	flags.StringArrayVar(&f.columns, "column", nil, "a heading of the file, as in date=Buchungstag; date, amount, credit, debit, sign (whether money came or went), currency, text; sign=- and currency=- for none")
	flags.StringArrayVar(&f.names, "descriptor", nil, "what payouts are called on the statement, beside Stripe")
	flags.BoolVar(&f.list, "statements", false, "list the statements that were read")
	flags.StringVar(&f.forget, "forget", "", "take a statement back, by its file or its id; shows what becomes of it, and asks")
	flags.BoolVar(&f.yes, "yes", false, "with --forget: do not ask")
	flags.BoolVar(&f.dry, "dry-run", false, "only show how the file is read, or what --forget would do")
	flags.BoolVar(&f.asJSON, "json", false, "one JSON object")
	flags.BoolVar(&f.ticked, "ticked", false, "list also the payouts that are ticked off")
	return cmd
}

// statement reads a file, or standard input.
func (c *cli) statement(name string, f bankFlags) (bank.File, error) {
	o := bank.Options{DateFormat: f.date, Decimal: f.decimal, Delimiter: f.delimiter, Names: f.names, Columns: map[string]string{}}
	if f.currency != "" {
		currency, err := money.ParseCurrency(f.currency)
		if err != nil {
			return bank.File{}, usagef("--currency: %w", err)
		}
		o.Currency = currency
	}
	for _, column := range f.columns {
		what, heading, ok := strings.Cut(column, "=")
		if !ok {
			return bank.File{}, usagef("--column %s: write what stands in it and its heading, as in date=Buchungstag", column)
		}
		if what = strings.TrimSpace(what); o.Columns[what] != "" {
			return bank.File{}, usagef("--column %s is given twice", what)
		}
		o.Columns[what] = heading
	}
	in := c.stdin
	if name != "-" {
		file, err := os.Open(name) //nolint:gosec // the file that the person named
		if err != nil {
			return bank.File{}, fmt.Errorf("the statement cannot be opened: %w", err)
		}
		defer func() { _ = file.Close() }() // it was only read
		in = io.Reader(file)
	}
	file, err := bank.Read(in, o)
	if err != nil {
		return file, fmt.Errorf("%s: %w", name, err)
	}
	c.tellReading(name, file)
	return file, nil
}

// tellReading says what was taken as what, and what was left out.
func (c *cli) tellReading(name string, file bank.File) {
	_, _ = fmt.Fprintf(c.stderr, "%s is read as: %s\n", name, printable(strings.Join(file.Read, "; ")))
	if file.Doubt != "" {
		_, _ = fmt.Fprintf(c.stderr, "%s: %s\n", name, file.Doubt)
	}
	if n := len(file.Skipped); n > 0 {
		var rows []string
		for _, row := range file.Skipped[:min(n, 10)] {
			rows = append(rows, strconv.Itoa(row))
		}
		if n > 10 {
			rows = append(rows, "…")
		}
		_, _ = fmt.Fprintf(c.stderr, "%s: no bookings, and left out: %s (%s)\n", name, counted(n, "row"), strings.Join(rows, ", "))
	}
}

func (c *cli) showLines(lines []bank.Line) error {
	for _, l := range lines {
		mark := ""
		if l.Stripes {
			mark = "stripe"
		}
		_, _ = fmt.Fprintf(c.stdout, "%s  %14s  %-6s  %s\n", l.Day.Format(time.DateOnly), l.Amount, mark, printable(l.Text))
	}
	return nil
}

func (c *cli) tickOff(ctx context.Context, file bank.File, names []string, f bankFlags) error {
	_, _, db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	statements := bankStatements(db)
	if len(names) > 0 {
		taken, err := statements.Take(ctx, statementName(names[0]), file)
		if err != nil {
			return err
		}
		if taken.Statement != "" {
			_, _ = fmt.Fprintf(c.stderr, "statement=%s; readerfund bank --forget %s takes it back\n", taken.Statement, taken.Statement)
		}
		_, _ = fmt.Fprintf(c.stderr, "lines=%d new=%d\n", taken.Lines, taken.New)
	}
	res, err := statements.Result(ctx)
	if err != nil {
		return err
	}
	if f.asJSON {
		if err := json.NewEncoder(c.stdout).Encode(asJSON(res)); err != nil {
			return err
		}
	} else {
		c.showResult(res, f.ticked)
	}
	if !res.Holds() {
		return errCheck
	}
	return nil
}

// onStatement is a payout or a line as JSON has it: amounts in major units, days
// without a time.
type onStatement struct {
	Payout   string `json:"payout,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Arrival  string `json:"arrival,omitempty"`
	Day      string `json:"day,omitempty"`
	Text     string `json:"text,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Wrong    bool   `json:"wrong,omitempty"`
}

// asJSON is what --json writes.
func asJSON(res bank.Result) any {
	out := struct {
		Holds   bool          `json:"holds"`
		Ticked  []onStatement `json:"ticked"`
		Open    []onStatement `json:"open"`
		Unknown []onStatement `json:"unknown"`
		Earlier int           `json:"earlier"`
		Others  int           `json:"others"`
	}{res.Holds(), []onStatement{}, []onStatement{}, []onStatement{}, res.Earlier, res.Others}
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	for _, t := range res.Ticks {
		out.Ticked = append(out.Ticked, onStatement{Payout: t.Payout, Kind: string(t.Kind), Amount: t.Amount.Major(), Currency: string(t.Amount.Currency),
			Arrival: day(t.Arrival), Day: day(t.Day), Text: t.Text})
	}
	for _, p := range res.Payouts {
		out.Open = append(out.Open, onStatement{Payout: p.Payout, Kind: string(p.Kind), Amount: p.Amount.Major(), Currency: string(p.Amount.Currency),
			Arrival: day(p.Arrival), Reason: p.Reason, Wrong: p.Wrong})
	}
	for _, l := range res.Lines {
		out.Unknown = append(out.Unknown, onStatement{Amount: l.Amount.Major(), Currency: string(l.Amount.Currency), Day: day(l.Day), Text: l.Text, Reason: l.Reason})
	}
	return out
}

func (c *cli) showResult(res bank.Result, ticked bool) {
	say := func(format string, a ...any) { _, _ = fmt.Fprintf(c.stdout, format+"\n", a...) }
	if ticked {
		for _, t := range res.Ticks {
			by := printable(t.Text)
			if by == "" {
				by = "by amount and day alone"
			}
			say("ticked   %s  %s  %s  %s of %s  %s", t.Day.Format(time.DateOnly), t.Amount, t.Payout, t.Kind, t.Arrival.Format(time.DateOnly), by)
		}
	}
	for _, p := range res.Payouts {
		mark := "waits"
		if p.Wrong {
			mark = "MISSING"
		}
		say("%-7s  %s  %s  %s  %s: %s", mark, p.Arrival.Format(time.DateOnly), p.Amount, p.Payout, p.Kind, p.Reason)
	}
	for _, l := range res.Lines {
		say("UNKNOWN  %s  %s  %s: %s", l.Day.Format(time.DateOnly), l.Amount, printable(l.Text), l.Reason)
	}
	say("ticked=%d open=%d unknown=%d earlier=%d others=%d", len(res.Ticks), len(res.Payouts), len(res.Lines), res.Earlier, res.Others)
}
