package cli

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
	"dossier/daemon/control"
	"dossier/syncer"
)

const reconcileLong = `Bring clients in step, once: look at both sides, carry over what changed, and say what was done.

Changes flow both ways unless the client's mode says otherwise. A file changed on both sides is kept
twice. Deletions beyond a limit wait for an approval; what is deleted or replaced on this disk is in
the vault (dossier vault list).

With --json one object is printed, whatever the exit code.`

const reconcileExample = `  dossier reconcile
  dossier reconcile "Bakkerij Jansen"
  dossier reconcile --dry-run
  dossier reconcile --json | jq .clients[].state`

func (a *app) reconcileCommand() *cobra.Command {
	var ro syncer.RunOptions
	var asJSON bool
	c := &cobra.Command{
		Use: "reconcile [CLIENT…]", Aliases: []string{"sync"}, Short: "Bring clients in step, once",
		Long: reconcileLong, Example: reconcileExample, ValidArgsFunction: a.completeClients,
		RunE: do(func(ctx context.Context, args []string) error { return a.reconcile(ctx, args, ro, asJSON) }),
	}
	c.Flags().BoolVar(&ro.DryRun, "dry-run", false, "change nothing, say what would be done first (exit code 6 if there is something)")
	c.Flags().BoolVar(&ro.AcceptDeletes, "accept-deletes", false, "let deletions pass, however many, and an emptied side")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) reconcile(ctx context.Context, names []string, ro syncer.RunOptions, asJSON bool) error {
	cfg, err := a.load()
	if err != nil {
		return a.brokenRun(err, asJSON)
	}
	bars := a.newBars()
	run, err := a.reconciled(ctx, cfg, names, ro, bars)
	bars.close()
	if err != nil {
		return a.brokenRun(err, asJSON)
	}
	if asJSON {
		err = printJSON(a.Out, run)
	} else {
		printRun(a.Out, run, ro.DryRun)
	}
	return errors.Join(err, a.ended(run, asJSON))
}

// reconciled has the daemon run the clients, or runs them itself where there is none.
func (a *app) reconciled(ctx context.Context, cfg *config.Config, names []string, ro syncer.RunOptions, bars *bars) (run daemon.Run, err error) {
	there, err := control.Find(ctx, cfg.State)
	if errors.Is(err, control.ErrNotRunning) {
		return daemon.Reconcile(ctx, daemon.Options{Config: cfg, Drivers: a.drivers, Only: names, Log: a.logTo(bars.above(a.Err)), Progress: bars.event}, ro), nil
	}
	if err != nil {
		return run, err
	}
	defer there.Close()
	text, err := there.Reconcile(ctx, control.ReconcileRequest{Clients: names, DryRun: ro.DryRun, AcceptDeletes: ro.AcceptDeletes}, func(e control.Event) { bars.event(fromWire(e)) })
	if err != nil {
		return run, err
	}
	return run, json.Unmarshal(text, &run)
}

func fromWire(e control.Event) syncer.Event {
	s := syncer.Event{Client: e.Client, Path: e.Path, Up: e.Up, Size: e.Size, Bytes: e.Bytes, Begun: e.Begun, Ended: e.Ended}
	if e.Error != "" {
		s.Err = errors.New(e.Error)
	}
	return s
}

// brokenRun ends a run that could not begin: with --json that is an object as well.
func (a *app) brokenRun(err error, asJSON bool) error {
	if !asJSON {
		return err
	}
	run := daemon.Unbegun(err, daemon.ExitUsage)
	return errors.Join(printJSON(a.Out, run), err)
}

// ended turns a run's exit code into the command's.
func (a *app) ended(run daemon.Run, asJSON bool) error {
	switch {
	case run.Exit == daemon.ExitInStep:
		return nil
	case run.Err() == nil:
		return &codeError{run.Exit, errSaid}
	}
	if unknown, ok := errors.AsType[*daemon.UnknownClientError](run.Err()); ok {
		return &codeError{run.Exit, unknownName("client", unknown.Name, unknown.Known)}
	}
	return &codeError{run.Exit, run.Err()}
}

// completeClients offers the names of clients to a shell.
func (a *app) completeClients(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	_, clients, err := a.known()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, c := range clients {
		names = append(names, c.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
