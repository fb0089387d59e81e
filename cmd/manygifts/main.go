// Command manygifts fills empty books with made-up gifts, as many as are wanted, through
// the code that merges what Stripe tells: to measure exports, lists and the overview
// with, and to look at a desk that is full. It is a tool for development.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manygifts"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it; it gives the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, getenv, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "manygifts: "+err.Error()+"; manygifts --help explains")
		return 2
	}
	if err := fill(ctx, o, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "manygifts: "+err.Error())
		return 1
	}
	return 0
}

// fill makes the books and prints their digest. They are whole when it ends without an
// error; after one they are to be thrown away.
func fill(ctx context.Context, o options, stdout, stderr io.Writer) error {
	db, err := pgxpool.New(ctx, o.database)
	if err != nil {
		return errors.New("DATABASE_URL cannot be read; write a postgres:// address")
	}
	defer db.Close()
	p := &progress{to: stderr, of: o.Gifts, began: time.Now(), last: time.Now()}
	if err := manygifts.Fill(ctx, db, o.Options, p.at); err != nil {
		return err
	}
	p.say("%d gifts in %.1f s", o.Gifts, time.Since(p.began).Seconds())
	digest, err := payments.Digest(ctx, db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, digest)
	return err
}

// progress says how far it got, now and then.
type progress struct {
	to    io.Writer
	of    int64
	began time.Time
	last  time.Time
}

func (p *progress) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.to, "manygifts: "+format+"\n", args...)
}

// at is called after every batch.
func (p *progress) at(gifts int64) {
	now := time.Now()
	if now.Sub(p.last) < 5*time.Second {
		return
	}
	p.last = now
	p.say("%d of %d gifts, %.0f a second", gifts, p.of, float64(gifts)/now.Sub(p.began).Seconds())
}
