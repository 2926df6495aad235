package syncer

import (
	"fmt"

	"dossier/state"
	"dossier/syncer/plan"
)

// record does the operations that change nothing but base.
func (m *Mirror) record(ops []plan.Op) error {
	for len(ops) > 0 {
		n := min(len(ops), recordAt)
		var after []func()
		err := m.st.Update(func(tx *state.Tx) error {
			after = after[:0]
			for _, op := range ops[:n] {
				fns, err := m.recordOne(tx, op)
				if err != nil {
					return fmt.Errorf("record: %w", err)
				}
				after = append(after, fns...)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, fn := range after {
			fn()
		}
		ops = ops[n:]
	}
	m.reparent()
	return nil
}

// merged notes that two nodes turned out to be one.
func (m *Mirror) merged(twin, into state.NodeID) {
	if twin == 0 {
		return
	}
	if n, ok := m.local.differ[twin]; ok && n.dir {
		m.alias[twin] = into
	}
	delete(m.local.differ, twin)
}

// survivor is the node that a folder became one with, or that folder.
func (m *Mirror) survivor(id state.NodeID) state.NodeID {
	if to, ok := m.alias[id]; ok {
		return to
	}
	return id
}

// reparent hangs what lies in a folder that became one with another below that one.
func (m *Mirror) reparent() {
	if len(m.alias) == 0 {
		return
	}
	for _, n := range m.local.differ {
		n.parent = m.survivor(n.parent)
	}
	m.local.children = nil
	clear(m.alias)
}

// recordAt is how many are written in one transaction.
const recordAt = 2000

func (m *Mirror) recordOne(tx *state.Tx, op plan.Op) (after []func(), err error) {
	f := &folding{m: m, tx: tx, r: &result{job: &job{op: op}}}
	if op.Kind == plan.Forget {
		return f.forget()
	}
	id, twin := state.NodeID(op.Node), state.NodeID(op.Twin)
	here, ok := m.localState(tx, id)
	if !ok {
		here, ok = m.localState(tx, twin)
	}
	there, seen := m.onPortal(tx, id)
	if !seen || (twin != 0 && m.remoteIDs[twin] != "") {
		there, seen = m.onPortal(tx, twin)
	}
	if !ok || !seen || here.wait.Code != "" {
		return nil, nil // seen otherwise meanwhile: the next plan will tell
	}
	row, was := tx.Node(id)
	old := row
	row.ID, row.Parent, row.Local, row.Remote, row.Dir = id, m.survivor(here.parent), here.name, there.Name, here.dir
	setPrint(&row, here.fp)
	entry := entryOf(there)
	f.r.entry = &entry
	f.portalFields(&row)
	if was && old.RemoteID != row.RemoteID {
		if err := tx.DropSeen(old.RemoteID); err != nil {
			return nil, err
		}
	}
	if err := f.put(row); err != nil {
		return nil, err
	}
	f.then(func() {
		m.local.agreed(id)
		m.merged(twin, id)
		m.run.adopted(!was && !here.dir)
	})
	f.r.path, f.r.row = tx.Path(id), old
	f.r.fp = &here.fp
	return f.after, f.record()
}

// forget lets go of what is gone on both sides.
func (f *folding) forget() ([]func(), error) {
	id := state.NodeID(f.r.op.Node)
	row, ok := f.tx.Node(id)
	if !ok {
		return nil, nil
	}
	f.r.path, f.r.row = f.tx.Path(id), row
	if err := f.tx.DropSeen(row.RemoteID); err != nil {
		return nil, err
	}
	f.then(func() { f.m.local.agreed(id) })
	if err := f.drop(id, "gone on both sides"); err != nil {
		return nil, err
	}
	return f.after, f.record()
}
