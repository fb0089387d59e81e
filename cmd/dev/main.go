// Command dev brings up the whole stack on one machine: a private Postgres, a
// stand-in for Stripe, a box that catches mail, and the service.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/readerfund/readerfund/cmd/internal/orphan"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, orphaned := orphan.Until(ctx)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	orphaned()
	stop()
	os.Exit(code)
}

// run is main without the process around it; it gives the exit code.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, errHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "dev: "+err.Error())
		return 2
	}
	s := &stack{options: o, environ: environ, stdout: stdout, stderr: stderr}
	err = s.up(ctx)
	if err == nil {
		err = s.wait(ctx)
	}
	if stopped := ctx.Err() != nil; stopped && errors.Is(err, context.Canceled) {
		err = nil // asked to stop while still coming up
	}
	if err = errors.Join(err, s.down(context.WithoutCancel(ctx))); err != nil {
		_, _ = fmt.Fprintln(stderr, "dev: "+err.Error())
		return 1
	}
	return 0
}
