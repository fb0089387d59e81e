package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web/mail"
)

const (
	shownReceipts = 5
	// receiptsWithin is how long a receipt may wait while all is well.
	receiptsWithin = time.Hour
)

// examineMail looks whether the mail server lets us in. It sends nothing.
func examineMail(ctx context.Context, cfg Config) Check {
	c := Check{Name: "mail"}
	if cfg.SMTPURL == "" {
		c.Found = "is not set up (SMTP_URL): readers get no receipts by mail"
		return c
	}
	server, err := mail.NewServer(cfg.SMTPURL.Reveal())
	if err != nil {
		c.Wrong, c.Do = "SMTP_URL "+err.Error(), "correct it; .env.example shows one"
		return c
	}
	if err := server.Check(ctx); err != nil {
		c.Wrong = oneLine(err)
		c.Do = "check SMTP_URL, and that this machine reaches the mail server; receipts wait meanwhile"
		return c
	}
	c.Found = "the mail server lets us in; sender " + cfg.MailFrom
	return c
}

// examineReceipts looks at the receipts that wait and at those that failed.
func examineReceipts(ctx context.Context, cfg Config, db *pgxpool.Pool, now func() time.Time) Check {
	c := Check{Name: "receipts"}
	receipts := &payments.Receipts{DB: db, Now: now}
	s, err := receipts.Standing(ctx)
	if err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	c.Found = fmt.Sprintf("%d wait to be mailed", s.Queued)
	if s.Failed > 0 {
		// Most are addresses mistyped: nothing that doctor should fail for.
		failed, err := receipts.LastFailed(ctx, shownReceipts)
		if err != nil {
			c.Wrong = oneLine(err)
			return c
		}
		c.Found += fmt.Sprintf("; %d of the last 30 days could not be mailed", s.Failed)
		for _, f := range failed {
			c.Found += nextLine + f.DonationID + ": " + strings.Join(strings.Fields(f.Error), " ")
		}
	}
	if cfg.SMTPURL != "" && s.Queued > 0 && now().Sub(s.QueuedSince) > receiptsWithin {
		c.Wrong = fmt.Sprintf("%s; the oldest waits for %s", c.Found, ago(now(), s.QueuedSince))
		c.Do = "start readerfund serve, or look in its log for send_receipts; " +
			"select payment, attempts, due_at, error from receipts where status = 'queued' tells more"
	}
	return c
}
