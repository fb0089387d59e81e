package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

func (c *cli) doctor() *cobra.Command {
	var recount bool
	cmd := &cobra.Command{
		Use:   "doctor [--recount]",
		Short: "Check configuration, database, Stripe and the books, and say what to do",
		Long: "Checks everything that the service stands on, one line each: ok, or what is wrong and what to do.\n" +
			"The exit code is 1 where a check does not hold, 2 where the configuration cannot be read.\n\n" +
			"With --recount one more line says whether the sums of the finance desk are those of the books, however\n" +
			"long it takes to count some million gifts anew.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := app.LoadConfig(c.envFile, c.environ, app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb)
			if problems, ok := errors.AsType[*app.ConfigError](err); ok {
				return problems
			}
			if err != nil {
				return err
			}
			log := app.NewLogger(c.stderr, cfg)
			held := true
			checks := app.Examine(cmd.Context(), cfg, time.Now, log)
			if recount {
				checks = append(checks, app.Recount(cmd.Context(), cfg))
			}
			for _, check := range checks {
				mark := "ok   "
				if check.Wrong != "" {
					mark, held = "WRONG", false
				}
				_, _ = fmt.Fprintf(c.stdout, "%s  %-13s %s\n", mark, check.Name, check.Found+check.Wrong)
				if check.Do != "" {
					_, _ = fmt.Fprintf(c.stdout, "       %-13s %s\n", "", check.Do)
				}
			}
			if !held {
				return errCheck
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&recount, "recount", false, "count all gifts anew, however long that takes")
	return cmd
}
