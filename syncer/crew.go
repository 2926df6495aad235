package syncer

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

// crew does jobs, some at a time. Its methods are called by the mirror's goroutine; only do runs elsewhere.
type crew struct {
	m       *Mirror
	ctx     context.Context
	cancel  context.CancelFunc
	actor   *actor
	results chan result
	wait    sync.WaitGroup
	todo    []plan.Op // not begun: the next plan replaces them
	ready   []*job    // their intents are written
	ended   []result  // not folded yet
	running int
	size    int
	bulk    bool // so much is to be done that what was there before the run can wait for what is saved meanwhile
}

const (
	beginAt = 8                     // intents written in one transaction, for each hand
	foldAt  = 64                    // outcomes written in one transaction, …
	foldIn  = 25 * time.Millisecond // … or as many as came in this time
)

func newCrew(ctx context.Context, m *Mirror) *crew {
	ctx, cancel := context.WithCancel(ctx)
	size := m.opt.Parallel
	if size == 0 {
		size = max(m.features.Parallel, 1)
	}
	return &crew{m: m, ctx: ctx, cancel: cancel, size: size, results: make(chan result, size), actor: m.actor()}
}

// queue replaces what has not been started. What somebody saved a moment ago goes before what has been waiting, the newest first.
func (c *crew) queue(ops []plan.Op) {
	c.todo = c.todo[:0]
	for _, op := range ops {
		if !immediate(op) {
			c.todo = append(c.todo, op)
		}
	}
	c.bulk = len(c.todo) > bulkAt
	saved := make(map[plan.NodeID]int64, len(c.todo))
	since := c.m.now().Add(-savedLately).UnixNano()
	for _, op := range c.todo {
		n := c.m.local.differ[state.NodeID(op.Node)]
		if n != nil && !n.dir && n.fp.MTime >= since && op.Side == plan.Remote {
			saved[op.Node] = n.fp.MTime
		}
	}
	if len(saved) > 0 {
		slices.SortStableFunc(c.todo, func(a, b plan.Op) int { return cmp.Compare(saved[b.Node], saved[a.Node]) })
	}
}

const (
	savedLately = 10 * time.Minute // how long a file counts as just saved
	bulkAt      = 50               // operations that wait
)

func (c *crew) empty() bool { return len(c.todo) == 0 && len(c.ready) == 0 }
func (c *crew) idle() bool  { return c.empty() && c.running == 0 && len(c.ended) == 0 }

// start begins as many jobs as there are hands for.
func (c *crew) start() error {
	for c.running < c.size {
		if len(c.ready) == 0 {
			if err := c.prepare(); err != nil || len(c.ready) == 0 {
				return err
			}
		}
		j := c.ready[0]
		c.ready = c.ready[1:]
		c.running++
		c.wait.Go(func() { c.results <- c.actor.do(c.ctx, j) })
	}
	return nil
}

// prepare makes jobs of the next operations. Their intents are written together, before any of them is done.
func (c *crew) prepare() error {
	var jobs []*job
	for len(jobs) < beginAt*c.size && len(c.todo) > 0 {
		op := c.todo[0]
		c.todo = c.todo[1:]
		if c.m.busy[op.Node] == nil {
			jobs = append(jobs, &job{op: op})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	if err := c.m.begin(jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		j.later = c.bulk && j.fp.MTime < c.m.run.stamp.UnixNano()
	}
	c.ready = jobs
	return nil
}

// came takes a result, and tells whether it is time to fold.
func (c *crew) came(r result) bool {
	c.running--
	c.ended = append(c.ended, r)
	return len(c.ended) >= foldAt || remote.CodeOf(r.err) == remote.SignIn || c.running == 0 && c.empty()
}

// fold writes down what has ended.
func (c *crew) fold() error {
	ended := c.ended
	c.ended = nil
	if len(ended) == 0 {
		return nil
	}
	return c.m.fold(ended)
}

// release gives back what was made ready and not begun.
func (c *crew) release() error {
	for _, j := range c.ready {
		c.ended = append(c.ended, result{job: j, err: errNotBegun})
	}
	c.ready = nil
	return c.fold()
}

// dismiss ends all jobs and waits for them. What they did meanwhile is folded; what was cut off is settled by the next run.
func (c *crew) dismiss() {
	c.cancel()
	c.wait.Wait()
	close(c.results)
	for r := range c.results {
		c.ended = append(c.ended, r)
	}
	if err := c.release(); err != nil {
		c.m.log.Error("outcomes could not be written; the next run will look for itself", "cause", err)
	}
}

// errNotBegun: the run ended before the job's turn came. Nothing was done.
var errNotBegun = errors.New("not begun")

// begin makes jobs ready and writes their intents.
func (m *Mirror) begin(jobs []*job) error {
	return m.st.Update(func(tx *state.Tx) error {
		intents := make([]state.Intent, 0, len(jobs))
		for _, j := range jobs {
			ready, err := m.prepare(tx, j.op)
			if err != nil {
				return err
			}
			*j = *ready
			m.reuse(tx, j)
			intents = append(intents, j.intent(m.run.id))
		}
		if err := tx.Begin(intents); err != nil {
			return err
		}
		for i, j := range jobs {
			j.seq = intents[i].Seq
			m.busy[j.op.Node] = j
		}
		return nil
	})
}

// immediate tells which operations the mirror's own goroutine does before all others: those that change only the base, and moves
// of folders on disk, since the paths of everything below them change with them.
func immediate(op plan.Op) bool {
	switch op.Kind {
	case plan.Record, plan.Forget:
		return true
	case plan.Move, plan.Aside:
		return op.Side == plan.Local
	}
	return false
}

// atOnce does the immediate operations of a plan.
func (m *Mirror) atOnce(ctx context.Context, ops []plan.Op) error {
	var here []plan.Op
	var quiet []plan.Op
	for _, op := range ops {
		switch {
		case !immediate(op):
		case op.Kind == plan.Record || op.Kind == plan.Forget:
			quiet = append(quiet, op)
		default:
			here = append(here, op)
		}
	}
	if err := m.record(quiet); err != nil {
		return err
	}
	a := m.actor()
	for _, op := range here {
		j := &job{op: op}
		if err := m.begin([]*job{j}); err != nil {
			return err
		}
		if err := m.fold([]result{a.do(ctx, j)}); err != nil {
			return err
		}
	}
	return nil
}
