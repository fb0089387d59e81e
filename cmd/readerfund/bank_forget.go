package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/bank"
	"github.com/readerfund/readerfund/web/auth"
)

// bankStatements are those that a command reads and takes back; the audit says so.
func bankStatements(db *pgxpool.Pool) *bank.Statements {
	return &bank.Statements{DB: db, Now: time.Now, Record: func(ctx context.Context, tx pgx.Tx, d bank.Deed) error {
		return auth.Audit{Now: time.Now}.Record(ctx, tx, auth.Entry{Who: auth.Terminal, Action: d.Action, Object: d.Statement, Result: auth.Done, Detail: printable(d.Detail)})
	}}
}

// statementName is what a file is called in the list of statements.
func statementName(file string) string {
	if file == "-" {
		return "standard input"
	}
	return filepath.Base(file)
}

// listStatements lists the statements that were read.
func (c *cli) listStatements(ctx context.Context) error {
	_, _, db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := bankStatements(db).List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, _ = fmt.Fprintln(c.stdout, "no statement was read")
	}
	for _, s := range all {
		_, _ = fmt.Fprintln(c.stdout, statementLine(s))
	}
	return nil
}

func statementLine(s bank.Statement) string {
	line := fmt.Sprintf("%s  read %s  %s", s.ID, s.ReadAt.UTC().Format("2006-01-02 15:04 UTC"), printable(s.Name))
	if !s.TakenBack.IsZero() {
		return line + ", taken back " + s.TakenBack.UTC().Format("2006-01-02 15:04 UTC")
	}
	return line + fmt.Sprintf(", %s to %s, %s", s.First.Format(time.DateOnly), s.Last.Format(time.DateOnly), s.Says())
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// forgetStatement takes a statement back, once somebody has seen what becomes of it.
func (c *cli) forgetStatement(ctx context.Context, f bankFlags) error {
	if !f.yes && !f.dry && !c.canAsk() {
		return usagef("nobody can be asked here: look with --forget %s --dry-run, and say --yes", f.forget)
	}
	_, _, db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	statements := bankStatements(db)
	id, err := c.statementID(ctx, statements, f.forget)
	if err != nil {
		return err
	}
	look, err := statements.Consider(ctx, id)
	switch {
	case errors.Is(err, bank.ErrUnknown):
		return fmt.Errorf("%s was not read as a statement; readerfund bank --statements lists those that were", printable(f.forget))
	case err != nil:
		return err
	case !look.Statement.TakenBack.IsZero():
		_, _ = fmt.Fprintln(c.stdout, statementLine(look.Statement)+": nothing is left to do")
		return nil
	}
	c.showForgotten(look)
	if f.dry {
		return nil
	}
	if !f.yes && !c.agreed("Type yes to take it back: ") {
		return errors.New("nothing was taken back")
	}
	done, err := statements.Forget(ctx, id)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.stdout, "taken back: lines=%d unticked=%d moved=%d\n", done.Gone, len(done.Unticked), len(done.Moved))
	return nil
}

// statementID finds which statement is meant: by its id, or by the file that was read.
func (c *cli) statementID(ctx context.Context, statements *bank.Statements, meant string) (string, error) {
	if regexp.MustCompile(`^bst_[0-9a-f]{20}$`).MatchString(meant) {
		return meant, nil
	}
	in := c.stdin
	if meant != "-" {
		file, err := os.Open(meant) //nolint:gosec // the file that the person named
		if err != nil {
			return "", fmt.Errorf("the statement cannot be opened: %w; where the file is gone, give its id: readerfund bank --statements lists them", err)
		}
		defer func() { _ = file.Close() }() // it was only read
		in = file
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, in); err != nil {
		return "", fmt.Errorf("reading %s: %w", meant, err)
	}
	found, err := statements.Of(ctx, [sha256.Size]byte(hash.Sum(nil)))
	if err != nil {
		return "", err
	}
	// Of a file one reading stands at a time; those that were taken back are older.
	for _, s := range found {
		if s.TakenBack.IsZero() {
			return s.ID, nil
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s was not read as a statement, or was changed since; readerfund bank --statements lists those that were", meant)
	}
	return found[len(found)-1].ID, nil
}

func (c *cli) showForgotten(f bank.Forgotten) {
	say := func(format string, a ...any) { _, _ = fmt.Fprintf(c.stdout, format+"\n", a...) }
	say("%s", statementLine(f.Statement))
	say("%s, %d of which no other statement has", counted(f.Statement.Lines, "line"), f.Gone)
	for _, list := range []struct {
		what  string
		ticks []bank.Tick
	}{{"ticked no more", f.Unticked}, {"by another line", f.Moved}} {
		for _, t := range list.ticks {
			say("%s  %s  %s  %s  %s", list.what, t.Day.Format(time.DateOnly), t.Amount, t.Payout, t.Kind)
		}
	}
}
