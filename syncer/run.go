package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"sort"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
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
	r.rep.Calls = callsOf(r.m.portal.Counts()) - callsOf(r.calls)
	if r.opt.DryRun || errors.As(err, new(*lockedError)) {
		return r.rep
	}
	if err == nil && !stopped {
		r.expire(ctx)
	}
	if len(r.halts) == 0 {
		r.m.depart()
	}
	if werr := r.write(halts, err == nil && !stopped); werr != nil && err == nil {
		r.rep.State, r.rep.Error = Failed, werr.Error()
	}
	return r.rep
}

// expire removes from the vault what is beyond its term, and brings back what was written to there.
func (r *run) expire(ctx context.Context) {
	if r.m.vault == nil || ctx.Err() != nil {
		return
	}
	_, changed, err := r.m.vault.Expire(ctx, func(since time.Time) time.Duration { return r.m.now().Sub(since) })
	if err != nil {
		r.m.log.Warn("the vault could not be looked through", "cause", err)
	}
	for _, it := range changed {
		r.m.bringBack(ctx, it)
	}
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

// problems gathers every item that is not in step, with its reason.
func (r *run) problems() {
	m := r.m
	_ = m.st.View(func(tx *state.Tx) error {
		told, pending := map[state.NodeID]bool{}, r.pending()
		for id, t := range m.troubles {
			if !pending[plan.NodeID(id)] && r.fatal == nil {
				continue
			}
			told[id] = true
			r.add(Problem{Path: m.pathOf(tx, id), Code: t.Code, Reason: t.Detail, RetryAt: t.retry, attempts: t.attempts + t.earlier})
		}
		for _, it := range r.last.Items {
			if told[state.NodeID(it.Node)] || quiet(it.Reason) {
				continue
			}
			p := Problem{Path: m.pathOf(tx, state.NodeID(it.Node)), Code: it.Code, Reason: it.Detail}
			if n, ok := m.local.differ[state.NodeID(it.Node)]; ok && n.wait.Code == it.Code {
				p.RetryAt = n.retry
			}
			r.add(p)
		}
		for _, p := range m.local.odd {
			r.add(p)
		}
		for _, c := range tx.Conflicts() {
			if now, there := m.copyNow(tx, c); there {
				r.rep.Conflicts = append(r.rep.Conflicts, now)
			}
		}
		return nil
	})
	r.orphans()
	sort.Slice(r.rep.Problems, func(i, j int) bool { return r.rep.Problems[i].Path < r.rep.Problems[j].Path })
}

// pending are the items that are still to be brought in step, by the newest plan.
func (r *run) pending() map[plan.NodeID]bool {
	out := map[plan.NodeID]bool{}
	for _, it := range r.last.Items {
		out[it.Node] = true
	}
	for _, op := range r.last.Ops {
		out[op.Node] = true
	}
	return out
}

// sawAll tells that both sides were seen whole, and that nothing of base that one side lacks is still on its way back there: from
// now on an absence means something again.
func (r *run) sawAll(tx *state.Tx) bool {
	m := r.m
	lacks := func(id state.NodeID) bool {
		n, ok := tx.Node(id)
		s, seen := tx.Seen(n.RemoteID)
		return ok && (m.local.gone[id] || seen && s.Gone)
	}
	for id := range m.local.unseen {
		if n, ok := tx.Node(id); ok && n.Dir {
			return false
		}
	}
	for id := range m.troubles {
		if lacks(id) {
			return false
		}
	}
	for _, it := range r.last.Items {
		if lacks(state.NodeID(it.Node)) {
			return false
		}
	}
	return len(m.gaps) == 0 && !m.missing
}

// copyNow is where a conflict's copy lies now, if it is still there.
func (m *Mirror) copyNow(tx *state.Tx, c state.Conflict) (Conflict, bool) {
	now := Conflict{Path: c.Path, Copy: c.Copy}
	if rel, _, _, ok := m.onDisk(tx, c.Twin); c.Twin != 0 && ok {
		now.Copy = rel
	}
	if rel, _, _, ok := m.onDisk(tx, c.Node); c.Node != 0 && ok {
		now.Path = rel
	}
	_, err := m.disk.Lstat(local.In(now.Copy))
	return now, err == nil
}

// orphans tells of items that only wait for their folder, if nothing else tells why.
func (r *run) orphans() {
	if len(r.rep.Problems) > 0 || len(r.last.Halts)+len(r.halts) > 0 {
		return
	}
	_ = r.m.st.View(func(tx *state.Tx) error {
		for _, it := range r.last.Items {
			if it.Code == plan.ReasonParent {
				r.add(Problem{Path: r.m.pathOf(tx, state.NodeID(it.Node)), Code: it.Code, Reason: it.Detail})
			}
		}
		return nil
	})
}

// quiet tells of items that nobody needs to hear of: what a mode or a private folder keeps on one side is as it should be.
func quiet(why plan.Reason) bool {
	switch why.Code {
	case plan.ReasonPrivate, plan.ReasonParent:
		return true
	}
	return false
}

func (r *run) add(p Problem) {
	key := p.Code + " " + p.Path
	if r.told[key] {
		return
	}
	r.told[key] = true
	r.rep.Problems = append(r.rep.Problems, p)
}

// pathOf is how an item is named to people.
func (m *Mirror) pathOf(tx *state.Tx, id state.NodeID) string {
	if rel, _, _, ok := m.onDisk(tx, id); ok {
		return rel
	}
	if p := tx.Path(id); p != "" {
		return p
	}
	s, ok := m.onPortal(tx, id)
	if !ok {
		return ""
	}
	if s.Parent == string(m.opt.Folder) {
		return s.Name
	}
	parent, ok := tx.ByRemote(s.Parent)
	up := parent.ID
	if !ok {
		up = m.nodeOf[s.Parent]
	}
	if up == 0 || up == id {
		return s.Name
	}
	return m.pathOf(tx, up) + "/" + s.Name
}

// haltedBy puts the gravest halt into the report.
func (r *run) haltedBy(halts []plan.Halt) {
	for _, h := range halts {
		if r.rep.Halted != nil && !h.All {
			continue
		}
		r.rep.Halted = &HaltedBy{Reason: h.Detail, Code: h.Code, Plan: h.ID, Deletes: deletions(h)}
	}
	if h, ok := r.strayHalt(); ok && r.rep.Halted == nil {
		r.rep.Halted = &HaltedBy{Reason: h.Detail, Code: h.Reason, Plan: h.Plan}
	}
}

func deletions(h plan.Halt) (n int) {
	for _, op := range h.Ops {
		if op.Kind == plan.Delete {
			n += 1 + len(op.Below)
		}
	}
	return n
}

// write keeps the run's end, its halts and its problems in the state.
func (r *run) write(halts []plan.Halt, whole bool) error {
	return r.m.st.Update(func(tx *state.Tx) error {
		if err := r.writeHalts(tx, halts, whole); err != nil {
			return err
		}
		if err := r.writeProblems(tx); err != nil {
			return err
		}
		meta := tx.Meta()
		meta.LastRun = r.id
		if whole && len(halts) == 0 && r.sawAll(tx) {
			meta.Adopting, meta.Why = false, ""
			if err := r.m.forgetResumable(tx); err != nil {
				return err
			}
		}
		if err := tx.SetMeta(meta); err != nil {
			return err
		}
		row := r.row
		row.Finished, row.Outcome, row.Error = r.m.now(), string(r.rep.State), r.rep.Error
		row.Report, _ = json.Marshal(r.rep)
		return tx.EndRun(row)
	})
}

// writeHalts keeps what halts the client. What is no halt any more is lifted, if the run got so far as to see that.
func (r *run) writeHalts(tx *state.Tx, halts []plan.Halt, whole bool) error {
	var keep []string
	for _, h := range halts {
		if h.ID == "" {
			h.ID = h.Code
		}
		keep = append(keep, h.ID)
		ops, keys := r.guarded(tx, h)
		if err := tx.SetHalt(state.Halt{Plan: h.ID, Reason: h.Code, Detail: h.Detail, Deletes: deletions(h), Ops: ops, Keys: keys, Whole: h.All}); err != nil {
			return err
		}
	}
	if h, ok := r.strayHalt(); ok {
		keep = append(keep, h.Plan)
		if err := tx.SetHalt(h); err != nil {
			return err
		}
	}
	for _, h := range restoredHalts(tx) {
		keep = append(keep, h.ID)
	}
	if !whole {
		return nil // what was halted before may still be
	}
	return tx.Lift(keep...)
}

// guarded is what a halt would have done: for people, and as keys for an approval.
func (r *run) guarded(tx *state.Tx, h plan.Halt) (json.RawMessage, []string) {
	var list []Planned
	var keys []string
	for _, op := range h.Ops {
		list = append(list, r.m.planned(tx, op))
		keys = append(keys, op.Key())
	}
	raw, _ := json.Marshal(list)
	return raw, keys
}

// planned is an operation as a person reads it.
func (m *Mirror) planned(tx *state.Tx, op plan.Op) Planned {
	p := Planned{Op: opName(op), Side: op.Side.String(), Path: m.pathOf(tx, state.NodeID(op.Node)), Rule: op.Rule}
	if op.Kind == plan.Move || op.Kind == plan.Conflict || op.Kind == plan.Aside {
		p.To = op.To.Name
	}
	return p
}

func (r *run) writeProblems(tx *state.Tx) error {
	var list []state.Problem
	for _, p := range r.rep.Problems {
		list = append(list, state.Problem{Key: p.Code + " " + p.Path, Path: p.Path, State: p.Code, Reason: p.Reason, Class: p.Code, Next: p.RetryAt, Attempts: p.attempts})
	}
	return tx.SetProblems(list)
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
