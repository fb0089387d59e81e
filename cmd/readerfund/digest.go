package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/payments"
)

func (c *cli) digest() *cobra.Command {
	return &cobra.Command{
		Use:   "digest",
		Short: "Print one SHA-256 over the canonical books",
		Long: "Prints one SHA-256 over the books. Two databases that were told the same facts, in whatever order and\n" +
			"however often, print the same.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, _, db, err := c.database(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			sum, err := payments.Digest(cmd.Context(), db)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.stdout, sum)
			return err
		},
	}
}
