package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/exports/saved"
)

const (
	// savedLate is for how long a saved export may be due before a person should look:
	// the service orders what is due twice a minute.
	savedLate = 15 * time.Minute
	// shownAmiss is how many saved exports are named.
	shownAmiss = 5
)

// examineSaved looks whether saved exports run, and whether they end well.
func examineSaved(ctx context.Context, cfg Config, db *pgxpool.Pool, now func() time.Time) Check {
	c := Check{Name: "saved exports"}
	s, err := (&saved.Book{DB: db, Now: now}).Stand(ctx)
	switch {
	case err != nil:
		c.Wrong = oneLine(err)
	case !s.LateSince.IsZero() && now().Sub(s.LateSince) > savedLate:
		c.Wrong = "one has been due for " + ago(now(), s.LateSince) + " and was not ordered"
		c.Do = "start readerfund serve, or look in its log for order_saved"
	case len(s.Amiss) > 0:
		c.Wrong = amissInWords(s.Amiss)
		c.Do = "the page /finance/exports/saved says what became of each, and can run them again"
	case s.Unsent > 0:
		c.Wrong = fmt.Sprintf("letters to staff that could not be sent within the last week: %d", s.Unsent)
		c.Do = "see whether SMTP_URL is set and the mail server takes mail, and whether the mail addresses of staff are right"
	default:
		c.Found = fmt.Sprintf("scheduled %d, none of them is amiss", s.Scheduled)
	}
	if c.Wrong == "" && s.Told > 0 && cfg.SMTPURL == "" {
		c.Wrong = "staff are to be told of them by mail, and no mail is set up"
		c.Do = "set SMTP_URL and MAIL_FROM, or let nobody be told on the page /finance/exports/saved"
	}
	return c
}

// amissInWords names saved exports that did not end well, and why.
func amissInWords(all []saved.Amiss) string {
	var parts []string
	for _, a := range all[:min(len(all), shownAmiss)] {
		parts = append(parts, "“"+a.Name+"”: "+a.Why)
	}
	if more := len(all) - shownAmiss; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, nextLine)
}
