package pgdev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// Server is a PostgreSQL server that runs as long as this process, at most.
type Server struct {
	inst     Installation
	dir      string
	temp     bool // dir is removed by Stop
	port     int
	password string
	proc     *process
	lock     *fetch.Lock

	stop    sync.Once
	stopErr error
}

// Start finds PostgreSQL, makes a data folder where there is none, and returns
// once the server answers. ctx bounds the start only. The server ends with
// Stop, and with this process however that ends (on Linux).
//
// Errors say what to do: no PostgreSQL (*NotFoundError), a port that is taken,
// a folder that another server uses or that another major version made.
func Start(ctx context.Context, o Options) (*Server, error) {
	f := finder{Options: o.withDefaults()}
	return f.start(ctx, chooseIdentity)
}

// chooser decides who runs the programs of an installation on a data folder.
type chooser func(ctx context.Context, inst Installation, data string) (identity, error)

func (f finder) start(ctx context.Context, choose chooser) (*Server, error) {
	s := &Server{}
	if err := s.takeFolder(f.Options); err != nil {
		return nil, err
	}
	if err := s.serve(ctx, f, choose); err != nil {
		s.leaveFolder()
		return nil, err
	}
	return s, nil
}

// serve starts the server on the folder that was taken.
func (s *Server) serve(ctx context.Context, f finder, choose chooser) error {
	data := filepath.Join(s.dir, dataName)
	major, err := majorOf(data)
	if err != nil {
		return err
	}
	if s.inst, err = Find(ctx, f.Options, major); err != nil {
		if major != 0 {
			return fmt.Errorf("%s was made by PostgreSQL %d, which its data needs: install that, "+
				"or move the folder away to begin with an empty one: %w", data, major, err)
		}
		return err
	}
	id, err := choose(ctx, s.inst, data)
	if err != nil {
		return err
	}
	if s.temp {
		if err := id.give(s.dir); err != nil {
			return fmt.Errorf("folder of the database: %w", err)
		}
	}
	if id, err = id.thatReaches(ctx, s.inst, data); err != nil {
		return err
	}
	if err := s.prepare(ctx, f, id); err != nil {
		return err
	}
	if err := s.launch(ctx, f.Options, id); err != nil {
		return err
	}
	f.Log.InfoContext(ctx, "PostgreSQL runs", "version", s.inst.Version, "way", s.inst.Way,
		"port", s.port, "dir", s.dir, "as", id.name)
	return nil
}

// takeFolder makes or takes the folder, for this process alone.
func (s *Server) takeFolder(o Options) (err error) {
	switch {
	case o.Dir != "":
		if s.dir, err = filepath.Abs(o.Dir); err != nil {
			return fmt.Errorf("folder of the database: %w", err)
		}
		if err := os.MkdirAll(s.dir, 0o755); err != nil { //nolint:gosec // what is secret in it is 0600
			return fmt.Errorf("folder of the database: %w", err)
		}
	case o.Ephemeral:
		base := tempBase(o.Getenv)
		sweep(base)
		if s.dir, err = os.MkdirTemp(base, tempPrefix); err != nil {
			return fmt.Errorf("folder of the database: %w", err)
		}
		s.temp = true
	default:
		return errors.New("a database that is to last needs a folder: set Options.Dir, or Options.Ephemeral")
	}

	s.lock, err = fetch.TryLock(filepath.Join(s.dir, lockName))
	switch {
	case errors.Is(err, fetch.ErrLocked):
		who := "another process"
		if p, ok := readPostmaster(filepath.Join(s.dir, dataName)); ok {
			who = fmt.Sprintf("another process, with PostgreSQL as process %d", p.pid)
		}
		return fmt.Errorf("the database folder %s is in use by %s: stop that one or choose another folder", s.dir, who)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("the database folder %s belongs to another user: run as that user or choose another folder (%w)", s.dir, err)
	}
	return err
}

// leaveFolder undoes takeFolder.
func (s *Server) leaveFolder() {
	if s.temp {
		_ = os.RemoveAll(s.dir) // what cannot be removed now is swept by a later start
	}
	s.lock.Release()
}

// prepare makes the data folder ready to be served.
func (s *Server) prepare(ctx context.Context, f finder, id identity) (err error) {
	data := filepath.Join(s.dir, dataName)
	if err := clearStale(ctx, data, 10*time.Second); err != nil {
		return err
	}
	switch {
	case exists(data):
		// It may have been made by another identity, elsewhere.
		if err := id.giveAll(data); err != nil {
			return fmt.Errorf("folder of the database: %w", err)
		}
	case f.Ephemeral:
		if err := f.copyTemplate(ctx, s.inst, id, s.dir); err != nil {
			return err
		}
	}
	s.password, err = openCluster(ctx, s.inst, id, s.dir)
	return err
}

// launch starts the server, on another port when somebody was quicker to take
// the one that was free.
func (s *Server) launch(ctx context.Context, o Options, id identity) error {
	for attempt := 1; ; attempt++ {
		port, err := pickPort(ctx, o.Port)
		if err != nil {
			return err
		}
		s.port = port
		err = s.launchOnce(ctx, o, id)
		if errors.Is(err, errPortTaken) && o.Port == 0 && attempt < 5 {
			continue
		}
		return err
	}
}

// pickPort finds a free port, or checks that the wanted one is.
func pickPort(ctx context.Context, want int) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(want)))
	if err != nil {
		return 0, fmt.Errorf("%w: %d on 127.0.0.1: %w; end what uses it or choose another", errPortTaken, want, err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// URL is the postgres:// address of a database on the server, with the password
// of Role in it: not for logs. "" means Database.
func (s *Server) URL(db string) string {
	if db == "" {
		db = Database
	}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(Role, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Installation tells which PostgreSQL runs.
func (s *Server) Installation() Installation { return s.inst }

// Done is closed when the server has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.proc.done }

// ping returns an error unless the server takes Role's password.
func (s *Server) ping(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return conn.Close(ctx)
}

// Stop ends the server: sessions are ended, data is written, and a temporary
// folder removed. When ctx ends first, the server is ended at once, which its
// data survives too. Calls after the first return the first one's error.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		s.stopErr = s.shutDown(ctx)
		s.leaveFolder()
	})
	return s.stopErr
}

func (s *Server) shutDown(ctx context.Context) error {
	if s.temp {
		s.proc.signal(immediateShutdown) // nobody will read what it would write
	} else {
		s.proc.signal(fastShutdown)
	}
	select {
	case <-s.proc.done:
		return s.ended()
	case <-ctx.Done():
	}
	s.proc.signal(immediateShutdown)
	select {
	case <-s.proc.done:
	case <-time.After(5 * time.Second):
		s.proc.signal(os.Kill)
		<-s.proc.done
	}
	return fmt.Errorf("stop PostgreSQL: it took too long and was ended at once: %w", context.Cause(ctx))
}

// ended tells how the server ended, nil for an orderly end. After the immediate
// shutdown that a temporary one gets, PostgreSQL answers 0 as well.
func (s *Server) ended() error {
	if s.proc.err != nil {
		return fmt.Errorf("PostgreSQL ended with an error: %w: %s", s.proc.err, s.logTail())
	}
	return nil
}
