package state

import (
	"errors"
	"slices"
	"sync"
)

// group gathers small updates while a commit is on its way to the disk, and writes all that came meanwhile in the next one. Nobody
// waits for company: an update that comes alone is committed at once.
type group struct {
	mu      sync.Mutex // guards what follows
	waiting []*call
	busy    bool // somebody leads
}

// call is one update on its way.
type call struct {
	fn   func(*Tx) error
	turn chan outcome // one message: the outcome, or the lead
}

type outcome struct {
	lead     bool // commit for all who wait
	err      error
	panicked any
}

// groupSize bounds a transaction.
const groupSize = 1000

// Commit is Update for many goroutines at once: their functions run one after the other in one transaction with one fsync. When it
// returns, what fn wrote is on the disk. If one fn fails, its transaction is undone and the others are run again without it:
// so fn may be called more than once, and must not keep what it read in an earlier call.
func (c *Client) Commit(fn func(*Tx) error) error {
	mine := &call{fn: fn, turn: make(chan outcome, 1)}
	if !c.group.join(mine) {
		if got := <-mine.turn; !got.lead {
			return got.result()
		}
	}
	batch := c.group.take()
	c.commitAll(batch)
	c.group.handOver()
	got := <-mine.turn
	return got.result()
}

func (o outcome) result() error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.err
}

// join queues a call, and tells whether the caller is to lead.
func (g *group) join(k *call) (lead bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, k)
	lead, g.busy = !g.busy, true
	return lead
}

// take takes who waits, the leader first.
func (g *group) take() []*call {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), groupSize)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return batch
}

// handOver makes the first who waits the leader.
func (g *group) handOver() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.waiting, g.busy = nil, false
		return
	}
	g.waiting[0].turn <- outcome{lead: true}
}

// errUndo undoes a transaction in which a function panicked.
var errUndo = errors.New("undone")

// commitAll runs the batch until those that do not fail are committed, and answers each.
func (c *Client) commitAll(batch []*call) {
	for len(batch) > 0 {
		at, failed := -1, outcome{}
		err := c.Update(func(tx *Tx) error {
			for i, k := range batch {
				if failed = c.attempt(k.fn, tx); failed.err != nil {
					at = i
					return failed.err
				}
			}
			return nil
		})
		if at < 0 || c.f.damaged() != nil {
			answer(batch, outcome{err: err})
			return
		}
		answer(batch[at:at+1], failed)
		batch = slices.Delete(batch, at, at+1)
	}
}

// attempt runs one function. Its panic must reach the goroutine that asked for it, and no other.
func (c *Client) attempt(fn func(*Tx) error, tx *Tx) (o outcome) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if o.err = c.f.damageOf("page", p); o.err == nil {
			o = outcome{err: errUndo, panicked: p}
		}
	}()
	return outcome{err: fn(tx)}
}

func answer(calls []*call, o outcome) {
	for _, k := range calls {
		k.turn <- o
	}
}
