package filesroapi

import (
	"slices"
	"strconv"
	"time"

	"dossier/remote/sandbox/store"
)

// The store marks only what was itself put into the trash, Files.ro all that lies below as well: so an item can come out of the trash
// while the folder that took it along stays. Such an item carries, as a tag, the time at which that folder was trashed.

func outOf(folder *store.Item) string {
	return "out:" + strconv.FormatUint(uint64(folder.ID), 10) + ":" + strconv.FormatInt(folder.Trashed.UnixNano(), 10)
}

// deletedAt is when an item was put into the trash; zero: it is not there.
func deletedAt(v store.View, it *store.Item) time.Time {
	top := v.TrashedAt(it)
	if top == nil {
		return time.Time{}
	}
	for at := it; at.ID != top.ID; at = v.Item(at.Parent) {
		if slices.Contains(at.Tags, outOf(top)) {
			return time.Time{}
		}
	}
	return top.Trashed
}

// below collects what lies below a folder, trashed or not, each folder before what is in it.
func below(v store.View, folder *store.Item) []*store.Item {
	binned := map[store.ID][]*store.Item{}
	for _, it := range v.Trash(folder.Root) {
		binned[it.Parent] = append(binned[it.Parent], it)
	}
	var list []*store.Item
	var add func(id store.ID)
	add = func(id store.ID) {
		kids := append(slices.Collect(v.Children(id, store.Place{})), binned[id]...)
		for _, it := range kids {
			list = append(list, it)
			if it.Kind == store.Folder {
				add(it.ID)
			}
		}
	}
	add(folder.ID)
	return list
}

// deleteItems answers DELETE /items. Items are handled one after the other; what is not there is passed over in silence.
func (a *API) deleteItems(c *call) error {
	return a.deleteIn(c, scope{who: c.who})
}

func (a *API) deleteIn(c *call, s scope) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	entries := in.items(true)
	a.checkTypes(in, entries)
	if err := in.check(); err != nil {
		return err
	}
	if a.has("filesro-delete-ignored") {
		entries = nil
	}
	for _, e := range entries {
		if err := a.store.Update(func(tx *store.Tx) error { return a.deleteOne(tx, s, e) }); err != nil {
			return err
		}
	}
	return succeed(c, "Items was successfully deleted.")
}

func (a *API) deleteOne(tx *store.Tx, s scope, e entry) error {
	it, err := a.find(tx.View, s, e)
	switch {
	case err != nil || it == nil:
		return err
	case e.force || s.request != nil: // what a visitor deletes is gone for good
		destroy(tx, it)
	case deletedAt(tx.View, it).IsZero():
		bin(tx, it, s.by())
	}
	a.unshare(tx, it.ID)
	return nil
}

func bin(tx *store.Tx, it *store.Item, by string) {
	next := it.Changed(by, tx.Now)
	next.Trashed, next.Tags = tx.Now, nil
	tx.Put(next)
	tx.Log(store.Binned, next, by)
}

// destroy removes an item for good. Of a folder's files only those go that are in the trash: the others stay, and no listing of a folder
// shows them again.
func destroy(tx *store.Tx, it *store.Item) {
	tx.Remove(it)
	tx.Log(store.Purged, it, it.ModifiedBy)
	if it.Kind != store.Folder {
		return
	}
	for _, one := range below(tx.View, it) {
		if one.Kind == store.Folder || !deletedAt(tx.View, one).IsZero() {
			tx.Remove(one)
		}
	}
}

// restoreItems answers POST /trash/restore.
func (a *API) restoreItems(c *call) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	entries := in.items(false)
	a.checkTypes(in, entries)
	toHome := false
	if in.has("to_home") || a.has("filesro-to-home-required") {
		toHome = in.boolean("to_home", false)
	}
	if err := in.check(); err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.store.Update(func(tx *store.Tx) error { return a.restoreOne(tx, c.who, e, toHome) }); err != nil {
			return err
		}
	}
	return succeed(c, "The item was successfully restored.")
}

func (a *API) restoreOne(tx *store.Tx, who *Account, e entry, toHome bool) error {
	it, err := a.find(tx.View, scope{who: who}, e)
	switch {
	case err != nil:
		return err
	case it == nil:
		return notFound
	}
	restore(tx, it, toHome, who)
	return nil
}

// restore takes an item out of the trash, and with a folder all that is in it, whenever that was put there.
func restore(tx *store.Tx, it *store.Item, toHome bool, who *Account) {
	next := it.Changed(who.Email, tx.Now)
	next.Trashed, next.Tags = time.Time{}, nil
	if toHome {
		next.Parent = it.Root
	} else if top := tx.TrashedAt(tx.Item(it.Parent)); top != nil {
		next.Tags = []string{outOf(top)}
	}
	tx.Put(next)
	tx.Log(store.Restored, next, who.Email)
	if it.Kind != store.Folder {
		return
	}
	for _, one := range below(tx.View, it) {
		if !one.Trashed.IsZero() || one.Tags != nil {
			out := one.Changed(who.Email, tx.Now)
			out.Trashed, out.Tags = time.Time{}, nil
			tx.Put(out)
		}
	}
}

// trashTop is what is in the trash of a tree and was not taken along by a trashed folder.
func trashTop(v store.View, root *store.Item) (items []*store.Item) {
	for _, it := range v.Trash(root.ID) {
		if up := v.Item(it.Parent); up == nil || deletedAt(v, up).IsZero() {
			items = append(items, it)
		}
	}
	return items
}

// trashIn is what is in the trash of what lies directly in a folder.
func trashIn(v store.View, folder *store.Item) (items []*store.Item) {
	for _, it := range v.Trash(folder.Root) {
		if it.Parent == folder.ID {
			items = append(items, it)
		}
	}
	for it := range v.Children(folder.ID, store.Place{}) {
		if !deletedAt(v, it).IsZero() {
			items = append(items, it)
		}
	}
	return items
}

// checkTypes refuses kinds of items that only the documentation has, if that is how it is.
func (a *API) checkTypes(in *input, entries []entry) {
	if !a.has("filesro-type-strict") {
		return
	}
	for i, e := range entries {
		if e.kind != "file" && e.kind != "folder" && e.kind != "" {
			in.fault("items."+strconv.Itoa(i)+".type", "The selected items.%d.type is invalid.", i)
		}
	}
}
