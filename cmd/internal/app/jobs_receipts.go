package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"golang.org/x/time/rate"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web/mail"
)

// sendReceiptsArgs asks for the receipts that are due to be mailed.
type sendReceiptsArgs struct{}

// Kind names the job in the queue.
func (sendReceiptsArgs) Kind() string { return "send_receipts" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sendReceiptsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sendReceiptsEvery}, MaxAttempts: 1}
}

const (
	sendReceiptsEvery  = 10 * time.Second
	sendReceiptsWithin = 10 * time.Minute
	// receiptsPerSecond keeps a large day's receipts from looking like bulk mail;
	// mail providers take ten a second and more from one sender.
	receiptsPerSecond = 5
	// maxMailPause is how long at most the mail server is left alone after it has
	// taken no mail.
	maxMailPause = 2 * time.Minute
)

type sendReceipts struct {
	river.WorkerDefaults[sendReceiptsArgs]
	receipts *payments.Receipts
	writer   *mail.Writer
	server   *mail.Server // nil where no mail is set up
	outcomes *prometheus.CounterVec
	pace     *rate.Limiter
	pause    pause
	quit     <-chan struct{}
	log      *slog.Logger
}

// newSendReceipts makes the job that mails receipts; without SMTP_URL one that
// mails none.
func newSendReceipts(ctx context.Context, cfg Config, newsroom *campaign.Newsroom, db *pgxpool.Pool, m *metrics, quit <-chan struct{}, log *slog.Logger) (*sendReceipts, error) {
	w := &sendReceipts{
		receipts: &payments.Receipts{DB: db, Now: time.Now}, outcomes: m.mails, quit: quit, log: log,
		pace: rate.NewLimiter(receiptsPerSecond, receiptsPerSecond),
	}
	if cfg.SMTPURL == "" {
		log.Warn("readers get no mail, neither receipts nor links to their own page: SMTP_URL is not set")
		return w, nil
	}
	var err error
	if w.server, err = mail.NewServer(cfg.SMTPURL.Reveal()); err != nil {
		r := &rules{}
		r.wrong("SMTP_URL", err.Error())
		return nil, asError(r.problems)
	}
	if w.writer, err = mail.NewWriter(newsroom, cfg.MailFrom, time.Now); err != nil {
		return nil, err
	}
	w.writer = w.writer.At(cfg.BaseURL)
	return w, w.receipts.SwitchOn(ctx)
}

// Timeout bounds one run.
func (w *sendReceipts) Timeout(*river.Job[sendReceiptsArgs]) time.Duration { return sendReceiptsWithin }

// Work mails receipts until none is due or the mail server takes none.
func (w *sendReceipts) Work(ctx context.Context, _ *river.Job[sendReceiptsArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	if w.server == nil {
		_, err := w.receipts.SkipOld(ctx)
		return unlessEnded(ctx, err)
	}
	if !w.pause.over(w.receipts.Now()) {
		return nil
	}
	session := w.server.Session()
	defer session.Close()
	sent := 0
	defer func() {
		if sent > 0 {
			w.log.Info("receipts were mailed", "receipts", sent)
		}
	}()
	for {
		if err := w.pace.Wait(ctx); err != nil {
			return unlessEnded(ctx, err)
		}
		outcome, err := w.receipts.SendNext(ctx, func(ctx context.Context, r payments.Receipt) (string, error) {
			return w.send(ctx, session, r)
		})
		if err != nil {
			w.outcomes.WithLabelValues("error").Inc()
			w.pause.longer(w.receipts.Now())
			return unlessEnded(ctx, fmt.Errorf("mailing receipts: %w", err))
		}
		if outcome == payments.ReceiptNothing {
			return nil
		}
		w.outcomes.WithLabelValues(string(outcome)).Inc()
		if outcome == payments.ReceiptSent {
			w.pause.end()
			sent++
		}
	}
}

// send mails one receipt. One that cannot be written is tried again later: it
// must not hold up the others.
func (w *sendReceipts) send(ctx context.Context, session *mail.Session, r payments.Receipt) (string, error) {
	message, err := w.writer.Receipt(r)
	if err != nil {
		if payments.IsDeliveryError(err) {
			return "", err
		}
		w.log.Error("a receipt could not be written", "donation", r.DonationID, "error", err)
		return "", &payments.DeliveryError{Err: err}
	}
	return message.ID, session.Send(ctx, message)
}

// unlessEnded drops the error of a job that was told to end.
func unlessEnded(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// pause is how long a server that failed is left alone: each time twice as long.
type pause struct {
	mu    sync.Mutex
	until time.Time
	last  time.Duration
}

func (p *pause) over(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !now.Before(p.until)
}

func (p *pause) longer(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = min(max(2*p.last, sendReceiptsEvery/2), maxMailPause)
	p.until = now.Add(p.last)
}

func (p *pause) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until, p.last = time.Time{}, 0
}
