package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
	"dossier/daemon/control"
	"dossier/syncer"
	"dossier/syncer/plan"
)

const runLong = `Keep all clients in step for as long as this command runs: what is saved on this disk goes up a moment
after it was saved, and what changes on the portal comes down as soon as the portal tells of it.

A deletion is carried over a minute after it was made, so that what is only being moved is not deleted.
Stop it with Ctrl-C: what is under way is ended or, if that takes long, gone on with the next time. On
SIGHUP the configuration is read again; if it is faulty, the one before stays in force.`

func (a *app) runCommand() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Keep all clients in step, until it is stopped", Long: runLong, Example: "  dossier run\n  dossier run --log-format json",
		Args: cobra.NoArgs,
		RunE: do(func(ctx context.Context, _ []string) error { return a.run(ctx) }),
	}
}

func (a *app) run(ctx context.Context) (err error) {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	file, _ := config.Find(a.config) // it was just read
	level := new(slog.LevelVar)
	log := a.logFrom(a.Err, level)
	place, err := control.Claim(cfg.State)
	if err != nil {
		return alreadyRunning(err)
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	d := daemon.NewDaemon(daemon.Options{Config: cfg, Drivers: a.drivers, Log: log, Turned: turned(log), Ready: func() {
		log.Info("keeping the clients in step", "state", cfg.State)
		tellSystemd(log, systemd.SdNotifyReady)
	}})
	door := &daemon.Door{Daemon: d, Version: thisBuild().Version, PID: os.Getpid(), Started: time.Now(), Config: file, Load: a.load, Quit: quit, Level: level}
	err = endsSoon(ctx, func(ctx context.Context) error {
		var work sync.WaitGroup
		defer work.Wait()
		defer quit()
		work.Go(func() { a.reloads(ctx, d, log) })
		work.Go(func() { beats(ctx, log) })
		work.Go(func() { serve(ctx, place, door, log) })
		return d.Run(ctx)
	})
	tellSystemd(log, systemd.SdNotifyStopping)
	if err != nil && ctx.Err() == nil {
		return err
	}
	if err != nil {
		log.Warn("stopped, not in good order", "error", err)
		return nil
	}
	log.Info("stopped")
	return nil
}

// serve answers commands for as long as ctx lasts. Without a socket the clients are kept in step all the same.
func serve(ctx context.Context, place *control.Place, door *daemon.Door, log *slog.Logger) {
	l, err := place.Listen()
	if err == nil {
		s := control.Server{Daemon: door, Version: door.Version, Started: door.Started, Log: log}
		err = s.Serve(ctx, l, stopWithin/2)
	}
	if err != nil {
		log.Error("commands cannot reach this daemon: stop it before you use them", "error", err)
	}
}

// alreadyRunning is exit code 7.
func alreadyRunning(err error) error {
	if r, ok := errors.AsType[*control.RunningError](err); ok {
		return &codeError{daemon.ExitLocked, fmt.Errorf("a daemon runs already for this configuration (process %d); `dossier status` asks it how things stand", r.PID)}
	}
	return err
}

// stopWithin is how long a daemon that is told to stop may take.
const stopWithin = 10 * time.Second

// endsSoon runs something that ends when ctx does, and does not wait for it for ever: a disk may never answer. The next start settles
// what was under way, as after a crash.
func endsSoon(ctx context.Context, run func(context.Context) error) error {
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case err := <-ended:
		return err
	case <-late.C:
		return fmt.Errorf("something did not end within %v; it is settled at the next start", stopWithin)
	}
}

// reloads reads the configuration again whenever it is told to.
func (a *app) reloads(ctx context.Context, d *daemon.Daemon, log *slog.Logger) {
	hups, stop := hangups()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hups:
			cfg, err := a.load()
			if err != nil {
				log.Error("the configuration is faulty; the one before stays in force", "error", explain(err))
				continue
			}
			log.Info("the configuration was read again")
			d.Reload(cfg)
		}
	}
}

// turned logs how clients stand, each time that it has changed.
func turned(log *slog.Logger) func(daemon.KeptClient) {
	stand := newStands()
	return func(c daemon.KeptClient) {
		if !stand.changed(c.Client.Name, standing(c.Report)) {
			return
		}
		level := slog.LevelWarn
		switch c.Report.State {
		case syncer.InStep, syncer.Partly, syncer.Paused:
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
