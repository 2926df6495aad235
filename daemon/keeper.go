package daemon

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"dossier/syncer"
	"dossier/syncer/local"
	"dossier/syncer/plan"
	"dossier/syncer/watch"
)

// deleteWait is how long something must be gone on one side before it is deleted on the other, while somebody may be at work there.
const deleteWait = time.Minute

// keeper keeps one client in step: it waits for a reason to look, and runs the mirror. One goroutine runs it; its other methods may be
// called from any.
type keeper struct {
	h      *house
	client Client
	watch  *watch.Watcher
	nudged chan struct{}
	wanted chan func(context.Context) // done between two turns

	mirror *openedMirror // of the goroutine; nil: not open

	mu   sync.Mutex
	root *watch.Root // guarded by mu; nil: nobody tells of changes on disk yet
	now  KeptClient  // guarded by mu
	clk  clock       // guarded by mu
}

// KeptClient is how a client stands while it is kept in step.
type KeptClient struct {
	Client  Client
	Report  syncer.Report // of the last turn
	Ran     time.Time     // when that ended; zero: it has not run yet
	Running bool
	Next    time.Time // the next turn, if nothing happens before
	Watch   watch.Status
}

func newKeeper(h *house, c Client, w *watch.Watcher) *keeper {
	k := &keeper{h: h, client: c, watch: w, nudged: make(chan struct{}, 1), wanted: make(chan func(context.Context)), now: KeptClient{Client: c}}
	k.clk.dice = rand.Float64()
	return k
}

// run keeps the client in step until ctx ends.
func (k *keeper) run(ctx context.Context) {
	defer k.shut()
	for ctx.Err() == nil {
		t := k.next()
		timer := time.NewTimer(time.Until(t.at))
		select {
		case <-ctx.Done():
		case <-k.nudged:
		case <-k.changed():
			k.root.Take()
			k.hint()
		case <-timer.C:
			k.turn(ctx, t, syncer.RunOptions{Stays: true, SkipPortal: !t.portal, DeleteWait: deleteWait})
		case do := <-k.wanted:
			do(ctx)
		}
		timer.Stop()
	}
}

func (k *keeper) next() turn {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.clk.next()
	k.now.Next = t.at
	return t
}

// set changes what is known of the client's times, and has the next turn thought over.
func (k *keeper) set(f func(*clock)) {
	k.mu.Lock()
	f(&k.clk)
	k.mu.Unlock()
	select {
	case k.nudged <- struct{}{}:
	default:
	}
}

// hint notes that something may have changed on disk.
func (k *keeper) hint() { k.set(func(c *clock) { c.hinted = earlier(c.hinted, time.Now()) }) }

// told notes that the portal may have something new.
func (k *keeper) told() { k.set(func(c *clock) { c.told = earlier(c.told, time.Now()) }) }

// relies notes whether the portal tells of its changes by itself.
func (k *keeper) relies(on bool) {
	k.mu.Lock()
	same := k.clk.follow == on
	k.mu.Unlock()
	if !same {
		k.set(func(c *clock) { c.follow = on })
	}
}

// ask wants a turn at once.
func (k *keeper) ask() { k.set(func(c *clock) { c.asked = time.Now() }) }

func earlier(known, now time.Time) time.Time {
	if known.IsZero() {
		return now
	}
	return known
}

// once runs the client now, or as soon as it is through with what it is doing.
func (k *keeper) once(ctx context.Context, ro syncer.RunOptions) (r syncer.Report) {
	err := k.have(ctx, func(life context.Context) error {
		run, end := context.WithCancelCause(life)
		defer end(nil)
		stop := context.AfterFunc(ctx, func() { end(context.Cause(ctx)) })
		defer stop()
		if ro.DryRun { // nothing is done: what is known of the client's times stays true
			r = k.attempt(run, ro)
			return nil
		}
		r = k.turn(run, turn{portal: true}, ro)
		return nil
	})
	if err != nil {
		return failed(k.client.Name, err).report
	}
	return r
}

// between does something while no turn is under way. The mirror is opened anew after it: it may have been changed under its hands.
func (k *keeper) between(ctx context.Context, do func() error) error {
	defer k.ask()
	return k.have(ctx, func(context.Context) error {
		k.shut()
		return do()
	})
}

