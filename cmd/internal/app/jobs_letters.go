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
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/web/mail"
)

// sendLettersArgs asks for the letters that confirm what readers changed.
type sendLettersArgs struct{}

// Kind names the job in the queue.
func (sendLettersArgs) Kind() string { return "send_letters" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sendLettersArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sendLettersEvery}, MaxAttempts: 1}
}

const (
	sendLettersEvery  = 5 * time.Second
	sendLettersWithin = 2 * time.Minute
	// lastLetterWithin is for how long a reader's page waits for the letter that
	// says that they were erased: nobody knows the address afterwards.
	lastLetterWithin = 8 * time.Second
	lastLetterTries  = 2
)

type sendLetters struct {
	river.WorkerDefaults[sendLettersArgs]
	notices  *manage.Notices
	writer   *mail.Writer
	server   *mail.Server // nil where no mail is set up
	outcomes *prometheus.CounterVec
	pace     *rate.Limiter
	pause    pause
	quit     <-chan struct{}
	log      *slog.Logger
}

// newSendLetters makes the job that confirms changes, by the mail server of receipts.
func newSendLetters(db *pgxpool.Pool, by *sendReceipts, in prometheus.Registerer, quit <-chan struct{}, log *slog.Logger) *sendLetters {
	w := &sendLetters{
		notices: &manage.Notices{DB: db, Now: time.Now}, writer: by.writer, server: by.server, quit: quit, log: log,
		pace: rate.NewLimiter(receiptsPerSecond, receiptsPerSecond),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "readerfund_letters_total",
			Help: "Letters that confirm what readers changed or had erased, by what became of them: sent, failed for good, postponed; error where the mail server takes none.",
		}, []string{"outcome"}),
	}
	in.MustRegister(w.outcomes)
	return w
}

// Timeout bounds one run.
func (w *sendLetters) Timeout(*river.Job[sendLettersArgs]) time.Duration { return sendLettersWithin }

// Work mails letters until none is due or the mail server takes none.
func (w *sendLetters) Work(ctx context.Context, _ *river.Job[sendLettersArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	if w.server == nil || !w.pause.over(w.notices.Now()) {
		return nil
	}
	session := w.server.Session()
	defer session.Close()
	for {
		if err := w.pace.Wait(ctx); err != nil {
			return unlessEnded(ctx, err)
		}
		outcome, err := w.notices.SendNext(ctx, func(ctx context.Context, n manage.Notice) error {
			message, err := w.writer.Change(n)
			return w.send(ctx, session, message, err)
		})
		if err != nil {
			w.outcomes.WithLabelValues("error").Inc()
			w.pause.longer(w.notices.Now())
			return unlessEnded(ctx, fmt.Errorf("mailing letters: %w", err))
		}
		if outcome == manage.Nothing {
			return nil
		}
		if outcome == manage.Sent {
			w.pause.end()
		}
		w.outcomes.WithLabelValues(string(outcome)).Inc()
	}
}

// send mails one letter. One that cannot be written is tried again later: it must
// not hold up the others.
func (w *sendLetters) send(ctx context.Context, session *mail.Session, message mail.Message, written error) error {
	if written == nil {
		return session.Send(ctx, message)
	}
	if payments.IsDeliveryError(written) {
		return written
	}
	w.log.Error("a letter could not be written", "error", written)
	return &payments.DeliveryError{Err: written}
}

// telling are people who are told by mail that they were erased.
type telling struct {
	people
	books   *manage.Books
	letters *sendLetters
}

// Erase erases a donor and mails them a last letter, once however often they press.
// The address is held by this call alone: a letter that cannot go out now never does.
func (t telling) Erase(ctx context.Context, donorID string) (waits bool, err error) {
	var who manage.Correspondent
	var unknown error
	if t.letters.server != nil {
		who, unknown = t.books.Correspondent(ctx, donorID)
		if language := manage.LanguageOf(ctx); language != "" {
			who.Language = language
		}
	}
	e, err := t.People.Erase(ctx, donorID)
	if err != nil {
		return false, err
	}
	if t.letters.server != nil && unknown == nil && !e.Already {
		t.letters.last(context.WithoutCancel(ctx), who, e.Due > 0)
	}
	return e.Due > 0, nil
}

// last mails the letter of an erasure, and tells nobody the address.
func (w *sendLetters) last(ctx context.Context, who manage.Correspondent, waits bool) {
	ctx, cancel := context.WithTimeout(ctx, lastLetterWithin)
	defer cancel()
	session := w.server.Session()
	defer session.Close()
	for range lastLetterTries {
		message, err := w.writer.Erased(who, w.notices.Now(), waits)
		if err = w.send(ctx, session, message, err); err == nil {
			w.outcomes.WithLabelValues(string(manage.Sent)).Inc()
			return
		}
	}
	w.outcomes.WithLabelValues(string(manage.Failed)).Inc()
	w.log.Warn("somebody who was erased could not be told by mail")
}
