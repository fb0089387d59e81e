package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"golang.org/x/time/rate"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/statements"
	"github.com/readerfund/readerfund/web/mail"
)

// NewStatements wires the statements of a year, whose first and last moment are those
// of REPORT_TIMEZONE.
func NewStatements(cfg Config, db *pgxpool.Pool) *statements.Office {
	return &statements.Office{DB: db, Zone: cfg.ReportTimezone, Now: time.Now}
}

// NewPapers makes what writes a statement as PDF; it sends nothing.
func NewPapers(cfg Config) (*mail.Writer, error) {
	newsroom, err := loadNewsroom(cfg, time.Now())
	if err != nil {
		return nil, &NewsroomError{Dir: cfg.ContentDir, Err: err}
	}
	w, err := mail.NewWriter(newsroom, "", time.Now)
	if err != nil {
		return nil, err
	}
	return w.At(cfg.BaseURL), nil
}

// sendStatementsArgs asks for the statements that are due to be mailed.
type sendStatementsArgs struct{}

// Kind names the job in the queue.
func (sendStatementsArgs) Kind() string { return "send_statements" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sendStatementsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sendStatementsEvery}, MaxAttempts: 1}
}

const (
	sendStatementsEvery  = 10 * time.Second
	sendStatementsWithin = 10 * time.Minute
)

type sendStatements struct {
	river.WorkerDefaults[sendStatementsArgs]
	office   *statements.Office
	writer   *mail.Writer
	server   *mail.Server // nil where no mail is set up
	outcomes *prometheus.CounterVec
	pace     *rate.Limiter
	pause    pause
	quit     <-chan struct{}
	log      *slog.Logger
}

// sendingStatements is the job as a chore, by the mail server of receipts and as fast
// as those: whoever gave this minute does not wait for last year's.
func sendingStatements(office *statements.Office, by *sendReceipts, in prometheus.Registerer, quit <-chan struct{}, log *slog.Logger) chore {
	w := &sendStatements{
		office: office, writer: by.writer, server: by.server, quit: quit, log: log, pace: rate.NewLimiter(receiptsPerSecond, receiptsPerSecond),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_statements_total",
			Help: "Statements of a year by what became of them: sent, skipped, failed for good, postponed, unsure where they may have gone out; error where the mail server takes none.",
		}, []string{"outcome"}),
	}
	in.MustRegister(w.outcomes)
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, w)
		return river.NewPeriodicJob(river.PeriodicInterval(sendStatementsEvery),
			func() (river.JobArgs, *river.InsertOpts) { return sendStatementsArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one turn of the job.
func (w *sendStatements) Timeout(*river.Job[sendStatementsArgs]) time.Duration {
	return sendStatementsWithin
}

// Work mails statements until none is due or the mail server takes none.
func (w *sendStatements) Work(ctx context.Context, _ *river.Job[sendStatementsArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	if err := w.tidy(ctx); err != nil || w.server == nil || !w.pause.over(w.office.Now()) {
		return unlessEnded(ctx, err)
	}
	session := w.server.Session()
	defer session.Close()
	for sent := 0; ; {
		outcome, err := w.office.SendNext(ctx, func(l statements.Letter) (statements.Parcel, error) { return w.write(session, l) })
		if err != nil {
			w.outcomes.WithLabelValues("error").Inc()
			w.pause.longer(w.office.Now())
			return unlessEnded(ctx, fmt.Errorf("mailing statements: %w", err))
		}
		if outcome == statements.Nothing {
			if sent > 0 {
				w.log.Info("statements were mailed", "statements", sent)
			}
			return unlessEnded(ctx, w.tidy(ctx))
		}
		w.outcomes.WithLabelValues(string(outcome)).Inc()
		if outcome == statements.Sent {
			w.pause.end()
			sent++
		}
		if outcome != statements.Skipped { // the mail server was asked
			if err := w.pace.Wait(ctx); err != nil {
				return unlessEnded(ctx, err)
			}
		}
	}
}

func (w *sendStatements) tidy(ctx context.Context) error {
	unsure, err := w.office.Tidy(ctx)
	if unsure > 0 {
		w.outcomes.WithLabelValues(string(statements.Unsure)).Add(float64(unsure))
		w.log.Warn("statements may or may not have gone out: the service was cut off while the mail server was told; the finance desk shows them", "statements", unsure)
	}
	return err
}

// write makes the mail of a statement. One that cannot be written is tried again
// later: it must not hold up the others.
func (w *sendStatements) write(session *mail.Session, l statements.Letter) (statements.Parcel, error) {
	message, err := w.writer.YearEnd(l.ID, l.To, l.Statement, l.Replaces)
	if err != nil {
		if payments.IsDeliveryError(err) {
			return statements.Parcel{}, err
		}
		w.log.Error("a statement could not be written", "statement", l.ID, "error", err)
		return statements.Parcel{}, &payments.DeliveryError{Err: err}
	}
	return statements.Parcel{MessageID: message.ID, Send: func(ctx context.Context) error { return session.Send(ctx, message) }}, nil
}

// statementsWithin is for how long none may be mailed, while some are due and all is
// well.
const statementsWithin = time.Hour

// examineStatements looks at the statements of a year that wait and at those that failed.
func examineStatements(ctx context.Context, cfg Config, db *pgxpool.Pool, now func() time.Time) Check {
	c := Check{Name: "statements"}
	office := &statements.Office{DB: db, Zone: cfg.ReportTimezone, Now: now}
	s, err := office.Standing(ctx)
	if err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	c.Found = fmt.Sprintf("%d wait to be mailed", s.Waiting)
	if s.Failed+s.Unsure > 0 {
		c.Found += fmt.Sprintf("; of the last 30 days' runs %d could not be mailed, and %d may or may not have gone out: /finance/statements names them", s.Failed, s.Unsure)
	}
	switch {
	case s.Waiting > 0 && cfg.SMTPURL == "":
		c.Wrong = c.Found + "; no mail is set up"
		c.Do = "set SMTP_URL and MAIL_FROM, or cancel the run: readerfund statements --year YEAR --cancel"
	case s.Waiting > 0 && now().Sub(s.WaitingSince) > statementsWithin && now().Sub(s.SentLast) > statementsWithin:
		// A large run takes hours, in which one is mailed each moment.
		c.Wrong = fmt.Sprintf("%s; none was mailed for an hour, and the one that waits longest is due for %s", c.Found, ago(now(), s.WaitingSince))
		c.Do = "start readerfund serve, or look in its log for send_statements; readerfund statements --status tells more"
	}
	return c
}
