package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// telling says on standard error every two seconds how far something is. It
// says nothing of what is done sooner.
type telling struct {
	w           io.Writer
	what        string
	mu          sync.Mutex
	began, said time.Time
}

func (c *cli) telling(what string) *telling {
	now := time.Now()
	return &telling{w: c.stderr, what: what, began: now, said: now}
}

// tell hears that n are done.
func (t *telling) tell(n int, format string, a ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.Sub(t.said) < 2*time.Second {
		return
	}
	t.said = now
	_, _ = fmt.Fprintf(t.w, "%s: %d, %.0f a second, %s\n", t.what, n, float64(n)/now.Sub(t.began).Seconds(), fmt.Sprintf(format, a...))
}
