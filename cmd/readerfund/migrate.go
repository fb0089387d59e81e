package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations"
)

func (c *cli) migrate() *cobra.Command {
	group := &cobra.Command{
		Use:   "migrate",
		Short: "Move the database's schema: up, down N, status",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return usagef("say up, down N or status")
		},
	}
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply every migration that the database lacks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, err := c.config(app.NeedDatabase)
			if err != nil {
				return err
			}
			n, err := migrations.Up(cmd.Context(), cfg.DatabaseURL.Reveal(), log)
			if err != nil {
				return err
			}
			if n == 0 {
				cmd.Println("nothing to do: the schema is up to date")
			} else {
				cmd.Printf("applied %d migrations, the job queue's included; the schema is up to date\n", n)
			}
			return nil
		},
	}
	var loseData bool
	down := &cobra.Command{
		Use:   "down N",
		Short: "Take back the last N migrations, and the data they hold",
		Long: "Takes back the last N migrations. The data in the tables they made is lost: where there is any, the\n" +
			"command refuses unless --lose-data is given. Stop the service first.",
		Args: one("how many migrations to take back, such as: readerfund migrate down 1"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 1 {
				return usagef("down %s: say how many migrations to take back, such as: readerfund migrate down 1", args[0])
			}
			cfg, log, err := c.config(app.NeedDatabase)
			if err != nil {
				return err
			}
			if !loseData {
				if err := app.RefuseToLose(cmd.Context(), cfg); err != nil {
					return err
				}
			}
			if err := migrations.Down(cmd.Context(), cfg.DatabaseURL.Reveal(), n, log); err != nil {
				return err
			}
			cmd.Printf("took back %d\n", n)
			return nil
		},
	}
	down.Flags().BoolVar(&loseData, "lose-data", false, "take back migrations although their tables hold data")
	status := &cobra.Command{
		Use:   "status",
		Short: "Say which schema the database has, and which this program knows",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := c.config(app.NeedDatabase)
			if err != nil {
				return err
			}
			state, err := migrations.Status(cmd.Context(), cfg.DatabaseURL.Reveal())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.stdout, state)
			return err
		},
	}
	group.AddCommand(up, down, status)
	return group
}
