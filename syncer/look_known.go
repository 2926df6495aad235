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
	for _, n := range todo {
		if err := m.askFor(ctx, n); err != nil {
			return err
		}
	}
	return m.st.Update(func(tx *state.Tx) error {
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

// askFor asks whether an item of base is still there. It counts as gone like one that a complete look has missed.
func (m *Mirror) askFor(ctx context.Context, n state.Node) error {
	kind := remote.File
	if n.Dir {
		kind = remote.Folder
	}
	e, err := m.portal.Get(ctx, remote.ID(n.RemoteID), kind)
	switch code := remote.CodeOf(err); {
	case err == nil:
		return m.st.Update(func(tx *state.Tx) error {
			now := m.asBase(tx, n)
			now.Name, now.Content, now.Size, now.Pinned = e.Name, e.Content, e.Size, e.Pinned
			return m.putSeen(tx, now)
		})
	case code == remote.NotFound, code == remote.Trashed:
		return m.st.Update(func(tx *state.Tx) error { return m.missed(tx, n) })
	}
	return err
}
