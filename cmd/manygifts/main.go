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
	if err := o.fill(ctx, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "manygifts: "+err.Error())
		return 1
	}
	return 0
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
