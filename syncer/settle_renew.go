package syncer

import (
	"context"
	"fmt"
	"path"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

// composes tells whether an intent was to make a new item in the place of an old one: see act_renew.go.
func (m *Mirror) composes(in state.Intent) bool {
	switch in.Op {
	case opNames[plan.Update]:
		return !m.features.Replace
	case opNames[plan.Move]:
		return in.RemoteID != "" && !in.SHA256.IsZero() && !(m.features.Rename && m.features.MoveFiles)
	}
	return false
}

// settleMade finds out whether the new item of a left-over intent is there. If so base learns it, and the old one is still to be removed.
func (m *Mirror) settleMade(ctx context.Context, in state.Intent) error {
	made := in.Made
	if made == "" {
		var err error
		if made, err = m.recognise(ctx, in); err != nil || made == "" {
			return err
		}
	}
	if err := m.reread(ctx, remote.ID(made), remote.File); err != nil {
		return err
	}
	return m.st.Update(func(tx *state.Tx) error {
		s, ok := tx.Seen(made)
		if !ok || s.Gone {
			return nil // it is gone again: the old one stays
		}
		if err := m.putMade(tx, in, s); err != nil {
			return err
		}
		if row, ok := tx.Node(in.Node); !ok || row.RemoteID != made {
			return nil // it could not be learnt: it is an item of its own
		}
		rest := removal(in, made)
		rest.Seq, rest.Started = in.Seq, in.Started
		return tx.SetIntent(rest)
	})
}

// putMade lets base learn the new item of an intent. One that was moved with a content that the disk had not got yet has it to get still.
func (m *Mirror) putMade(tx *state.Tx, in state.Intent, s state.Seen) error {
	if in.Op != opNames[plan.Move] {
		return m.putSent(tx, in, s)
	}
	row, ok := tx.Node(in.Node)
	up, is := tx.Node(in.Parent)
	if !ok || !is || !up.Dir {
		return nil
	}
	carried := row.Content != in.Content
	row.Parent, row.Local, row.Remote = in.Parent, path.Base(in.Path), in.Remote
	if carried {
		row.RemoteID = s.ID
	}
	if err := tx.Put(row); err != nil || carried {
		return err
	}
	return m.putSent(tx, in, s)
}

// recognise finds the item that a call of unknown outcome may have made: by its token, where the portal shows it, else by its bytes.
// Only what was not there before the attempt comes into question.
func (m *Mirror) recognise(ctx context.Context, in state.Intent) (made string, err error) {
	var maybe []state.Seen
	err = m.st.View(func(tx *state.Tx) error {
		for _, s := range tx.SeenIn(in.RemoteIn) {
			_, known := tx.ByRemote(s.ID)
			switch {
			case known, s.Gone, s.Kind != state.KindFile, s.Since.Before(in.Started):
			case sameToken(in, s):
				made = s.ID
			case s.Name == in.Remote && s.Token == "" && (s.Size < 0 || s.Size == in.Size):
				maybe = append(maybe, s)
			}
		}
		return nil
	})
	for _, s := range maybe {
		if err != nil || made != "" {
			break
		}
		made, err = m.sameBytes(ctx, in, s)
	}
	return made, err
}

// sameBytes fetches an item to find out whether it is what an intent was to send.
func (m *Mirror) sameBytes(ctx context.Context, in state.Intent, s state.Seen) (made string, err error) {
	if m.features.SendOnly {
		return "", nil
	}
	r := m.actor().compare(ctx, &job{entry: entryOf(s)})
	switch code := remote.CodeOf(r.err); {
	case code == remote.NotFound, code == remote.Trashed, code == remote.Stale:
		return "", nil
	case r.err != nil:
		return "", r.err
	}
	now := m.seen(*r.entry)
	if !sameSum(in, now.SHA256, now.SHA1) {
		return "", m.st.Update(func(tx *state.Tx) error { return m.putSeen(tx, now) })
	}
	return s.ID, nil
}

// removeLeft removes what new items have taken the place of. What cannot be removed now is tried by the next run; nothing is while the
// client stands still until a person approves.
func (m *Mirror) removeLeft(ctx context.Context) error {
	todo, err := m.leftovers()
	if err != nil || m.run.opt.DryRun || m.stands() {
		return err
	}
	a := m.actor()
	for _, in := range todo {
		if in.Op != opRemove {
			continue
		}
		old := remote.Entry{ID: remote.ID(in.RemoteID), Parent: remote.ID(in.RemoteIn), Name: in.Remote, Kind: remote.File, Size: -1, Content: in.Content, Guard: in.Guard, Seq: in.BaseSeq}
		err := a.removeOld(ctx, old)
		switch code := remote.CodeOf(err); {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case code == remote.SignIn:
			return err
		}
		if err := m.removedLeft(in, err); err != nil {
			return err
		}
	}
	return nil
}

// removedLeft writes down what became of an attempt to remove what is left over.
func (m *Mirror) removedLeft(in state.Intent, why error) error {
	return m.st.Update(func(tx *state.Tx) error {
		if why != nil && why != errStaysBeside {
			m.log.Info("the version before is still on the portal", "path", in.Path, "cause", why)
			in.Tries++
			return tx.SetIntent(in)
		}
		entry := state.Entry{Run: m.run.id, Client: m.opt.Name, Op: opRemove, Side: in.Side, Path: in.Path, Rule: in.Rule, RemoteID: in.RemoteID, FromRev: in.Content, Outcome: "done"}
		if why != nil {
			entry.Detail = why.Error()
			if err := tx.Bury(state.Tombstone{Path: in.Path, RemoteID: in.RemoteID, Content: in.Content, Why: whyReplaced}); err != nil {
				return err
			}
		}
		if err := tx.DropSeen(in.RemoteID); err != nil {
			return err
		}
		if _, err := tx.Append(entry); err != nil {
			return err
		}
		return tx.Finish(in.Seq)
	})
}

// leftToRemove are the items of the portal that new ones have taken the place of, and those that are about to.
func leftToRemove(tx *state.Tx) map[string]bool {
	ids := map[string]bool{}
	for _, in := range tx.Intents() {
		if in.Op == opRemove {
			ids[in.RemoteID] = true
		} else if in.Made != "" {
			ids[in.Made] = true
		}
	}
	return ids
}

// replacedThere tells that an item stays on the portal beside the one that took its place.
func replacedThere(tx *state.Tx, id string) bool {
	buried := tx.BuriedRemote(id)
	return len(buried) > 0 && buried[len(buried)-1].Why == whyReplaced
}

// reasonDoubt is of an item that may lie on the portal twice: nobody can look.
const reasonDoubt = "possibly-duplicated"

// doubtful tells that a left-over intent made something, perhaps, on a portal that does not show what is there.
func (m *Mirror) doubtful(in state.Intent) bool {
	return !m.features.Listing && in.Made == "" && (in.RemoteIn != "" || in.Op == opNames[plan.Send])
}

// doubt puts on the record that an item may be there twice from now on.
func (m *Mirror) doubt(tx *state.Tx, in state.Intent) error {
	m.run.add(Problem{Path: in.Path, Code: reasonDoubt, Reason: fmt.Sprintf("the connection broke while it went up, and this portal does not show whether it arrived: %q may lie there twice", in.Remote)})
	_, err := tx.Append(state.Entry{Run: m.run.id, Client: m.opt.Name, Op: in.Op, Side: in.Side, Path: in.Path, To: in.Remote, Rule: in.Rule, Outcome: reasonDoubt})
	return err
}
