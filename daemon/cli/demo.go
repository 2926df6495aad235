package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"dossier/daemon/demo"
)

const demoLong = `Show dossier at work, with a portal that lives in this process and three sample clients.

With --once it tells a story step by step: the first sync, edits on either side, a conflict, a renamed
folder, a deletion that comes back. Each step is checked by comparing both sides; if one does not go as
told, the exit code is 1. Without --once it keeps your folders, and those of a colleague elsewhere, in
step until Ctrl-C, for you to try.

Everything is in a temporary folder that is removed at the end, or in --dir, which must be empty, not
there yet, or an earlier demo's own.`

func (a *app) demoCommand() *cobra.Command {
	opt := demo.Options{Seed: 1}
	c := &cobra.Command{
		Use: "demo", Short: "Show dossier at work, with a portal of its own", Long: demoLong, Args: cobra.NoArgs,
		Example: "  dossier demo --once\n  dossier demo --dir ./demo",
		RunE: do(func(ctx context.Context, _ []string) error {
			opt.Out, opt.Log, opt.Drivers = a.Out, a.log(), a.drivers
			err := demo.Run(ctx, opt)
			if errors.Is(err, demo.ErrNotOurs) {
				return &usageError{err}
			}
			return err
		}),
	}
	c.Flags().BoolVar(&opt.Once, "once", false, "tell the story, check each step, and end")
	c.Flags().StringVar(&opt.Dir, "dir", "", "keep everything in this `folder`")
	return c
}
