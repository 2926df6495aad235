package rest

import (
	"slices"
	"time"

	"dossier/remote"
)

// classes is how many urgencies there are.
const classes = int(remote.UrgentLook) + 1

// patience is how many more urgent calls overtake a class before one of its own goes: a twentieth is the least that any class gets.
const patience = 20

// waiter is a call that waits for its turn. turn is closed when it has come (pass is set then) or never will (err is).
type waiter struct {
	urgency remote.Urgency
	client  remote.ID
	upload  bool
	turn    chan struct{}
	pass    *pass
	err     error
}

// queue is the order in which calls go: the more urgent first, but none waits for ever; among equals each client in turn, and one
// client's calls as they came. Limiter.mu guards it.
type queue [classes]struct {
	lines     []*line // of those with calls waiting, the next to go first
	overtaken int     // by how many more urgent calls since one of this class went
}

// line holds the calls of one client. Uploads stand in a line of their own, for they may have to wait when others need not.
type line struct {
	client  remote.ID
	upload  bool
	waiting []*waiter
}

func (q *queue) add(w *waiter) {
	class := &q[w.urgency]
	i := slices.IndexFunc(class.lines, func(l *line) bool { return l.client == w.client && l.upload == w.upload })
	if i < 0 {
		class.lines = append(class.lines, &line{client: w.client, upload: w.upload})
		i = len(class.lines) - 1
	}
	class.lines[i].waiting = append(class.lines[i].waiting, w)
}

// leave says whether w was still waiting.
func (q *queue) leave(w *waiter) bool {
	for i, l := range q[w.urgency].lines {
		if j := slices.Index(l.waiting, w); j >= 0 {
			q.take(int(w.urgency), i, j)
			return true
		}
	}
	return false
}

// next takes the call that is to go now, or says when one may; zero: none waits. ready says when a call of a kind may go; pressing
// ones may draw on what is kept in reserve.
func (q *queue) next(now time.Time, ready func(pressing, upload bool) time.Time) (w *waiter, at time.Time) {
	ready = once(ready)
	for _, c := range q.order() {
		pressing := c == int(remote.UrgentSave) || q.starved(c)
		for i, l := range q[c].lines {
			t := ready(pressing, l.upload)
			if !t.After(now) {
				w := q.take(c, i, 0)
				q.went(c)
				return w, time.Time{}
			}
			if at.IsZero() || t.Before(at) {
				at = t
			}
		}
	}
	return nil, at
}

// once asks for each kind of call once only: there may be many lines.
func once(ready func(pressing, upload bool) time.Time) func(pressing, upload bool) time.Time {
	type kind struct{ pressing, upload bool }
	known := make(map[kind]time.Time, 4)
	return func(pressing, upload bool) time.Time {
		k := kind{pressing, upload}
		t, ok := known[k]
		if !ok {
			t = ready(pressing, upload)
			known[k] = t
		}
		return t
	}
}

// order is the classes' order: those that have waited too long first.
func (q *queue) order() (order [classes]int) {
	n := 0
	for _, late := range []bool{true, false} {
		for c := range q {
			if q.starved(c) == late {
				order[n] = c
				n++
			}
		}
	}
	return order
}

func (q *queue) starved(c int) bool { return q[c].overtaken >= patience && len(q[c].lines) > 0 }

func (q *queue) went(c int) {
	q[c].overtaken = 0
	for lower := c + 1; lower < classes; lower++ {
		if len(q[lower].lines) > 0 {
			q[lower].overtaken++
		}
	}
}

// take removes a waiter; its line goes to the end.
func (q *queue) take(c, i, j int) *waiter {
	class := &q[c]
	l := class.lines[i]
	w := l.waiting[j]
	l.waiting = slices.Delete(l.waiting, j, j+1)
	class.lines = slices.Delete(class.lines, i, i+1)
	if len(l.waiting) > 0 {
		class.lines = append(class.lines, l)
	}
	return w
}

// drain removes all.
func (q *queue) drain() (all []*waiter) {
	for c := range q {
		for _, l := range q[c].lines {
			all = append(all, l.waiting...)
		}
		q[c].lines = nil
	}
	return all
}

func (q *queue) size() (n int) {
	for c := range q {
		for _, l := range q[c].lines {
			n += len(l.waiting)
		}
	}
	return n
}
