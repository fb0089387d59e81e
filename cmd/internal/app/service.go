package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/seen"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/web"
	"github.com/readerfund/readerfund/web/fixed"
)

// Service is the whole of readerfund, wired: pages, webhook route, jobs and the
// private metrics listener.
type Service struct {
	log     *slog.Logger
	db      *pgxpool.Pool
	jobs    *river.Client[pgx.Tx]
	quit    chan struct{} // closed when the service stops
	web     net.Listener
	private net.Listener // nil where metrics are off
	handler http.Handler
	metrics *metrics
	giving  *payments.GivingWatch
	views   *seen.Counter
	waiting *standings
}

// NewService reads the newsroom, opens the database and takes the addresses,
// so that whatever is wrong with the configuration shows here. It refuses a
// schema that this program does not know. Call Run next.
func NewService(ctx context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	l, err := listen(ctx, "HTTP_ADDR", cfg.HTTPAddr)
	if err != nil {
		return nil, err
	}
	return NewServiceOn(ctx, cfg, log, l, fixed.Press{})
}

// NewServiceOn is NewService for an address that the caller has taken already.
// The listener is the service's from then on, after an error too. press prepares its
// pages: its zero value for readers, a quick one for what is started for one test.
func NewServiceOn(ctx context.Context, cfg Config, log *slog.Logger, l net.Listener, press fixed.Press) (_ *Service, err error) {
	s := &Service{log: log, web: l}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	newsroom, err := loadNewsroom(cfg, time.Now())
	if err != nil {
		return nil, &NewsroomError{Dir: cfg.ContentDir, Err: err}
	}
	if quiet := silence(newsroom, time.Now()); quiet != "" {
		log.Warn("newsroom", "problem", quiet)
	}
	for _, w := range newsroom.Warnings {
		log.Warn("newsroom", "file", w.File, "line", w.Line, "problem", w.Problem, "fix", w.Fix)
	}
	if s.db, err = OpenDatabase(ctx, cfg); err != nil {
		return nil, err
	}
	in := newInbox(s.db, rulesOf(newsroom.Site), time.Now, log)
	if err := warnOfRules(ctx, in, log); err != nil {
		return nil, err
	}
	s.metrics = newMetrics(in)
	s.quit = make(chan struct{})
	receipts, err := newSendReceipts(ctx, cfg, newsroom, s.db, s.metrics, s.quit, log)
	if err != nil {
		return nil, err
	}
	links := newSendLinks(s.db, receipts, cfg.BaseURL, s.metrics.registry, s.quit, log)
	letters := newSendLetters(s.db, receipts, s.metrics.registry, s.quit, log)
	recurring, err := NewWatch(cfg, in)
	if err != nil {
		return nil, err
	}
	gateway := newGateway(cfg, log)
	changes := newChanges(newsroom, s.db, gateway)
	ordered, err := NewExports(cfg, s.db, log)
	if err != nil {
		return nil, err
	}
	warnOfExports(ordered, log)
	again := newSavedExports(cfg, s.db, ordered)
	s.metrics.registry.MustRegister(exportGauges{ordered}, savedGauges{again})
	if s.jobs, err = newJobs(s.db, in, NewSource(cfg, log), receipts, links, letters, s.quit, log,
		carryingRefunds(NewRefunds(cfg, in), s.quit), sendingStatements(NewStatements(cfg, s.db), receipts, s.metrics.registry, s.quit, log), finishingChanges(changes, s.quit, log), sweepingStaff(s.db), watchingRecurring(recurring, s.quit), pullingBalance(in, newLists(cfg, log), s.quit, log),
		reconciling(in, NewReconciler(cfg, in, log), s.metrics.registry, s.quit, log), carryingExports(ordered, s.quit), sweepingExports(ordered),
		orderingSaved(again, s.quit, log), placingSaved(newSavedFolders(s.db, ordered, log), s.quit, log), tellingSaved(newTellSaved(cfg, s.db, receipts, s.metrics.registry, s.quit, log)),
		comparingClosed(NewClosing(cfg, in), time.Now, s.quit, log)); err != nil {
		return nil, err
	}
	s.giving = payments.NewGivingWatch(&payments.Giving{DB: s.db}, time.Now, log)
	s.views = seen.New(s.db, time.Now)
	finance, waiting, err := newFinance(cfg, newsroom, s.db, log)
	if err != nil {
		return nil, fmt.Errorf("preparing the finance desk: %w", err)
	}
	s.waiting = waiting
	own, err := newManage(cfg, newsroom, s.db, changes, newPeople(s.db, in, log))
	if err != nil {
		return nil, err
	}
	own.People = telling{newPeople(s.db, in, log), &manage.Books{DB: s.db}, letters}
	secrets := make([]string, len(cfg.StripeWebhookSecrets))
	for i, secret := range cfg.StripeWebhookSecrets {
		secrets[i] = secret.Reveal()
	}
	s.handler, err = web.New(web.Options{
		Newsroom:       newsroom,
		Press:          press,
		Checkouts:      &payments.Checkouts{DB: s.db, Gateway: gateway, Now: time.Now},
		Gifts:          &payments.Gifts{DB: s.db},
		Giving:         s.giving,
		Views:          newCountingViews(s.views, s.metrics.registry),
		Verifier:       stripegw.NewSignatures(secrets),
		Inbox:          newCountingInbox(in, s.metrics),
		Manage:         own,
		Finance:        finance,
		Metrics:        s.metrics,
		BaseURL:        cfg.BaseURL,
		PayOrigins:     payOrigins(cfg),
		TrustedProxies: cfg.TrustedProxies,
		CountryHeader:  cfg.CountryHeader,
		Receipts:       &payments.Receipts{DB: s.db, Now: time.Now},
		Printer:        own.Papers,
		Log:            log,
		Now:            time.Now,
		Ready:          s.ready,
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	if cfg.MetricsAddr != "" {
		if s.private, err = listen(ctx, "METRICS_ADDR", cfg.MetricsAddr); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// payOrigins are where, beside Stripe's own page, the form's redirect may lead:
// browsers hold a form's redirects to the policy of the page it stands on.
func payOrigins(cfg Config) []string {
	if cfg.StripeAPIBase == "" {
		return nil
	}
	return []string{cfg.StripeAPIBase}
}

func listen(ctx context.Context, variable, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, asError([]Problem{{Variable: variable, Wrong: fmt.Sprintf("%s cannot be listened on (%v)", addr, err),
			Write: "write an address that is free, or end the program that holds it"}})
	}
	return l, nil
}

// Addr is where the service listens.
func (s *Service) Addr() string { return s.web.Addr().String() }

// MetricsAddr is where the metrics are, "" where they are off.
func (s *Service) MetricsAddr() string {
	if s.private == nil {
		return ""
	}
	return s.private.Addr().String()
}

// ready tells whether a donation can be taken: the database answers and has the
// schema of this program.
func (s *Service) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return migrations.Check(ctx, s.db)
}

// shutdownWithin bounds how long requests and jobs may take to end.
const shutdownWithin = 20 * time.Second

// Run serves until ctx ends, then lets requests and jobs finish.
func (s *Service) Run(ctx context.Context) error {
	defer s.close()
	// Jobs and requests end by being told to, not by losing their context.
	if err := s.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("starting jobs: %w", err)
	}
	watching, unwatched := context.WithCancel(context.WithoutCancel(ctx))
	defer unwatched()
	go s.giving.Run(watching)
	go s.waiting.slow.run(watching)
	written := make(chan struct{})
	go func() { defer close(written); s.views.Run(watching, s.log) }()
	servers := []*http.Server{server(s.handler, s.log)}
	listeners := []net.Listener{s.web}
	if s.private != nil {
		servers, listeners = append(servers, server(s.metrics.handler(), s.log)), append(listeners, s.private)
	}
	failed := make(chan error, len(servers))
	for i, srv := range servers {
		go func() { failed <- srv.Serve(listeners[i]) }()
	}
	s.log.Info("serving", "address", s.Addr(), "metrics", s.MetricsAddr())
	var err error
	select {
	case <-ctx.Done():
		s.log.Info("stopping: requests and jobs may finish")
	case err = <-failed:
	}
	close(s.quit)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	for _, srv := range servers {
		err = errors.Join(err, srv.Shutdown(end))
	}
	unwatched() // nobody views any more: what was seen is written
	<-written
	if stopped := s.jobs.Stop(end); stopped != nil {
		err = errors.Join(err, s.jobs.StopAndCancel(end))
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

func (s *Service) close() {
	for _, l := range []net.Listener{s.web, s.private} {
		if l != nil {
			_ = l.Close() // closed already where the server was shut down
		}
	}
	if s.db != nil {
		s.db.Close()
	}
}
