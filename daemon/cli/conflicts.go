package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"dossier/daemon"
)

const conflictsLong = `List the files that were changed on both sides, and of which both versions were kept. The portal's version keeps
the name, the one from this disk lies beside it, on both sides. Look at the two, keep what you want under the
name, and delete the copy: that is the end of the conflict.`

// conflict is one of a client's.
type conflict struct {
	Client string `json:"client"`
	Path   string `json:"path"`
	Copy   string `json:"copy"`
}

func (a *app) conflictsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "conflicts [CLIENT…]", Short: "List the files of which both versions were kept", Long: conflictsLong,
		Example: "  dossier conflicts\n  dossier conflicts --json \"Bakkerij Jansen\"", ValidArgsFunction: a.completeClients,
		RunE: do(func(ctx context.Context, names []string) error {
			all, err := ask(ctx, a, daemon.VerbStatus, daemon.Which{Clients: names})
			if err != nil {
				return err
			}
			found := conflictsIn(all)
			if asJSON {
				return printJSON(a.Out, map[string]any{"conflicts": found})
			}
			return listConflicts(a.Out, found)
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func conflictsIn(all daemon.Statuses) []conflict {
	found := []conflict{}
	for _, s := range all.Clients {
		for _, c := range s.Conflicts {
			found = append(found, conflict{s.Name, c.Path, c.Copy})
		}
	}
	return found
}

func listConflicts(w io.Writer, found []conflict) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(w, "There are no conflicts.")
		return err
	}
	rows := [][]string{{"CLIENT", "FILE", "THE OTHER VERSION"}}
	for _, c := range found {
		rows = append(rows, []string{plain(c.Client), plain(c.Path), plain(c.Copy)})
	}
	table(w, rows)
	_, err := fmt.Fprintf(w, "\n%s. Keep the version you want under the name, and delete the copy.\n", count(len(found), "conflict"))
	return err
}
