package syncer

import (
	"fmt"
	"slices"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// fold writes down what really happened: for each result base, what was observed, the record, and the end of its intent, all in
// one transaction; then the mirror's memory follows.
func (m *Mirror) fold(results []result) error {
	var after []func()
	err := m.st.Update(func(tx *state.Tx) error {
		after = after[:0]
		for i := range results {
			f := &folding{m: m, tx: tx, r: &results[i]}
			if err := f.fold(); err != nil {
				return fmt.Errorf("write outcome of %s %q: %w", opName(f.r.op), f.r.path, err)
			}
			after = append(after, f.after...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, fn := range after {
		fn()
	}
	m.steps += len(results)
	for i := range results {
		delete(m.busy, results[i].op.Node)
	}
	return nil
}

// folding is one result on its way into the state.
type folding struct {
	m     *Mirror
	tx    *state.Tx
	r     *result
	after []func() // changes of the mirror's memory, once the transaction holds
}

func (f *folding) then(fn func()) { f.after = append(f.after, fn) }

func (f *folding) fold() error {
	if f.r.err != nil {
		return f.failed()
	}
	var err error
	switch f.r.op.Kind {
	case plan.MakeFolder, plan.Send, plan.Update:
		err = f.brought()
	case plan.Move:
		if f.r.renewed {
			err = f.relocated()
		} else {
			err = f.moved()
		}
	case plan.Aside:
		err = f.aside()
	case plan.Delete:
		err = f.deleted()
	case plan.Conflict:
		err = f.conflict()
	case plan.Compare:
		err = f.m.putAnswer(f.tx, f.m.seen(*f.r.entry), f.r.begun)
	}
	if err != nil {
		return err
	}
	id := state.NodeID(f.r.op.Node)
	f.then(func() { delete(f.m.troubles, id); f.m.run.count(f.r) })
	if err := f.record(); err != nil {
		return err
	}
	return f.finish()
}

func (f *folding) finish() error {
	if f.r.seq == 0 {
		return nil
	}
	return f.tx.Finish(f.r.seq)
}

// brought: what one side had, both have now.
func (f *folding) brought() error {
	op, id := f.r.op, state.NodeID(f.r.op.Node)
	row, _ := f.row()
	old := row.RemoteID
	f.learn(&row)
	f.portalFields(&row)
	switch {
	case f.r.fp != nil:
		setPrint(&row, *f.r.fp)
	case f.r.info != nil:
		row.FileID, row.MTime, row.CTime = f.r.info.FileID, f.r.info.MTime, f.r.info.CTime
	}
	if old != "" && old != row.RemoteID { // made again under a new id: the old one is gone for good
		if err := f.orphaned(id, old, row.RemoteID); err != nil {
			return err
		}
	}
	if err := f.put(row); err != nil {
		return err
	}
	if err := f.leftOver(); err != nil {
		return err
	}
	f.then(func() { f.m.local.agreed(id) })
	if op.Kind != plan.Update {
		return nil
	}
	if err := f.useApproval(); err != nil {
		return err
	}
	if err := f.watchLoop(id, f.m.hash(f.r.row.SHA1, f.r.row.SHA256), f.m.hash(row.SHA1, row.SHA256)); err != nil {
		return err
	}
	return f.tx.Danger(state.Guarded{Danger: state.Change, Path: f.r.path, Approved: f.r.past})
}

// orphaned: what lay in a folder that was made again under another id went with the old one.
func (f *folding) orphaned(id state.NodeID, old, now string) error {
	was, _ := f.tx.Seen(old)
	for _, c := range f.tx.Children(id) {
		if s, ok := f.tx.Seen(c.RemoteID); ok && (!s.Gone || s.Witness != "") {
			continue // it is elsewhere, or gone by itself
		}
		s := f.m.asBase(f.tx, c)
		s.Parent = now // where it would have to be
		s.Gone, s.GoneSince, s.Looks, s.Witness = true, was.GoneSince, was.Looks, was.Witness
		if err := f.tx.PutSeen(s); err != nil {
			return err
		}
	}
	return f.tx.DropSeen(old)
}

// learn puts a node's kind, folder and names, as the plan would have base know them, into its row.
func (f *folding) learn(row *state.Node) {
	l := f.r.op.Learn
	row.Dir, row.Parent, row.Local, row.Remote = l.Kind == plan.Folder, state.NodeID(l.Parent), l.Name[plan.Local], l.Name[plan.Remote]
	made := f.r.op.Kind != plan.Update || f.r.renewed
	if e := f.r.entry; e != nil && f.r.op.Side == plan.Remote && made && row.Remote == f.r.at.Name {
		row.Remote = e.Name // the portal may have spelled it otherwise; with new content only, it tells of a move
	}
}

// row is base's row of the node, or the beginning of one.
func (f *folding) row() (state.Node, bool) {
	row, ok := f.tx.Node(state.NodeID(f.r.op.Node))
	if !ok {
		row = state.Node{ID: state.NodeID(f.r.op.Node)}
	}
	return row, ok
}

// portalFields puts into a row what the portal said.
func (f *folding) portalFields(row *state.Node) {
	e := f.r.entry
	if e == nil {
		return
	}
	row.RemoteID, row.Content, row.Guard, row.Seq, row.RemoteSize = string(e.ID), e.Content, e.Guard, e.Seq, e.Size
}

// put writes a row, and forgets what was seen of its item, unless something newer was seen meanwhile.
func (f *folding) put(row state.Node) error {
	if other, ok := f.tx.ByRemote(row.RemoteID); ok && other.ID != row.ID {
		return fmt.Errorf("portal item %q belongs to two items", row.RemoteID)
	}
	if row.RemoteSize < 0 { // not told
		row.RemoteSize = row.Size
	}
	if err := f.tx.Put(row); err != nil {
		return err
	}
	rid := row.RemoteID
	f.then(func() { f.m.known(rid) })
	s, ok := f.tx.Seen(rid)
	switch {
	case ok && s.Seq > row.Seq && row.Seq > 0:
		return nil
	case f.r.entry != nil:
		return f.m.putAnswer(f.tx, f.m.seen(*f.r.entry), f.r.begun) // its place there may be one that base does not know yet
	}
	return f.tx.DropSeen(rid)
}

// known forgets the provisional node of an item that is in base now.
func (m *Mirror) known(rid string) {
	delete(m.remoteIDs, m.nodeOf[rid])
	delete(m.nodeOf, rid)
}

// moved: one side has the item where the other has it, or is on its way there. Base learns the place only when both agree.
func (f *folding) moved() error {
	op, id := f.r.op, state.NodeID(f.r.op.Node)
	if op.Side == plan.Local {
		to := &localNode{id: id, parent: state.NodeID(op.To.Parent), name: op.To.Name, dir: f.r.dir, fp: *f.r.fp}
		f.then(func() { f.m.local.put(to) })
	}
	row, there := f.row()
	if there && op.Learn != nil {
		f.learn(&row)
		f.movedPrint(&row)
		if err := f.tx.Put(row); err != nil {
			return err
		}
	}
	f.then(func() { f.m.tidy(id) })
	if op.Side == plan.Remote {
		return f.m.putAnswer(f.tx, f.m.seen(*f.r.entry), f.r.begun)
	}
	return f.reseen(row.RemoteID)
}

// movedPrint lets base know an item, whose content it has, by what the move made of its times and revisions.
func (f *folding) movedPrint(row *state.Node) {
	if e := f.r.entry; e != nil && f.r.op.Side == plan.Remote && (row.Dir || e.Content == row.Content) {
		row.Guard, row.Seq = e.Guard, e.Seq
	}
	if fp := f.r.fp; fp != nil && f.r.op.Side == plan.Local && (row.Dir || fp.SHA256 == local.Sum256(row.SHA256)) {
		row.FileID, row.CTime, row.MTime = fp.FileID, fp.CTime, fp.MTime
	}
}

// reseen compares once more what was seen of an item with base.
func (f *folding) reseen(rid string) error {
	if s, ok := f.tx.Seen(rid); ok {
		return f.m.putSeen(f.tx, s)
	}
	return nil
}

// aside: what had the name on disk is an item of its own now.
func (f *folding) aside() error {
	id, err := f.tx.NewID()
	if err != nil {
		return err
	}
	op := f.r.op
	to := &localNode{id: id, parent: state.NodeID(op.To.Parent), name: op.To.Name, dir: f.r.dir, fp: *f.r.fp}
	old := state.NodeID(op.Node)
	_, inBase := f.tx.Node(old)
	f.then(func() {
		f.m.local.leave(old, inBase)
		f.m.local.put(to)
		f.m.local.rehang(old, id)
		if to.dir && inBase {
			f.m.local.again(f.m.now()) // what lies in it is new as well
		}
	})
	return nil
}

// deleted: gone on both sides.
func (f *folding) deleted() error {
	if err := f.useApproval(); err != nil {
		return err
	}
	ids := append([]plan.NodeID{f.r.op.Node}, f.r.op.Below...)
	for _, id := range ids {
		row, ok := f.tx.Node(state.NodeID(id))
		if !ok {
			continue
		}
		if !row.Dir && !slices.Contains(f.r.op.Moved, id) {
			if err := f.tx.Danger(state.Guarded{Danger: state.Deletion, Path: f.tx.Path(row.ID), Approved: f.r.past}); err != nil {
				return err
			}
		}
		if s, ok := f.tx.Seen(row.RemoteID); ok && !s.Gone && s.Seq > row.Seq && s.At.After(f.r.begun) {
			continue // it is back, and was seen by a look meanwhile: a new item of the portal
		}
		if err := f.tx.DropSeen(row.RemoteID); err != nil {
			return err
		}
	}
	f.then(func() {
		for _, id := range ids {
			f.m.local.agreed(state.NodeID(id))
		}
	})
	return f.drop(state.NodeID(f.r.op.Node), "deleted on "+f.r.op.Side.Other().String())
}

// useApproval takes away the approval that let the operation pass a guard, if one did: it does not count for the guard then.
func (f *folding) useApproval() error {
	key := f.r.op.Key()
	if _, approved := f.tx.Approved(key); approved {
		f.r.past = true
		return f.tx.Use(key)
	}
	f.r.past = f.r.op.Kind == plan.Delete && (f.m.run.opt.AcceptDeletes || f.m.opt.Guards.AcceptDeletes)
	return nil
}

// drop takes a node out of base, if it is there.
func (f *folding) drop(id state.NodeID, why string) error {
	if _, ok := f.tx.Node(id); !ok {
		return nil
	}
	return f.tx.Delete(id, why)
}

// conflict: the portal's version has the name on both sides; the local one is an item of its own.
func (f *folding) conflict() error {
	row, _ := f.row()
	f.learn(&row)
	f.portalFields(&row)
	setPrint(&row, *f.r.fp)
	if err := f.put(row); err != nil {
		return err
	}
	if err := f.copied(); err != nil {
		return err
	}
	id := row.ID
	f.then(func() { f.m.local.agreed(id) })
	return nil
}

// copied notes a conflict's copy as a new item on disk.
func (f *folding) copied() error {
	id, err := f.tx.NewID()
	if err != nil {
		return err
	}
	op := f.r.op
	twin := &localNode{id: id, parent: state.NodeID(op.To.Parent), name: op.To.Name, fp: *f.r.copy}
	f.then(func() { f.m.local.put(twin) })
	return f.tx.PutConflict(state.Conflict{Path: f.r.path, Copy: f.r.to, When: f.m.now(), Node: state.NodeID(op.Node), Twin: id})
}

// record appends to the record.
func (f *folding) record() error {
	r := f.r
	e := state.Entry{Run: f.m.run.id, Client: f.m.opt.Name, Op: opName(r.op), Side: r.op.Side.String(), Path: r.shown(), To: r.target(), Rule: r.op.Rule,
		FromHash: r.row.SHA256, FromRev: r.row.Content, RemoteID: string(r.job.entry.ID), Size: r.bytes, Outcome: "done"}
	if r.fp != nil {
		e.ToHash = state.SHA256(r.fp.SHA256)
	}
	if r.entry != nil {
		e.ToRev, e.RemoteID = r.entry.Content, string(r.entry.ID)
	}
	_, err := f.tx.Append(e)
	return err
}

// shown is how a job's item is named to people: by its path on disk.
func (r *result) shown() string {
	switch {
	case r.path != "":
		return r.path
	case r.op.Side == plan.Local && r.to != "":
		return r.to
	}
	return r.job.entry.Name
}

func (r *result) target() string {
	switch r.op.Kind {
	case plan.Move, plan.Aside, plan.Conflict:
		if r.op.Side == plan.Local {
			return r.to
		}
		return r.at.Name
	}
	return ""
}
