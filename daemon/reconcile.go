package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"dossier/config"
	"dossier/remote"
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
}

const defaultParallel = 4

// Reconcile runs each chosen client once, each on its own: what one meets never stops another. What goes wrong is in the Run.
func Reconcile(ctx context.Context, opt Options, ro syncer.RunOptions) Run {
	r := Run{Run: state.NewID()[:12], Started: time.Now(), Clients: []syncer.Report{}}
	h := &house{Options: opt, ro: ro, accounts: map[string]*account{}, refused: map[string]error{}}
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

// house is one run: the accounts it has signed in to and the clients that live there.
type house struct {
	Options
	ro           syncer.RunOptions
	installation string
	host         string
	accounts     map[string]*account // by portal
	refused      map[string]error    // why a portal cannot be used, by its name
	clients      []Client            // all that are known
	nested       map[string]error    // why a client must not run beside the others, by its name
	held         held                // the chosen clients' states
	codes        []int               // exit codes of what reports cannot tell
	opening      sync.Mutex          // held while a mirror is opened
}

func (h *house) reconcile(ctx context.Context, r *Run) (err error) {
	if h.installation, err = state.Installation(h.Config.State); err != nil {
		return err
	}
	h.host = hostName()
	defer func() {
		for _, a := range h.accounts {
			err = errors.Join(err, a.close())
		}
	}()
	h.signIn(ctx)
	if h.clients, err = h.everyone(ctx); err != nil {
		return err
	}
	chosen, err := choose(h.clients, h.Only)
	if err != nil {
		return err
	}
	h.nested = h.findNested(ctx)
	h.held = openStates(chosen, h.places, h.Log)
	defer func() { err = errors.Join(err, h.held.close()) }()
	outcomes := make([]outcome, len(chosen))
	group := new(errgroup.Group)
	group.SetLimit(max(1, orDefault(h.Parallel, defaultParallel)))
	for i, c := range chosen {
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

// signIn opens each account that a chosen client lives on. One that cannot be opened keeps its own clients from running, no others.
func (h *house) signIn(ctx context.Context) {
	for name, probe := range h.needed() {
		a, err := openAccount(ctx, h.Config.Portals[name], accountOptions{path: accountPath(h.Config, name), drivers: h.Drivers,
			dryRun: h.ro.DryRun, probe: probe, kept: keptLedgerOf(h.Config, h.Config.Portals[name]), log: h.Log})
		if err != nil {
			h.refused[name] = err
			continue
		}
		h.accounts[name] = a
	}
}

// needed are the portals of this run, each with a folder in which its trash may be looked for, if there is one.
func (h *house) needed() map[string]remote.ID {
	probes := map[string]remote.ID{}
	for _, c := range h.Config.Clients {
		if h.named() && !isNamed(c.Name, h.Only) {
			continue
		}
		if probes[c.Portal] == "" {
			probes[c.Portal] = h.probeIn(c)
		}
	}
	for _, d := range h.Config.Discover {
		if _, used := probes[d.Portal]; !used && !h.named() {
			probes[d.Portal] = ""
		}
	}
	return probes
}

// named says that this run is for clients which the configuration names: then nothing needs to be discovered.
func (h *house) named() bool {
	return len(h.Only) > 0 && !slices.ContainsFunc(h.Only, func(name string) bool {
		return !slices.ContainsFunc(h.Config.Clients, func(c config.Client) bool { return isNamed(c.Name, []string{name}) })
	})
}

func isNamed(client string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return config.Fold(name) == config.Fold(client) })
}

// probeIn is the client's folder if dossier may make and remove something there: only where it will do so anyhow.
func (h *house) probeIn(c config.Client) remote.ID {
	if c.Mode == config.TwoWay || c.Mode == config.Up {
		return remote.ID(c.Folder)
	}
	return ""
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
