package daemon

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
	"dossier/syncer/watch"
)

// Daemon keeps all clients in step for as long as it runs.
type Daemon struct {
	opt Options

	mu      sync.Mutex
	keepers []*keeper // guarded by mu
}

// NewDaemon makes one. Nothing is opened yet.
func NewDaemon(opt Options) *Daemon { return &Daemon{opt: opt} }

// Run keeps the clients in step until ctx ends, and then lets what is under way end. What goes wrong with one client stops no other.
func (d *Daemon) Run(ctx context.Context) (err error) {
	h := newHouse(d.opt, syncer.RunOptions{})
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openUntilDone(ctx); err != nil {
		return err
	}
	w := watch.New(watch.Options{Log: h.Log})
	defer func() { err = errors.Join(err, w.Close()) }()
	keepers := h.keepers(w)
	d.set(keepers)
	defer d.set(nil)
	var work sync.WaitGroup
	for name, a := range h.accounts {
		work.Go(func() { a.follow(ctx, tellOf(name, keepers)) })
	}
	for _, k := range keepers {
		work.Go(func() { k.run(ctx) })
	}
	if d.opt.Ready != nil {
		d.opt.Ready()
	}
	work.Wait()
	return nil
}

func (d *Daemon) set(keepers []*keeper) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keepers = keepers
}

// Clients is how each client stands.
func (d *Daemon) Clients() []KeptClient {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]KeptClient, len(d.keepers))
	for i, k := range d.keepers {
		all[i] = k.status()
	}
	return all
}

// Reconcile runs the chosen clients once, now, whatever they wait for.
func (d *Daemon) Reconcile(ctx context.Context, names []string, ro syncer.RunOptions) Run {
	r := Run{Run: state.NewID()[:12], Started: time.Now(), Clients: []syncer.Report{}}
	chosen, err := d.chosen(names)
	reports := make([]syncer.Report, len(chosen))
	var work sync.WaitGroup
	for i, k := range chosen {
		work.Go(func() { reports[i] = k.once(ctx, ro) })
	}
	work.Wait()
	var codes []int
	if r.Clients, r.err = append(r.Clients, reports...), err; err != nil {
		r.Error, codes = err.Error(), []int{ExitOf(err)}
	}
	if ctx.Err() != nil {
		codes = append(codes, ExitInterrupted)
	}
	r.Finished, r.Exit = time.Now(), exitCode(r.Clients, codes...)
	return r
}

// chosen are the keepers of clients, by name; no names: all.
func (d *Daemon) chosen(names []string) (chosen []*keeper, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Client, len(d.keepers))
	for i, k := range d.keepers {
		all[i] = k.client
	}
	clients, err := choose(all, names)
	for _, k := range d.keepers {
		if slices.ContainsFunc(clients, func(c Client) bool { return c.Name == k.client.Name }) {
			chosen = append(chosen, k)
		}
	}
	return chosen, err
}

// openUntilDone opens the house, again and again while what hinders may pass by itself: a service is often started before the network.
func (h *house) openUntilDone(ctx context.Context) error {
	for fails := 1; ; fails++ {
		err := h.open(ctx)
		if err == nil || !passes(err) || ctx.Err() != nil {
			return err
		}
		h.Log.Warn("dossier cannot begin yet", "error", err, "again", failWait(fails))
		if err := h.close(); err != nil {
			return err
		}
		fresh := newHouse(h.Options, h.ro)
		h.accounts, h.refused, h.held, h.clients, h.chosen = fresh.accounts, fresh.refused, nil, nil, nil
		pause(ctx, failWait(fails))
	}
}

// passes tells whether an error may be gone without anybody's help.
func passes(err error) bool {
	code := remote.CodeOf(err)
	return code == remote.Unavailable || code == remote.Throttled || code == remote.Busy
}

// keepers makes one for each client. They watch the clients' folders with w.
func (h *house) keepers(w *watch.Watcher) []*keeper {
	keepers := make([]*keeper, len(h.chosen))
	for i, c := range h.chosen {
		keepers[i] = newKeeper(h, c, w)
	}
	return keepers
}

// tellOf tells those clients of an account whom a change may concern.
func tellOf(portal string, keepers []*keeper) func([]remote.Change) {
	return func(items []remote.Change) {
		for _, k := range keepers {
			if k.client.Portal == portal && (items == nil || k.concerned(items)) {
				k.told()
			}
		}
	}
}

// signInAgain tries once more to open an account that could not be opened.
func (h *house) signInAgain(ctx context.Context, portal string) {
	h.signing.Lock()
	defer h.signing.Unlock()
	if h.refusal(portal) != nil {
		h.signInTo(ctx, portal, h.needed()[portal])
	}
}
