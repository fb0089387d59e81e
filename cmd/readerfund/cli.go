package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

// cli is what every command shares.
type cli struct {
	environ        []string
	envFile        string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// localEnvFile is where make run writes what its service runs with.
const localEnvFile = ".data/dev.env"

// usageError is a command given wrongly: exit code 2.
type usageError struct{ error }

// one asks for exactly one argument and says which.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s: say %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// errCheck is a check that did not hold and has said so already: exit code 1.
var errCheck = errors.New("a check did not hold")

func (c *cli) run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:   "readerfund",
		Short: "Donations on the article page, and books that finance can close",
		Long: "Readerfund renders a newspaper's articles with their calls to give, takes gifts through Stripe\n" +
			"Checkout, and keeps the books. Configuration comes from the environment; see .env.example.",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("readerfund {{.Version}}\n")
	root.PersistentFlags().StringVar(&c.envFile, "env-file", "",
		"file of variables (default .env where it exists; real environment variables win)")
	root.AddCommand(c.serve(), c.migrate(), c.replay(), c.importAccount(), c.digest(), c.rebuild(), c.withAgainst(c.reconcile()), c.export(), c.closeMonth(), c.refund(), c.statements(), c.recurring(), c.bank(), c.person(), c.erase(), c.user(), c.doctor(), c.stripe())
	root.CompletionOptions.HiddenDefaultCmd = true
	wrong := help(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	root.SetArgs(args)
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		return c.exitCode(err)
	}
	return c.exitCode(wrong())
}

func (c *cli) exitCode(err error) int {
	if err == nil {
		return 0
	}
	if !errors.Is(err, errCheck) {
		_, _ = fmt.Fprintln(c.stderr, "readerfund: "+err.Error())
	}
	_, usage := errors.AsType[usageError](err)
	_, config := errors.AsType[*app.ConfigError](err)
	_, content := errors.AsType[*app.NewsroomError](err)
	if _, statErr := os.Stat(localEnvFile); config && c.envFile == "" && statErr == nil {
		_, _ = fmt.Fprintln(c.stderr, "for the local stack, whose settings are in "+localEnvFile+", add: --env-file "+localEnvFile)
	}
	// cobra has no type for a command it does not know.
	if usage || config || content || strings.HasPrefix(err.Error(), "unknown command") {
		return 2
	}
	return 1
}

// config loads the configuration for a command with its needs.
func (c *cli) config(needs ...app.Need) (app.Config, *slog.Logger, error) {
	cfg, err := app.LoadConfig(c.envFile, c.environ, needs...)
	if err != nil {
		return cfg, nil, err
	}
	return cfg, app.NewLogger(c.stderr, cfg), nil
}

// database opens the database for a command that reads or writes the books,
// once it is known to have the schema that this program was built with.
func (c *cli) database(ctx context.Context, needs ...app.Need) (app.Config, *slog.Logger, *pgxpool.Pool, error) {
	cfg, log, err := c.config(append(needs, app.NeedDatabase)...)
	if err != nil {
		return cfg, nil, nil, err
	}
	db, err := app.OpenDatabase(ctx, cfg)
	return cfg, log, db, err
}
