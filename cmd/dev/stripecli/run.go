package stripecli

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Stack is where the command line finds the stand-in for Stripe.
type Stack struct {
	// Program is the command line, as Find gives it.
	Program string
	// Base is the stand-in's address: http://127.0.0.1:PORT, the only form that
	// the command line takes.
	Base string
	// Key is any sk_test_… key of 12 characters or more.
	Key string
	// Home is a folder of its own for the command line's settings, so that it
	// meets no real account's.
	Home string
}

// Command prepares the command line with these arguments. It is asked to end
// when ctx does, and made to five seconds later.
func (s Stack) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Program, append(args, "--api-base", s.Base)...) //nolint:gosec // the program that Find gave
	cmd.Env = []string{
		"HOME=" + s.Home, "XDG_CONFIG_HOME=" + s.Home, "STRIPE_API_KEY=" + s.Key, "STRIPE_CLI_TELEMETRY_OPTOUT=1",
		"PATH=" + os.Getenv("PATH"), "TERM=dumb",
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
