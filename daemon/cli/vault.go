package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
	"dossier/syncer/local"
)

const vaultLong = `The vault keeps what dossier replaced or deleted on this disk, beside the clients' folders.
Each file stays for 30 days (vault.keep in the configuration), counted while dossier runs.`

func (a *app) vaultCommand() *cobra.Command {
	c := &cobra.Command{Use: "vault", Short: "List, bring back or remove what was deleted or replaced", Long: vaultLong}
	c.AddCommand(a.vaultListCommand(), a.vaultRestoreCommand(), a.vaultEmptyCommand())
	for _, sub := range c.Commands() {
		sub.ValidArgsFunction = a.completeClients
	}
	return c
}

// vaulted is an item with whose it is.
type vaulted struct {
	ID     string    `json:"id"`
	Client string    `json:"client"`
	Path   string    `json:"path"`
	When   time.Time `json:"when"`
	Why    local.Why `json:"why"`
	Kind   string    `json:"kind"`
	Size   int64     `json:"size"`

	item local.Item
	of   daemon.Client
}

func (a *app) vaultListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list [CLIENT…]", Short: "List what is in the vault, newest first", Example: "  dossier vault list\n  dossier vault list \"Bakkerij Jansen\"",
		RunE: do(func(_ context.Context, args []string) error {
			items, err := a.vaulted(args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.Out, map[string]any{"items": items})
			}
			a.printVault(items, time.Now())
			return nil
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printVault(items []vaulted, now time.Time) {
	if len(items) == 0 {
		fmt.Fprintln(a.Out, "The vault is empty.")
		return
	}
	rows := [][]string{{"ITEM", "CLIENT", "WHEN", "WHY", "SIZE", "PATH"}}
	var total int64
	for _, v := range items {
		rows = append(rows, []string{v.ID, plain(v.Client), ago(v.When, now), string(v.Why), size(v.Size), plain(v.Path)})
		total += v.Size
	}
	table(a.Out, rows)
	fmt.Fprintf(a.Out, "\n%s, %s. To bring one back: dossier vault restore ITEM\n", count(len(items), "item"), size(total))
}

// vaulted lists the items of these clients, the newest first.
func (a *app) vaulted(names []string) ([]vaulted, error) {
	clients, err := a.chosen(names)
	if err != nil {
		return nil, err
	}
	all := []vaulted{}
	for _, c := range clients {
		err := a.inVault(c, func(v *daemon.Vault) error {
			items, err := v.List()
			for i := len(items) - 1; i >= 0; i-- {
				it := items[i]
				all = append(all, vaulted{it.ID, c.Name, it.Path, it.When, it.Why, it.Kind.String(), it.Size, it, c})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// inVault opens a client's vault for a moment. A client that never ran has none.
func (a *app) inVault(c daemon.Client, fn func(*daemon.Vault) error) error {
	v, err := daemon.OpenVault(c, a.log())
	if errors.Is(err, daemon.ErrNeverRan) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open vault of client %q: %w", c.Name, err)
	}
	return errors.Join(fn(v), v.Close())
}

func (a *app) vaultRestoreCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "restore ITEM…", Short: "Put items back into the client's folder", Args: cobra.MinimumNArgs(1),
		Long: `Put items back where they were. An item is named as "dossier vault list" does, or by its path; of several
with one path the newest is meant. Nothing is replaced: where something else is by now, the item comes
back beside it. The next run sends it to the portal.`,
		Example: "  dossier vault restore 20261121T140322.000000000Z-000\n  dossier vault restore \"2026/VAT/VAT return 2026 Q1.pdf\"",
		RunE:    do(func(ctx context.Context, args []string) error { return a.vaultRestore(ctx, args, to) }),
	}
	c.Flags().StringVar(&to, "to", "", "another `path` in the client's folder")
	return c
}

func (a *app) vaultRestore(ctx context.Context, names []string, to string) error {
	if to != "" && len(names) > 1 {
		return usagef("--to names one place; restore one item at a time")
	}
	items, err := a.vaulted(nil)
	if err != nil {
		return err
	}
	for _, name := range names {
		v, err := pick(items, name)
		if err != nil {
			return err
		}
		err = a.inVault(v.of, func(vault *daemon.Vault) error {
			at, err := vault.Restore(ctx, v.item, to, userName())
			if err == nil {
				fmt.Fprintf(a.Out, "%s: %s is back (%s).\n", plain(v.Client), plain(at), size(v.Size))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pick finds an item by its name, or by its path.
func pick(items []vaulted, name string) (vaulted, error) {
	var fits []vaulted
	clients := map[string]bool{}
	for _, v := range items {
		if v.ID == name || v.Path == strings.Trim(name, "/") {
			fits = append(fits, v)
			clients[v.Client] = true
		}
	}
	switch {
	case len(fits) == 0:
		return vaulted{}, usagef("there is no item %q in the vault; `dossier vault list` shows all", name)
	case len(clients) > 1:
		return vaulted{}, usagef("%q is in the vaults of %s; name the item as `dossier vault list` does", name, count(len(clients), "client"))
	}
	return fits[0], nil // the newest
}

func (a *app) vaultEmptyCommand() *cobra.Command {
	var yes, asJSON bool
	var older time.Duration
	c := &cobra.Command{
		Use: "empty [CLIENT…]", Short: "Remove what is in the vault for good",
		Long:    "Remove what is in the vault for good. Without --yes it only says what that would be, and exits with 2.",
		Example: "  dossier vault empty --older 720h --yes\n  dossier vault empty \"Bakkerij Jansen\" --yes",
		RunE: do(func(ctx context.Context, args []string) error {
			return a.vaultEmpty(ctx, args, older, yes, asJSON)
		}),
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	c.Flags().DurationVar(&older, "older", 0, "only what has been there for this long, such as 720h")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) vaultEmpty(ctx context.Context, names []string, older time.Duration, yes, asJSON bool) error {
	items, err := a.vaulted(names)
	if err != nil {
		return err
	}
	out := []vaulted{}
	byClient := map[string][]local.Item{}
	of := map[string]daemon.Client{}
	var bytes int64
	for _, v := range items {
		if time.Since(v.When) < older {
			continue
		}
		out, bytes = append(out, v), bytes+v.Size
		byClient[v.Client], of[v.Client] = append(byClient[v.Client], v.item), v.of
	}
	what := fmt.Sprintf("%s (%s)", count(len(out), "item"), size(bytes))
	if !yes && len(out) > 0 {
		return usagef("this would remove %s for good; repeat it with --yes", what)
	}
	for name, items := range byClient {
		err := a.inVault(of[name], func(v *daemon.Vault) error { return v.Empty(ctx, items, userName()) })
		if err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(a.Out, map[string]any{"removed": out})
	}
	_, err = fmt.Fprintf(a.Out, "Removed %s.\n", what)
	return err
}
