package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startCache puts nginx in front of a service, as a shared cache by the file of
// deploy, and gives a client whose every request goes through it.
func startCache(t *testing.T, service string) *http.Client {
	t.Helper()
	program := os.Getenv("NGINX")
	if program == "" {
		out, err := exec.CommandContext(t.Context(), filepath.Join("..", "..", ".ci", "need"), "nginx").Output()
		if err != nil {
			t.Fatalf(".ci/need nginx: %v", err)
		}
		program = strings.TrimSpace(string(out))
	}
	// A socket in a folder needs no free port. Its path may not be long.
	dir, err := os.MkdirTemp("", "cache-") //nolint:usetesting // that folder's path is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(cacheConf(t, dir, service)), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "error.log"))
	if err != nil {
		t.Fatal(err)
	}
	nginx := exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "error.log") // ended below, with its workers
	nginx.Stderr = log
	if err := errors.Join(nginx.Start(), log.Close()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- nginx.Wait() }()
	t.Cleanup(func() {
		_ = nginx.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		<-ended
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		conn, err := dial(t.Context(), "", "")
		if err == nil {
			tick.Stop()
			_ = conn.Close()
			break
		}
		select {
		case <-tick.C:
		case <-ended:
			ended <- nil
			said, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx does not start: %s", said)
		}
	}
	transport := &http.Transport{DialContext: dial, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// cacheConf is a whole nginx of its own around the file that deploy has.
func cacheConf(t *testing.T, dir, service string) string {
	t.Helper()
	shipped, err := filepath.Abs(filepath.Join("..", "..", "deploy", "nginx-cache.conf"))
	if err != nil {
		t.Fatal(err)
	}
	user := ""
	if os.Geteuid() == 0 { // its workers must reach the folder of this test
		user = "user root;"
	}
	return fmt.Sprintf(`daemon off; %[1]s pid %[2]s/pid;
events {}
http {
	access_log off;
	client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/f; uwsgi_temp_path %[2]s/u; scgi_temp_path %[2]s/g;
	proxy_cache_path %[2]s/cache levels=1:2 keys_zone=readerfund:10m use_temp_path=off;
	upstream readerfund { server %[3]s; keepalive 8; }
	server {
		listen unix:%[2]s/s;
		location / { include %[4]s; }
	}
}
`, user, dir, service, shipped)
}
