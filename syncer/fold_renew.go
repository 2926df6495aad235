package syncer

import (
	"errors"

	"dossier/state"
	"dossier/syncer/plan"
)

// opRemove is the intent to remove what a new item has taken the place of. It outlives the run in which it could not be done.
const opRemove = "remove"

// whyReplaced marks a portal item that stays beside the one that took its place, since the portal removes nothing.
const whyReplaced = "replaced, and left beside its successor"

// relocated: an item has been made anew where the other side has it.
func (f *folding) relocated() error {
	row, there := f.row()
	switch {
	case f.r.op.Learn != nil && f.r.fp != nil:
		return f.brought()
	case f.r.op.Learn != nil && there: // with a content that the disk has not got yet
		f.learn(&row)
		row.RemoteID = string(f.r.entry.ID)
		if err := f.tx.Put(row); err != nil {
			return err
		}
		f.then(func() { f.m.known(row.RemoteID) })
	}
	if err := f.tx.DropSeen(string(f.r.job.entry.ID)); err != nil {
		return err
	}
	if err := f.leftOver(); err != nil {
		return err
	}
	id := state.NodeID(f.r.op.Node)
	f.then(func() { f.m.tidy(id) })
	return f.m.putAnswer(f.tx, f.m.seen(*f.r.entry), f.r.begun)
}

// leftOver notes the old item, where it is still there: to be removed later, or never to be taken for another one.
func (f *folding) leftOver() error {
	old := f.r.job.entry
	switch {
	case f.r.left == nil:
		return nil
	case errors.Is(f.r.left, errStaysBeside):
		return f.tx.Bury(state.Tombstone{Path: f.r.shown(), RemoteID: string(old.ID), Content: old.Content, Why: whyReplaced})
	}
	f.m.log.Info("the version before is still on the portal", "path", f.r.shown(), "cause", f.r.left)
	in := f.r.intent(f.m.run.id)
	return f.tx.Begin([]state.Intent{removal(in, string(f.r.entry.ID))})
}

// removal is what is left to be done of an intent whose new item is there.
func removal(in state.Intent, made string) state.Intent {
	return state.Intent{Op: opRemove, Side: plan.Remote.String(), Run: in.Run, Rule: in.Rule, Path: in.Path, Remote: in.Remote, RemoteIn: in.RemoteIn,
		RemoteID: in.RemoteID, Content: in.Content, Guard: in.Guard, BaseSeq: in.BaseSeq, Made: made}
}
