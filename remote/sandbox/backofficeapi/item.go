package backofficeapi

import "dossier/remote/sandbox/store"

// newItem is an item that somebody makes.
func (a *API) newItem(tx *store.Tx, by string, parent store.ID, kind store.Kind, name string) *store.Item {
	return &store.Item{
		ID: tx.NewID(), Root: a.root, Parent: parent, Kind: kind, Name: name,
		Created: tx.Now, Modified: tx.Now, CreatedBy: by, ModifiedBy: by,
	}
}

// add puts a new item.
func (a *API) add(tx *store.Tx, it *store.Item, verb store.Verb) {
	tx.Put(it)
	tx.Log(verb, it, it.CreatedBy)
	a.Settle(tx, it)
}

// destroy removes an item and all that is in it, for good.
func (a *API) destroy(tx *store.Tx, c *call, it *store.Item) {
	tx.Purge(it)
	tx.Log(store.Purged, it.Changed(c.who.Email, tx.Now), c.who.Email)
}
