package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"dossier/config"
	"dossier/state"
	"dossier/syncer"
)

// Options is what a run is made of.
type Options struct {
	Config   *config.Config
	Drivers  Drivers
	Only     []string // names of the clients to run; none: all
	Parallel int      // clients at once; 0: 4
	Log      *slog.Logger
	Progress func(syncer.Event) // called from any goroutine; may be nil

	Ready  func()           // of a daemon: called once all has begun; may be nil
	Turned func(KeptClient) // of a daemon: called after each client's turn, from any goroutine; may be nil
}

const defaultParallel = 4

// Reconcile runs each chosen client once, each on its own: what one meets never stops another. What goes wrong is in the Run.
func Reconcile(ctx context.Context, opt Options, ro syncer.RunOptions) Run {
	r := Run{Run: state.NewID()[:12], Started: time.Now(), Clients: []syncer.Report{}}
	h := newHouse(opt, ro)
	h.Log = opt.Log.With("run", r.Run)
	r.err = h.reconcile(ctx, &r)
	r.Finished = time.Now()
	if r.err != nil {
		r.Error = r.err.Error()
		h.codes = append(h.codes, ExitOf(r.err))
	}
	if ctx.Err() != nil {
		h.codes = append(h.codes, ExitInterrupted)
	}
	r.Exit = exitCode(r.Clients, h.codes...)
	return r
}

func (h *house) reconcile(ctx context.Context, r *Run) (err error) {
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.open(ctx); err != nil {
		return err
	}
	outcomes := make([]outcome, len(h.chosen))
	group := new(errgroup.Group)
	group.SetLimit(max(1, orDefault(h.Parallel, defaultParallel)))
	for i, c := range h.chosen {
		group.Go(func() error {
			outcomes[i] = h.one(ctx, c)
			return nil
		})
	}
	_ = group.Wait() // no client returns an error
	for _, o := range outcomes {
		r.Clients = append(r.Clients, o.report)
		h.codes = append(h.codes, o.code)
	}
	return nil
}

// choose picks clients by name, in the order of the configuration; letter case does not matter.
func choose(all []Client, names []string) ([]Client, error) {
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c Client) bool { return config.Fold(c.Name) == config.Fold(name) }) {
			known := make([]string, len(all))
			for i, c := range all {
				known[i] = c.Name
			}
			return nil, &UnknownClientError{name, known}
		}
	}
	var chosen []Client
	for _, c := range all {
		if isNamed(c.Name, names) {
			chosen = append(chosen, c)
		}
	}
	return chosen, nil
}

// hostName is this machine's name as it stands in the names of conflict copies: its first part, letters, digits and dashes.
func hostName() string {
	name, _ := os.Hostname() // none is as good as an odd one
	name, _, _ = strings.Cut(name, ".")
	name = strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, name)
	if name == "" {
		return "computer"
	}
	return name[:min(30, len(name))]
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
