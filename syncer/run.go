package syncer

import (
	"context"
	"errors"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

// run is one run: what it was asked, what it has done, and what the newest plan left.
type run struct {
	m     *Mirror
	opt   RunOptions
	id    uint64
	row   state.Run
	stamp time.Time // of this run's conflict copies
	calls remote.Counts

	rep       Report
	halts     []plan.Halt // found outside of plans
	last      plan.Plan
	strays    []stray
	conflicts int
	waits     int
	lookouts  int
	fatal     error // ends the run
	told      map[string]bool
	full      [2]*fullness   // by Side
	replan    bool           // what is queued was planned before something changed for all of it
	earlier   map[string]int // attempts of earlier runs, by path
}

func newRun(m *Mirror, opt RunOptions) *run {
	return &run{m: m, opt: opt, told: map[string]bool{}, earlier: map[string]int{}, stamp: m.now(), calls: m.portal.Counts(),
		rep: Report{Name: m.opt.Name, State: InStep, Conflicts: []Conflict{}, Problems: []Problem{}}}
}

// open writes down that the run began. A dry run leaves no trace.
func (r *run) open() error {
	if r.opt.DryRun {
		return nil
	}
	return r.m.st.Update(func(tx *state.Tx) (err error) {
		if r.row, err = tx.BeginRun(); err != nil {
			return err
		}
		r.id = r.row.ID
		for _, p := range tx.Problems() {
			r.earlier[p.Path] = p.Attempts
		}
		since := r.m.now().Add(-2 * window)
		return errors.Join(tx.ExpireApprovals(), tx.PruneDangers(since), tx.TrimRuns(keepRuns))
	})
}

// keepRuns is how many runs are remembered with their reports. The record remembers what they did.
const keepRuns = 1000

// errHalted ends a run of which nothing may be done.
var errHalted = errors.New("halted")

// halt notes a brake that stops the whole client.
func (r *run) halt(code, detail string) error {
	r.halts = append(r.halts, plan.Halt{All: true, Reason: plan.Reason{Code: code, Detail: detail}})
	return errHalted
}

// note keeps what a plan says of items and halts: the newest counts.
func (r *run) note(p plan.Plan) error {
	r.last = p
	return r.fatal
}

func (r *run) adopted(yes bool) {
	if yes {
		r.rep.Adopted++
	}
}

// count adds one operation that was done.
func (r *run) count(x *result) {
	up := x.op.Side == plan.Remote
	switch x.op.Kind {
	case plan.Send, plan.Update:
		if up {
			r.rep.Uploaded++
			r.rep.BytesUp += x.bytes
		} else {
			r.rep.Downloaded++
			r.rep.BytesDown += x.bytes
		}
	case plan.Conflict:
		r.conflicts++
		r.rep.Downloaded++
		r.rep.BytesDown += x.bytes
	case plan.Compare:
		r.rep.BytesDown += x.bytes
	case plan.MakeFolder:
		r.rep.Folders++
	case plan.Move:
		if !x.op.Park {
			r.rep.Moved++
		}
	case plan.Delete:
		r.rep.Deleted += 1 + len(x.op.Below)
	}
	r.m.log.Info("done", "op", opName(x.op), "side", x.op.Side.String(), "path", x.shown(), "to", x.target(), "rule", x.op.Rule, "bytes", x.bytes)
}

// close makes the report, and writes down how the run ended.
func (r *run) close(ctx context.Context, err error) Report {
	stopped := errors.Is(err, errHalted)
	if stopped {
		err = nil
	}
	halts := append(append([]plan.Halt{}, r.halts...), r.last.Halts...)
	r.problems()
	r.haltedBy(halts)
	r.state(err)
	r.rep.Again = r.m.again()
	r.rep.Limits = r.m.limitations()
	r.rep.Calls = callsOf(r.m.portal.Counts()) - callsOf(r.calls)
	if r.opt.DryRun || errors.As(err, new(*lockedError)) {
		return r.rep
	}
	if err == nil && !stopped {
		r.expire(ctx)
	}
	if len(r.halts) == 0 && !r.opt.Stays {
		r.m.Leave()
	}
	if werr := r.write(halts, err == nil && !stopped); werr != nil && err == nil {
		r.rep.State, r.rep.Error = Failed, werr.Error()
	}
	return r.rep
}

// callsOf is how many requests were sent, where the driver tells, else how many calls were made.
func callsOf(c remote.Counts) int {
	if c.Sent > 0 {
		return c.Sent
	}
	return c.Reads + c.Writes
}

// state says in a word how the client stands.
func (r *run) state(err error) {
	switch {
	case errors.As(err, new(*lockedError)):
		r.rep.State, r.rep.Error = Locked, err.Error()
	case remote.CodeOf(err) == remote.SignIn:
		r.rep.State, r.rep.Error = SignIn, err.Error()
	case err != nil:
		r.rep.State, r.rep.Error = Failed, err.Error()
	case r.rep.Halted != nil:
		r.rep.State = Halted
	case len(r.rep.Problems) > 0 || len(r.rep.Planned) > 0:
		r.rep.State = Partly
	case len(r.rep.Conflicts) > 0:
		r.rep.State = Conflicts
	}
}

// dryRun plans once and says what would be done first.
func (m *Mirror) dryRun() error {
	p, err := m.plan()
	if err != nil {
		return err
	}
	return m.st.View(func(tx *state.Tx) error {
		for _, op := range p.Ops {
			m.run.rep.Planned = append(m.run.rep.Planned, m.planned(tx, op))
		}
		return nil
	})
}
