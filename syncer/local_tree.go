package syncer

import (
	"dossier/state"
)

// agreed notes that the disk has an item as base has it.
func (t *localTree) agreed(id state.NodeID) {
	delete(t.differ, id)
	delete(t.gone, id)
}

// put notes where, and what, an item is on disk now.
func (t *localTree) put(n *localNode) {
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

func (t *localTree) byParent(parent state.NodeID) map[state.NodeID]*localNode {
	if t.children == nil {
		t.children = map[state.NodeID]map[state.NodeID]*localNode{}
		for id, n := range t.differ {
			if t.children[n.parent] == nil {
				t.children[n.parent] = map[state.NodeID]*localNode{}
			}
			t.children[n.parent][id] = n
		}
	}
	return t.children[parent]
}

// rehang puts what lies in one folder into another.
func (t *localTree) rehang(from, to state.NodeID) {
	for _, n := range t.differ {
		if n.parent == from {
			n.parent = to
		}
	}
	t.children = nil
}

// sawAll tells that both sides were seen whole, and that no attempt is open: what is missing now was missing before as well.
func (m *Mirror) sawAll() bool {
	for id := range m.local.unseen {
		if n := m.local.differ[id]; n == nil || n.dir {
			return false
		}
	}
	return len(m.gaps) == 0 && len(m.troubles) == 0 && !m.missing
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
