package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func (c *cli) stripe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stripe",
		Short: "What the service needs at Stripe",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "setup",
		Short: "Register the webhook endpoint and the billing portal at Stripe",
		Long: "Registers BASE_URL" + app.WebhookPath + " for the events that the service understands, pinned to API version\n" +
			stripegw.Version + ", and the configuration of the billing portal on which readers change their card. What is there\n" +
			"already is brought up to date: run it again whenever you like. The signing secret of an endpoint that it\n" +
			"makes is printed once, and never again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, err := c.config(app.NeedStripe, app.NeedWeb)
			if err != nil {
				return err
			}
			return setUp(cmd.Context(), cfg, log, c.stdout)
		},
	})
	return cmd
}

func setUp(ctx context.Context, cfg app.Config, log *slog.Logger, out io.Writer) error {
	if at, err := url.Parse(cfg.BaseURL); err == nil && local(at.Hostname()) && cfg.StripeAPIBase == "" {
		return fmt.Errorf("Stripe cannot reach %s: set BASE_URL to the public address, or let Stripe's command line forward "+ //nolint:staticcheck // a name
			"events while you develop (docs/stripe-test-mode.md)", cfg.BaseURL)
	}
	endpoint, portal, err := app.SetUpStripe(ctx, cfg, log)
	describe(out, cfg, endpoint)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "portal    %s %s: readers change their card there and come back to %s\n",
		portal.ID, word(portal.Made, portal.Changed), cfg.BaseURL+app.ManagePath)
	return nil
}

// describe says what became of the endpoint; nothing, where it could not be made.
func describe(out io.Writer, cfg app.Config, e stripegw.Endpoint) {
	if e.ID == "" {
		return
	}
	_, _ = fmt.Fprintf(out, "endpoint  %s %s: posts %d types of events to %s at API version %s\n",
		e.ID, word(e.Made, e.Changed), len(stripegw.Events()), cfg.BaseURL+app.WebhookPath, stripegw.Version)
	if e.Made {
		_, _ = fmt.Fprintf(out, "\nSTRIPE_WEBHOOK_SECRET=%s\n\n"+
			"Write this into the service's environment now (after a comma, where there is a secret already) and start the\n"+
			"service again. Stripe does not show it by its API again; its dashboard does, under Developers, Webhooks.\n\n", e.Secret)
	}
	if len(e.Others) > 0 {
		_, _ = fmt.Fprintf(out, "note      %s also posts to this address, at another API version: every event comes twice, which does no\n"+
			"          harm. Remove it in Stripe's dashboard, and its secret, when the newer one has worked for some days.\n",
			strings.Join(e.Others, ", "))
	}
}

func word(made, changed bool) string {
	switch {
	case made:
		return "registered"
	case changed:
		return "brought up to date"
	default:
		return "is as it should be"
	}
}

// local tells an address that only this machine can reach.
func local(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}
