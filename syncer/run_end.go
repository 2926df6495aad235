package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"dossier/state"
	"dossier/syncer/plan"
)

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
			if err := errors.Join(r.m.forgetResumable(tx), r.m.forgetConflicts(tx)); err != nil {
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
	for _, h := range standingHalts(tx) {
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
