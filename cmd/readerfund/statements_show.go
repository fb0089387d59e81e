package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/statements"
)

// showPlan writes what a run would do: one line a group, amounts by currency.
func (c *cli) showPlan(p statements.Plan, again bool, zone *time.Location) {
	say := func(what, text string) { _, _ = fmt.Fprintf(c.stdout, "%-13s %s\n", what, text) }
	ended := ""
	switch {
	case !p.Begun:
		ended = "; it has not begun"
	case !p.Ended:
		ended = "; it has not ended"
	}
	say("year", fmt.Sprintf("%d, in %s%s", p.Year, zone, ended))
	changed := "to mail"
	if !again {
		changed = "changed"
	}
	for _, g := range []struct {
		what, why string
		group     statements.Group
	}{
		{"to mail", "", p.Send},
		{changed, "have a statement, and its figures have changed since", p.Changed},
		{"have", "have a statement with these figures", p.Have},
		{"left out", "nothing is left of what they gave", p.Nothing},
		{"left out", "no mail address is known", p.NoAddress},
		{"left out", "gifts of nobody known: Stripe told no address", p.Nobodys},
		{"left out", "gifts of people who were erased", p.Erased},
	} {
		gifts := 0
		for _, s := range g.group.Sums {
			gifts += s.Gifts
		}
		if gifts == 0 && g.why != "" {
			continue
		}
		text := counted(g.group.Donors, "donor") + ", " + counted(gifts, "gift")
		if g.group.Donors == 0 && gifts > 0 {
			text = counted(gifts, "gift")
		}
		if g.why != "" {
			text += ": " + g.why
		}
		if sums := sumsIn(g.group.Sums); sums != "" {
			text += " (" + sums + ")"
		}
		say(g.what, text)
	}
	if p.Gone > 0 {
		say("left out", counted(p.Gone, "donor")+": have a statement, and none of its gifts stands any more; write to them")
	}
	if p.Running != "" {
		say("under way", "run "+p.Running)
	}
}

// sumsIn writes sums by currency, never added up across them.
func sumsIn(all []statements.Sum) string {
	parts := make([]string, len(all))
	for i, s := range all {
		parts[i] = s.Net.String()
	}
	return strings.Join(parts, ", ")
}

// statementStatus writes how the runs stand, newest first.
func (c *cli) statementStatus(ctx context.Context, office *statements.Office, year int) error {
	runs, err := office.List(ctx, year)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		_, _ = fmt.Fprintln(c.stdout, "no statements were ordered")
	}
	for _, r := range runs {
		state := string(r.State)
		if r.State == statements.Cancelled {
			state += " by " + printable(r.CancelledBy)
		}
		_, _ = fmt.Fprintf(c.stdout, "%s  %d  %s  by %s: %s: sent=%d waiting=%d failed=%d unsure=%d erased=%d cancelled=%d nothing=%d no_address=%d\n", r.ID, r.Year,
			r.At.UTC().Format("2006-01-02 15:04 UTC"), printable(r.By), state, r.Sent, r.Waiting, r.Failed, r.Unsure, r.Erased, r.CalledOff, r.Nothing, r.NoAddress)
	}
	return nil
}
