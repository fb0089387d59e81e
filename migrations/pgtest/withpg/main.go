// Command withpg runs a command beside a temporary Postgres and tells it the
// server's address in READERFUND_TEST_DATABASE_URL. It ends as the command ends.
//
//	go run ./migrations/pgtest/withpg go test ./...
//
// One server for all packages is quicker than one for each of them, and what
// has to be fetched for it is fetched, and reported, before the first test.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev"
)

const (
	variable = "READERFUND_TEST_DATABASE_URL"
	// failed is the exit status where the command itself could not be run.
	failed = 1
	// patience is how long the command and the server get to end by themselves.
	patience = 20 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) (status int) {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: withpg COMMAND [ARGUMENT...]")
		return 2
	}
	server, err := pgdev.Start(ctx, pgdev.Options{Ephemeral: true, Progress: stderr})
	if err != nil {
		fmt.Fprintf(stderr, "withpg: %v\n", err)
		return failed
	}
	defer func() {
		// Not ctx: an interrupted run stops its server too.
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if err := server.Stop(ending); err != nil {
			fmt.Fprintf(stderr, "withpg: %v\n", err)
			status = max(status, failed)
		}
	}()

	command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the command is what this program is for
	command.Env = append(without(environ, variable), variable+"="+server.URL(pgdev.Database))
	command.Stdout, command.Stderr = stdout, stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = patience
	err = command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	default:
		fmt.Fprintf(stderr, "withpg: %v\n", err)
		return failed
	}
}

// without leaves a variable out of an environment.
func without(environ []string, name string) []string {
	var rest []string
	for _, v := range environ {
		if !strings.HasPrefix(v, name+"=") {
			rest = append(rest, v)
		}
	}
	return rest
}
