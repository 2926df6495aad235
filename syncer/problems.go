package syncer

import (
	"errors"
	"io/fs"
	"sort"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

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
			if told[state.NodeID(it.Node)] || quiet(it.Reason) || len(m.gaps) > 0 && it.Reason == (plan.Reason{Code: plan.ReasonUnknown}) {
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
		r.dark(tx)
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

// dark tells of the folders of the portal that could not be read, once for all that lies in them.
func (r *run) dark(tx *state.Tx) {
	for folder, cause := range r.m.gaps {
		at := ""
		if id := (&worldBuilder{m: r.m, tx: tx}).folder(folder); id != plan.Root {
			at = r.m.pathOf(tx, state.NodeID(id))
		}
		r.add(Problem{Path: at, Code: plan.ReasonUnknown, Reason: cause.Error()})
	}
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
	return now, !errors.Is(err, fs.ErrNotExist) // a disk that does not answer proves nothing
}

// forgetConflicts lets go of conflicts whose copy a person has removed, or that were never made.
func (m *Mirror) forgetConflicts(tx *state.Tx) error {
	for _, c := range tx.Conflicts() {
		if _, there := m.copyNow(tx, c); there {
			continue
		}
		if err := tx.DropConflict(c.Copy); err != nil {
			return err
		}
	}
	return nil
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
