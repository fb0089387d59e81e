package pgdev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var errPortTaken = errors.New("the port is taken")

// startPatience bounds a start; recovery after a crash of the machine is what
// takes long.
const startPatience = 2 * time.Minute

// settings are the server's, beside those of data that lasts or does not.
func (s *Server) settings(o Options) []string {
	set := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(s.port),
		"unix_socket_directories=", // none: their paths are limited, and their access another matter
		"timezone=UTC",
		"log_timezone=UTC",
		"log_line_prefix=%m [%p] %d ",
		"lc_messages=C", // waitReady reads the log
		"shared_buffers=64MB",
		"max_connections=200",
		"jit=off",
		"wal_level=minimal",
		"max_wal_senders=0",
		"max_wal_size=256MB",
		"min_wal_size=32MB",
	}
	if o.Ephemeral {
		set = append(set, "fsync=off", "full_page_writes=off", "synchronous_commit=off", "log_checkpoints=off")
	}
	set = append(set, o.Settings...)
	args := make([]string, 0, 2*len(set))
	for _, setting := range set {
		args = append(args, "-c", setting)
	}
	return args
}

// launchOnce starts the server and waits until it answers. On an error nothing
// runs any more.
func (s *Server) launchOnce(ctx context.Context, o Options, id identity) (err error) {
	data := filepath.Join(s.dir, dataName)
	log, err := s.openLog()
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the server has its own handle

	// The server outlives the start, hence not ctx.
	cmd := id.command(context.WithoutCancel(ctx), s.inst, "postgres", append([]string{"-D", data}, s.settings(o)...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if s.temp {
		endWithParent(cmd, immediateShutdown)
	} else {
		endWithParent(cmd, fastShutdown)
	}
	if s.proc, err = startBound(cmd); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err = s.waitReady(ctx, data); err == nil {
		err = s.ping(ctx)
	}
	if err != nil {
		s.proc.signal(immediateShutdown)
		<-s.proc.done
	}
	return err
}

// waitReady waits for the word that the server writes into its postmaster.pid,
// as pg_ctl does: it costs no connection.
func (s *Server) waitReady(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if p, ok := readPostmaster(data); ok && p.ready && p.pid == s.proc.pid() {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.proc.done:
			tail := s.logTail()
			if strings.Contains(tail, "Address already in use") {
				return fmt.Errorf("%w: %d on 127.0.0.1; end what uses it or choose another", errPortTaken, s.port)
			}
			return fmt.Errorf("PostgreSQL did not start (%w): %s", s.proc.err, tail)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL was not ready in time: %w: %s", context.Cause(ctx), s.logTail())
		}
	}
}

// logLimit is how large a log, in bytes, a start still appends to.
const logLimit = 8 << 20

// openLog opens the server's log for appending; one that has grown large is
// kept as postgres.log.1.
func (s *Server) openLog() (*os.File, error) {
	path := filepath.Join(s.dir, logName)
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fmt.Errorf("log of the database: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // a path of our own
	if err != nil {
		return nil, fmt.Errorf("log of the database: %w", err)
	}
	return f, nil
}

// logTail is the end of the server's log, for an error.
func (s *Server) logTail() string {
	raw, err := os.ReadFile(filepath.Join(s.dir, logName))
	if err != nil {
		return "its log cannot be read: " + err.Error()
	}
	return lastLines(string(raw), 8)
}
