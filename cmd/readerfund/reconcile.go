package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/ledger"
)

// reconcileBack is how far back the books are compared unless something else is
// said: a month and the days that payouts of its end take.
const reconcileBack = "35d"

func (c *cli) reconcile() *cobra.Command {
	var since string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reconcile [--since DUR]",
		Short: "Compare the books with Stripe, name every difference and heal what can be",
		Long: "Reads from Stripe the charges, refunds, disputes, payouts and balance transactions made within the time\n" +
			"given, names each one that is in Stripe and not here, here and not in Stripe, or here with something else in\n" +
			"it, and takes in what Stripe has. What only the books have is named and stays. Then Stripe is asked what each\n" +
			"payout sent, and the clearing account is compared with Stripe's balance in every currency.\n\n" +
			"May be run at any time, beside the service. The exit code is 0 where the books are like Stripe in the end, and\n" +
			"1 where a difference remains.",
		Example: "  readerfund reconcile\n  readerfund reconcile --since 400d --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			back, err := backwards(since, "400d")
			if err != nil {
				return err
			}
			cfg, in, done, err := c.inbox(cmd.Context(), app.NeedStripe)
			if err != nil {
				return err
			}
			defer done()
			// Each of their entries would differ.
			if made, err := in.Made(cmd.Context()); err != nil {
				return err
			} else if made.Derivation != payments.Derivation {
				return errors.New("the books were made by another version of this program: run readerfund rebuild first")
			}
			r := app.NewReconciler(cfg, in, in.Log)
			out := &reconciledOut{w: c.stdout, json: asJSON}
			told := c.telling("reconcile")
			r.Found = out.found
			r.Progress = func(list string, n int) { told.tell(n, "of %s", list) }
			result, err := r.Reconcile(cmd.Context(), in.Now().Add(-back))
			if errors.Is(err, context.Canceled) {
				return errors.New("stopped; what was taken in until now is in the books, and the same command begins anew")
			}
			if err != nil {
				return fmt.Errorf("%w; %s", err, mendReconcile(err))
			}
			if err := out.end(result); err != nil {
				return err
			}
			if !result.Holds() {
				return errCheck
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&since, "since", reconcileBack, "how far back, as 72h, 35d or 400d")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of lines")
	return cmd
}

// mendReconcile says what to do about a reconciliation that ended early.
func mendReconcile(err error) string {
	if e, ok := errors.AsType[*payments.Error](err); ok && e.Code == payments.Refused {
		return "a restricted key needs permission to read this list"
	}
	return "what was taken in until then is in the books; give the same command again"
}

// reconciledOut prints what a reconciliation finds.
type reconciledOut struct {
	w    io.Writer
	json bool
	all  []ledger.Difference
}

func (o *reconciledOut) found(d ledger.Difference) {
	if o.json {
		o.all = append(o.all, d)
		return
	}
	_, _ = fmt.Fprintln(o.w, d)
}

func (o *reconciledOut) end(r ledger.Reconciled) error {
	if o.json {
		return o.asJSON(r)
	}
	p := func(format string, a ...any) { _, _ = fmt.Fprintf(o.w, format+"\n", a...) }
	for _, d := range r.Remaining {
		p("remains: %s", d)
	}
	for _, x := range r.Payouts {
		if x.State == ledger.Differs || x.Difference() != 0 {
			p("payout %s", x)
		}
	}
	for _, x := range r.Payouts {
		if x.HalfRead() {
			p("payout %s; give the command again", x)
		}
	}
	for _, line := range r.Balance.Currencies {
		p("clearing %s", line)
	}
	if r.Balance.Quiet && len(r.Balance.Currencies) == 0 {
		p("clearing: nothing stands on it, and Stripe holds nothing")
	}
	if !r.Balance.Quiet {
		p("clearing: money moved all the time; give the command again at a quieter moment")
	} else if !r.Balance.Equal() && len(r.Remaining) == 0 {
		p("clearing: nothing made since %s differs: the rest is older; compare more with --since, or take in "+
			"what was before with readerfund import --since DATE", r.Since.Format(time.DateOnly))
	}
	for _, n := range r.Compared {
		p("compared %d %s", n.Objects, strings.ReplaceAll(n.List, "_", " "))
	}
	states := map[ledger.State]int{}
	for _, x := range r.Payouts {
		states[x.State]++
	}
	for _, state := range ledger.States() {
		if states[state] > 0 {
			p("payouts %s %d", state, states[state])
		}
	}
	if len(r.Payouts) == 0 {
		p("payouts none yet")
	}
	p("found=%d healed=%d remaining=%d", r.Found, r.Healed, len(r.Remaining))
	return nil
}

// payoutJSON is a payout as --json prints it, amounts in minor units.
type payoutJSON struct {
	ID         string       `json:"id"`
	State      ledger.State `json:"state"`
	Status     string       `json:"status"`
	Currency   string       `json:"currency"`
	Amount     int64        `json:"amount"`
	Explained  int64        `json:"explained"`
	Difference int64        `json:"difference"`
	Rows       int          `json:"rows"`
	Missing    int          `json:"missing"`
	Reversal   string       `json:"reversal,omitempty"`
}

type clearingJSON struct {
	Currency   string `json:"currency"`
	Here       int64  `json:"here"`
	Available  int64  `json:"available"`
	Pending    int64  `json:"pending"`
	Difference int64  `json:"difference"`
}

func (o *reconciledOut) asJSON(r ledger.Reconciled) error {
	out := struct {
		Since     time.Time           `json:"since"`
		Began     time.Time           `json:"began"`
		Ended     time.Time           `json:"ended"`
		Compared  []ledger.Compared   `json:"compared"`
		Found     []ledger.Difference `json:"found"`
		Healed    int                 `json:"healed"`
		Remaining []ledger.Difference `json:"remaining"`
		Clearing  []clearingJSON      `json:"clearing"`
		Quiet     bool                `json:"quiet"`
		Payouts   []payoutJSON        `json:"payouts"`
		Holds     bool                `json:"holds"`
	}{
		Since: r.Since, Began: r.Began, Ended: r.Ended, Compared: r.Compared, Healed: r.Healed, Quiet: r.Balance.Quiet, Holds: r.Holds(),
		Found: append([]ledger.Difference{}, o.all...), Remaining: append([]ledger.Difference{}, r.Remaining...),
		Clearing: []clearingJSON{}, Payouts: []payoutJSON{},
	}
	for _, b := range r.Balance.Currencies {
		out.Clearing = append(out.Clearing, clearingJSON{string(b.Currency), b.Here, b.Available, b.Pending, b.Difference()})
	}
	for _, p := range r.Payouts {
		out.Payouts = append(out.Payouts, payoutJSON{
			ID: p.ID, State: p.State, Status: p.Status, Currency: string(p.Amount.Currency), Amount: p.Amount.Minor,
			Explained: p.Explained, Difference: p.Difference(), Rows: p.Rows, Missing: p.Missing, Reversal: p.Reversal,
		})
	}
	enc := json.NewEncoder(o.w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}
