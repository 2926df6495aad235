package backofficeapi

import (
	"net/http"

	"dossier/remote/sandbox/store"
)

// fileChanges is the body of a PUT or PATCH.
type fileChanges struct {
	Caption     *string    `json:"caption"`
	Name        *string    `json:"name"` // what caption is called by a quirk
	DirectoryID optionalID `json:"directoryId"`
}

// changes reads the body of a call that makes or changes a folder, or changes a file.
func (c *call) changes() (want fileChanges, err error) {
	err = c.body(&want)
	if c.api.has("bo-name-in-requests") {
		want.Caption = want.Name
	}
	return want, err
}

// updateFile answers PUT and PATCH …/files/{fileId}.
func (a *API) updateFile(c *call) error {
	want, err := c.changes()
	if err != nil {
		return err
	}
	var client, it, next *store.Item
	err = a.store.Update(func(tx *store.Tx) (err error) {
		if client, it, err = a.file(tx.View, c); err != nil {
			return err
		}
		next = it.Changed(c.who.Email, tx.Now)
		if err := a.changeFile(tx, client, next, want); err != nil {
			return err
		}
		switch {
		case next.Parent != it.Parent:
			tx.Log(store.Moved, next, c.who.Email)
		case next.Name != it.Name:
			tx.Log(store.Renamed, next, c.who.Email)
		default:
			next = it
		}
		tx.Put(next)
		return nil
	})
	if err != nil {
		return err
	}
	if a.has("bo-echo-old") {
		echo := *next
		echo.Name, next = it.Name, &echo
	}
	var body fileBody
	a.store.View(func(v store.View) { body = a.fileBody(v, client, next) })
	return writeJSON(c.w, http.StatusOK, body)
}

// changeFile gives next the caption and the folder that are wanted.
func (a *API) changeFile(tx *store.Tx, client, next *store.Item, want fileChanges) error {
	whole := a.has("bo-update-whole")
	switch {
	case want.Caption != nil && *want.Caption == "":
		return invalid("caption", "The caption is empty")
	case want.Caption != nil:
		next.Name = *want.Caption
	case whole:
		next.Name = next.Content.Name
	}
	switch to := want.DirectoryID; {
	case !to.set && whole, to.null && a.has("bo-null-moves"):
		next.Parent = client.ID
	case to.null && !a.has("bo-null-ignored"):
		return invalid("directoryId", "Not a number")
	case to.set && !to.null:
		folder, err := a.directory(tx.View, client, to.n)
		if err != nil {
			return err
		}
		next.Parent = folder.ID
	}
	return a.captionFree(tx.View, next)
}

// captionFree refuses a caption that another item of its folder and kind has, if a quirk says so.
func (a *API) captionFree(v store.View, it *store.Item) error {
	if !a.has("bo-captions-unique") {
		return nil
	}
	for _, other := range v.Named(it.Parent, it.Name) {
		if other.ID != it.ID && other.Name == it.Name && other.Kind == it.Kind {
			return invalid("caption", "The caption is in use")
		}
	}
	return nil
}

// deleteFile answers DELETE …/files/{fileId}. There is no trash.
func (a *API) deleteFile(c *call) error {
	err := a.store.Update(func(tx *store.Tx) error {
		_, it, err := a.file(tx.View, c)
		if err == nil {
			a.destroy(tx, c, it)
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.deleted(c)
}
