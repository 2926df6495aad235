package boxapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"dossier/remote/sandbox/store"
)

func (a *API) getFile(c *call) error {
	var it *store.Item
	var err error
	a.store.View(func(v store.View) {
		it, err = a.active(v, c.who, c.r.PathValue("id"), store.File)
	})
	if err != nil {
		return err
	}
	if c.r.Header.Get("If-None-Match") == a.etagOf(it) {
		return notModified
	}
	return a.answer(c, http.StatusOK, it)
}

// changes is the body of PUT /files/{id} and PUT /folders/{id}: what is missing stays.
type changes struct {
	Name            *string         `json:"name"`
	Parent          *parent         `json:"parent"`
	Description     *string         `json:"description"`
	Tags            []string        `json:"tags"`
	Lock            json.RawMessage `json:"lock"` // null unlocks
	ContentCreated  string          `json:"content_created_at"`
	ContentModified string          `json:"content_modified_at"`
}

// updateItem answers a PUT: rename, move, both, or other metadata.
func (a *API) updateItem(kind store.Kind) serve {
	return func(c *call) error {
		var want changes
		if err := c.body(&want); err != nil {
			return err
		}
		if a.has("put-times-ignored") {
			want.ContentCreated, want.ContentModified = "", ""
		}
		var it *store.Item
		var moved bool
		err := a.store.Update(func(tx *store.Tx) (err error) {
			it, moved, err = a.change(tx, c, kind, want)
			return err
		})
		if err != nil {
			return a.missing(c.r, err)
		}
		if moved && kind == store.Folder && a.has("move-503-applied") {
			return &problem{status: 503, code: "unavailable", message: "The operation is taking longer than expected"}
		}
		return a.answer(c, http.StatusOK, it)
	}
}

// change makes the changes of a PUT.
func (a *API) change(tx *store.Tx, c *call, kind store.Kind, want changes) (next *store.Item, moved bool, err error) {
	it, err := a.active(tx.View, c.who, c.r.PathValue("id"), kind)
	if err != nil {
		return nil, false, err
	}
	if it.ID == c.who.Root {
		return nil, false, forbidden
	}
	next = it.Changed(c.who.ID, tx.Now)
	verb, err := a.place(tx, c, next, it, want)
	if err != nil {
		return nil, false, err
	}
	moved = verb == store.Moved
	if !moved { // a move is applied to whatever the item has become
		err = a.matches(c.r, it)
	}
	if err := errors.Join(err, unlocked(it, c.who, tx.Now)); err != nil {
		return nil, false, err
	}
	if edit, err := describe(tx, c.who, next, want); err != nil {
		return nil, false, err
	} else if verb == "" {
		verb = edit
	}
	if verb == "" {
		return it, false, nil // nothing to change
	}
	if moved && a.desk.First("operation-blocked", "move "+c.r.PathValue("id"), 1) {
		return nil, false, blocked
	}
	tx.Put(next)
	tx.Log(verb, next, c.who.ID)
	if up := tx.Item(it.Parent); up != nil {
		a.touch(tx, up, c.who)
	}
	return next, moved, nil
}

// place gives next the name and parent that are wanted, and says whether that is a rename or a move.
func (a *API) place(tx *store.Tx, c *call, next, it *store.Item, want changes) (verb store.Verb, err error) {
	if want.Name != nil {
		if next.Name, err = a.checkName(*want.Name, it.Kind); err != nil {
			return "", err
		}
	}
	if want.Parent != nil && want.Parent.ID != "" {
		up, err := a.active(tx.View, c.who, want.Parent.ID, store.Folder)
		if err != nil {
			return "", err
		}
		if up.ID == it.ID || slices.ContainsFunc(tx.Path(up), func(above *store.Item) bool { return above.ID == it.ID }) {
			return "", bad("cyclical_folder_structure", "Folder cannot be moved into itself")
		}
		next.Parent = up.ID
	}
	switch {
	case next.Parent != it.Parent:
		verb = store.Moved
	case next.Name != it.Name:
		verb = store.Renamed
	default:
		return "", nil
	}
	return verb, a.nameFree(a.renderer(tx.View, c.who), next.Parent, next.Name, it.ID, inMove)
}

// describe makes the changes that leave the item where it is.
func describe(tx *store.Tx, who *Account, next *store.Item, want changes) (verb store.Verb, err error) {
	created, err := contentTime("content_created_at", want.ContentCreated)
	if err != nil {
		return "", err
	}
	modified, err := contentTime("content_modified_at", want.ContentModified)
	if err != nil {
		return "", err
	}
	if want.ContentCreated != "" && !created.Equal(next.ContentCreated) {
		next.ContentCreated, verb = created, store.Edited
	}
	if want.ContentModified != "" && !modified.Equal(next.Content.Modified) {
		next.Content.Modified, verb = modified, store.Edited
	}
	if want.Description != nil && *want.Description != next.Description {
		next.Description, verb = *want.Description, store.Edited
	}
	if want.Tags != nil && !slices.Equal(want.Tags, next.Tags) {
		next.Tags, verb = want.Tags, store.Edited
	}
	if want.Lock == nil || next.Kind != store.File {
		return verb, nil
	}
	next.Lock, err = readLock(tx, who, want.Lock)
	if next.Lock == nil {
		return store.Unlocked, err
	}
	return store.Locked, err
}

