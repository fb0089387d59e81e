package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
)

type refundFlags struct {
	amount, reason, note, by          string
	yes, again, pending, list, opened bool
}

func (c *cli) refund() *cobra.Command {
	var f refundFlags
	cmd := &cobra.Command{
		Use:   "refund DONATION --reason REASON [--amount AMOUNT]",
		Short: "Give a donation back, or part of it",
		Long: "Shows what will be given back, asks, writes the order down with who gave it and why, and has Stripe carry\n" +
			"it out. DONATION is a donation's id (don_…), its payment intent (pi_…) or its charge (ch_…). Without --amount\n" +
			"it is all that is left.\n\n" +
			"Given twice, or cut short at any point, one order is one refund: what was left open is carried out when the\n" +
			"same command is given again, by --pending, or by the running service within minutes.",
		Example: "  readerfund refund don_0123456789abcdef0123 --reason requested_by_customer\n" +
			"  readerfund refund pi_3Abc --amount 10.00 --reason duplicate --note 'asked by letter of 3 May'\n" +
			"  readerfund refund --list",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.list && f.pending:
				return usagef("--list shows orders, --pending carries them out: say one of the two")
			case f.opened && !f.list:
				return usagef("--open belongs to --list: readerfund refund --list --open")
			case f.list:
				return c.listRefunds(cmd, f, args)
			case f.pending:
				return c.pendingRefunds(cmd, args)
			case len(args) == 0:
				return usagef("say which donation: its id (don_…), payment intent (pi_…) or charge (ch_…); or --list, or --pending")
			case f.reason == "":
				return usagef("say why, with --reason %s", strings.Join(refund.Reasons(), "|"))
			case !slices.Contains(refund.Reasons(), f.reason):
				return usagef("--reason %q is no reason that Stripe takes; say one of %s", f.reason, strings.Join(refund.Reasons(), ", "))
			}
			return c.giveBack(cmd, f, args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.amount, "amount", "", "how much, in the donation's currency, such as 10.00 (default all that is left)")
	flags.StringVar(&f.reason, "reason", "", "why: "+strings.Join(refund.Reasons(), ", ")+"; Stripe blocks the card of what is fraudulent")
	flags.StringVar(&f.note, "note", "", "a note for colleagues; Stripe is not told")
	flags.StringVar(&f.by, "by", "", "who gives the order (default your name on this machine)")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	flags.BoolVar(&f.again, "again", false, "give back the same amount once more, though it was ordered within a day")
	flags.BoolVar(&f.pending, "pending", false, "carry out what is ordered and still open")
	flags.BoolVar(&f.list, "list", false, "list the last orders, of one donation where it is named")
	flags.BoolVar(&f.opened, "open", false, "with --list: only those that are open")
	return cmd
}

func (c *cli) giveBack(cmd *cobra.Command, f refundFlags, donation string) error {
	if !f.yes && !c.canAsk() {
		return usagef("nobody can be asked here: check what is given back, and say --yes")
	}
	cfg, in, done, err := c.inbox(cmd.Context(), app.NeedStripe)
	if err != nil {
		return err
	}
	defer done()
	desk := app.NewRefunds(cfg, in)
	w := refund.Wish{Donation: donation, Reason: f.reason, Note: f.note, By: f.by, Again: f.again}
	if w.By == "" {
		w.By = c.who()
	}
	gift, err := desk.Look(cmd.Context(), donation)
	if err != nil {
		return inWords(err)
	}
	if f.amount != "" {
		if w.Amount, err = money.Parse(f.amount, gift.Amount.Currency); err != nil {
			return usagef("--amount: %w", err)
		}
	}
	offer, err := desk.Ask(cmd.Context(), w)
	if err != nil {
		return inWords(err)
	}
	c.showOffer(offer, w)
	if !f.yes && !c.agreed("Type yes to give back "+offer.Amount.String()+": ") {
		return errors.New("nothing was given back")
	}
	w.Amount = offer.Amount // what was shown, whatever came meanwhile
	order, err := desk.Order(cmd.Context(), w)
	if err != nil {
		return inWords(err)
	}
	_, _ = fmt.Fprintf(c.stderr, "order %s is written down\n", order.ID)
	order, err = desk.CarryOut(cmd.Context(), order.ID)
	if err != nil {
		return inWords(err)
	}
	_, _ = fmt.Fprintf(c.stdout, "given back: %s of %s, refund %s%s\n", order.Amount, order.DonationID, order.StripeRefund, standing(order))
	return nil
}

func (c *cli) showOffer(o refund.Offer, w refund.Wish) {
	g := o.Gift
	say := func(what, text string) { _, _ = fmt.Fprintf(c.stdout, "%-13s %s\n", what, text) }
	say("donation", fmt.Sprintf("%s of %s, %s", g.DonationID, g.ReceivedAt.UTC().Format("2006-01-02 15:04 UTC"), g.Payment))
	say("donor", donor(g))
	say("given", g.Amount.String())
	for _, p := range []struct {
		what  string
		minor int64
	}{{"given back", g.Refunded}, {"disputed", g.Disputed}, {"ordered", g.Ordered}} {
		if p.minor > 0 {
			say(p.what, money.New(p.minor, g.Amount.Currency).String())
		}
	}
	if g.DisputeStatus == "warning" {
		say("inquiry", "the donor's bank has asked about this payment; a refund of all that is left ends that")
	}
	if o.Open != nil {
		say("open", fmt.Sprintf("order %s of %s by %s, which is carried out now", o.Open.ID, o.Open.AskedAt.UTC().Format("2006-01-02 15:04 UTC"), o.Open.By))
	}
	by := w.By
	if o.Open != nil {
		by = o.Open.By
	}
	say("to give back", fmt.Sprintf("%s (%s), by %s", o.Amount, w.Reason, by))
}

// donor names who gave, as far as anybody knows.
func donor(g refund.Gift) string {
	switch {
	case g.DonorEmail == "" && g.DonorName == "":
		return "nobody knows, or was erased"
	case g.DonorEmail == "":
		return printable(g.DonorName)
	default:
		return strings.TrimSpace(printable(g.DonorName) + " <" + printable(g.DonorEmail) + ">")
	}
}

// who is the person at this machine, the one behind sudo where there is one.
func (c *cli) who() string {
	for _, name := range []string{"SUDO_USER", "LOGNAME", "USER"} {
		for _, v := range c.environ {
			if text, ok := strings.CutPrefix(v, name+"="); ok && text != "" {
				return text
			}
		}
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "command line"
}

// canAsk tells whether somebody sits at a terminal.
func (c *cli) canAsk() bool {
	in, ok := c.stdin.(*os.File)
	if !ok {
		return false
	}
	s, err := in.Stat()
	return err == nil && s.Mode()&fs.ModeCharDevice != 0
}

func (c *cli) agreed(question string) bool {
	_, _ = fmt.Fprint(c.stderr, question)
	answer, err := bufio.NewReader(c.stdin).ReadString('\n')
	return err == nil && strings.EqualFold(strings.TrimSpace(answer), "yes")
}

// printable keeps what others wrote from steering a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r <= 0x9f {
			return ' '
		}
		return r
	}, text)
}

// inWords is an error's sentence for staff, with the cause where it says more.
func inWords(err error) error {
	e, ok := errors.AsType[*payments.Error](err)
	if !ok {
		return err
	}
	if e.Err != nil && (e.Code == payments.Busy || e.Code == payments.Unavailable) {
		return fmt.Errorf("%s (%w)", e.Sentence, e.Err)
	}
	return errors.New(e.Sentence)
}
