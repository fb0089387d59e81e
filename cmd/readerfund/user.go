package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web/auth"
)

func (c *cli) user() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Who may come to the finance desk",
		Long: "Lets people come to the finance desk below /finance, or no more. The first admin is added here; admins can do\n" +
			"the same on the desk's own page. docs/finance-access.md tells more.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.userAdd(), c.userList(), c.userDisable(), c.userReset())
	return cmd
}

// terminal is who does what these commands do.
func terminal() auth.Actor { return auth.Actor{Who: auth.Terminal} }

// staff opens who may come in. The caller ends with done.
func (c *cli) staff(ctx context.Context) (_ *auth.Staff, done func(), err error) {
	_, _, db, err := c.database(ctx)
	if err != nil {
		return nil, nil, err
	}
	return app.NewStaff(db), db.Close, nil
}

// passwordFlags are how a password comes about: never in an argument, where the
// machine's other users and the shell's history would see it.
type passwordFlags struct{ ask, none bool }

func (f *passwordFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.ask, "ask", false, "ask for the password (on the terminal, or as one line of standard input) rather than make one")
	cmd.Flags().BoolVar(&f.none, "no-password", false, "no password: the organisation's sign-in alone lets them in")
}

// password makes one, asks for one, or gives none. made tells whether somebody has to
// be told it.
func (f *passwordFlags) password(c *cli, cmd *cobra.Command) (password string, made bool, err error) {
	switch {
	case f.ask && f.none:
		return "", false, usagef("%s: --ask and --no-password exclude each other", cmd.CommandPath())
	case f.none:
		return "", false, nil
	case f.ask:
		password, err = c.askPassword()
		return password, false, err
	default:
		return auth.MakePassword(), true, nil
	}
}

// askPassword asks twice on a terminal without showing what is typed, and reads a line
// from anything else.
func (c *cli) askPassword() (string, error) {
	in, is := c.stdin.(*os.File)
	if !is || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", usagef("standard input holds no password; write it as one line")
		}
		return line, nil
	}
	var typed [2]string
	for i, question := range []string{"Password: ", "The same again: "} {
		_, _ = fmt.Fprint(c.stderr, question)
		b, err := term.ReadPassword(int(in.Fd()))
		_, _ = fmt.Fprintln(c.stderr)
		if err != nil {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", usagef("the two passwords differ; nothing was changed")
	}
	return typed[0], nil
}

func (c *cli) userAdd() *cobra.Command {
	var p auth.Person
	var role string
	var f passwordFlags
	cmd := &cobra.Command{
		Use:   "add EMAIL --name NAME --role viewer|finance|admin",
		Short: "Let a person in; prints a password, once",
		Long: "Lets a person in. Unless --ask or --no-password is given, a password is made and printed, once: hand it over\n" +
			"yourself. The person replaces it at the first sign-in, and enrols an authenticator then.",
		Example: "  readerfund user add ada@example.org --name 'Ada Byron' --role admin --ask",
		Args:    one("whose, by mail address"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if p.Role, err = auth.ParseRole(role); err != nil {
				return usagef("--role: %w", err)
			}
			if p.Name == "" {
				return usagef("%s: say the person's name, with --name", cmd.CommandPath())
			}
			staff, done, err := c.staff(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			password, made, err := f.password(c, cmd)
			if err != nil {
				return err
			}
			p.Email, p.MustChange = args[0], made
			added, err := staff.Add(cmd.Context(), terminal(), p, password)
			if err != nil {
				return mistake(err)
			}
			_, _ = fmt.Fprintf(c.stderr, "%s may come in, as %s\n", added.Email, added.Role)
			c.tellPassword(password, made)
			return nil
		},
	}
	cmd.Flags().StringVar(&p.Name, "name", "", "the person's name")
	cmd.Flags().StringVar(&role, "role", "", "viewer (figures), finance (donors, exports, refunds too) or admin (staff too)")
	f.add(cmd)
	return cmd
}

// tellPassword prints a password that was made, alone on standard output.
func (c *cli) tellPassword(password string, made bool) {
	if made {
		_, _ = fmt.Fprintln(c.stderr, "their password, shown only now, to be replaced at the first sign-in:")
		_, _ = fmt.Fprintln(c.stdout, password)
	}
}

func (c *cli) userList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List who may come in, and who no more",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			staff, done, err := c.staff(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			all, err := staff.List(cmd.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
			_, _ = fmt.Fprintln(w, "EMAIL\tROLE\tSIGNS IN BY\tSTATUS\tNAME")
			for _, p := range all {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Email, p.Role, by(p), status(p), p.Name)
			}
			return w.Flush()
		},
	}
}

func by(p auth.Person) string {
	switch {
	case !p.Password:
		return "organisation"
	case p.Enrolled:
		return "password and code"
	default:
		return "password, no code yet"
	}
}

func status(p auth.Person) string {
	if p.Disabled() {
		return "disabled since " + p.DisabledAt.UTC().Format(time.DateOnly)
	}
	return "may come in"
}

func (c *cli) userDisable() *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use:   "disable EMAIL",
		Short: "Let a person in no more; their sessions end at once",
		Args:  one("whose, by mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			staff, done, err := c.staff(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			p, err := staff.ByEmail(cmd.Context(), args[0])
			if err != nil {
				return mistake(err)
			}
			change, words := staff.Disable, "may come in no more"
			if undo {
				change, words = staff.Enable, "may come in again"
			}
			if err := change(cmd.Context(), terminal(), p.ID); err != nil {
				return mistake(err)
			}
			_, _ = fmt.Fprintln(c.stderr, p.Email+" "+words)
			return nil
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "let them in again")
	return cmd
}

func (c *cli) userReset() *cobra.Command {
	var f passwordFlags
	cmd := &cobra.Command{
		Use:   "reset EMAIL",
		Short: "Give a person another password and let them enrol again; prints the password, once",
		Long: "For who lost password, phone or recovery codes, or waits after too many tries: ends their sessions, makes a\n" +
			"new password, and lets them enrol an authenticator again.",
		Args: one("whose, by mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			staff, done, err := c.staff(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			p, err := staff.ByEmail(cmd.Context(), args[0])
			if err != nil {
				return mistake(err)
			}
			password, made, err := f.password(c, cmd)
			if err != nil {
				return err
			}
			if err := staff.Reset(cmd.Context(), terminal(), p.ID, password, made); err != nil {
				return mistake(err)
			}
			_, _ = fmt.Fprintln(c.stderr, p.Email+" is reset: sessions have ended, the authenticator is to be enrolled again")
			if p.Disabled() {
				_, _ = fmt.Fprintln(c.stderr, "they are disabled still; readerfund user disable --undo lets them in again")
			}
			c.tellPassword(password, made)
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

// mistake tells what was wrong with what was asked, without more around it.
func mistake(err error) error {
	if e, ok := errors.AsType[*payments.Error](err); ok && e.Err != nil {
		return e.Err
	}
	return err
}
