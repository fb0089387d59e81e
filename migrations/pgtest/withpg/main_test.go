package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The test program doubles as the command that is run: it asks the server that
// it was told of for its version.
func TestMain(m *testing.M) {
	if os.Getenv("WITHPG_CHILD") == "" {
		os.Exit(m.Run())
	}
	os.Exit(child())
}

func child() int {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Getenv(variable))
	if err != nil {
		fmt.Fprint(os.Stderr, err)
		return 1
	}
	var role string
	if err := conn.QueryRow(ctx, "select current_user").Scan(&role); err != nil {
		fmt.Fprint(os.Stderr, err)
		return 1
	}
	fmt.Fprint(os.Stdout, "role "+role)
	return 7
}

func TestRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	environ := append(os.Environ(), "WITHPG_CHILD=yes", variable+"=postgres://elsewhere.invalid/db")
	if got := run(t.Context(), []string{self}, environ, &stdout, &stderr); got != 7 {
		t.Errorf("status %d, want the command's own, 7; it said %q", got, stderr.String())
	}
	if got := stdout.String(); got != "role readerfund" {
		t.Errorf("the command printed %q; it should have reached the temporary server", got)
	}
}

func TestRunRefuses(t *testing.T) {
	var stderr bytes.Buffer
	if got := run(t.Context(), nil, nil, &stderr, &stderr); got != 2 || !strings.Contains(stderr.String(), "usage") {
		t.Errorf("without a command: status %d, %q", got, stderr.String())
	}
	stderr.Reset()
	if got := run(t.Context(), []string{"no-such-program-anywhere"}, os.Environ(), &stderr, &stderr); got != failed {
		t.Errorf("with a command that is not there: status %d, %q", got, stderr.String())
	}
	if !strings.Contains(stderr.String(), "no-such-program-anywhere") {
		t.Errorf("the message %q does not name the program", stderr.String())
	}
}
