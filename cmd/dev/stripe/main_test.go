package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program makes a command line that says what it was called with.
func program(t *testing.T, more string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stripe")
	script := "#!/bin/sh\necho \"$HOME|$STRIPE_API_KEY|$STRIPE_CLI_TELEMETRY_OPTOUT|$*\"\n" + more
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STRIPE_CLI", path)
}

func stack(t *testing.T, env string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dev.env"), []byte(env), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const running = "STRIPE_API_BASE=http://127.0.0.1:12111\nSTRIPE_SECRET_KEY=sk_test_of_the_stack\n"

func TestRunsAgainstTheStack(t *testing.T) {
	program(t, "exit 3")
	dir := stack(t, running)
	var out, problems bytes.Buffer
	code := run(t.Context(), []string{"--data", dir, "trigger", "charge.refunded"}, nil, &out, &problems)
	want := dir + "/stripe-cli|sk_test_of_the_stack|1|trigger charge.refunded --api-base http://127.0.0.1:12111\n"
	if code != 3 || out.String() != want || problems.Len() != 0 {
		t.Errorf("exit %d, said %q %q, want %q", code, out.String(), problems.String(), want)
	}
}

func TestSaysWhatIsMissing(t *testing.T) {
	program(t, "")
	for name, tt := range map[string]struct{ dir, want string }{
		"no stack":    {t.TempDir(), "make run"},
		"real Stripe": {stack(t, "STRIPE_SECRET_KEY=sk_test_real\n"), "--stripe-real"},
	} {
		var out, problems bytes.Buffer
		code := run(t.Context(), []string{"--data=" + tt.dir, "trigger", "x"}, nil, &out, &problems)
		if code != 1 || out.Len() != 0 || !strings.Contains(problems.String(), tt.want) {
			t.Errorf("%s: exit %d, said %q %q", name, code, out.String(), problems.String())
		}
	}
	t.Setenv("STRIPE_CLI", "/nowhere/stripe")
	var problems bytes.Buffer
	if code := run(t.Context(), []string{"--where"}, nil, &problems, &problems); code != 1 || !strings.Contains(problems.String(), "STRIPE_CLI") {
		t.Errorf("exit %d, said %q", code, problems.String())
	}
}

func TestDataFolderComesFirst(t *testing.T) {
	for _, tt := range []struct {
		args []string
		dir  string
		rest []string
	}{
		{[]string{"trigger", "--data", "x"}, ".data", []string{"trigger", "--data", "x"}},
		{[]string{"--data", "x", "listen"}, "x", []string{"listen"}},
		{[]string{"--data=x"}, "x", []string{}},
		{nil, ".data", nil},
	} {
		if dir, rest := dataFolder(tt.args); dir != tt.dir || !slices.Equal(rest, tt.rest) {
			t.Errorf("%v: %q %v", tt.args, dir, rest)
		}
	}
}
