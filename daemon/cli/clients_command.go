package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
)

func (a *app) clientsCommand() *cobra.Command {
	c := &cobra.Command{Use: "clients", Short: "List clients, or add some to the configuration",
		Long: "List the clients, or add some to the configuration. Whatever is added is appended; comments and all else in the file stay as they are."}
	c.AddCommand(a.clientsListCommand(), a.clientsAddCommand(), a.clientsImportCommand())
	group(c)
	return c
}

// listedClient is one client of `clients list --json`.
type listedClient struct {
	Name       string `json:"name"`
	Portal     string `json:"portal"`
	Folder     string `json:"folder"` // the portal's id
	Path       string `json:"path"`
	Mode       string `json:"mode"`
	State      string `json:"state"` // as of its last run, as `status` says
	Discovered bool   `json:"discovered"`
	Error      string `json:"error,omitempty"`
}

func (a *app) clientsListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List all clients, those discovered on a portal too", Args: cobra.NoArgs,
		Example: "  dossier clients list\n  dossier clients list --json | jq -r '.clients[].name'",
		RunE: do(func(ctx context.Context, _ []string) error {
			_, clients, err := a.known()
			if err != nil {
				return err
			}
			all := make([]listedClient, len(clients))
			for i, c := range clients {
				all[i] = a.listed(ctx, c)
			}
			if asJSON {
				return printJSON(a.Out, map[string]any{"clients": all})
			}
			printClients(a.Out, all)
			return nil
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

// listed is a client with the state of its last run. A state that cannot be read is one client's trouble.
func (a *app) listed(ctx context.Context, c daemon.Client) listedClient {
	l := listedClient{Name: c.Name, Portal: c.Portal, Folder: c.Folder, Path: c.Path, Mode: string(c.Mode), Discovered: c.Discovered}
	s, err := ask(ctx, a, daemon.VerbStatus, daemon.Which{Clients: []string{c.Name}})
	if err != nil {
		l.State, l.Error = "error", err.Error()
		return l
	}
	l.State = s.Clients[0].State
	return l
}

func printClients(w io.Writer, all []listedClient) {
	if len(all) == 0 {
		fmt.Fprintln(w, "There is no client yet. Add one: dossier clients add NAME --folder ID")
		return
	}
	rows := [][]string{{"CLIENT", "PORTAL", "FOLDER", "MODE", "STATE", "PATH"}}
	for _, l := range all {
		rows = append(rows, []string{plain(l.Name), l.Portal, plain(l.Folder), l.Mode, statusWord(l.State), plain(l.Path)})
	}
	table(w, rows)
}

const clientsAddLong = `Add a client to the configuration: a folder on this disk, and the folder on a portal that it is kept in
step with. The whole configuration is checked as it will be; if anything is wrong, nothing is written.

The folder's id is the portal's own; on Box it is the number at the end of the folder's address.`

func (a *app) clientsAddCommand() *cobra.Command {
	var n config.Client
	var mode string
	var dryRun bool
	c := &cobra.Command{
		Use: "add NAME", Short: "Add a client to the configuration", Long: clientsAddLong, Args: oneName("client"),
		Example: "  dossier clients add \"Bakkerij Jansen\" --folder 1234567\n" +
			"  dossier clients add Visser --portal office --folder 1234568 --mode down --private Internal/ --dry-run",
		RunE: do(func(_ context.Context, args []string) error {
			n.Name, n.Mode = args[0], config.Mode(mode)
			return a.addClients([]config.Client{n}, dryRun, nil)
		}),
	}
	f := c.Flags()
	f.StringVar(&n.Portal, "portal", "", "`name` of the portal's section; may be left out if there is one only")
	f.StringVar(&n.Folder, "folder", "", "the portal's own `id` of the client's folder")
	f.StringVar(&n.Path, "path", "", "`folder` on this disk, if not the one named after the client under root")
	f.StringVar(&mode, "mode", "", "`two-way`, up, down or collect (default two-way)")
	f.StringArrayVar(&n.Ignore, "ignore", nil, "`pattern` to leave alone, as in .gitignore; may be repeated")
	f.StringArrayVar(&n.Private, "private", nil, "`folder` or file of the client that never goes up; may be repeated")
	f.BoolVar(&dryRun, "dry-run", false, "write nothing, show what would change")
	return c
}

const clientsImportLong = `Add clients from a list, a CSV file as a spreadsheet saves it. "-" reads standard input.

The first line names the columns: name, portal, folder, path, mode, ignore, private, databases. name and
folder are needed, in any order; columns are parted by commas or semicolons. Several patterns in one cell
(ignore, private) are parted by |. databases is yes or no.

All faults are told at once, with their lines. Nothing is written unless every client is good.`

func (a *app) clientsImportCommand() *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use: "import CSV", Short: "Add clients from a list", Long: clientsImportLong, Args: oneName("CSV file"),
		Example: "  dossier clients import clients.csv --dry-run\n  dossier clients import clients.csv",
		RunE: do(func(_ context.Context, args []string) error {
			rows, err := a.readClients(args[0])
			if err != nil {
				return err
			}
			clients := make([]config.Client, len(rows))
			for i, r := range rows {
				clients[i] = r.client
			}
			return a.addClients(clients, dryRun, func(i int) string { return fmt.Sprintf("%s:%d", args[0], rows[i].line) })
		}),
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "write nothing, show what would change")
	return c
}

// readClients reads a list of clients.
func (a *app) readClients(path string) ([]clientRow, error) {
	in := a.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, &usageError{err}
		}
		defer f.Close() // read only
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxCSV+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	rows, faults := parseClients(data)
	if len(faults) > 0 {
		return nil, faultsOf(path, faults)
	}
	return rows, nil
}

// faultsOf words all that is wrong with a list.
func faultsOf(path string, faults []rowFault) error {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = fmt.Sprintf("%s:%d: %s", path, f.line, f.text)
	}
	return usagef("the list cannot be used:\n%s\n%s; nothing was written", indent(strings.Join(lines, "\n")), count(len(faults), "fault"))
}

// addClients appends clients to the configuration. where says where the i-th client was read; nil: on the command line.
func (a *app) addClients(clients []config.Client, dryRun bool, where func(i int) string) error {
	path, cfg, err := a.loadFrom()
	if err != nil {
		return err
	}
	for i := range clients {
		if clients[i].Portal == "" && len(cfg.Portals) == 1 {
			clients[i].Portal = cfg.PortalNames()[0]
		}
	}
	d, err := config.Prepare(path, config.AddClients(clients...), a.drivers.Check)
	if faults, bad := errors.AsType[config.Faults](err); bad {
		return &usageError{inTheirWords(faults, cfg, clients, where)}
	}
	if err != nil {
		return err
	}
	if dryRun {
		_, err := fmt.Fprint(a.Out, d.Diff())
		return err
	}
	if err := d.Write(); err != nil {
		return err
	}
	if len(clients) == 1 {
		_, err = fmt.Fprintf(a.Out, "Added client %q to %s. See what its first run will do: dossier reconcile --dry-run %q\n", clients[0].Name, path, clients[0].Name)
		return err
	}
	_, err = fmt.Fprintf(a.Out, "Added %s to %s. See what their first run will do: dossier reconcile --dry-run\n", count(len(clients), "client"), path)
	return err
}
