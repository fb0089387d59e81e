package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// known refuses what is no command below cmd, and names those that are.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var list strings.Builder
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			_, _ = fmt.Fprintf(&list, "\n  %-10s  %s", sub.Name(), sub.Short)
		}
	}
	return usagef("unknown command %q for %q; these are there:%s\n%s COMMAND --help tells more of one", args[0], cmd.CommandPath(), list.String(), cmd.CommandPath())
}

// help asks for help of commands that exist alone: cobra's own shows the nearest one
// above, as if nothing were wrong. The error, if any, is for after the run.
func help(root *cobra.Command) (wrong func() error) {
	var err error
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd.HasAvailableSubCommands() {
			if err = known(cmd, cmd.Flags().Args()); err != nil {
				return
			}
		}
		show(cmd, args)
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil {
				return known(root, args)
			}
			if cmd.HasAvailableSubCommands() {
				if err := known(cmd, rest); err != nil {
					return err
				}
			}
			return cmd.Help()
		},
	})
	return func() error { return err }
}
