// Package orphan ends a program that was started by "go run" when that is ended.
package orphan

import (
	"context"
	"os"
	"strings"
	"time"
)

// Until ends the context when "go run" is ended: that passes SIGINT on
// to the program it runs, but not SIGTERM, and would leave it behind. A program
// that was built and started by itself may outlive its parent.
func Until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	program, err := os.Executable()
	if err != nil || !strings.Contains(program, "go-build") {
		return ctx, cancel
	}
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		cancel()
	}()
	return ctx, cancel
}
