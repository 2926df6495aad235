package watch

import (
	"os"
	"time"
)

const (
	share    = 20        // a root that polls is looked at for at most a twentieth of the time
	longest  = time.Hour // and at least this often
	eager    = 15        // times in Options.Every, at first, that a folder is looked for that is gone: it may be about to be replaced
	fraction = 30        // of Options.Every; ticks that close to one another happen at once, so that an idle computer sleeps
)

// pause is how long to wait before a root is looked at again: longer if a look costs much, and up to a quarter more or less, by dice
// from 0 to 1, so that clients do not take turns in step.
func pause(every, cost time.Duration, dice float64) time.Duration {
	d := max(every, min(cost*share, longest))
	return time.Duration(float64(d) * (0.75 + dice/2))
}

// plan sets the time of the next tick. Callers hold mu.
func (r *Root) plan() {
	r.due = time.Now().Add(r.untilDue())
	if r.obstacle != nil {
		r.status.Every = pause(r.w.opt.Every, r.cost, 0.5)
	}
	select {
	case r.w.due <- struct{}{}:
	default:
	}
}

// untilDue is how long it is to the next tick. Callers hold mu.
func (r *Root) untilDue() time.Duration {
	every, cost := r.w.opt.Every, r.cost
	switch {
	case r.obstacle == nil: // one look at the folder itself
		cost = 0
	case r.obstacle.absent && r.polls < eager:
		every, cost = every/eager, 0
	}
	return pause(every, cost, r.w.opt.dice())
}

// schedule wakes each root when it is due.
func (w *Watcher) schedule() {
	grain := w.opt.Every / fraction
	timer := time.NewTimer(w.opt.Every)
	defer timer.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.due:
		case <-timer.C:
		}
		timer.Reset(max(grain, w.wakeDue(time.Now())))
	}
}

// wakeDue wakes the roots that are due, and tells how long it is until the next will be.
func (w *Watcher) wakeDue(now time.Time) time.Duration {
	next := longest
	for _, r := range w.all() {
		r.mu.Lock()
		if !r.due.IsZero() && !r.due.After(now) {
			r.tick, r.due = true, time.Time{} // check sets the next
			r.wake()
		}
		if !r.due.IsZero() {
			next = min(next, r.due.Sub(now))
		}
		r.mu.Unlock()
	}
	return next
}

// step is what a tick asks for.
type step int

const (
	wait    step = iota // nothing
	poll                // look at everything
	attempt             // set all watches anew, which means to look at everything too
)

// decide says what a tick asks for. o is what keeps the root from being watched, nil if nothing does; there tells whether its folder can be
// seen, same whether that is still the folder that is watched, room whether the system's limit has room for it.
func decide(o *obstacle, there, same, room bool, polls int) step {
	switch {
	case o == nil && there && same:
		return wait
	case o == nil, o.absent && there:
		return attempt
	case o.absent && polls < eager:
		return wait
	case o.absent:
		return poll
	case room && polls%o.every == 0:
		return attempt
	}
	return poll
}

// check is what a tick does: see whether the folder is still the one that is watched; or poll, and see whether it can be watched again.
func (r *Root) check() {
	now, err := os.Stat(r.path)
	r.mu.Lock()
	r.polls++
	r.plan()
	room := r.obstacle == nil || r.obstacle.hasRoom(int(r.w.held.Load()), r.w.opt.cap)
	next := decide(r.obstacle, err == nil, err == nil && os.SameFile(r.self, now), room, r.polls)
	r.mu.Unlock()
	switch next {
	case attempt:
		r.attempt()
	case poll:
		r.hints.addAll()
	}
}
