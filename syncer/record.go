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

// merged puts a node in place of its twin on disk.
func (m *Mirror) merged(twin state.NodeID, n *localNode) {
	if n.dir {
		m.alias[twin] = n.id
	}
	delete(m.local.differ, twin)
	m.local.put(n)
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
	m.local.names = nil
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
	if twin != 0 {
		if err := f.join(id, twin); err != nil {
			return nil, err
		}
	}
	if op.Learn == nil || op.Base != nil && *op.Learn == *op.Base {
		return f.after, nil
	}
	return f.after, f.agree(id, twin)
}

// agree writes down what both sides have.
func (f *folding) agree(id, twin state.NodeID) error {
	here, ok := f.either(id, twin)
	there, seen := f.eitherThere(id, twin)
	if !ok || !seen || here.wait.Code != "" {
		return nil // seen otherwise meanwhile: the next plan will tell
	}
	row, was := f.tx.Node(id)
	f.r.row = row
	row.ID = id
	f.learn(&row)
	setPrint(&row, here.fp)
	e := entryOf(there)
	f.r.entry, f.r.fp = &e, &here.fp
	f.portalFields(&row)
	if err := f.put(row); err != nil {
		return err
	}
	f.then(func() {
		f.m.steps++
		f.m.local.agreed(id)
		f.m.run.adopted(!was && !here.dir)
		delete(f.m.troubles, id)
		delete(f.m.troubles, twin)
	})
	f.r.path = f.tx.Path(id)
	return f.record()
}

func (f *folding) either(id, twin state.NodeID) (localNode, bool) {
	if n, ok := f.m.localState(f.tx, id); ok || twin == 0 {
		return n, ok
	}
	return f.m.localState(f.tx, twin)
}

func (f *folding) eitherThere(id, twin state.NodeID) (state.Seen, bool) {
	if s, ok := f.m.onPortal(f.tx, id); ok || twin == 0 {
		return s, ok
	}
	return f.m.onPortal(f.tx, twin)
}

// join makes two nodes one: what is seen of twin is the node's.
func (f *folding) join(id, twin state.NodeID) error {
	if n, ok := f.m.local.differ[twin]; ok {
		joined := *n
		joined.id = id
		f.then(func() { f.m.steps++; f.m.merged(twin, &joined) })
	}
	rid, ok := f.m.remoteIDs[twin]
	if !ok {
		return nil
	}
	row, inBase := f.tx.Node(id)
	if !inBase {
		f.then(func() { f.m.steps++; f.m.nodeOf[rid], f.m.remoteIDs[id] = id, rid; delete(f.m.remoteIDs, twin) })
		return nil
	}
	s, ok := f.tx.Seen(rid)
	if !ok {
		return nil
	}
	if err := f.orphaned(id, row.RemoteID, rid); err != nil {
		return err
	}
	row.RemoteID, row.Guard, row.Seq = rid, s.Guard, s.Seq
	f.then(func() { f.m.steps++; f.m.known(rid) })
	return f.tx.Put(row)
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
	f.then(func() { f.m.steps++; f.m.local.agreed(id); delete(f.m.troubles, id) })
	if err := f.drop(id, "gone on both sides"); err != nil {
		return nil, err
	}
	return f.after, f.record()
}
