package syncer

import (
	"context"
	"path"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// What an intent was to bring over, and what is there now with the same digest at the place it was meant for, is our own work: base
// learns it. Without that, a rename on either side in the meantime would make it look like somebody else's, and bring it over twice.

// settleKnown lets base learn what a left-over intent has done.
func (m *Mirror) settleKnown(ctx context.Context, in state.Intent) error {
	there := in.Side == plan.Remote.String()
	switch {
	case there && m.doubtful(in):
		return m.st.Update(func(tx *state.Tx) error { return m.doubt(tx, in) })
	case there && (in.Made != "" || m.composes(in)):
		return m.settleMade(ctx, in)
	}
	content := in.Op == opNames[plan.Send] || in.Op == opNames[plan.Update]
	if !content || in.SHA1.IsZero() && in.SHA256.IsZero() {
		return nil
	}
	if in.Side == plan.Local.String() {
		return m.settleHere(ctx, in)
	}
	return m.st.Update(func(tx *state.Tx) error { return m.settleThere(tx, in) })
}

// settleHere: a file that came down and was put in place.
func (m *Mirror) settleHere(ctx context.Context, in state.Intent) error {
	rel := in.To
	if in.Op == opNames[plan.Update] {
		rel = in.Path
	}
	fp, err := local.Hash(ctx, m.disk, local.In(rel))
	if err != nil || !sameSum(in, state.SHA256(fp.SHA256), state.SHA1(fp.SHA1)) {
		return ctx.Err() // it is not there, or another one: the look will tell
	}
	return m.st.Update(func(tx *state.Tx) error {
		row, known := tx.Node(in.Node)
		if !known {
			row = state.Node{ID: in.Node, Parent: in.Parent, Local: path.Base(rel), Remote: in.Remote}
		}
		setPrint(&row, fp)
		row.RemoteID, row.Content, row.Guard, row.Seq, row.RemoteSize = in.RemoteID, in.Content, in.Guard, in.BaseSeq, in.Size
		return m.putOwn(tx, row)
	})
}

// settleThere: a file that went up. The look before has seen the folder, or the item, as it is now.
func (m *Mirror) settleThere(tx *state.Tx, in state.Intent) error {
	s, ok := tx.Seen(in.RemoteID)
	if in.Op == opNames[plan.Send] {
		s, ok = sentTo(tx, in)
	}
	if !ok || s.Gone || !sameSum(in, s.SHA256, s.SHA1) && !sameToken(in, s) {
		return nil
	}
	return m.putSent(tx, in, s)
}

// putSent lets base learn that what an intent was to send lies on the portal as s.
func (m *Mirror) putSent(tx *state.Tx, in state.Intent, s state.Seen) error {
	row, known := tx.Node(in.Node)
	if !known {
		row = state.Node{ID: in.Node, Parent: in.Parent, Local: path.Base(in.Path), Remote: in.Remote}
	}
	setPrint(&row, local.Fingerprint{Size: in.Size, MTime: in.MTime, FileID: in.FileID, SHA256: local.Sum256(in.SHA256), SHA1: local.Sum1(in.SHA1)})
	row.RemoteID, row.Content, row.Guard, row.Seq, row.RemoteSize = s.ID, s.Content, s.Guard, s.Seq, s.Size
	return m.putOwn(tx, row)
}

// sameToken tells that an item is the upload of an intent. One that has not got its name yet is not finished: what is left of it is gone
// on with, or swept.
func sameToken(in state.Intent, s state.Seen) bool {
	class, _ := local.ClassOfName(s.Name)
	return in.Token != "" && s.Token == in.Token && class != local.Temp
}

// sentTo finds what lies under the name that something was sent to, and base does not know: by its token, if there are several.
func sentTo(tx *state.Tx, in state.Intent) (found state.Seen, ok bool) {
	for _, s := range tx.SeenIn(in.RemoteIn) {
		if _, known := tx.ByRemote(s.ID); known || s.Kind != state.KindFile || s.Gone {
			continue
		}
		if sameToken(in, s) {
			return s, true
		}
		if s.Name == in.Remote {
			found, ok = s, true
		}
	}
	return found, ok
}

// sameSum compares by the digest that both know.
func sameSum(in state.Intent, two state.SHA256, one state.SHA1) bool {
	if !in.SHA256.IsZero() && !two.IsZero() {
		return in.SHA256 == two
	}
	return !in.SHA1.IsZero() && in.SHA1 == one
}

// putOwn writes a row, if it has its place in base: its folder may be gone by now, or its item be another's.
func (m *Mirror) putOwn(tx *state.Tx, row state.Node) error {
	if up, ok := tx.Node(row.Parent); !ok || !up.Dir {
		return nil
	}
	if other, ok := tx.ByRemote(row.RemoteID); ok && other.ID != row.ID {
		return nil
	}
	if row.RemoteSize < 0 { // not told
		row.RemoteSize = row.Size
	}
	if err := tx.Put(row); err != nil {
		return err
	}
	if s, ok := tx.Seen(row.RemoteID); ok {
		return m.putSeen(tx, s)
	}
	return nil
}
