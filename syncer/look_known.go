package syncer

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"dossier/remote"
	"dossier/state"
)

// A portal that does not list what it has (Features.Listing) shows nothing new, and what base has is there as base says until an
// answer about that very item says otherwise. So items are asked about one by one, some at each look, round and round.

// asksALook is how many items one look asks about: calls are few, and many clients may share them.
const asksALook = 5

// lookKnown asks about the next items of base, and about those that were gone when last asked for.
func (m *Mirror) lookKnown(ctx context.Context) error {
	todo, last, err := m.nextKnown()
	if err != nil {
		return err
	}
	var missing []state.Node
	for _, n := range todo {
		there, err := m.askFor(ctx, n)
		if err != nil {
			return err
		}
		if !there {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 { // where the client's own folder is not to be seen either, it says nothing that something in it is not
		if _, err := m.portal.Get(ctx, m.opt.Folder, remote.Folder); err != nil {
			return err
		}
	}
	return m.st.Update(func(tx *state.Tx) error {
		for _, n := range missing {
			if err := m.missed(tx, n); err != nil {
				return err
			}
		}
		f := tx.Feed()
		f.Cursor, f.Read = strconv.FormatUint(uint64(last), 10), m.now()
		if err := tx.SetFeed(f); err != nil {
			return err
		}
		return m.lookedAt(tx)
	})
}

// nextKnown picks what to ask about: what is gone first, then some from where the last look ended.
func (m *Mirror) nextKnown() (todo []state.Node, last state.NodeID, err error) {
	err = m.st.View(func(tx *state.Tx) error {
		at, _ := strconv.ParseUint(tx.Feed().Cursor, 10, 64) // none: from the beginning
		last = state.NodeID(at)
		var turn []state.Node
		for n := range tx.All() {
			if n.ID == state.Root || n.RemoteID == "" {
				continue
			}
			if s, ok := tx.Seen(n.RemoteID); ok && s.Gone {
				todo = append(todo, n)
			} else {
				turn = append(turn, n)
			}
		}
		slices.SortFunc(turn, func(a, b state.Node) int { return cmp.Compare(a.ID-last-1, b.ID-last-1) }) // those after the last come first
		for _, n := range turn[:min(len(turn), asksALook)] {
			todo, last = append(todo, n), n.ID
		}
		return nil
	})
	return todo, last, err
}

// askFor asks whether an item of base is still there. If not, it counts as gone like one that a complete look has missed.
func (m *Mirror) askFor(ctx context.Context, n state.Node) (there bool, err error) {
	kind := remote.File
	if n.Dir {
		kind = remote.Folder
	}
	e, err := m.portal.Get(ctx, remote.ID(n.RemoteID), kind)
	switch code := remote.CodeOf(err); {
	case err == nil:
		return true, m.st.Update(func(tx *state.Tx) error {
			now := m.asBase(tx, n)
			now.Name, now.Content, now.Size, now.Pinned = e.Name, e.Content, e.Size, e.Pinned
			return m.putSeen(tx, now)
		})
	case code == remote.NotFound, code == remote.Trashed:
		return false, nil
	}
	return false, err
}
