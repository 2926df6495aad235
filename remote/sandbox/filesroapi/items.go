package filesroapi

import (
	"net/http"
	"slices"

	"dossier/remote/sandbox/store"
)

// scope is where a call may work: in an account, or as a visitor in the folder of a file request.
type scope struct {
	who     *Account // whose tree it is
	request *request // nil: the account itself is at work
}

// by is who stands at what is done.
func (s scope) by() string {
	if s.request != nil {
		return visitor
	}
	return s.who.Email
}

// holds says whether an item is in the scope.
func (s scope) holds(v store.View, it *store.Item) bool {
	if it.Root != s.who.Root {
		return false
	}
	return s.request == nil || slices.ContainsFunc(v.Path(it), func(up *store.Item) bool { return up.ID == s.request.ID })
}

// top is what counts as home.
func (s scope) top() store.ID {
	if s.request != nil {
		return s.request.ID
	}
	return s.who.Root
}

// find returns the item that is meant, in the trash or not; nil: there is none of this id and kind.
func (a *API) find(v store.View, s scope, e entry) (*store.Item, error) {
	it := v.Item(readUUID(e.id, itemKey))
	if it == nil || it.Parent == 0 || (it.Kind == store.Folder) != (e.kind == "folder") {
		return nil, nil
	}
	if a.has("filesro-type-own") && it.Kind == store.File && e.kind != fileType(it) {
		return nil, nil
	}
	if !s.holds(v, it) {
		return nil, notYours
	}
	return it, nil
}

// live returns the item that is meant, if it is there and not in the trash.
func (a *API) live(v store.View, s scope, e entry) (*store.Item, error) {
	it, err := a.find(v, s, e)
	if err == nil && (it == nil || !deletedAt(v, it).IsZero()) {
		err = notFound
	}
	return it, err
}

// target returns the live folder that something is to be put into; without an id it is the top of the scope.
func (a *API) target(v store.View, s scope, id string) (*store.Item, error) {
	if id != "" && readUUID(id, itemKey) != s.top() {
		return a.live(v, s, entry{kind: "folder", id: id})
	}
	it := v.Item(s.top())
	if it == nil || !deletedAt(v, it).IsZero() {
		return nil, notFound
	}
	return it, nil
}

func newItem(tx *store.Tx, up *store.Item, kind store.Kind, name, by string) *store.Item {
	return &store.Item{ID: tx.NewID(), Root: up.Root, Parent: up.ID, Kind: kind, Name: name, Created: tx.Now, Modified: tx.Now, CreatedBy: by, ModifiedBy: by}
}

// free refuses a name that is in use, on a portal that does not allow twins.
func (a *API) free(v store.View, folder store.ID, name string, self store.ID) error {
	if a.has("filesro-names-unique") && slices.ContainsFunc(v.Named(folder, name), func(it *store.Item) bool { return it.ID != self }) {
		return invalidField("name", "The name has already been taken.")
	}
	return nil
}

// createFolder answers POST /items.
func (a *API) createFolder(c *call) error { return a.createIn(c, scope{who: c.who}) }

func (a *API) createIn(c *call, s scope) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	name, parent := in.name(), in.uuid("parent_id")
	if err := in.check(); err != nil {
		return err
	}
	var it *store.Item
	err = a.store.Update(func(tx *store.Tx) error {
		up, err := a.target(tx.View, s, parent)
		if err != nil {
			return err
		}
		if err := a.free(tx.View, up.ID, name, 0); err != nil {
			return err
		}
		it = newItem(tx, up, store.Folder, name, s.by())
		tx.Put(it)
		tx.Log(store.Created, it, s.by())
		return nil
	})
	if err != nil {
		return err
	}
	return a.answerItem(c, s, http.StatusCreated, it)
}

func (a *API) answerItem(c *call, s scope, status int, it *store.Item) error {
	var r record
	a.store.View(func(v store.View) { r = a.renderer(v, c, s.who.Root).item(it) })
	return writeJSON(c.w, status, r)
}

// rename answers PATCH /items/{item}, also for what is in the trash.
func (a *API) rename(c *call) error { return a.renameIn(c, scope{who: c.who}) }

func (a *API) renameIn(c *call, s scope) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	e := entry{kind: in.required("type"), id: c.r.PathValue("item")}
	name := in.name()
	if err := in.check(); err != nil {
		return err
	}
	var next *store.Item
	err = a.store.Update(func(tx *store.Tx) error {
		it, err := a.find(tx.View, s, e)
		switch {
		case err != nil:
			return err
		case it == nil:
			return notFound
		}
		if err := a.free(tx.View, it.Parent, name, it.ID); err != nil {
			return err
		}
		next = it.Changed(s.by(), tx.Now)
		next.Name = name
		tx.Put(next)
		tx.Log(store.Renamed, next, s.by())
		return nil
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if a.has("filesro-rename-201") {
		status = http.StatusCreated
	}
	return a.answerItem(c, s, status, next)
}

// moveItems answers POST /moves. Items are moved one after the other: those before one that is not there have moved.
func (a *API) moveItems(c *call) error { return a.moveIn(c, scope{who: c.who}) }

func (a *API) moveIn(c *call, s scope) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	to, entries := "", in.items(false)
	if in.fields["to_id"] != nil {
		to = in.uuid("to_id")
	}
	a.checkTypes(in, entries)
	if err := in.check(); err != nil {
		return err
	}
	for _, e := range entries {
		err := a.store.Update(func(tx *store.Tx) error {
			up, err := a.target(tx.View, s, to)
			if err != nil {
				return err
			}
			it, err := a.live(tx.View, s, e)
			if err != nil {
				return err
			}
			return a.move(tx, it, up, s.by())
		})
		if err != nil {
			return err
		}
	}
	return succeed(c, "Items was successfully moved.")
}

// move puts an item into a folder. To move a folder into itself or below itself is not refused: the real portal makes a ring of folders
// that hangs on nothing. The store could not walk a ring, so here the folder is hung up at an id that nothing has: it is lost in the same way.
func (a *API) move(tx *store.Tx, it, up *store.Item, by string) error {
	if err := a.free(tx.View, up.ID, it.Name, it.ID); err != nil {
		return err
	}
	ring := func(above *store.Item) bool { return above.ID == it.ID }
	next := it.Changed(by, tx.Now)
	next.Parent, next.Tags = up.ID, nil
	if ring(up) || slices.ContainsFunc(tx.Path(up), ring) {
		next.Parent = tx.NewID()
	}
	tx.Put(next)
	tx.Log(store.Moved, next, by)
	return nil
}
