package syncer

import (
	"dossier/state"
	"dossier/syncer/plan"
)

// elsewhere tells which of the files that are about to be deleted have moved: another file of the client, which is on both sides and stays,
// has the same bytes. Each such file stands for one. So a folder that another machine moved, on a portal where that makes new items of
// all that is in it, is no mass deletion.
func (m *Mirror) elsewhere(files map[plan.NodeID]bool) map[plan.NodeID]bool {
	moved := map[plan.NodeID]bool{}
	_ = m.st.View(func(tx *state.Tx) error {
		wanted := map[state.SHA256][]plan.NodeID{}
		for id := range files {
			if n, ok := tx.Node(state.NodeID(id)); ok && !n.SHA256.IsZero() && n.Size > 0 {
				wanted[n.SHA256] = append(wanted[n.SHA256], id)
			}
		}
		for n := range tx.All() {
			ids := wanted[n.SHA256]
			if len(ids) == 0 || n.Dir || files[plan.NodeID(n.ID)] || !m.stays(tx, n) {
				continue
			}
			moved[ids[0]] = true
			wanted[n.SHA256] = ids[1:]
		}
		return nil
	})
	return moved
}

// stays tells whether a file of base is as base has it on both sides.
func (m *Mirror) stays(tx *state.Tx, n state.Node) bool {
	_, differs := m.local.differ[n.ID]
	_, unseen := tx.Seen(n.RemoteID)
	return !differs && !unseen && !m.local.gone[n.ID] && m.busy[plan.NodeID(n.ID)] == nil
}
