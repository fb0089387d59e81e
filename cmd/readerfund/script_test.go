package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(pgMain{m}, map[string]func(){
		"readerfund": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// pgMain runs the tests and ends the server they used.
type pgMain struct{ m *testing.M }

func (p pgMain) Run() int {
	pgtest.Main(p.m) // exits
	return 0
}

// The commands as a person types them. Each script has a database with the
// whole schema in $DATABASE_URL and an empty one in $EMPTY_URL.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode": exitCode, "sql": sql, "standin": standIn, "stripe": stripe, "endpoint": listenFor, "received": received,
		},
		Setup: func(e *testscript.Env) error {
			tb, ok := e.T().(testing.TB)
			if !ok {
				return os.ErrInvalid
			}
			e.Values[othersKey{}] = &others{}
			e.Setenv("DATABASE_URL", pgtest.NewURL(tb))
			e.Setenv("EMPTY_URL", pgtest.Empty(tb))
			return nil
		},
	})
}

// exitCode runs a program and holds its exit code: exitcode N PROGRAM ARGS…
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N program args…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v: %v", args[1:], err)
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("%v: exit code %d, want %s", args[1:], got, want)
	}
}

// sql spoils or reads the script's database behind the program's back: sql
// STATEMENT
func sql(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sql statement")
	}
	db, err := pgx.Connect(context.Background(), ts.Getenv("DATABASE_URL"))
	ts.Check(err)
	_, err = db.Exec(context.Background(), args[0])
	ts.Check(errors.Join(err, db.Close(context.Background())))
}
