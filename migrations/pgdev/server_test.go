package pgdev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// start starts a server that ends with the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// query runs one statement and returns the first column of its row, as text.
func query(t *testing.T, s *Server, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var answer any
	err = conn.QueryRow(t.Context(), sql).Scan(&answer)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return fmt.Sprint(answer)
}

func TestServerIsSetUpAsPromised(t *testing.T) {
	s := start(t, Options{Ephemeral: true})
	for _, c := range []struct{ sql, want string }{
		{"show timezone", "UTC"},
		{"show server_encoding", "UTF8"},
		{"show listen_addresses", "127.0.0.1"},
		{"show fsync", "off"},
		{"select datcollate::text from pg_database where datname = current_database()", "C.UTF-8"},
		{"select current_user::text", Role},
		{"select current_database()::text", Database},
		{"select rolcreatedb and not rolsuper from pg_roles where rolname = current_user", "true"},
	} {
		if got := query(t, s, c.sql); got != c.want {
			t.Errorf("%s: %q, want %q", c.sql, got, c.want)
		}
	}
}

func TestServerWantsThePassword(t *testing.T) {
	s := start(t, Options{Ephemeral: true})
	for _, user := range []string{Role + ":wrong", "postgres:", "postgres:" + s.password} {
		address := strings.Replace(s.URL(""), Role+":"+s.password, user, 1)
		conn, err := pgx.Connect(t.Context(), address)
		if err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("signed in as %s", user)
		}
	}
}

func TestRestartKeepsDataAndAddress(t *testing.T) {
	dir := filepath.Join(openFolder(t), "db")
	first, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	query(t, first, "create table kept as select 42 as n")
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := readPostmaster(filepath.Join(dir, dataName)); ok {
		t.Error("the stopped server left its postmaster.pid")
	}

	again := start(t, Options{Dir: dir, Port: first.port})
	if again.URL("") != first.URL("") {
		t.Errorf("address changed from %s to %s", first.URL(""), again.URL(""))
	}
	if got := query(t, again, "select n from kept"); got != "42" {
		t.Errorf("kept: %s", got)
	}
}

func TestLostPasswordIsSetAnew(t *testing.T) {
	dir := openFolder(t)
	s, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	query(t, s, "create table kept as select 42 as n")
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, passwordName)); err != nil {
		t.Fatal(err)
	}
	again := start(t, Options{Dir: dir})
	if got := query(t, again, "select n from kept"); got != "42" {
		t.Errorf("kept: %s", got)
	}
}

func TestTwoServersSideBySide(t *testing.T) {
	a, b := start(t, Options{Dir: openFolder(t)}), start(t, Options{Ephemeral: true})
	query(t, a, "create table of_a as select 1")
	if got := query(t, b, "select count(*) from pg_tables where tablename = 'of_a'"); got != "0" {
		t.Errorf("b sees the table of a: %s", got)
	}
	if got := query(t, a, "select count(*) from of_a"); got != "1" {
		t.Errorf("of_a: %s", got)
	}
}

func TestFolderInUseIsNamed(t *testing.T) {
	dir := openFolder(t)
	s := start(t, Options{Dir: dir})
	_, err := Start(t.Context(), Options{Dir: dir})
	if err == nil {
		t.Fatal("two servers on one folder")
	}
	for _, want := range []string{dir, fmt.Sprintf("process %d", s.proc.pid()), "choose another folder"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = Start(t.Context(), Options{Ephemeral: true, Port: port})
	if !errors.Is(err, errPortTaken) || !strings.Contains(err.Error(), fmt.Sprint(port)) {
		t.Errorf("error %v does not name port %d", err, port)
	}
}

func TestStalePidOfAnotherProgramIsPassedBy(t *testing.T) {
	dir := openFolder(t)
	s, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// As after a crash of the machine: the number is now another program's.
	pid := filepath.Join(dir, dataName, "postmaster.pid")
	if err := os.WriteFile(pid, fmt.Appendf(nil, "%d\n%s\n", os.Getpid(), dir), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir})
}

func TestLiveServerOfAnotherProgramIsNamed(t *testing.T) {
	// A program that works in the data folder stands in for a server there.
	data := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sleep", "600")
	cmd.Dir = data
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), fmt.Appendf(nil, "%d\n", cmd.Process.Pid), 0o600); err != nil {
		t.Fatal(err)
	}
	err := clearStale(t.Context(), data, 30*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("kill -INT %d", cmd.Process.Pid)) {
		t.Errorf("error %v does not say what to do", err)
	}
}

func TestDataOfAnotherMajorVersionIsNamed(t *testing.T) {
	dir := openFolder(t)
	data := filepath.Join(dir, dataName)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := Find(t.Context(), Options{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Options{Dir: dir, Getenv: env("PG_BIN", here.Bin)})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 9") || !strings.Contains(err.Error(), "move the folder away") {
		t.Errorf("error %v does not say what to do", err)
	}
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		t.Errorf("the data was touched: %v", err)
	}
}

func TestFolderOrEphemeralIsNeeded(t *testing.T) {
	if _, err := Start(t.Context(), Options{}); err == nil {
		t.Error("started without a folder")
	}
}

func TestStopRemovesTheTemporaryFolder(t *testing.T) {
	s, err := Start(t.Context(), Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second call is harmless
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after Stop")
	}
	if exists(s.dir) {
		t.Errorf("%s is still there", s.dir)
	}
}

// env is an environment where one variable differs from the real one.
func env(name, value string) func(string) string {
	return func(asked string) string {
		if asked == name {
			return value
		}
		return os.Getenv(asked)
	}
}