// have has the client's goroutine do something, and waits until it is done. A panic in it is an error of whoever asked.
func (k *keeper) have(ctx context.Context, do func(context.Context) error) (err error) {
	done := make(chan struct{})
	work := func(life context.Context) {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				k.h.Log.Error("a mistake in dossier stopped what was asked for", "client", k.client.Name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				err = fmt.Errorf("a mistake in dossier: %v", p)
			}
		}()
		err = do(life)
	}
	select {
	case k.wanted <- work:
		<-done
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// turn runs the mirror once, and learns when to run it next.
func (k *keeper) turn(ctx context.Context, t turn, ro syncer.RunOptions) syncer.Report {
	begun := time.Now()
	k.begin(t)
	r := k.attempt(ctx, ro)
	if ctx.Err() != nil { // somebody ended it: that says nothing of the client, and its work is still to be done
		k.cutOff()
		return r
	}
	k.end(t, begun, r)
	if k.h.Turned != nil {
		k.h.Turned(k.status())
	}
	return r
}

func (k *keeper) cutOff() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clk.asked, k.now.Running = time.Now(), false
}

func (k *keeper) end(t turn, begun time.Time, r syncer.Report) {
	ended := time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.root != nil && quietly(r) && !t.portal {
		k.root.Looked(ended.Sub(begun))
	}
	k.clk = k.clk.ran(t, begun, ended, r, rand.Float64())
	k.now.Report, k.now.Ran, k.now.Running = r, ended, false
}

func (k *keeper) begin(t turn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clk, k.now.Running = k.clk.begins(t), true
}

// attempt runs the mirror. What goes wrong, a mistake of ours included, is in the report; then the mirror is opened anew next time.
func (k *keeper) attempt(ctx context.Context, ro syncer.RunOptions) (r syncer.Report) {
	defer func() {
		if p := recover(); p != nil {
			k.h.Log.Error("a mistake in dossier stopped this client's turn; it is begun anew", "client", k.client.Name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			r = failed(k.client.Name, fmt.Errorf("a mistake in dossier: %v", p)).report
		}
		if !lasts(r) {
			k.shut()
		}
	}()
	r, err := k.mirrored(ctx, ro)
	if err != nil {
		r = failed(k.client.Name, err).report
	}
	return r
}

// lasts tells whether a mirror is good for another turn after one that ended so. One whose folder is another one by now is not.
func lasts(r syncer.Report) bool {
	switch r.State {
	case syncer.InStep, syncer.Conflicts, syncer.Partly:
		return true
	case syncer.Halted:
		return r.Halted != nil && r.Halted.Code == plan.ReasonDeletes
	}
	return false
}

func (k *keeper) mirrored(ctx context.Context, ro syncer.RunOptions) (syncer.Report, error) {
	own := k.h.held[k.client.Name]
	if k.h.refusal(k.client.Portal) != nil {
		k.h.signInAgain(ctx, k.client.Portal)
	}
	if err := errors.Join(k.h.runnable(ctx, k.client), own.err); err != nil {
		return syncer.Report{}, err
	}
	if paused, why := k.h.paused(own.state); paused {
		return pausedReport(k.client, why), nil
	}
	if k.mirror == nil {
		m, err := k.h.openClient(ctx, k.client)
		if err != nil {
			return syncer.Report{}, err
		}
		k.mirror = m
		k.listen()
	}
	r := k.mirror.Reconcile(ctx, ro)
	k.h.keep(k.client, own.state)
	return r, nil
}

// listen begins to watch the client's folder, which is there by now. That everything is watched is a hint as well: what changed until
// then is looked at.
func (k *keeper) listen() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.root != nil {
		return
	}
	root, err := k.watch.Add(k.client.Path, watch.RootOptions{Mute: ownFile, Trial: filepath.Join(filepath.Dir(k.client.Path), local.HouseName, "watch")})
	if err != nil {
		k.h.Log.Warn("the client's folder cannot be watched, and is looked at once an hour", "client", k.client.Name, "error", err)
		return
	}
	k.root = root
}

// ownFile tells of the files that we write ourselves in a client's folder.
func ownFile(file string) bool { return filepath.Base(file) == local.MarkerName }

// changed holds something when somebody changed something on disk.
func (k *keeper) changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.root == nil {
		return nil
	}
	return k.root.Changed()
}

// shut closes the mirror, if it is open.
func (k *keeper) shut() {
	if k.mirror == nil {
		return
	}
	k.mirror.Leave()
	if err := k.mirror.disk.Close(); err != nil {
		k.h.Log.Warn("the client's folder could not be closed", "client", k.client.Name, "error", err)
	}
	k.mirror = nil
}

func (k *keeper) status() KeptClient {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.now
	if k.root != nil {
		s.Watch = k.root.Status()
	}
	return s
}
