package pgtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Line is the way to a database, which ends when a test wants it to.
type Line struct {
	// URL is the database's address by this way.
	URL string
	// Full is closed when the server has sent as many bytes as the line lets through.
	Full chan struct{}

	limit int64        // bytes of one connection that are let through; below 0, all
	cut   bool         // the connection is closed then; otherwise it stands still
	sent  atomic.Int64 // the most that one connection let through
	full  sync.Once
}

// Cut is a way to the database at an address that breaks each connection after so many
// bytes of the server's.
func Cut(t testing.TB, address string, after int64) *Line {
	t.Helper()
	return newLine(t, address, after, true)
}

// Still is a way that keeps back what the server sends after so many bytes, and breaks
// only where the server does.
func Still(t testing.TB, address string, after int64) *Line {
	t.Helper()
	return newLine(t, address, after, false)
}

// Sent is the most that the server sent by one connection, in bytes, and was let through.
func (l *Line) Sent() int64 { return l.sent.Load() }

func newLine(t testing.TB, address string, limit int64, cut bool) *Line {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("the database's address cannot be read")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	u.Host = listener.Addr().String()
	l := &Line{URL: u.String(), Full: make(chan struct{}), limit: limit, cut: cut}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { l.carry(client, server) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close() // what is still connected ends with the test's own pool
		running.Wait()
	})
	return l
}

// carry passes on what either end sends until one of them closes.
func (l *Line) carry(client net.Conn, server string) {
	defer func() { _ = client.Close() }()
	upstream, err := net.Dial("tcp", server) //nolint:noctx // it lives as long as the client's
	if err != nil {
		return
	}
	defer func() { _ = upstream.Close() }()
	var asking sync.WaitGroup
	asking.Go(func() {
		_, _ = io.Copy(upstream, client)
		_ = upstream.Close() // so that the other direction ends too
	})
	defer asking.Wait()
	defer func() { _ = client.Close() }()
	l.answer(client, upstream)
}

func (l *Line) answer(client, upstream net.Conn) {
	var let int64
	room := make([]byte, 16<<10)
	for {
		n, err := upstream.Read(room)
		pass := int64(n)
		if l.limit >= 0 {
			pass = min(pass, l.limit-let)
		}
		if _, failed := client.Write(room[:pass]); failed != nil {
			return
		}
		let += pass
		for most := l.sent.Load(); let > most && !l.sent.CompareAndSwap(most, let); most = l.sent.Load() {
		}
		if l.limit >= 0 && let == l.limit {
			l.full.Do(func() { close(l.Full) })
			if l.cut {
				return
			}
			_, _ = io.Copy(io.Discard, upstream) // until the server ends, or who asks
			return
		}
		if err != nil {
			return
		}
	}
}
