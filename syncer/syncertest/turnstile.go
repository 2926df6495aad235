package syncertest

import (
	"errors"
	"sort"
	"sync"
	"testing/synctest"
	"time"

	"dossier/syncer"
)

// turnstile is where every effect waits until the world lets it pass.
type turnstile struct {
	mu      sync.Mutex
	open    bool // all pass
	waiting []*effect
}

// effect is a call of a machine's disk or of the portal that is about to be made, or that was made and not yet answered.
type effect struct {
	mc    *machine
	what  string
	done  bool // it was made
	shown bool // it is worth a line of the trace
	kinds []When
	pass  chan verdict
}

// verdict is how an effect ends.
type verdict uint8

const (
	goOn verdict = iota
	fail
	dead // the machine is no more
)

// take waits for its turn.
func (t *turnstile) take(e *effect) verdict {
	t.mu.Lock()
	if t.open {
		t.mu.Unlock()
		if e.mc.died {
			return dead
		}
		return goOn
	}
	e.pass = make(chan verdict)
	t.waiting = append(t.waiting, e)
	t.mu.Unlock()
	return <-e.pass
}

// next takes one of the waiting effects out; nil: nobody waits.
func (t *turnstile) next(choose func(n int) int) *effect {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return nil
	}
	sort.SliceStable(t.waiting, func(i, j int) bool {
		a, b := t.waiting[i], t.waiting[j]
		return a.mc.n < b.mc.n || a.mc.n == b.mc.n && a.what < b.what
	})
	i := choose(len(t.waiting))
	e := t.waiting[i]
	t.waiting = append(t.waiting[:i:i], t.waiting[i+1:]...)
	return e
}

const (
	mostEffects = 60_000 // of one run
	mostWaits   = 40_000 // of 100 ms
)

var errStuck = errors.New("the run does not end")

// run lets machines run, all at the same time. Effects pass one by one and events happen, unless all is quiet.
func (w *world) run(machines []int, quiet bool) {
	w.gate.open = quiet
	w.Runs += len(machines)
	var wait sync.WaitGroup
	var running int
	var mu sync.Mutex
	for _, n := range machines {
		w.machines[n].how = w.how(quiet)
		running++
		wait.Go(func() {
			w.machines[n].run()
			mu.Lock()
			running--
			mu.Unlock()
		})
	}
	if !quiet {
		w.turns(func() bool { mu.Lock(); defer mu.Unlock(); return running > 0 })
	}
	wait.Wait()
	for _, n := range machines {
		w.machines[n].ended()
	}
}

// how is how a machine is to run. One mirror that lives on runs as in the daemon: it looks at the portal now and then, and waits with deletions.
func (w *world) how(quiet bool) syncer.RunOptions {
	ro := syncer.RunOptions{AcceptDeletes: true}
	if w.script.Kind.Stay {
		ro.Stays, ro.SkipPortal = true, !quiet && w.chance.IntN(2) == 0
		ro.DeleteWait = time.Duration(w.chance.IntN(2)) * time.Minute
	}
	return ro
}

// turns lets effects pass until no machine runs.
func (w *world) turns(running func() bool) {
	for effects, waits := 0, 0; ; {
		synctest.Wait()
		e := w.gate.next(w.chance.IntN)
		switch {
		case e != nil:
			effects++
			w.Effects++
			v := w.turn(e)
			if effects > mostEffects {
				w.stuck(e.mc)
				v = dead
			}
			e.pass <- v
		case !running():
			return
		default:
			if waits++; waits > mostWaits {
				for _, m := range w.machines {
					w.stuck(m)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func (w *world) stuck(m *machine) {
	if !m.died {
		w.wrong("%s: %v", m.host, errStuck)
		m.died = true
		m.kill(errStuck)
	}
}

// turn lets happen what is due before an effect, and says how it ends.
func (w *world) turn(e *effect) verdict {
	if e.mc.died {
		return dead
	}
	if e.done && e.shown {
		w.note("    %s %s", e.mc.host, e.what)
	}
	v := goOn
	for _, due := range w.due(e.kinds) {
		switch due.Do {
		case FailCall:
			v = fail
			w.Failures++
			w.note("%s: %s fails (done: %v)", e.mc.host, e.what, e.done)
		case Crash:
			e.mc.crash()
			return dead
		case Tick:
			time.Sleep(pauses[1+due.Pick[0]%uint64(len(pauses)-2)])
		default:
			w.happen(due)
		}
	}
	return v
}
