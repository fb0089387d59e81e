package pgdev

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// process is a program that ends when this one does, even on kill -9.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed once it has ended
	err  error         // how it ended; read after done
}

// startBound starts cmd bound to the life of this process. The kernel sends the
// signal when the *thread* that forked ends, which in Go may be long before the
// process does: so one goroutine keeps its thread from start to end.
func startBound(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// Signals that a PostgreSQL server takes, by what it does then.
const (
	fastShutdown      = syscall.SIGINT  // ends sessions, writes a checkpoint
	immediateShutdown = syscall.SIGQUIT // ends at once; the log is replayed at the next start
)

// signal tells the process; that it has ended already is no error.
func (p *process) signal(s os.Signal) {
	_ = p.cmd.Process.Signal(s)
}