func readLock(tx *store.Tx, who *Account, raw json.RawMessage) (*store.Lock, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	var want struct {
		Expires   time.Time `json:"expires_at"`
		NoReading bool      `json:"is_download_prevented"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		return nil, badParameter("lock", "Invalid lock")
	}
	return &store.Lock{ID: tx.NewID(), By: who.ID, At: tx.Now, Expires: want.Expires, NoReading: want.NoReading}, nil
}

// deleteItem puts an item into the trash, or purges it where there is none. The caller cannot choose.
func (a *API) deleteItem(kind store.Kind) serve {
	return func(c *call) error {
		err := a.store.Update(func(tx *store.Tx) error {
			it, err := a.active(tx.View, c.who, c.r.PathValue("id"), kind)
			if err != nil {
				return err
			}
			if it.ID == c.who.Root {
				return forbidden
			}
			if err := errors.Join(a.matches(c.r, it), unlocked(it, c.who, tx.Now)); err != nil {
				return err
			}
			if kind == store.Folder && c.r.URL.Query().Get("recursive") != "true" && tx.Count(it.ID) > 0 {
				return bad("folder_not_empty", "Cannot delete - folder not empty")
			}
			return a.discard(tx, c, it)
		})
		if err != nil {
			return a.missing(c.r, err)
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

func (a *API) discard(tx *store.Tx, c *call, it *store.Item) error {
	id := strconv.FormatUint(uint64(it.ID), 10)
	if a.desk.First("operation-blocked", "delete "+id, 1) {
		return blocked
	}
	if a.desk.First("delete-500", id, 1) {
		return &problem{status: 500, code: "internal_server_error", message: "Internal Server Error"}
	}
	next := it.Changed(c.who.ID, tx.Now)
	next.Trashed = tx.Now
	if a.has("no-trash") {
		tx.Purge(it)
	} else {
		tx.Put(next)
	}
	tx.Log(store.Binned, next, c.who.ID)
	a.touch(tx, tx.Item(it.Parent), c.who)
	return nil
}

// copyItem answers POST /files/{id}/copy and /folders/{id}/copy. There is no overwriting.
func (a *API) copyItem(kind store.Kind) serve {
	return func(c *call) error {
		var body struct {
			Name    string `json:"name"`
			Parent  parent `json:"parent"`
			Version string `json:"version"`
		}
		if err := c.body(&body); err != nil {
			return err
		}
		var dup *store.Item
		err := a.store.Update(func(tx *store.Tx) error {
			it, err := a.active(tx.View, c.who, c.r.PathValue("id"), kind)
			if err != nil {
				return err
			}
			up, err := a.active(tx.View, c.who, body.Parent.ID, store.Folder)
			if err != nil {
				return err
			}
			name, err := a.checkName(firstName(body.Name, it.Name), kind)
			if err != nil {
				return err
			}
			if err := a.nameFree(a.renderer(tx.View, c.who), up.ID, name, 0, inObject); err != nil {
				return err
			}
			if a.desk.First("operation-blocked", "copy "+c.r.PathValue("id"), 1) {
				return blocked
			}
			content, err := pinned(it, body.Version)
			if err != nil {
				return err
			}
			dup = duplicate(tx, it, up.ID, c.who.ID)
			dup.Name = name
			dup.Content.SHA1, dup.Content.Size, dup.Content.Name = content.SHA1, content.Size, name
			tx.Log(store.Copied, dup, c.who.ID)
			return nil
		})
		if err != nil {
			return err
		}
		return a.answer(c, http.StatusCreated, dup)
	}
}

func firstName(names ...string) string {
	for _, name := range names {
		if name != "" {
			return name
		}
	}
	return ""
}

// duplicate puts a copy of an item, and of all below it, into a folder.
func duplicate(tx *store.Tx, it *store.Item, into store.ID, by string) *store.Item {
	dup := &store.Item{
		ID: tx.NewID(), Root: it.Root, Parent: into, Kind: it.Kind, Name: it.Name, Content: it.Content, Description: it.Description,
		URL: it.URL, ContentCreated: it.ContentCreated, Created: tx.Now, Modified: tx.Now, CreatedBy: by, ModifiedBy: by,
	}
	if it.Kind == store.File {
		dup.Content.ID, dup.Content.By, dup.Content.At = tx.NewID(), by, tx.Now
	}
	tx.Put(dup)
	for below := range tx.Children(it.ID, store.Place{}) {
		duplicate(tx, below, dup.ID, by)
	}
	return dup
}
