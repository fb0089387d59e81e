package pgdev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Lines of postmaster.pid that are read here, counted from 0 (PostgreSQL's
// source, miscadmin.h).
const (
	pidLine    = 0
	statusLine = 7
)

// postmaster is what a data folder's postmaster.pid says.
type postmaster struct {
	pid   int
	ready bool
}

// readPostmaster returns false where there is no such file, or none that a
// server has written whole.
func readPostmaster(data string) (postmaster, bool) {
	raw, err := os.ReadFile(filepath.Join(data, "postmaster.pid")) //nolint:gosec // a path of our own
	if err != nil {
		return postmaster{}, false
	}
	lines := strings.Split(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[pidLine]))
	if err != nil || pid <= 0 {
		return postmaster{}, false
	}
	ready := len(lines) > statusLine && strings.TrimSpace(lines[statusLine]) == "ready"
	return postmaster{pid: pid, ready: ready}, true
}

// serves tells whether the process is a server of that data folder: a server
// works in its folder. Where /proc cannot tell, a live process counts as one.
func (p postmaster) serves(data string) bool {
	if err := syscall.Kill(p.pid, 0); errors.Is(err, syscall.ESRCH) {
		return false
	}
	cwd, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", p.pid))
	if err != nil {
		return true
	}
	dir, err := os.Stat(data)
	return err == nil && os.SameFile(cwd, dir)
}

// clearStale makes sure that no server runs on a data folder whose lock this
// process holds. One that is still shutting down, because its parent was
// killed, is waited for; the file of one that is gone is removed, because its
// number may by now be another process's, at which PostgreSQL would balk.
func clearStale(ctx context.Context, data string, patience time.Duration) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		p, ok := readPostmaster(data)
		if !ok {
			return nil
		}
		if !p.serves(data) {
			err := os.Remove(filepath.Join(data, "postmaster.pid"))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("remove the mark of a server that is gone: %w", err)
			}
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return fmt.Errorf("a PostgreSQL server, process %d, already runs on %s: end it (kill -INT %d) or choose another folder",
				p.pid, data, p.pid)
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL, process %d, to end: %w", p.pid, context.Cause(ctx))
		}
	}
}
