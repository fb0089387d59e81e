// Command stripe runs Stripe's official command line against the local stack:
//
//	go run ./cmd/dev/stripe trigger charge.refunded
//
// It reads where the stack is from .data/dev.env, or from the folder that
// --data names before all else; that of an ephemeral stack stands in what it
// prints at its start. --where alone prints the program's path.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/joho/godotenv"

	"github.com/readerfund/readerfund/cmd/dev/stripecli"
	"github.com/readerfund/readerfund/cmd/internal/orphan"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, orphaned := orphan.Until(ctx)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	orphaned()
	stop()
	os.Exit(code)
}

// run is main without the process around it; it gives the exit code, which is
// the command line's own where that was run.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	data, args := dataFolder(args)
	program, err := stripecli.Find(ctx, stripecli.Options{Progress: stderr})
	if err != nil {
		return fail(stderr, err)
	}
	if len(args) == 1 && args[0] == "--where" {
		_, _ = fmt.Fprintln(stdout, program)
		return 0
	}
	stack, err := local(data)
	if err != nil {
		return fail(stderr, err)
	}
	stack.Program = program
	cmd := stack.Command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil, ctx.Err() != nil: // asked to end
		return 0
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	}
	return fail(stderr, err)
}

func fail(stderr io.Writer, err error) int {
	_, _ = fmt.Fprintln(stderr, "stripe: "+err.Error())
	return 1
}

// dataFolder takes a leading --data DIR or --data=DIR; what follows is the
// command line's own.
func dataFolder(args []string) (string, []string) {
	if len(args) > 1 && args[0] == "--data" {
		return args[1], args[2:]
	}
	if len(args) > 0 {
		if dir, ok := strings.CutPrefix(args[0], "--data="); ok {
			return dir, args[1:]
		}
	}
	return ".data", args
}

// local is the stack that keeps its data in a folder.
func local(data string) (stripecli.Stack, error) {
	file := filepath.Join(data, "dev.env")
	vars, err := godotenv.Read(file)
	if err != nil {
		return stripecli.Stack{}, fmt.Errorf("%w; bring the stack up first with make run, or name its folder with --data", err)
	}
	s := stripecli.Stack{Base: vars["STRIPE_API_BASE"], Key: vars["STRIPE_SECRET_KEY"]}
	if s.Base == "" || s.Key == "" {
		return s, fmt.Errorf("%s names no stand-in for Stripe; with --stripe-real, use Stripe's command line by itself", file)
	}
	home, err := filepath.Abs(filepath.Join(data, "stripe-cli"))
	if err != nil {
		return s, err
	}
	s.Home = home
	return s, os.MkdirAll(home, 0o700) //nolint:gosec // the folder that the user named
}
