package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
	"dossier/syncer"
	"dossier/syncer/plan"
)

const runLong = `Keep all clients in step for as long as this command runs: what is saved on this disk goes up a moment
after it was saved, and what changes on the portal comes down as soon as the portal tells of it.

A deletion is carried over a minute after it was made, so that what is only being moved is not deleted.
Stop it with Ctrl-C: what is under way is ended or, if that takes long, gone on with the next time.`

func (a *app) runCommand() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Keep all clients in step, until it is stopped", Long: runLong, Example: "  dossier run\n  dossier run --log-format json",
		Args: cobra.NoArgs,
		RunE: do(func(ctx context.Context, _ []string) error { return a.run(ctx) }),
	}
}

func (a *app) run(ctx context.Context) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	log := a.logFrom(a.Err, slog.LevelInfo)
	d := daemon.NewDaemon(daemon.Options{Config: cfg, Drivers: a.drivers, Log: log, Turned: turned(log),
		Ready: func() { log.Info("keeping the clients in step", "state", cfg.State) }})
	if err := d.Run(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// turned logs how clients stand, each time that it has changed.
func turned(log *slog.Logger) func(daemon.KeptClient) {
	stand := newStands()
	return func(c daemon.KeptClient) {
		if !stand.changed(c.Client.Name, standing(c.Report)) {
			return
		}
		level := slog.LevelWarn
		if c.Report.State == syncer.InStep || c.Report.State == syncer.Partly {
			level = slog.LevelInfo
		}
		log.Log(context.Background(), level, stateWord(c.Report.State), "client", c.Client.Name, "detail", c.Report.Error,
			"waiting", len(c.Report.Problems), "conflicts", len(c.Report.Conflicts))
	}
}

// standing is what is worth a line in the log when it changes. What waits for a moment only, as a file that was just saved does, is not.
func standing(r syncer.Report) string {
	stuck := 0
	for _, p := range r.Problems {
		if p.Code != plan.ReasonPending && (p.RetryAt.IsZero() || time.Until(p.RetryAt) > moment) {
			stuck++
		}
	}
	if r.State == syncer.Partly && stuck == 0 {
		r.State = syncer.InStep
	}
	return fmt.Sprint(r.State, r.Error, stuck, len(r.Conflicts), r.Halted != nil)
}

// moment is how short a wait is not worth a word.
const moment = time.Minute
