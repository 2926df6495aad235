package daemon

import (
	"context"
	"errors"
	"slices"
	"sync"

	"dossier/config"
	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
)

// house is the accounts that were signed in to, and the clients that live there: for one run, or for as long as a daemon runs.
type house struct {
	Options
	ro           syncer.RunOptions
	installation string
	host         string
	door         sync.Mutex
	accounts     map[string]*account // by portal; guarded by door
	refused      map[string]error    // why a portal cannot be used, by its name; guarded by door
	clients      []Client            // all that are known
	nested       map[string]error    // why a client must not run beside the others, by its name
	chosen       []Client            // of them, those that run
	held         held                // the chosen clients' states
	codes        []int               // exit codes of what reports cannot tell, of one run
	opening      sync.Mutex          // held while a mirror is opened
	signing      sync.Mutex          // held while an account is opened again
}

func newHouse(opt Options, ro syncer.RunOptions) *house {
	return &house{Options: opt, ro: ro, accounts: map[string]*account{}, refused: map[string]error{}}
}

// open signs in, finds out who the clients are, and opens their states. Whatever it returns, the house must be closed.
func (h *house) open(ctx context.Context) (err error) {
	if h.installation, err = state.Installation(h.Config.State); err != nil {
		return err
	}
	h.host = hostName()
	h.signIn(ctx)
	if h.clients, err = h.everyone(ctx); err != nil {
		return err
	}
	if h.chosen, err = choose(h.clients, h.Only); err != nil {
		return err
	}
	h.nested = h.findNested(ctx)
	h.held = openStates(h.chosen, h.places, h.Log)
	return nil
}

func (h *house) close() error {
	err := h.held.close()
	for _, a := range h.accounts {
		err = errors.Join(err, a.close())
	}
	return err
}

// signIn opens each account that a chosen client lives on. One that cannot be opened keeps its own clients from running, no others.
func (h *house) signIn(ctx context.Context) {
	for name, probe := range h.needed() {
		h.signInTo(ctx, name, probe)
	}
}

func (h *house) signInTo(ctx context.Context, name string, probe remote.ID) {
	a, err := openAccount(ctx, h.Config.Portals[name], accountOptions{path: accountPath(h.Config, name), drivers: h.Drivers,
		dryRun: h.ro.DryRun, probe: probe, kept: keptLedgerOf(h.Config, h.Config.Portals[name]), log: h.Log})
	h.door.Lock()
	defer h.door.Unlock()
	if err != nil {
		h.refused[name] = err
		return
	}
	delete(h.refused, name)
	h.accounts[name] = a
}

// account is that of a portal that does not refuse us.
func (h *house) account(portal string) *account {
	h.door.Lock()
	defer h.door.Unlock()
	return h.accounts[portal]
}

// refusal is why a portal cannot be used; nil: it can.
func (h *house) refusal(portal string) error {
	h.door.Lock()
	defer h.door.Unlock()
	return h.refused[portal]
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
