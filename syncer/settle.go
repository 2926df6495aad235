package syncer

import (
	"context"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

// settle looks at what was under way when the last run ended, before anything else is done: at the item, or into the folder, that
// each left-over intent would have changed. Whether it was done shows there; nothing is assumed. An upload that can go on where
// it was is kept for the next attempt.
func (m *Mirror) settle(ctx context.Context) error {
	left, err := m.leftovers()
	if err != nil || m.run.opt.DryRun {
		return err
	}
	folders := map[remote.ID]bool{}
	for _, in := range left {
		if in.Op == opRemove {
			continue
		}
		if in.Side == plan.Remote.String() {
			if err := m.settleOne(ctx, in, folders); err != nil {
				return err
			}
		}
		if err := m.settleKnown(ctx, in); err != nil {
			return err
		}
	}
	for _, t := range m.troubles {
		t.blind = false
	}
	if err := m.forgetSettled(left); err != nil {
		return err
	}
	if err := m.removeLeft(ctx); err != nil {
		return err
	}
	return m.sweepUploads(ctx)
}

// forgetSettled takes away the intents that were settled. Those that can be gone on with are kept for the next attempt, and what is
// to be removed stays until it is.
func (m *Mirror) forgetSettled(left []state.Intent) error {
	return m.st.Update(func(tx *state.Tx) error {
		for _, in := range left {
			if now, ok := tx.Intent(in.Seq); !ok || now.Op == opRemove {
				continue
			}
			if in.Resume != "" {
				m.resumable[resumeKey(in)] = in
				continue
			}
			if in.Op == opNames[plan.Conflict] {
				if err := tx.PutConflict(state.Conflict{Path: in.Path, Copy: in.To, When: in.Started, Node: in.Node}); err != nil {
					return err // the row counts only if the copy is there
				}
			}
			if err := tx.Finish(in.Seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// blind tells whether there are calls whose outcome nobody knows.
func (m *Mirror) blind() bool {
	for _, t := range m.troubles {
		if t.blind {
			return true
		}
	}
	return false
}

// forgetResumable lets go of transfers that nobody wants to go on with any more.
func (m *Mirror) forgetResumable(tx *state.Tx) error {
	for key, in := range m.resumable {
		if m.troubles[in.Node] != nil {
			continue
		}
		if err := tx.Finish(in.Seq); err != nil {
			return err
		}
		delete(m.resumable, key)
	}
	return nil
}

// leftovers are the intents that nobody is working on.
func (m *Mirror) leftovers() (left []state.Intent, err error) {
	err = m.st.View(func(tx *state.Tx) error {
		for _, in := range tx.Intents() {
			if m.busy[plan.NodeID(in.Node)] == nil {
				left = append(left, in)
			}
		}
		return nil
	})
	return left, err
}

// settleOne looks at what one intent would have changed on the portal.
func (m *Mirror) settleOne(ctx context.Context, in state.Intent, folders map[remote.ID]bool) error {
	if in.RemoteID != "" {
		kind, err := m.kindOf(in)
		if err != nil {
			return err
		}
		if err := m.reread(ctx, remote.ID(in.RemoteID), kind); err != nil {
			return err
		}
	}
	folder := remote.ID(in.RemoteIn)
	if folder == "" || folders[folder] || !m.features.Listing {
		return nil
	}
	folders[folder] = true
	return m.relist(ctx, folder)
}

// kindOf is what the item of an intent is.
func (m *Mirror) kindOf(in state.Intent) (kind remote.Kind, err error) {
	kind = remote.File
	err = m.st.View(func(tx *state.Tx) error {
		if s, ok := tx.Seen(in.RemoteID); ok {
			kind = remote.Kind(s.Kind)
		} else if n, ok := tx.ByRemote(in.RemoteID); ok && n.Dir {
			kind = remote.Folder
		}
		return nil
	})
	return kind, err
}

// relist looks into one folder of the portal.
func (m *Mirror) relist(ctx context.Context, folder remote.ID) error {
	var now []remote.Entry
	for e, err := range m.portal.Children(ctx, folder) {
		if code := remote.CodeOf(err); code == remote.NotFound || code == remote.Trashed || code == remote.Denied {
			return nil // the folder is gone; the look will tell
		}
		if err != nil {
			return err
		}
		now = append(now, e)
	}
	return m.st.Update(func(tx *state.Tx) error {
		for _, e := range now {
			if err := m.putSeen(tx, m.seen(e)); err != nil {
				return err
			}
		}
		return nil
	})
}

// reuse lets a job go on where an earlier attempt at the same was cut off.
func (m *Mirror) reuse(tx *state.Tx, j *job) {
	key := resumeKey(j.intent(0))
	in, ok := m.resumable[key]
	if !ok {
		j.token = newID()
		return
	}
	j.resume, j.token, j.tries = in.Resume, in.Token, in.Tries+1
	delete(m.resumable, key)
	_ = tx.Finish(in.Seq) // the new intent carries it on
}
