package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
)

const (
	// pulledWithin is how old the last pull of balance transactions may be: the
	// service pulls every minute.
	pulledWithin = time.Hour
	// openWithin is how long Stripe may take to tell what a payout sent.
	openWithin = 3 * 24 * time.Hour
	// reconciledWithin is how old the last comparison with Stripe may be: there is one
	// every day.
	reconciledWithin = 3 * 24 * time.Hour
	// clearingWithin bounds the comparison with Stripe's balance: other checks come
	// after it.
	clearingWithin = 10 * time.Second
	// shownPayouts is how many payouts are named.
	shownPayouts = 5
)

// examineSettlement looks at whether the books are explained, from what is in them.
func examineSettlement(ctx context.Context, in *inbox.Inbox) []Check {
	standing, err := ledger.Stand(ctx, in.DB, time.Time{})
	if err != nil {
		return []Check{{Name: "payouts", Wrong: oneLine(err)}}
	}
	return []Check{examineFees(standing, in.Now()), examinePayouts(standing, in.Now()), examineReconciled(ctx, in.DB, standing, in.Now())}
}

func examineFees(s ledger.Standing, now time.Time) Check {
	c := Check{Name: "fees"}
	switch {
	case s.Pulled.IsZero():
		c.Found = "balance transactions were not pulled yet: the service does so when it runs"
	case now.Sub(s.Pulled) > pulledWithin:
		c.Wrong = "balance transactions were last pulled from Stripe " + ago(now, s.Pulled) + " ago"
		c.Do = "start readerfund serve, which pulls them every minute, or look in its log for pull_balance"
	case s.Unsettled > 0 && now.Sub(s.UnsettledSince) > pulledWithin:
		c.Wrong = fmt.Sprintf("of %d gifts the fee is not known, the oldest came %s ago", s.Unsettled, ago(now, s.UnsettledSince))
		c.Do = "see what Stripe has of them: readerfund reconcile --since " + days(now.Sub(s.UnsettledSince))
	case s.Unsettled > 0:
		c.Found = fmt.Sprintf("known of all gifts but %d that came just now", s.Unsettled)
	default:
		c.Found = "known of all gifts"
	}
	return c
}

func examinePayouts(s ledger.Standing, now time.Time) Check {
	c := Check{Name: "payouts"}
	var parts []string
	for _, state := range ledger.States() {
		if n := s.Payouts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if c.Found = "none yet"; len(parts) > 0 {
		c.Found = strings.Join(parts, ", ")
	}
	if len(s.Unexplained) > 0 {
		c.Found, c.Wrong = "", fmt.Sprintf("%d are not explained by their rows", len(s.Unexplained))
		for i, p := range s.Unexplained {
			if i == shownPayouts {
				c.Wrong += fmt.Sprintf("%sand %d more", nextLine, len(s.Unexplained)-i)
				break
			}
			c.Wrong += nextLine + p.String()
		}
		c.Do = "let Stripe tell what they sent: readerfund reconcile"
	} else if !s.OldestOpen.IsZero() && now.Sub(s.OldestOpen) > openWithin {
		c.Found, c.Wrong = "", "of one that was made "+ago(now, s.OldestOpen)+" ago Stripe has not told yet what it sent"
		c.Do = "ask again: readerfund reconcile; where the account is new, Stripe may take some days"
	}
	return c
}

func examineReconciled(ctx context.Context, db payments.Querier, s ledger.Standing, now time.Time) Check {
	c := Check{Name: "reconciled"}
	const daily = "start readerfund serve, which does so every day, look in its log for reconcile, or run readerfund reconcile"
	var began time.Time
	if !s.Ran {
		var err error
		if began, err = payments.FirstBooked(ctx, db); err != nil {
			c.Wrong = oneLine(err)
			return c
		}
	}
	switch {
	case !s.Ran && !began.IsZero() && now.Sub(began) > reconciledWithin:
		c.Wrong = "the books began " + ago(now, began) + " ago and were never compared with Stripe"
		c.Do = daily
	case !s.Ran:
		c.Found = "the books were not compared with Stripe yet: the service does so every day"
	case s.Last.Remaining > 0:
		c.Wrong = fmt.Sprintf("%d differences between the books and Stripe remained %s ago", s.Last.Remaining, ago(now, s.Last.Ended))
		c.Do = "see them: readerfund reconcile --since " + days(s.Last.Ended.Sub(s.Last.Since))
	case now.Sub(s.Last.Ended) > reconciledWithin:
		c.Wrong = "the books were last compared with Stripe " + ago(now, s.Last.Ended) + " ago"
		c.Do = daily
	default:
		c.Found = fmt.Sprintf("the books were like Stripe's lists %s ago; %d differences were healed then", ago(now, s.Last.Ended), s.Last.Healed)
	}
	return c
}

// days is a duration as --since takes it, and somewhat longer.
func days(d time.Duration) string { return fmt.Sprintf("%dd", int(d/(24*time.Hour))+1) }

// examineClearing compares the clearing account with Stripe's balance now.
func examineClearing(ctx context.Context, cfg Config, in *inbox.Inbox, log *slog.Logger) Check {
	c := Check{Name: "clearing"}
	ctx, cancel := context.WithTimeout(ctx, clearingWithin)
	defer cancel()
	b, err := ledger.CompareBalance(ctx, in.DB, newLists(cfg, log), in, nil)
	switch {
	case err != nil && ctx.Err() != nil:
		c.Found = fmt.Sprintf("could not be compared within %s: Stripe answers slowly, or much is new there; readerfund reconcile takes its time", clearingWithin)
		return c
	case payments.CodeOf(err) == payments.Refused:
		c.Wrong, c.Do = "Stripe's balance cannot be read: "+oneLine(err), "a restricted key needs permission to read balance and balance transactions"
		return c
	case err != nil:
		c.Wrong, c.Do = "Stripe's balance cannot be read: "+oneLine(err), "try again in some minutes"
		return c
	}
	var lines []string
	for _, currency := range b.Currencies {
		lines = append(lines, currency.String())
	}
	says := strings.Join(lines, nextLine)
	switch {
	case !b.Quiet:
		c.Found = "could not be compared: money moved all the time"
	case b.UnseenFor > pulledWithin:
		c.Wrong = fmt.Sprintf("%d balance transactions of Stripe's are not here, the oldest for %s", b.Unseen, b.UnseenFor.Round(time.Minute))
		c.Do = "readerfund reconcile names and takes in what is missing"
	case !b.Equal():
		c.Wrong = says
		c.Do = "readerfund reconcile names what differs; what the account held before the books began comes by " +
			"readerfund import --since DATE, with the account's first day"
	case len(lines) == 0:
		c.Found = "empty, as Stripe's balance is"
	default:
		c.Found = says
	}
	return c
}
