//go:build linux

package pgdev

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev/fetch"
)

// childVariable makes the test program a parent to be killed: it starts a
// server in the folder that the variable names, says so, and waits.
const childVariable = "PGDEV_TEST_PARENT_DIR"

// nobodyVariable, where it is set, makes that server one of the user nobody.
const nobodyVariable = "PGDEV_TEST_PARENT_AS_NOBODY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		choose := chooser(chooseIdentity)
		if os.Getenv(nobodyVariable) != "" {
			choose = becomeNobody
		}
		s, err := finder{Options: Options{Dir: dir}.withDefaults()}.start(context.Background(), choose)
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Println("pid", s.proc.pid())
		<-s.Done() // until killed
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestServerEndsWithItsParent(t *testing.T) {
	t.Run("as root or this user", func(t *testing.T) { killParent(t, openFolder(t), "") })
	t.Run("as nobody", func(t *testing.T) { killParent(t, openFolder(t), "yes") })
	t.Run("as nobody below a closed folder", func(t *testing.T) {
		dir := openFolder(t)
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		killParent(t, filepath.Join(dir, "db"), "yes")
	})
}

func killParent(t *testing.T, dir, nobody string) {
	t.Helper()
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), childVariable+"="+dir, nobodyVariable+"="+nobody)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscanf(line, "pid %d", &pid); err != nil {
		t.Fatalf("the parent said %q", line)
	}
	if err := parent.Process.Kill(); err != nil { // kill -9
		t.Fatal(err)
	}
	_ = parent.Wait()

	for deadline := time.Now().Add(time.Minute); running(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("the server, process %d, outlives its parent", pid)
		}
		time.Sleep(5 * time.Millisecond) // another process's end can only be looked for
	}
	log, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "fast shutdown request") {
		t.Errorf("the server was not shut down in order: %s", lastLines(string(log), 5))
	}
	start(t, Options{Dir: dir})
}

// running tells whether a process lives; one that only waits to be reaped by
// whoever inherited it does not.
func running(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestSweepTakesOnlyWhatIsAbandoned(t *testing.T) {
	tmp := t.TempDir()
	folder := func(name string, age time.Duration) string {
		dir := filepath.Join(tmp, tempPrefix+name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		lock := filepath.Join(dir, lockName)
		if err := os.WriteFile(lock, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(lock, then, then); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	gone, young, used := folder("gone", time.Hour), folder("young", 0), folder("used", time.Hour)
	lock, err := fetch.TryLock(filepath.Join(used, lockName))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	foreign := filepath.Join(tmp, tempPrefix+"foreign") // not made by this package
	if err := os.Mkdir(foreign, 0o700); err != nil {
		t.Fatal(err)
	}

	sweep(tmp)
	if exists(gone) {
		t.Error("the abandoned folder is still there")
	}
	for _, dir := range []string{young, used, foreign} {
		if !exists(dir) {
			t.Errorf("%s is gone", dir)
		}
	}
}
