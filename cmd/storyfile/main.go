// Command storyfile writes a file of events as Stripe would deliver them, one
// JSON a line, as many as are wanted: to measure replays and rebuilds with, and
// to try them out. It is a tool for development: its events come from the
// stand-in for Stripe.
package main

import (
	"bufio"
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
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it; it gives the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "storyfile: "+err.Error()+"; storyfile --help explains")
		return 2
	}
	if err := o.write(ctx, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "storyfile: "+err.Error())
		return 1
	}
	return 0
}

// write makes the file. What cannot be finished is left as it is: every line in
// it but the last is whole.
func (o options) write(ctx context.Context, stdout, stderr io.Writer) (err error) {
	out, began := stdout, time.Now()
	if o.out != "-" {
		file, err := os.Create(o.out)
		if err != nil {
			return fmt.Errorf("the file cannot be written: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	told, err := o.play(ctx)
	if err != nil {
		return err
	}
	progress := &progress{to: stderr, of: o.events, began: time.Now()}
	progress.say("%d events of %d histories played in %.1f s", len(told), o.histories(), time.Since(began).Seconds())
	buffered := bufio.NewWriterSize(out, 1<<20)
	lines, err := o.copies(ctx, told, buffered, progress)
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return fmt.Errorf("after %d lines: %w", lines, err)
	}
	progress.say("%d lines, %d events, in %.1f s", lines, o.events, time.Since(began).Seconds())
	return nil
}

// progress says how far it got, now and then.
type progress struct {
	to    io.Writer
	of    uint64
	began time.Time
	last  time.Time
}

func (p *progress) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.to, "storyfile: "+format+"\n", args...)
}

// at is called for every so many events.
func (p *progress) at(events uint64) {
	now := time.Now()
	if now.Sub(p.last) < 2*time.Second {
		return
	}
	if !p.last.IsZero() {
		p.say("%d of %d events, %.0f a second", events, p.of, float64(events)/now.Sub(p.began).Seconds())
	}
	p.last = now
}
