package report_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// beanCheck is Beancount's own checker, which the Makefile names; run by hand, the
// test asks for it itself.
func beanCheck(t *testing.T, file string) (said string, accepted bool) {
	t.Helper()
	program := os.Getenv("BEAN_CHECK")
	if program == "" {
		need := exec.CommandContext(t.Context(), "../../.ci/need", "beancount")
		need.Stderr = os.Stderr
		path, err := need.Output()
		if err != nil {
			t.Fatalf("the Beancount export is checked by Beancount itself, which could not be found: %v", err)
		}
		program = strings.TrimSpace(string(path))
	}
	out, err := exec.CommandContext(t.Context(), program, "--no-cache", file).CombinedOutput()
	return string(out), err == nil && len(out) == 0
}

func acceptedByBeancount(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "journal.beancount")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, ok := beanCheck(t, file); !ok {
		t.Errorf("Beancount refuses it: %s\n%s", said, text)
	}
	// That it looks at all: one cent more is refused.
	if spoilt := strings.Replace(text, " ~ 0 ", "1 ~ 0 ", 1); spoilt != text {
		if err := os.WriteFile(file, []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := beanCheck(t, file); ok {
			t.Error("Beancount accepts a wrong balance")
		}
	}
}
