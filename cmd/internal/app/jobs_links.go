package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"golang.org/x/time/rate"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/web/mail"
)

// sendLinksArgs asks for the letters with links to readers' pages that are due.
type sendLinksArgs struct{}

// Kind names the job in the queue.
func (sendLinksArgs) Kind() string { return "send_links" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sendLinksArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sendLinksEvery}, MaxAttempts: 1}
}

const (
	// sendLinksEvery is short: somebody sits before the screen and waits.
	sendLinksEvery  = 3 * time.Second
	sendLinksWithin = 2 * time.Minute
	// passesInOneRun bounds the looks at addresses that are nobody's.
	passesInOneRun = 10
)

// errRunEnds says that a letter's turn would come after the end of the run.
var errRunEnds = errors.New("the run ends before the letter's turn")

type sendLinks struct {
	river.WorkerDefaults[sendLinksArgs]
	access   *manage.Access
	writer   *mail.Writer
	server   *mail.Server // nil where no mail is set up
	baseURL  string
	outcomes *prometheus.CounterVec
	pace     *rate.Limiter
	pause    pause
	quit     <-chan struct{}
	log      *slog.Logger
}

// newSendLinks makes the job that mails links, by the mail server of receipts.
func newSendLinks(db *pgxpool.Pool, by *sendReceipts, baseURL string, in prometheus.Registerer, quit <-chan struct{}, log *slog.Logger) *sendLinks {
	w := &sendLinks{
		access: &manage.Access{DB: db, Now: time.Now}, writer: by.writer, server: by.server, baseURL: baseURL, quit: quit, log: log,
		pace: rate.NewLimiter(receiptsPerSecond, receiptsPerSecond),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_links_total",
			Help: "Requests for a link to the own page by what became of them: sent, unknown address, failed for good, postponed; error where the mail server takes none.",
		}, []string{"outcome"}),
	}
	in.MustRegister(w.outcomes)
	return w
}

// Timeout bounds one run.
func (w *sendLinks) Timeout(*river.Job[sendLinksArgs]) time.Duration { return sendLinksWithin }

// Work mails letters until none is due or the mail server takes none; then it
// passes over requests for addresses that are nobody's. Those neither wait for the
// mail server nor make anybody else wait for it.
func (w *sendLinks) Work(ctx context.Context, _ *river.Job[sendLinksArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	if w.server == nil || !w.pause.over(w.access.Now()) {
		return nil
	}
	session := w.server.Session()
	defer session.Close()
	for {
		outcome, err := w.access.SendNext(ctx, func(ctx context.Context, l manage.Letter) error { return w.send(ctx, session, l) })
		if errors.Is(err, errRunEnds) {
			return nil
		}
		if err != nil {
			w.outcomes.WithLabelValues("error").Inc()
			w.pause.longer(w.access.Now())
			return unlessEnded(ctx, fmt.Errorf("mailing links: %w", err))
		}
		if outcome == manage.Nothing {
			return w.passOver(ctx)
		}
		if outcome == manage.Sent {
			w.pause.end()
		}
		w.outcomes.WithLabelValues(string(outcome)).Inc()
	}
}

// passOver looks at requests for addresses that are nobody's, some thousands in one
// run at most: it is soon called again.
func (w *sendLinks) passOver(ctx context.Context) error {
	for range passesInOneRun {
		forgotten, more, err := w.access.PassOver(ctx)
		if err != nil {
			return unlessEnded(ctx, err)
		}
		w.outcomes.WithLabelValues(string(manage.Unknown)).Add(float64(forgotten))
		if !more {
			break
		}
	}
	return nil
}

// send mails one letter. One that cannot be written is tried again later: it must
// not hold up the others.
func (w *sendLinks) send(ctx context.Context, session *mail.Session, l manage.Letter) error {
	message, err := w.writer.Link(l, w.address(l))
	if err != nil {
		if payments.IsDeliveryError(err) {
			return err
		}
		w.log.Error("a letter with a link could not be written", "error", err)
		return &payments.DeliveryError{Err: err}
	}
	if err := w.pace.Wait(ctx); err != nil {
		return fmt.Errorf("%w: %w", errRunEnds, err)
	}
	return session.Send(ctx, message)
}

// address is where a letter leads.
func (w *sendLinks) address(l manage.Letter) string {
	query := url.Values{"token": {l.Token}}
	if l.Language != "" {
		query.Set("lang", l.Language)
	}
	return w.baseURL + ManagePath + "/open?" + query.Encode()
}

// sweepLinksArgs asks for the requests, links and sessions to be removed that were
// over a day ago.
type sweepLinksArgs struct{}

// Kind names the job in the queue.
func (sweepLinksArgs) Kind() string { return "sweep_links" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sweepLinksArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sweepLinksEvery}, MaxAttempts: 1}
}

const sweepLinksEvery = time.Hour

type sweepLinks struct {
	river.WorkerDefaults[sweepLinksArgs]
	access *manage.Access
}

// Work removes them.
func (w *sweepLinks) Work(ctx context.Context, _ *river.Job[sweepLinksArgs]) error {
	_, err := w.access.Sweep(ctx)
	return err
}
