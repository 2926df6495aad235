package boxapi

import (
	"net/http"
	"slices"

	"dossier/remote/sandbox/store"
)

func (a *API) createFolder(c *call) error {
	var body struct {
		Name   string `json:"name"`
		Parent parent `json:"parent"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Parent.ID == "" {
		return badParameter("parent", "Missing parent")
	}
	name, err := a.checkName(body.Name, store.Folder)
	if err != nil {
		return err
	}
	it, err := a.addFolder(c, body.Parent.ID, name)
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusCreated, it)
}

func (a *API) addFolder(c *call, parentID, name string) (*store.Item, error) {
	var it *store.Item
	err := a.store.Update(func(tx *store.Tx) error {
		up, err := a.active(tx.View, c.who, parentID, store.Folder)
		if err != nil {
			return err
		}
		if err := a.notReserved(name); err != nil {
			return err
		}
		if err := a.nameFree(a.renderer(tx.View, c.who), up.ID, name, 0, inArray); err != nil {
			return err
		}
		it = &store.Item{
			ID: tx.NewID(), Root: up.Root, Parent: up.ID, Kind: store.Folder, Name: name,
			Created: tx.Now, Modified: tx.Now, CreatedBy: c.who.ID, ModifiedBy: c.who.ID,
		}
		tx.Put(it)
		tx.Log(store.Created, it, c.who.ID)
		a.touch(tx, up, c.who)
		return nil
	})
	return it, err
}

// touch is what happens to a folder when something in it changes: nothing, unless a quirk says so.
func (a *API) touch(tx *store.Tx, folder *store.Item, who *Account) {
	if a.has("folder-etag-children") && folder.ID != folder.Root {
		tx.Put(folder.Changed(who.ID, tx.Now))
	}
}

// answer writes one item.
func (a *API) answer(c *call, status int, it *store.Item) error {
	var b []byte
	a.store.View(func(v store.View) {
		b = a.renderer(v, c.who).item(nil, it, choose(c.fields(), standardFields[it.Kind]))
	})
	return writeRaw(c.w, status, b)
}

func (a *API) getFolder(c *call) error {
	var b []byte
	var err error
	page, err := c.offsetPage(maxOffset)
	if err != nil {
		return err
	}
	a.store.View(func(v store.View) {
		var it *store.Item
		if it, err = a.active(v, c.who, c.r.PathValue("id"), store.Folder); err != nil {
			return
		}
		if tag := c.r.Header.Get("If-None-Match"); tag != "" && it.ID != c.who.Root && tag == a.etagOf(it) {
			err = notModified
			return
		}
		x := a.renderer(v, c.who)
		asked := c.fields()
		b = x.item(nil, it, choose(asked, standardFields[store.Folder]))
		if asked == nil || slices.Contains(asked, "item_collection") {
			b = append(b[:len(b)-1], `,"item_collection":`...)
			b = append(a.listByOffset(x, b, c, it.ID, page, nil), '}')
		}
	})
	if err != nil {
		return err
	}
	return writeRaw(c.w, http.StatusOK, b)
}

func (a *API) listFolder(c *call) error {
	var b []byte
	marker := c.r.URL.Query().Get("usemarker") == "true"
	page, err := c.offsetPage(maxOffset)
	if err != nil {
		return err
	}
	a.store.View(func(v store.View) {
		var it *store.Item
		if it, err = a.active(v, c.who, c.r.PathValue("id"), store.Folder); err != nil {
			return
		}
		x := a.renderer(v, c.who)
		if marker {
			b, err = a.listByMarker(x, c, it.ID, page.limit)
			return
		}
		b = a.listByOffset(x, nil, c, it.ID, page, c.fields())
	})
	if err != nil {
		return err
	}
	return writeRaw(c.w, http.StatusOK, b)
}
