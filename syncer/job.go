package syncer

import (
	"fmt"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// job is an operation with all that doing it takes: values, taken from the trees when it is started.
type job struct {
	op    plan.Op
	seq   uint64     // of its intent; 0: it needs none
	row   state.Node // as base has it; ID 0: not in base
	tries int
	begun time.Time

	path string            // on disk, now; empty: not there
	was  string            // on disk, as base has it
	to   string            // on disk, target
	fp   local.Fingerprint // what must be at path
	dir  bool

	entry  remote.Entry // on the portal, as we believe it to be; empty: not there
	at     remote.Place // on the portal, target
	resume string
	token  string

	later bool       // one of many, which nobody waits for
	below []expected // Delete with Tree: what the folder must hold, on the side that is changed
	past  bool       // an approval admitted it: it does not count for the guard
}

// expected is an item below a folder that is to go.
type expected struct {
	rel   string
	dir   bool
	fp    local.Fingerprint
	entry remote.Entry
}

// result is what became of a job.
type result struct {
	*job
	err error

	fp    *local.Fingerprint // the file at the target after it
	info  *local.Info        // the folder at the target after it
	entry *remote.Entry      // the item on the portal after it
	copy  *local.Fingerprint // Conflict: what went aside
	bytes int64

	renewed bool  // entry is a new item that takes the place of the job's
	left    error // why the old one is still there; nil: it is not

	// Of an operation that failed: what is on the portal now, as far as it was looked up.
	now    []remote.Entry
	gone   []remote.ID
	looked bool // nothing was left out
}

// prepare makes a job of an operation. Paths are those of this moment: no folder above a job is moved while it runs.
func (m *Mirror) prepare(tx *state.Tx, op plan.Op) (*job, error) {
	j := &job{op: op, begun: m.now()}
	id := state.NodeID(op.Node)
	j.row, _ = tx.Node(id)
	j.was = tx.Path(id)
	if p, fp, dir, ok := m.onDisk(tx, id); ok {
		j.path, j.fp, j.dir = p, fp, dir
	}
	if s, ok := m.onPortal(tx, id); ok {
		j.entry = entryOf(s)
	}
	if op.To.Parent != 0 {
		if err := m.placed(tx, j); err != nil {
			return nil, err
		}
	}
	m.complete(tx, j)
	return j, nil
}

// placed finds the folder of a job's target.
func (m *Mirror) placed(tx *state.Tx, j *job) error {
	up := state.NodeID(j.op.To.Parent)
	if j.op.Side == plan.Local {
		dir, _, isDir, ok := m.onDisk(tx, up)
		if !ok || !isDir {
			return fmt.Errorf("%s %q: its folder is not on the disk", opName(j.op), j.op.To.Name)
		}
		j.to = local.In(dir).Join(j.op.To.Name).Rel
		return nil
	}
	s, ok := m.onPortal(tx, up)
	if !ok || s.Kind != state.KindFolder {
		return fmt.Errorf("%s %q: its folder is not on the portal", opName(j.op), j.op.To.Name)
	}
	j.at = remote.Place{Parent: remote.ID(s.ID), Name: j.op.To.Name}
	return nil
}

// complete fills in what an operation leaves unsaid.
func (m *Mirror) complete(tx *state.Tx, j *job) {
	op := j.op
	switch {
	case op.Kind == plan.Update && op.Side == plan.Remote:
		j.at = remote.Place{Parent: j.entry.Parent, Name: j.entry.Name}
	case op.Kind == plan.Delete && op.Tree:
		j.below = m.belowOf(tx, op)
	}
}

// onDisk is where a node lies on disk, and what it is.
func (m *Mirror) onDisk(tx *state.Tx, id state.NodeID) (rel string, fp local.Fingerprint, dir, ok bool) {
	if n, ok := m.local.differ[id]; ok {
		return local.In(m.folderPath(tx, n.parent)).Join(n.name).Rel, n.fp, n.dir, true
	}
	row, ok := tx.Node(id)
	if !ok || m.local.gone[id] {
		return "", fp, false, false
	}
	if id == state.Root {
		return "", fp, true, true
	}
	return local.In(m.folderPath(tx, row.Parent)).Join(row.Local).Rel, print(row), row.Dir, true
}

// folderPath is where a folder lies on disk.
func (m *Mirror) folderPath(tx *state.Tx, id state.NodeID) string {
	rel, _, _, _ := m.onDisk(tx, id)
	return rel
}

// onPortal is a node as the portal was last seen to have it.
func (m *Mirror) onPortal(tx *state.Tx, id state.NodeID) (state.Seen, bool) {
	if id == state.Root {
		return state.Seen{ID: string(m.opt.Folder), Kind: state.KindFolder}, true
	}
	if row, ok := tx.Node(id); ok && row.RemoteID != "" {
		if s, ok := tx.Seen(row.RemoteID); ok {
			return s, !s.Gone
		}
		return m.asBase(tx, row), true
	}
	rid, ok := m.remoteIDs[id]
	if !ok {
		return state.Seen{}, false
	}
	s, ok := tx.Seen(rid)
	return s, ok && !s.Gone
}

// belowOf lists what a folder that is to go must hold on its side.
func (m *Mirror) belowOf(tx *state.Tx, op plan.Op) []expected {
	var out []expected
	top, _, _, _ := m.onDisk(tx, state.NodeID(op.Node))
	for _, id := range op.Below {
		if op.Side == plan.Local {
			if rel, fp, dir, ok := m.onDisk(tx, state.NodeID(id)); ok {
				out = append(out, expected{rel: rel[len(top)+1:], dir: dir, fp: fp})
			}
			continue
		}
		if s, ok := m.onPortal(tx, state.NodeID(id)); ok {
			out = append(out, expected{rel: tx.Path(state.NodeID(id)), entry: entryOf(s), dir: s.Kind == state.KindFolder})
		}
	}
	return out
}

// intent is what the state keeps of a job while it runs: enough to find out afterwards what became of it. The digests are those of
// the content that is brought over.
func (j *job) intent(run uint64) state.Intent {
	in := state.Intent{Op: opName(j.op), Side: j.op.Side.String(), Run: run, Rule: j.op.Rule, Node: state.NodeID(j.op.Node), Twin: state.NodeID(j.op.Twin),
		Parent: state.NodeID(j.op.To.Parent), Path: j.path, To: j.to, Remote: j.at.Name, RemoteID: string(j.entry.ID), RemoteIn: string(j.at.Parent),
		Content: j.entry.Content, Guard: j.entry.Guard, BaseSeq: j.entry.Seq, Token: j.token, Resume: j.resume, Tries: j.tries}
	if j.op.Side == plan.Remote {
		in.SHA256, in.SHA1, in.Size, in.MTime, in.FileID = state.SHA256(j.fp.SHA256), state.SHA1(j.fp.SHA1), j.fp.Size, j.fp.MTime, j.fp.FileID
		return in
	}
	in.Remote, in.RemoteIn, in.Size = j.entry.Name, "", j.entry.Size
	_ = in.SHA256.UnmarshalText([]byte(j.entry.SHA256))
	_ = in.SHA1.UnmarshalText([]byte(j.entry.SHA1))
	return in
}

var opNames = map[plan.OpKind]string{plan.Record: "record", plan.Forget: "forget", plan.MakeFolder: "make-folder", plan.Send: "send", plan.Update: "update",
	plan.Move: "move", plan.Delete: "delete", plan.Conflict: "conflict", plan.Aside: "aside", plan.Compare: "compare"}

func opName(o plan.Op) string { return opNames[o.Kind] }
