package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
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

func (a *app) vaultListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list [CLIENT…]", Short: "List what is in the vault, newest first", Example: "  dossier vault list\n  dossier vault list \"Bakkerij Jansen\"",
		RunE: do(func(ctx context.Context, args []string) error {
			list, err := ask(ctx, a, daemon.VerbVaultList, daemon.Which{Clients: args})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.Out, list)
			}
			a.printVault(list.Items, time.Now())
			return nil
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printVault(items []daemon.VaultItem, now time.Time) {
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
	for _, name := range names {
		back, err := ask(ctx, a, daemon.VerbVaultRestore, daemon.RestoreArgs{Item: name, To: to, By: userName()})
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "%s: %s is back (%s).\n", plain(back.Client), plain(back.Path), size(back.Size))
	}
	return nil
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
	removed, err := ask(ctx, a, daemon.VerbVaultEmpty, daemon.EmptyArgs{Clients: names, Older: older, Do: yes, By: userName()})
	if err != nil {
		return err
	}
	var bytes int64
	for _, it := range removed.Items {
		bytes += it.Size
	}
	what := fmt.Sprintf("%s (%s)", count(len(removed.Items), "item"), size(bytes))
	if !yes && len(removed.Items) > 0 {
		return usagef("this would remove %s for good; repeat it with --yes", what)
	}
	if asJSON {
		return printJSON(a.Out, removed)
	}
	_, err = fmt.Fprintf(a.Out, "Removed %s.\n", what)
	return err
}
