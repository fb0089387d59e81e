package main

import (
	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

func (c *cli) serve() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the service: web, jobs, and the private metrics listener",
		Long: "Runs until SIGINT or SIGTERM, then finishes what it is doing. It refuses to start on a database\n" +
			"whose schema it does not know: run readerfund migrate up first.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, err := c.config(app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb)
			if err != nil {
				return err
			}
			service, err := app.NewService(cmd.Context(), cfg, log)
			if err != nil {
				return err
			}
			return service.Run(cmd.Context())
		},
	}
}
