package daemon

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dossier/config"
	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
	"dossier/syncer/watch"
)

// Daemon keeps all clients in step for as long as it runs.
type Daemon struct {
	progress progress

	mu      sync.Mutex
	opt     Options                 // guarded by mu
	keepers []*keeper               // guarded by mu
	up      chan struct{}           // closed while there are keepers; guarded by mu
	end     context.CancelCauseFunc // of the life that goes on; guarded by mu
}

// NewDaemon makes one. Nothing is opened yet.
func NewDaemon(opt Options) *Daemon {
	d := &Daemon{opt: opt, up: make(chan struct{})}
	d.opt.Progress = func(e syncer.Event) {
		d.progress.tell(e)
		if opt.Progress != nil {
			opt.Progress(e)
		}
	}
	return d
}

// errReload ends a life, and begins another one.
var errReload = errors.New("the configuration is read again")

// Run keeps the clients in step until ctx ends, and then lets what is under way end. What goes wrong with one client stops no other.
func (d *Daemon) Run(ctx context.Context) error {
	for {
		life, end := context.WithCancelCause(ctx)
		d.set(func() { d.end = end })
		err := d.live(life)
		d.set(func() { d.end = nil })
		again := ctx.Err() == nil && errors.Is(context.Cause(life), errReload)
		end(nil)
		if !again {
			return err
		}
		if err != nil {
			d.opt.Log.Warn("something went wrong while the clients were put down", "error", err)
		}
	}
}

// Reload goes on with another configuration. What is being carried over is cut off, and gone on with.
func (d *Daemon) Reload(cfg *config.Config) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opt.Config = cfg
	if d.end != nil {
		d.end(errReload)
	}
}

// live keeps the clients of one configuration in step.
func (d *Daemon) live(ctx context.Context) (err error) {
	h := newHouse(d.options(), syncer.RunOptions{})
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openUntilDone(ctx); err != nil {
		return err
	}
	w := watch.New(watch.Options{Log: h.Log, Drive: state.DriveKind})
	defer func() { err = errors.Join(err, w.Close()) }()
	keepers := h.keepers(w)
	d.set(func() { d.keepers = keepers; close(d.up) })
	defer d.set(func() { d.keepers, d.up = nil, make(chan struct{}) })
	var work sync.WaitGroup
	for name := range h.needed() {
		work.Go(func() { h.follow(ctx, name, earOf(name, keepers)) })
	}
	for _, k := range keepers {
		work.Go(func() { k.run(ctx) })
	}
	work.Go(func() { (&teller{h: h, behind: map[string]time.Time{}}).run(ctx, d.Clients) })
	if h.Ready != nil {
		h.Ready()
	}
	work.Wait()
	return nil
}

func (d *Daemon) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *Daemon) options() Options {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opt
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
	d.begun(ctx)
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

// begun waits until the daemon has its clients, or ctx ends.
func (d *Daemon) begun(ctx context.Context) {
	d.mu.Lock()
	up := d.up
	d.mu.Unlock()
	select {
	case <-up:
	case <-ctx.Done():
	}
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

// earOf tells those clients of a portal whom a change may concern.
func earOf(portal string, keepers []*keeper) ear {
	each := func(do func(*keeper)) {
		for _, k := range keepers {
			if k.client.Portal == portal {
				do(k)
			}
		}
	}
	return ear{
		news: func(items []remote.Change) {
			each(func(k *keeper) {
				if items == nil || k.concerned(items) {
					k.told()
				}
			})
		},
		hears: func(well bool) { each(func(k *keeper) { k.relies(well) }) },
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
