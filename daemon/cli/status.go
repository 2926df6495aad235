package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
	"dossier/syncer"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status [CLIENT…]", Short: "Say how each client stands, as of its last run",
		Example:           "  dossier status\n  dossier status --json \"Bakkerij Jansen\"",
		ValidArgsFunction: a.completeClients,
		RunE: do(func(ctx context.Context, args []string) error {
			all, err := ask(ctx, a, daemon.VerbStatus, daemon.Which{Clients: args})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.Out, all)
			}
			printStatus(a.Out, all.Clients, time.Now())
			printBudgets(a.Out, all.Budgets, time.Now())
			return nil
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func printStatus(w io.Writer, all []daemon.ClientStatus, now time.Time) {
	rows := [][]string{{"CLIENT", "STATE", "FILES", "LAST RUN", "LOOKS EVERY", "FOLDER"}}
	for _, s := range all {
		rows = append(rows, []string{plain(s.Name), statusWord(s.State), fmt.Sprint(s.Files), lastRun(s.LastRun, now), lookEvery(s.LookEvery), plain(s.Folder)})
	}
	table(w, rows)
	printLimits(w, all)
	for _, s := range all {
		if s.Paused != nil {
			printPaused(w, s)
			continue
		}
		r := syncer.Report{Name: s.Name, State: syncer.State(s.State), Conflicts: s.Conflicts, Problems: s.Problems, Error: s.Error}
		if len(s.Halts) > 0 {
			r.Halted = &s.Halts[0]
		}
		named := printNeeds(w, r, now)
		if s.Adopting != "" && s.State != daemon.NeverRun {
			if !named {
				fmt.Fprintf(w, "\n%s\n", plain(s.Name))
			}
			fmt.Fprintf(w, "  takes stock: nothing is deleted until a run is through (%s)\n", plain(s.Adopting))
		}
	}
}

// printPaused says why nothing is done for a client, and for how long.
func printPaused(w io.Writer, s daemon.ClientStatus) {
	fmt.Fprintf(w, "\n%s\n  paused by %s%s\n", plain(s.Name), plain(orElse(s.Paused.By, "somebody")), pauseEnd(s.Paused.Until))
	if s.Paused.Reason != "" {
		fmt.Fprintf(w, "    %s\n", plain(s.Paused.Reason))
	}
}

// printLimits says what portals keep dossier from, once for all clients of whom it is true.
func printLimits(w io.Writer, all []daemon.ClientStatus) {
	var order []string
	of := map[string][]string{}
	for _, s := range all {
		for _, limit := range s.Limits {
			if of[limit] == nil {
				order = append(order, limit)
			}
			of[limit] = append(of[limit], plain(s.Name))
		}
	}
	for _, limit := range order {
		fmt.Fprintf(w, "\n%s\n  %s\n", strings.Join(of[limit], ", "), plain(limit))
	}
}

func statusWord(s string) string {
	switch s {
	case daemon.NeverRun:
		return "never run"
	case daemon.Running:
		return "running now"
	}
	return stateWord(syncer.State(s))
}

func lastRun(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return ago(t, now)
}

// lookEvery words how long it was between the last two complete looks at the portal.
func lookEvery(seconds float64) string {
	if seconds == 0 {
		return "–"
	}
	return took(time.Duration(seconds * float64(time.Second)))
}
