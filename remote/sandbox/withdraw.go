package sandbox

import (
	"errors"
	"slices"

	"dossier/remote/sandbox/store"
)

// Withdraw takes an item, and all in it, away from those who see the tree: as when a collaboration is ended. It is whole, and in nobody's
// trash. What is returned gives it back as it was.
func (s *Server) Withdraw(portal, at string) (giveBack func() error, err error) {
	p := s.must(portal)
	beyond, err := s.store.Root(portal + ", out of sight")
	if err != nil {
		return nil, err
	}
	var was *store.Item
	err = s.store.Update(func(tx *store.Tx) error {
		it, err := p.find(tx.View, at)
		if err != nil {
			return err
		}
		if it.Parent == 0 {
			return errors.New("withdraw: the root stays")
		}
		was = it
		tx.Log(store.Withdrawn, it, p.Worker())
		replant(tx, it, beyond, beyond)
		return nil
	})
	return func() error {
		return s.store.Update(func(tx *store.Tx) error {
			replant(tx, tx.Item(was.ID), was.Parent, was.Root)
			tx.Log(store.Granted, was, p.Worker())
			return nil
		})
	}, err
}

// replant moves an item, and all in it, below a folder of another tree. Nothing else of them changes.
func replant(tx *store.Tx, it *store.Item, parent, root store.ID) {
	below := slices.Collect(tx.Below(it.ID))
	top := *it
	top.Parent, top.Root = parent, root
	tx.Put(&top)
	for _, it := range below {
		moved := *it
		moved.Root = root
		tx.Put(&moved)
	}
}
