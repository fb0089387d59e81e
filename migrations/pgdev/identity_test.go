package pgdev

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRootBecomesAnotherUser starts a server as root does where user namespaces
// are not allowed. An ordinary user has no such choice: there the same folder
// is served as that user.
func TestRootBecomesAnotherUser(t *testing.T) {
	closed := openFolder(t)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"lasting":               {Dir: openFolder(t)},
		"below a closed folder": {Dir: filepath.Join(closed, "db")},
		"temporary":             {Ephemeral: true},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // makes the data, then uses it again
				s, err := finder{Options: o.withDefaults()}.start(t.Context(), becomeNobody)
				if err != nil {
					t.Fatal(err)
				}
				query(t, s, "select 1")
				if err := s.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			// From now on the data belongs to that user, whom Start finds out.
			start(t, o)
		})
	}
}

// becomeNobody is a chooser: the user nobody for root, else who we are.
func becomeNobody(context.Context, Installation, string) (identity, error) {
	if os.Geteuid() != 0 {
		return ordinary(), nil
	}
	return lookUpUser("nobody")
}

// openFolder is a temporary folder that other users may enter, in memory where
// there is room.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(tempBase(os.Getenv), "pgdev-test-") //nolint:usetesting // t.TempDir is private to the user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReachNamesTheClosedFolder(t *testing.T) {
	closed := filepath.Join(openFolder(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	somebody := asUser("somebody", 54321, 54321)
	err := somebody.reach(filepath.Join(closed, "bin", "postgres"))
	if err == nil {
		t.Fatal("reached a program below a folder that does not exist for them")
	}
	if err := os.Mkdir(filepath.Join(closed, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	err = somebody.reach(filepath.Join(closed, "bin", "postgres"))
	if err == nil || !strings.Contains(err.Error(), "cannot enter "+closed+" ") {
		t.Errorf("error %v does not name %s", err, closed)
	}
	if err := ordinary().reach(filepath.Join(closed, "bin", "postgres")); err != nil {
		t.Errorf("the user of the process needs no other's way: %v", err)
	}
}
