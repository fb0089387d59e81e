package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/inbox"
)

// shownParked is how many parked events are named.
const shownParked = 5

// gaplessWithin is how old the last reading of Stripe's list of events may be:
// the service reads it every five minutes.
const gaplessWithin = time.Hour

// clocksDiffer is how far Stripe's clock may be ahead of ours.
const clocksDiffer = 5 * time.Minute

// examineInbox looks at what came from Stripe and what became of it.
func examineInbox(ctx context.Context, in *inbox.Inbox, stripe heard) []Check {
	counts, err := in.Count(ctx)
	if err != nil {
		return []Check{{Name: "events", Wrong: oneLine(err)}}
	}
	standing, err := in.Standing(ctx)
	if err != nil {
		return []Check{{Name: "events", Wrong: oneLine(err)}}
	}
	checks := []Check{examineEvents(ctx, in, counts, standing), examineGaps(standing, stripe, in.Now())}
	if standing.Questions > 0 {
		checks = append(checks, examineQuestions(standing))
	}
	if standing.Foreign > 0 {
		checks = append(checks, Check{Name: "foreign", Found: fmt.Sprintf(
			"%d payments did not begin here, and no rule under adopt in site.yaml takes them: in no report of donations", standing.Foreign)})
	}
	checks = append(checks, examineLedger(ctx, in.DB, in.Now()))
	return slices.Concat(checks, examineImports(ctx, in), examineErased(ctx, in), examineUnmanned(ctx, in))
}

func examineEvents(ctx context.Context, in *inbox.Inbox, counts inbox.Counts, s inbox.Standing) Check {
	c := Check{Name: "events"}
	if counts.Parked == 0 {
		c.Found = fmt.Sprintf("%d in the books, %d say nothing of gifts", counts.Merged, counts.Ignored)
		return c
	}
	var wrong strings.Builder
	_, _ = fmt.Fprintf(&wrong, "%d are parked: stored, but not in the books, the oldest for %s", counts.Parked, ago(in.Now(), s.ParkedSince))
	first, err := in.FirstParked(ctx, shownParked)
	if err != nil {
		_, _ = fmt.Fprintf(&wrong, "; %s", oneLine(err))
	}
	for _, e := range first {
		_, _ = fmt.Fprintf(&wrong, "%s%s %s: %s", nextLine, e.ID, e.Type, e.Error)
	}
	if more := counts.Parked - int64(len(first)); more > 0 && err == nil {
		_, _ = fmt.Fprintf(&wrong, "%sand %d more", nextLine, more)
	}
	c.Wrong = wrong.String()
	c.Do = "they are tried again by themselves; after a newer version has come, run readerfund replay --parked; " +
		"where the reason stays, look at the event: " +
		"select event_id, error, convert_from(payload, 'UTF8') from inbox_events where status = 'parked'"
	return c
}

func examineGaps(s inbox.Standing, stripe heard, now time.Time) Check {
	c := Check{Name: "gaps"}
	// The place in the list is a time of Stripe's: where its clock is ahead, as a
	// stand-in's that was moved, so is the place.
	soon := now.Add(max(stripe.ahead, 0) + clocksDiffer)
	switch {
	case !s.Missed.IsZero():
		c.Wrong = fmt.Sprintf("events made from %s on are missing, and are too old for Stripe to list them", s.Missed.UTC().Format(time.DateOnly))
		c.Do = "take in what they told: readerfund import --since " + s.Missed.UTC().Format(time.DateOnly)
	case !stripe.away && s.Newest.After(soon) || s.Gapless.After(now.Add(clocksDiffer)):
		c.Wrong = "the reading of Stripe's list of events stands in the future, at " +
			latest(s.Newest, s.Gapless).UTC().Format(time.RFC3339) + ": a clock is wrong, or was"
		c.Do = "set this machine's clock right (timedatectl); readerfund serve then finds its place again within minutes"
		if stripe.standIn {
			c.Do = "the stand-in's clock is not there, or not any more: were its data begun anew? readerfund serve finds its place again within minutes"
		}
	case s.Gapless.IsZero():
		c.Found = "Stripe's list of events was not read yet: the service does so when it runs"
	case now.Sub(s.Gapless) > gaplessWithin:
		c.Wrong = "Stripe's list of events was last read to its end " + ago(now, s.Gapless) + " ago"
		c.Do = "start readerfund serve, which reads it every five minutes, or look in its log for fill_gaps"
	default:
		c.Found = "none up to " + s.Gapless.UTC().Format(time.RFC3339)
	}
	return c
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func examineQuestions(s inbox.Standing) Check {
	c := Check{Name: "invoices", Found: fmt.Sprintf("%d invoices or payments do not name each other yet; Stripe is asked about them", s.Questions)}
	if s.Unanswerable > 0 {
		c.Found += fmt.Sprintf(", except about %d of which it did not tell either (paid outside of Stripe?)", s.Unanswerable)
	}
	return c
}

func examineImports(ctx context.Context, in *inbox.Inbox) []Check {
	half, err := in.HalfImports(ctx)
	if err != nil {
		return []Check{{Name: "import", Wrong: oneLine(err)}}
	}
	var checks []Check
	for _, h := range half {
		checks = append(checks, Check{
			Name: "import",
			Wrong: fmt.Sprintf("the one since %s, begun %s, is not finished: %d objects taken, %s is next",
				h.Since.UTC().Format(time.DateOnly), h.Began.UTC().Format(time.RFC3339), h.Taken, h.List),
			Do: "where none is running, go on with it: readerfund import --since " + sinceArgument(h.Since),
		})
	}
	return checks
}

// sinceArgument is a time as --since takes it.
func sinceArgument(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

func examineBooks(ctx context.Context, in *inbox.Inbox) Check {
	c := Check{Name: "books"}
	made, err := in.Made(ctx)
	if err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	if why := made.Stale(in.Adoption); why != "" {
		c.Wrong, c.Do = "are to be made again: "+why, "run readerfund rebuild; the service may go on running"
		return c
	}
	c.Found = "were made by the rules of now"
	return c
}

// nextLine continues a check's text below itself.
const nextLine = "\n                     "

// ago is how long ago something was, for people; a stand-in's clock may be ahead.
func ago(now, then time.Time) string {
	d := max(now.Sub(then), 0)
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}
