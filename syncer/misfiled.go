package syncer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"dossier/state"
	"dossier/syncer/plan"
)

// reasonMisfiled: a document left one client's folder for another's. Until a person approves it is neither deleted here nor
// published there.
const reasonMisfiled = "misfiled"

// stray is a document that another client has, or had.
type stray struct {
	fileID string
	path   string
	text   string
}

// key names it for an approval. Both clients come to the same one.
func (s stray) key() string { return "misfiled " + s.fileID }

// misfiled holds documents that went over to, or came from, another client of this installation.
func (m *Mirror) misfiled(ctx context.Context, t *localTree) error {
	m.run.strays = nil
	if m.opt.Neighbour == nil {
		return nil
	}
	if err := m.gone(ctx, t); err != nil {
		return err
	}
	return m.arrivedHere(t)
}

// gone holds what left this client's folder and lies in another's now, with all below it.
func (m *Mirror) gone(ctx context.Context, t *localTree) error {
	if len(t.gone) == 0 {
		return nil
	}
	return m.st.View(func(tx *state.Tx) error {
		ids := map[string]state.Node{}
		for id := range t.gone {
			if n, ok := tx.Node(id); ok && n.FileID != "" {
				ids[n.FileID] = n
			}
		}
		for fileID, client := range m.opt.Neighbour.Now(ctx, keys(ids)) {
			n := ids[fileID]
			s := stray{fileID, tx.Path(n.ID), fmt.Sprintf("lies in the folder of %q now", client)}
			if m.admitted(s.key()) {
				continue
			}
			m.hold(t, s, n.ID)
			m.spare(tx, t, n)
			for up, ok := tx.Node(n.Parent); ok && t.gone[up.ID]; up, ok = tx.Node(up.Parent) {
				delete(t.gone, up.ID) // with it goes what is held: it stays
				t.unseen[up.ID] = plan.Reason{Code: reasonMisfiled, Detail: "held something that " + s.text}
			}
		}
		return nil
	})
}

// spare takes a node, with all below it, out of what is gone: it is somewhere, and nothing is decided about it.
func (m *Mirror) spare(tx *state.Tx, t *localTree, n state.Node) {
	delete(t.gone, n.ID)
	for _, c := range tx.Children(n.ID) {
		if t.gone[c.ID] {
			m.spare(tx, t, c)
		}
	}
}

func (m *Mirror) hold(t *localTree, s stray, id state.NodeID) {
	t.unseen[id] = plan.Reason{Code: reasonMisfiled, Detail: s.text}
	t.odd = append(t.odd, Problem{Path: s.path, Code: reasonMisfiled, Reason: s.text})
	m.run.strays = append(m.run.strays, s)
}

// arrivedHere holds what is new in this client's folder and is, or was, another's.
func (m *Mirror) arrivedHere(t *localTree) error {
	return m.st.View(func(tx *state.Tx) error {
		files, nodes := map[string]state.SHA256{}, map[string]*localNode{}
		for id, n := range t.differ {
			if _, inBase := tx.Node(id); !inBase && n.fp.FileID != "" && n.wait.Code == "" {
				files[n.fp.FileID], nodes[n.fp.FileID] = state.SHA256(n.fp.SHA256), n
				if n.fp.Size == 0 {
					files[n.fp.FileID] = state.SHA256{} // everybody has an empty file
				}
			}
		}
		if len(files) == 0 {
			return nil
		}
		for fileID, client := range m.opt.Neighbour.Known(files) {
			n := nodes[fileID]
			s := stray{fileID, m.folderPathIn(tx, t, n), fmt.Sprintf("came from the folder of %q", client)}
			if m.admitted(s.key()) {
				continue
			}
			why := plan.Reason{Code: reasonMisfiled, Detail: s.text}
			if n.wait = why; n.dir { // with all that lies in it
				n.wait = plan.Reason{}
				t.unseen[n.id] = why
				t.odd = append(t.odd, Problem{Path: s.path, Code: reasonMisfiled, Reason: s.text})
			}
			m.run.strays = append(m.run.strays, s)
		}
		return nil
	})
}

// folderPathIn is a node's path in a tree that is not the mirror's yet.
func (m *Mirror) folderPathIn(tx *state.Tx, t *localTree, n *localNode) string {
	before := m.local
	m.local = t
	defer func() { m.local = before }()
	rel, _, _, _ := m.onDisk(tx, n.id)
	return rel
}

func keys[V any](in map[string]V) []string {
	out := make([]string, 0, len(in))
	for k := range in {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// strayHalt is what a person approves to let misfiled documents go where they were put. Its name is the same in both clients.
func (r *run) strayHalt() (state.Halt, bool) {
	if len(r.strays) == 0 {
		return state.Halt{}, false
	}
	h := state.Halt{Reason: reasonMisfiled, Detail: fmt.Sprintf("%d documents went from one client's folder to another's; if that is meant, approve it for both clients", len(r.strays))}
	if len(r.strays) == 1 {
		h.Detail = fmt.Sprintf("%q %s; if that is meant, approve it for both clients", r.strays[0].path, r.strays[0].text)
	}
	for _, s := range r.strays {
		h.Keys = append(h.Keys, s.key())
	}
	slices.Sort(h.Keys)
	sum := sha256.Sum256([]byte(fmt.Sprint(h.Keys)))
	h.Plan = hex.EncodeToString(sum[:6])
	return h, true
}
