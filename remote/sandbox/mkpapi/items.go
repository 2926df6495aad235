package mkpapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"dossier/remote/sandbox/store"
)

// item finds an item of the account. The root is none: it has no id.
func (a *API) item(v store.View, who *account, id string) (*store.Item, error) {
	n, kind := a.readID(id)
	it := v.Item(n)
	if it == nil || it.Kind != kind || it.Root != who.Root || it.ID == who.Root || v.TrashedAt(it) != nil {
		return nil, notFound
	}
	return it, nil
}

// directory finds the directory that a call names in its query; without one it is the root.
func (a *API) directory(v store.View, c *call) (*store.Item, error) {
	q := c.r.URL.Query()
	if !q.Has("directory") {
		return v.Item(c.who.Root), nil
	}
	it, err := a.item(v, c.who, q.Get("directory"))
	if err == nil && it.Kind != store.Folder {
		err = notFound
	}
	return it, err
}

func (a *API) getItem(c *call) error {
	var it *store.Item
	var err error
	a.store.View(func(v store.View) { it, err = a.item(v, c.who, c.r.PathValue("id")) })
	if err != nil {
		return err
	}
	return a.answerItem(c, http.StatusOK, it)
}

// listFiles answers the listing that the vendor's pages do not describe.
func (a *API) listFiles(c *call) error {
	switch {
	case a.has("mkp-list-404"):
		return notFound
	case a.has("mkp-list-405"):
		return methodNotAllowed
	}
	var o object
	var err error
	a.store.View(func(v store.View) {
		var up *store.Item
		if up, err = a.directory(v, c); err != nil {
			return
		}
		x := a.renderer(v, c.who)
		o, err = rows[*store.Item]{a.within(v, c, up), x.item}.page(c)
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, o)
}

// within are the items of a directory, oldest first, files and directories mixed.
func (a *API) within(v store.View, c *call, up *store.Item) []*store.Item {
	if a.has("mkp-list-root-only") {
		up = v.Item(c.who.Root)
	}
	all := v.Children(up.ID, store.Place{})
	if a.has("mkp-list-deep") {
		all = v.Below(up.ID)
	}
	items := slices.DeleteFunc(slices.Collect(all), func(it *store.Item) bool {
		return it.Kind == store.Link || it.Kind == store.Folder && a.has("mkp-list-files-only")
	})
	slices.SortFunc(items, a.order())
	return items
}

func (a *API) order() func(m, n *store.Item) int {
	switch {
	case a.has("mkp-list-newest-first"):
		return func(m, n *store.Item) int { return cmp.Compare(n.ID, m.ID) }
	case a.has("mkp-list-by-name"):
		return func(m, n *store.Item) int {
			return cmp.Or(strings.Compare(store.Fold(m.Name), store.Fold(n.Name)), cmp.Compare(m.ID, n.ID))
		}
	}
	return func(m, n *store.Item) int { return cmp.Compare(m.ID, n.ID) }
}

// deleteItem removes an item for good: there is no trash. What shared it shares less. It does not answer.
func (a *API) deleteItem(c *call) error {
	return a.store.Update(func(tx *store.Tx) error {
		it, err := a.item(tx.View, c.who, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		if it.Kind == store.Folder && tx.Count(it.ID) > 0 && !a.has("mkp-delete-recursive") {
			return unprocessable("The directory is not empty.")
		}
		if a.has("mkp-delete-shared-refused") && a.renderer(tx.View, c.who).shareOf(it) != "" {
			return unprocessable("The file is shared.")
		}
		a.purge(tx, it, c.who.Name)
		return nil
	})
}

func (a *API) purge(tx *store.Tx, it *store.Item, by string) {
	tx.Purge(it)
	tx.Log(store.Purged, it.Changed(by, tx.Now), by)
}

// renameItem answers the PATCH that is there with a quirk only.
func (a *API) renameItem(c *call) error {
	var want struct {
		Name string `json:"name"`
	}
	if err := c.body(&want); err != nil {
		return err
	}
	name, err := a.checkName(want.Name)
	if err != nil {
		return err
	}
	var next *store.Item
	err = a.store.Update(func(tx *store.Tx) error {
		it, err := a.item(tx.View, c.who, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		next = it.Changed(c.who.Name, tx.Now)
		next.Name = name
		tx.Put(next)
		tx.Log(store.Renamed, next, c.who.Name)
		return nil
	})
	if err != nil {
		return err
	}
	return a.answerItem(c, http.StatusOK, next)
}
