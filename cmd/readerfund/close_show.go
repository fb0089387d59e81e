package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/web/auth"
)

// shownChanges is how many rows of a report are told one by one.
const shownChanges = 20

func (c *cli) sayf(format string, a ...any) { _, _ = fmt.Fprintf(c.stdout, format+"\n", a...) }

// tellClosed says what a close has frozen.
func (c *cli) tellClosed(x closing.Closing) {
	c.sayf("%s is closed as of %s by %s", x.Month, stamp(x.AsOf, x), printable(x.By))
	for _, what := range x.Unfinished {
		c.sayf("  unfinished: %s", what)
	}
	if x.Reason != "" {
		c.sayf("  reason: %s", printable(x.Reason))
	}
	for _, m := range x.Manifests {
		c.sayf("  %-9s %d rows, sha256 %s%s", m.Report, m.Rows, m.SHA256, totalsOf(m))
	}
}

// stamp is a moment on the clock of the closed month.
func stamp(t time.Time, x closing.Closing) string {
	if zone, err := time.LoadLocation(x.Zone); err == nil {
		t = t.In(zone)
	}
	return t.Format("2006-01-02 15:04 ") + x.Zone
}

// totalsOf are the sums by which people know a report.
func totalsOf(m report.Manifest) string {
	columns := map[string][]string{"donations": {"amount", "refunded", "disputed", "net_of_refunds", "dispute_fee"}, "payouts": {"payout_amount"}, "journal": {"debit", "credit"}}[m.Report]
	var b strings.Builder
	for _, currency := range slices.Sorted(maps.Keys(m.Totals)) {
		for _, column := range columns {
			if total, told := m.Totals[currency][column]; told {
				_, _ = fmt.Fprintf(&b, "\n            %s %s %s", column, total, currency)
			}
		}
	}
	return b.String()
}

// listClosed prints the months that are closed, or every close of one month.
func (c *cli) listClosed(ctx context.Context, desk *closing.Desk, month closing.Month, one bool) error {
	read := desk.AllClosed
	if one {
		read = func(ctx context.Context) ([]closing.Closing, error) { return desk.History(ctx, month) }
	}
	all, err := read(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		c.tellClosed(x)
		if x.Reopened != nil {
			c.sayf("  opened again %s by %s: %s", stamp(x.Reopened.At, x), printable(x.Reopened.By), printable(x.Reopened.Reason))
		}
	}
	if len(all) == 0 {
		c.sayf("nothing was closed yet")
	}
	return nil
}

// checkClosed compares one closed month, or all, with the books of now.
func (c *cli) checkClosed(ctx context.Context, desk *closing.Desk, month closing.Month, f closeFlags) error {
	months := []closing.Month{month}
	if f.month == "" {
		all, err := desk.AllClosed(ctx)
		if err != nil {
			return err
		}
		months = nil
		for _, x := range slices.Backward(all) {
			months = append(months, x.Month)
		}
		if len(months) == 0 {
			c.sayf("nothing was closed yet")
		}
	}
	same := true
	for _, m := range months {
		is, err := c.checkMonth(ctx, desk, m, f.out)
		if err != nil {
			return inWords(err)
		}
		same = same && is
	}
	if !same {
		return errCheck
	}
	return nil
}

func (c *cli) checkMonth(ctx context.Context, desk *closing.Desk, month closing.Month, out string) (same bool, err error) {
	if out != "" {
		if err := noteChanges(ctx, desk, month); err != nil {
			return false, err
		}
	}
	shown := map[string][]string{}
	each := func(x *closing.Change) error {
		if len(shown[x.Report]) < shownChanges {
			shown[x.Report] = append(shown[x.Report], changeLine(x, desk.Zone))
		}
		return nil
	}
	var result closing.Comparison
	compare := func(w io.Writer) error {
		list, err := closing.NewList(w, desk.Zone)
		if err != nil {
			return err
		}
		if result, err = desk.Compare(ctx, month, func(x *closing.Change) error { return list.Write(x) }); err != nil {
			return err
		}
		return list.Close()
	}
	switch out {
	case "":
		result, err = desk.Compare(ctx, month, each)
	case "-":
		err = compare(c.stdout)
	default:
		err = whole(out, compare)
	}
	if err != nil || out == "-" {
		return result.Same(), err
	}
	c.tellComparison(result, shown, out)
	return result.Same(), nil
}

// noteChanges writes into the audit that the list of a closed month's changes is taken,
// before it is.
func noteChanges(ctx context.Context, desk *closing.Desk, month closing.Month) error {
	if _, is, err := desk.Closed(ctx, month); err != nil || !is { // where it is not closed, comparing says so
		return err
	}
	return auth.Audit{Now: time.Now}.Record(ctx, desk.DB, auth.Entry{Who: auth.Terminal, Action: "export", Object: "changes of " + month.String(), Result: auth.Done})
}

func (c *cli) tellComparison(result closing.Comparison, shown map[string][]string, out string) {
	c.sayf("%s, closed as of %s by %s", result.Closing.Month, stamp(result.Closing.AsOf, result.Closing), printable(result.Closing.By))
	for _, one := range result.Reports {
		switch {
		case one.Rows() == 0 && one.SameFile():
			c.sayf("  %-9s as it was: %d rows, the same file", one.Report, one.Is.Rows)
			continue
		case one.Rows() == 0:
			c.sayf("  %-9s as it was: %d rows; a name or an address is otherwise, which is not kept", one.Report, one.Is.Rows)
			continue
		}
		c.sayf("  %-9s %d rows were closed, and %d are there now: added=%d gone=%d changed=%d", one.Report, one.Was.Rows, one.Is.Rows, one.Added, one.Gone, one.Changed)
		for _, s := range one.Sums {
			c.sayf("            %s %s -> %s (%s)", s.Column, s.Was.Major(), s.Is, signed(s.Increase))
		}
		for _, r := range closing.Reasons() {
			if n := one.Reasons[r]; n > 0 {
				c.sayf("            %d %s: %s", n, r, r.Words())
			}
		}
		for _, line := range shown[one.Report] {
			c.sayf("            %s", line)
		}
		if more := one.Rows() - int64(len(shown[one.Report])); more > 0 && out == "" {
			c.sayf("            and %d more: --out FILE has them all", more)
		}
	}
	if out != "" {
		c.sayf("  every change is in %s", out)
	}
}

func signed(a money.Amount) string {
	if a.Minor > 0 {
		return "+" + a.Major()
	}
	return a.Major()
}

// changeLine says in one line what became of a row.
func changeLine(x *closing.Change, zone *time.Location) string {
	var cells, why []string
	if x.What == closing.Changed {
		for _, cell := range x.Cells {
			cells = append(cells, fmt.Sprintf("%s %s -> %s", cell.Column, orNothing(cell.Before), orNothing(cell.After)))
		}
	}
	for _, w := range x.Why {
		words := w.Reason.Words()
		if w.Event != "" {
			words += fmt.Sprintf(" (%s %s)", w.Type, w.Event)
		}
		if !w.At.IsZero() {
			words += w.At.In(zone).Format(", 2006-01-02 15:04")
		}
		why = append(why, words)
	}
	return printable(strings.TrimSpace(fmt.Sprintf("%s %s: %s", x.What, x.Key(), strings.Join(append(cells, why...), "; "))))
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
