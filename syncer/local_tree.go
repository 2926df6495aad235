package syncer

import (
	"time"

	"dossier/state"
	"dossier/syncer/local"
)

// agreed notes that the disk has an item as base has it.
func (t *localTree) agreed(id state.NodeID) {
	delete(t.differ, id)
	delete(t.gone, id)
}

// put notes where, and what, an item is on disk now.
func (t *localTree) put(n *localNode) {
	t.names = nil
	if !n.dir && n.fp.SHA256.IsZero() && n.wait.Code == "" { // written to meanwhile: the next look reads it
		n.wait, n.retry = waiting("is being changed"), time.Now().Add(local.SettleUnknown)
		t.again(n.retry)
	}
	delete(t.gone, n.id)
	t.differ[n.id] = n
}

// leave notes that an item is no longer where it was.
func (t *localTree) leave(id state.NodeID, inBase bool) {
	delete(t.differ, id)
	if inBase {
		t.gone[id] = true
	}
}

// place is a folder and a name on disk.
type place struct {
	parent state.NodeID
	name   string
}

// named is what differs at a place.
func (t *localTree) named(parent state.NodeID, name string) *localNode {
	if t.names == nil {
		t.names = make(map[place]*localNode, len(t.differ))
		for _, n := range t.differ {
			t.names[place{n.parent, n.name}] = n
		}
	}
	return t.names[place{parent, name}]
}

// rehang puts what lies in one folder into another.
func (t *localTree) rehang(from, to state.NodeID) {
	for _, n := range t.differ {
		if n.parent == from {
			n.parent = to
		}
	}
	t.names = nil
}

// tidy forgets a difference that is none any more.
func (m *Mirror) tidy(id state.NodeID) {
	n, ok := m.local.differ[id]
	if !ok {
		return
	}
	_ = m.st.View(func(tx *state.Tx) error {
		row, there := tx.Node(id)
		if there && n.wait.Code == "" && row.Parent == n.parent && row.Local == n.name && row.Dir == n.dir && (n.dir || row.SHA256 == state.SHA256(n.fp.SHA256)) {
			m.local.agreed(id)
		}
		return nil
	})
}

// localState is a node as the disk has it; ok false: it does not.
func (m *Mirror) localState(tx *state.Tx, id state.NodeID) (n localNode, ok bool) {
	if n, ok := m.local.differ[id]; ok {
		return *n, true
	}
	row, ok := tx.Node(id)
	if !ok || m.local.gone[id] {
		return localNode{}, false
	}
	return localNode{id: id, parent: row.Parent, name: row.Local, dir: row.Dir, fp: print(row)}, true
}
