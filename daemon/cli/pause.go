package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
)

const pauseLong = `Leave clients alone for a while: nothing goes up or comes down, by the daemon or by reconcile. Without names that
goes for all clients. What is under way is ended first. Nothing is lost by it: whatever changes meanwhile is
seen when the pause is over.`

func (a *app) pauseCommand() *cobra.Command {
	var args daemon.PauseArgs
	var length time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use: "pause [CLIENT…]", Short: "Leave clients alone for a while", Long: pauseLong, ValidArgsFunction: a.completeClients,
		Example: "  dossier pause\n  dossier pause \"Bakkerij Jansen\" --for 2h --reason \"moving files\"",
		RunE: do(func(ctx context.Context, names []string) error {
			if length < 0 {
				return usagef("--for %v: a pause cannot end before it begins", length)
			}
			if args.Clients, args.By = names, userName(); length > 0 {
				args.Until = time.Now().Add(length)
			}
			done, err := ask(ctx, a, daemon.VerbPause, args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.Out, done)
			}
			return printPause(a.Out, done, "Paused", pauseEnd(args.Until))
		}),
	}
	c.Flags().DurationVar(&length, "for", 0, "end it by itself after this `time`, as 30m or 2h")
	c.Flags().StringVar(&args.Reason, "reason", "", "`why`, for those who read the status")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) resumeCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "resume [CLIENT…]", Short: "End a pause", Example: "  dossier resume\n  dossier resume \"Bakkerij Jansen\"", ValidArgsFunction: a.completeClients,
		RunE: do(func(ctx context.Context, names []string) error {
			done, err := ask(ctx, a, daemon.VerbResume, daemon.ResumeArgs{Clients: names, By: userName()})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.Out, done)
			}
			return printPause(a.Out, done, "Resumed", ".")
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func pauseEnd(until time.Time) string {
	if until.IsZero() {
		return ", until `dossier resume`."
	}
	return ", until " + until.Local().Format("2006-01-02 15:04") + "."
}

func printPause(w io.Writer, c daemon.PauseChange, what, end string) error {
	var err error
	say := func(names []string, format string) {
		for _, name := range names {
			if _, e := fmt.Fprintf(w, format+"\n", plain(name)); err == nil {
				err = e
			}
		}
	}
	say(c.Clients, what+" %s"+end)
	say(c.Already, "%s was not paused.")
	say(c.Never, "%s has not run here yet; there is nothing to pause or resume.")
	return err
}
