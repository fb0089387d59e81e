package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/readerfund/readerfund/cmd/dev/mailbox"
	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgdev"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/web/fixed"
)

// stack is everything that dev runs.
type stack struct {
	options
	environ        []string
	stdout, stderr io.Writer
	press          fixed.Press // how pages are prepared
	log            *slog.Logger

	dir       string // of data: database, stand-in, dev.env
	httpAddr  string
	postgres  *pgdev.Server
	scratch   *scratch // a database of our own on a server that is not
	standIn   *stripefake.Server
	mailbox   *mailbox.Box
	closers   []func(context.Context) error // in the order they were opened
	failed    chan error
	serviceUp context.CancelFunc
	service   chan error
}

const stopWithin = 30 * time.Second

// up starts everything and prints where to look. On error, down undoes it.
func (s *stack) up(ctx context.Context) error {
	s.failed = make(chan error, 8)
	s.log = slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := s.makeDir(); err != nil {
		return err
	}
	// Addresses first: a port that is taken must not cost a wait.
	web, err := listen(ctx, "http", s.options.http)
	if err != nil {
		return err
	}
	s.httpAddr = web.Addr().String()
	s.closers = append(s.closers, func(context.Context) error {
		_ = web.Close() // the service has closed it, where there was one
		return nil
	})
	smtpAddr, err := s.startMail(ctx)
	if err != nil {
		return err
	}
	var standIn net.Listener
	if !s.stripeReal {
		if standIn, err = listen(ctx, "stripe", s.stripe); err != nil {
			return err
		}
		s.closers = append(s.closers, func(context.Context) error {
			_ = standIn.Close() // its server has closed it, where there was one
			return nil
		})
	}
	vars, err := s.variables(smtpAddr)
	if err != nil {
		return err
	}
	database, err := s.startDatabase(ctx)
	if err != nil {
		return err
	}
	vars.set("DATABASE_URL", database)
	if !s.stripeReal {
		if err := s.startStandIn(standIn, vars); err != nil {
			return err
		}
	}
	if _, err := migrations.Up(ctx, database, s.log); err != nil {
		return err
	}
	if err := s.makeFinanceAdmin(ctx, database, vars); err != nil {
		return err
	}
	if err := s.startService(ctx, vars, web); err != nil {
		return err
	}
	envFile := filepath.Join(s.data, "dev.env")
	if err := vars.write(envFile); err != nil {
		return err
	}
	s.greet(vars, envFile)
	return nil
}

// makeDir makes the folder of dev.env and, with --ephemeral, a temporary one
// for all else. An ephemeral stack that is given no folder has dev.env in its
// temporary one too, and so stands in the way of no other.
func (s *stack) makeDir() (err error) {
	if s.data == "" {
		if err := s.makeTemporary(); err != nil {
			return err
		}
		s.data = s.dir
		return nil
	}
	if s.data, err = filepath.Abs(s.data); err != nil {
		return err
	}
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if err := s.lockDir(); err != nil {
		return err
	}
	s.dir = s.data
	if s.ephemeral {
		return s.makeTemporary()
	}
	return nil
}

func (s *stack) makeTemporary() (err error) {
	if s.dir, err = os.MkdirTemp("", "readerfund-dev-"); err != nil {
		return err
	}
	s.closers = append(s.closers, func(context.Context) error { return os.RemoveAll(s.dir) })
	return nil
}

// lockDir keeps a second stack from the folder while this one runs: its dev.env
// and its stand-in's state belong to one.
func (s *stack) lockDir() error {
	f, err := os.OpenFile(filepath.Join(s.data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	s.closers = append(s.closers, func(context.Context) error { return f.Close() })
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another stack uses %s; stop it, or take another folder with --data", s.data)
	}
	return nil
}

// listen takes an address, or says which flag names another.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		host, _, _ := net.SplitHostPort(addr)
		return nil, fmt.Errorf("%s cannot be used (%w); end the program that has it, or take another, "+
			"such as --%s %s for any free port", addr, err, flag, net.JoinHostPort(host, "0"))
	}
	return l, nil
}

// serveHTTP serves h on l until the stack goes down.
func (s *stack) serveHTTP(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.closers = append(s.closers, func(context.Context) error { return server.Close() })
}

func (s *stack) startMail(ctx context.Context) (smtpAddr string, err error) {
	pages, err := listen(ctx, "mail", s.mail)
	if err != nil {
		return "", err
	}
	s.mail = pages.Addr().String()
	s.mailbox = mailbox.New(time.Now, s.log)
	s.serveHTTP(pages, s.mailbox)
	smtp, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		if err := s.mailbox.Serve(smtp); err != nil {
			s.failed <- err
		}
	}()
	s.closers = append(s.closers, func(context.Context) error { return s.mailbox.Close() })
	return smtp.Addr().String(), nil
}

func (s *stack) startStandIn(l net.Listener, vars *variables) (err error) {
	s.stripe = l.Addr().String()
	base := "http://" + s.stripe
	s.standIn, err = stripefake.New(stripefake.Options{
		Log: s.log, BaseURL: base, StatePath: filepath.Join(s.dir, "stripe.json"),
		// What `stripe listen` forwards is then accepted without further ado.
		CLISecret: vars.get("STRIPE_WEBHOOK_SECRET"),
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.standIn.Close)
	s.serveHTTP(l, s.standIn)
	vars.set("STRIPE_API_BASE", base)
	s.standIn.AddEndpoint("http://"+s.httpAddr+"/webhooks/stripe", vars.get("STRIPE_WEBHOOK_SECRET"), "")
	return nil
}

func (s *stack) startService(ctx context.Context, vars *variables, web net.Listener) error {
	cfg, err := app.LoadConfig(os.DevNull, vars.environ(), app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb)
	if err != nil {
		return err
	}
	service, err := app.NewServiceOn(ctx, cfg, app.NewLogger(s.stderr, cfg), web, s.press)
	if err != nil {
		return err
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.serviceUp, s.service = cancel, make(chan error, 1)
	vars.set("METRICS_ADDR", service.MetricsAddr())
	go func() { s.service <- service.Run(serving) }()
	return nil
}

// wait returns when the stack is asked to stop or a part of it ends by itself.
func (s *stack) wait(ctx context.Context) error {
	var ended <-chan struct{}
	if s.postgres != nil {
		ended = s.postgres.Done()
	}
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(s.stdout, "stopping")
		return nil
	case err := <-s.failed:
		return err
	case err := <-s.service:
		s.serviceUp = nil
		return errors.Join(errors.New("the service ended by itself"), err)
	case <-ended:
		return errors.New("postgres ended by itself; its log is in " + filepath.Join(s.dir, "postgres"))
	}
}

// down ends everything in the opposite order of up.
func (s *stack) down(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	var err error
	if s.serviceUp != nil {
		s.serviceUp()
		err = <-s.service
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i](ctx))
	}
	return err
}
