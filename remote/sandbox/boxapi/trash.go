package boxapi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"dossier/remote/sandbox/store"
)

// maxTrashOffset is where listing the trash by offset ends.
const maxTrashOffset = 10_000

func (a *API) listTrash(c *call) error {
	p, err := c.offsetPage(maxTrashOffset)
	if err != nil {
		return err
	}
	var b []byte
	a.store.View(func(v store.View) {
		x := a.renderer(v, c.who)
		items := sorted(v.Trash(c.who.Root), p)
		if c.r.URL.Query().Get("usemarker") == "true" {
			b, err = a.trashByMarker(x, c, items, p.limit)
			return
		}
		b = a.offsetAnswer(x, nil, c, items, len(items), p, c.fields())
	})
	if err != nil {
		return err
	}
	return writeRaw(c.w, http.StatusOK, b)
}

func (a *API) trashByMarker(x *renderer, c *call, items []*store.Item, limit int) ([]byte, error) {
	after, err := readMarker(c.r.URL.Query().Get("marker"))
	if err != nil {
		return nil, err
	}
	from, there := slices.BinarySearchFunc(items, after, func(it *store.Item, p store.Place) int {
		return cmp.Or(cmp.Compare(it.Kind, p.Kind), cmp.Compare(it.ID, p.ID))
	})
	if there {
		from++
	}
	items = items[from:]
	page := items[:min(limit, len(items))]
	b := x.entries([]byte{'{'}, page, c.fields())
	b = fmt.Appendf(b, `,"limit":%d`, limit)
	if len(items) > len(page) && len(page) > 0 {
		last := page[len(page)-1]
		b = fmt.Appendf(b, `,"next_marker":%q`, writeMarker(store.Place{Kind: last.Kind, ID: last.ID}))
	}
	return append(b, '}'), nil
}

// getTrashed shows an item that was itself put into the trash.
func (a *API) getTrashed(kind store.Kind) serve {
	return func(c *call) error {
		var it *store.Item
		var err error
		a.store.View(func(v store.View) { it, err = a.inTrash(v, c.who, c.r.PathValue("id"), kind) })
		if err != nil {
			return err
		}
		return a.answer(c, http.StatusOK, it)
	}
}

// restore takes an item out of the trash: to where it was, or to another name or folder.
func (a *API) restore(kind store.Kind) serve {
	return func(c *call) error {
		var body struct {
			Name   string `json:"name"`
			Parent parent `json:"parent"`
		}
		if err := c.body(&body); err != nil {
			return err
		}
		var next *store.Item
		err := a.store.Update(func(tx *store.Tx) (err error) {
			next, err = a.takeBack(tx, c, kind, body.Name, body.Parent.ID)
			return err
		})
		if err != nil {
			return err
		}
		return a.answer(c, http.StatusCreated, next)
	}
}

func (a *API) takeBack(tx *store.Tx, c *call, kind store.Kind, name, parentID string) (*store.Item, error) {
	it, err := a.inTrash(tx.View, c.who, c.r.PathValue("id"), kind)
	if err != nil {
		return nil, err
	}
	next := it.Changed(c.who.ID, tx.Now)
	next.Trashed = time.Time{}
	if name != "" {
		if next.Name, err = a.checkName(name, kind); err != nil {
			return nil, err
		}
	}
	up := tx.Item(it.Parent)
	if up == nil || tx.TrashedAt(up) != nil { // the place it was in is gone
		if parentID == "" {
			return nil, notFound
		}
		if up, err = a.active(tx.View, c.who, parentID, store.Folder); err != nil {
			return nil, err
		}
	}
	next.Parent = up.ID
	if err := a.nameFree(a.renderer(tx.View, c.who), up.ID, next.Name, it.ID, inObject); err != nil {
		return nil, err
	}
	if a.desk.First("operation-blocked", "restore "+c.r.PathValue("id"), 1) {
		return nil, blocked
	}
	if a.has("restore-new-id") && kind == store.File {
		tx.Purge(it)
		next.ID = tx.NewID()
	}
	tx.Put(next)
	tx.Log(store.Restored, next, c.who.ID)
	return next, nil
}

// purge removes an item of the trash for good.
func (a *API) purge(kind store.Kind) serve {
	return func(c *call) error {
		err := a.store.Update(func(tx *store.Tx) error {
			it, err := a.inTrash(tx.View, c.who, c.r.PathValue("id"), kind)
			if err == nil {
				tx.Purge(it)
			}
			return err
		})
		if err != nil {
			return err
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
