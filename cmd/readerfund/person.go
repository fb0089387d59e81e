package main

import (
	"errors"
	"fmt"
	"io"
	"net/mail"
	"time"

	"github.com/spf13/cobra"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/erasure"
)

func (c *cli) person() *cobra.Command {
	var email, out string
	cmd := &cobra.Command{
		Use:   "person --email ADDRESS",
		Short: "Write everything that is kept about a person, as JSON",
		Long: "Writes everything that is kept about whoever has a mail address: gifts, recurring gifts, receipts, what they\n" +
			"wrote, and what Stripe told about them. For readers who ask by letter: they can fetch the same from their\n" +
			"own page. Make sure first that the letter is theirs.",
		Example: "  readerfund person --email reader@example.org --out reader.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			people, address, done, err := c.people(cmd, email)
			if err != nil {
				return err
			}
			defer done()
			if out == "-" {
				return people.ExportAddress(cmd.Context(), address, c.stdout)
			}
			if err := whole(out, func(w io.Writer) error { return people.ExportAddress(cmd.Context(), address, w) }); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(c.stderr, out+" is written; it is for the reader alone")
			return nil
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "the person's mail address")
	cmd.Flags().StringVar(&out, "out", "-", "file to write, - for standard output")
	return cmd
}

func (c *cli) erase() *cobra.Command {
	var email string
	var dry bool
	cmd := &cobra.Command{
		Use:   "erase --email ADDRESS [--dry-run]",
		Short: "Erase a person; the books keep the amounts",
		Long: "Takes whoever has a mail address out of everything that is kept: gifts, receipts, what they wrote, and the\n" +
			"stored events from Stripe. Amounts stay, and no sum of a report changes. It cannot be taken back, and whatever\n" +
			"Stripe tells about them later is stored without them. Recurring gifts must have ended first.\n\n" +
			"At Stripe the person is erased by a redaction of its own; docs/privacy.md says how.",
		Example: "  readerfund erase --email reader@example.org --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			people, address, done, err := c.people(cmd, email)
			if err != nil {
				return err
			}
			defer done()
			if dry {
				found, err := people.Look(cmd.Context(), address)
				if err != nil {
					return explained(err)
				}
				_, _ = fmt.Fprintf(c.stdout, "would erase: donations=%d recurring=%d objects=%d\n", found.Donations, found.Recurring, found.Objects)
				c.stays(found)
				return nil
			}
			e, err := people.EraseAddress(cmd.Context(), address)
			if err != nil {
				return explained(err)
			}
			_, _ = fmt.Fprintf(c.stdout, "erased: donations=%d recurring=%d objects=%d events=%d\n", e.Donations, e.Recurring, e.Objects, e.Events)
			c.stays(e.Erasure)
			if e.Sweeping {
				return errors.New("the person is out of the books; not all stored events could be gone through, which the " +
					"running service does within minutes, or this command when it is given again")
			}
			_, _ = fmt.Fprintln(c.stderr, "at Stripe the person is erased by a redaction of its own: see docs/privacy.md")
			return nil
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "the person's mail address")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be erased")
	return cmd
}

// stays says what waits for the end of a recurring gift.
func (c *cli) stays(e payments.Erasure) {
	if e.Due > 0 {
		_, _ = fmt.Fprintf(c.stderr, "%d objects belong to a recurring gift that Stripe is still telling of; they go when it has ended, and doctor names it\n", e.Due)
	}
}

// explained puts the cause of what must be done first before the sentence for
// readers.
func explained(err error) error {
	if e, ok := errors.AsType[*payments.Error](err); ok && e.Code == payments.Invalid && e.Err != nil {
		return e.Err
	}
	return err
}

// people opens what is kept about people. The caller ends with done.
func (c *cli) people(cmd *cobra.Command, email string) (_ *erasure.People, address string, done func(), err error) {
	if email == "" {
		return nil, "", nil, usagef("%s: say whose, with --email ADDRESS", cmd.CommandPath())
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Name != "" {
		return nil, "", nil, usagef("--email %q is no mail address; write it as in reader@example.org", email)
	}
	_, in, done, err := c.inbox(cmd.Context())
	if err != nil {
		return nil, "", nil, err
	}
	return &erasure.People{DB: in.DB, Events: in, Stored: in, Now: time.Now, Log: in.Log}, parsed.Address, done, nil
}
