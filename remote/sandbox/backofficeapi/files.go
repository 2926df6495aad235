package backofficeapi

import (
	"net/http"
	"slices"
	"time"

	"dossier/remote/sandbox/store"
)

// listedFile is a file as lists have it.
type listedFile struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	File        string `json:"file"`
	DirectoryID *int64 `json:"directoryId"`
	Priority    int64  `json:"priority"`
}

// fileBody is a file as it is answered when it was made or changed.
type fileBody struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	ClientID    *int64 `json:"clientId,omitempty"`
	DirectoryID *int64 `json:"directoryId"`
	File        string `json:"file"`
}

func (a *API) listedFile(v store.View, client, it *store.Item) listedFile {
	number := a.numbers.show(it.ID, store.File)
	return listedFile{number, it.Name, a.storedPath(it), a.directoryID(v, client, it), number}
}

func (a *API) fileBody(v store.View, client, it *store.Item) fileBody {
	return fileBody{a.numbers.show(it.ID, store.File), it.Name, a.clientID(client), a.directoryID(v, client, it), a.storedPath(it)}
}

// clientID is the client's id in the answers that have it.
func (a *API) clientID(client *store.Item) *int64 {
	if a.has("bo-no-client-id") {
		return nil
	}
	return orNull(a.numbers.show(client.ID, store.Folder))
}

// directoryID is the folder that an item of a client lies in; nil: in none.
func (a *API) directoryID(v store.View, client, it *store.Item) *int64 {
	if it.Parent == client.ID {
		return nil
	}
	if tree := treeID(v, it.Parent); tree != 0 && a.has("bo-directory-tree-ids") {
		return &tree
	}
	return orNull(a.numbers.show(it.Parent, store.Folder))
}

// directory finds the folder of a client that a request means by directoryId.
func (a *API) directory(v store.View, client *store.Item, number int64) (*store.Item, error) {
	if a.has("bo-directory-tree-ids") {
		for it := range v.Below(client.ID) {
			if tree := treeID(v, it.ID); tree != 0 && tree == number {
				return it, nil
			}
		}
	}
	it := a.within(v, client, number, store.Folder)
	if it == nil {
		return nil, invalid("directoryId", "The client has no such folder")
	}
	return it, nil
}

// within finds an item of a client by its number, or nil.
func (a *API) within(v store.View, client *store.Item, number int64, kind store.Kind) *store.Item {
	it := v.Item(a.numbers.find(number, kind))
	if it == nil || it.Kind != kind || !slices.ContainsFunc(v.Path(it), func(up *store.Item) bool { return up.ID == client.ID }) {
		return nil
	}
	return it
}

// file finds the client and the file that a call's path names.
func (a *API) file(v store.View, c *call) (client, it *store.Item, err error) {
	if client, err = a.client(v, c); err != nil {
		return nil, nil, err
	}
	number, err := c.pathNumber("fileId")
	if err != nil {
		return nil, nil, err
	}
	if it = a.within(v, client, number, store.File); it == nil {
		return nil, nil, notFound
	}
	return client, it, nil
}

// listFiles answers GET …/files: the files of all folders of a client, or those directly in one.
func (a *API) listFiles(c *call) error {
	q, err := c.query([]string{"id", "name", "priority"}, []string{"directoryId"})
	if err != nil {
		return err
	}
	var rows []listedFile
	a.store.View(func(v store.View) {
		var client *store.Item
		var wanted func(*store.Item) bool
		if client, err = a.client(v, c); err == nil {
			wanted, err = a.filter(v, client, q)
		}
		if err != nil {
			return
		}
		for it := range v.Below(client.ID) {
			if it.Kind == store.File && wanted(it) && !a.hidden(v, it) {
				rows = append(rows, a.listedFile(v, client, it))
			}
		}
	})
	if err != nil {
		return err
	}
	byID := by(func(f listedFile) int64 { return f.ID })
	sorted(rows, q, map[string]func(f, g listedFile) int{"": byID, "id": byID, "priority": byID, "name": by(func(f listedFile) string { return f.Name })})
	if a.has("bo-files-unpaged") {
		q.offset, q.limit = 0, len(rows)
	}
	return answerList(c, page(c, rows, q))
}

// filter says which files a list is asked for.
func (a *API) filter(v store.View, client *store.Item, q query) (wanted func(*store.Item) bool, err error) {
	in := func(folder store.ID) func(*store.Item) bool {
		return func(it *store.Item) bool { return it.Parent == folder }
	}
	values, filtered := q.filters["directoryId"]
	switch {
	case !filtered && a.has("bo-list-root-only"):
		return in(client.ID), nil
	case !filtered:
		return func(*store.Item) bool { return true }, nil
	case a.has("bo-root-filter") && len(values) == 1 && (values[0] == "" || values[0] == "null"):
		return in(client.ID), nil
	}
	var folders []store.ID
	for _, value := range values {
		number, err := directoryNumber(value)
		if err != nil {
			return nil, err
		}
		if folder, err := a.directory(v, client, number); err == nil {
			folders = append(folders, folder.ID)
		}
	}
	return func(it *store.Item) bool { return slices.Contains(folders, it.Parent) }, nil
}

// lag is how much later than its upload a file is listed, with the quirks that say so.
const lag = 5 * time.Second

// hidden says which files a list leaves out by quirks.
func (a *API) hidden(v store.View, it *store.Item) bool {
	if a.has("bo-rows-hidden") && treeID(v, it.Parent) != 0 {
		return true
	}
	late := a.has("bo-list-lags") || a.has("bo-upload-202")
	return late && a.opts.Clock().Before(it.Created.Add(lag))
}

// fileChanges is the body of a PUT or PATCH.
type fileChanges struct {
	Caption     *string    `json:"caption"`
	DirectoryID optionalID `json:"directoryId"`
}

// updateFile answers PUT and PATCH …/files/{fileId}.
func (a *API) updateFile(c *call) error {
	var want fileChanges
	if err := c.body(&want); err != nil {
		return err
	}
	var client, it, next *store.Item
	err := a.store.Update(func(tx *store.Tx) (err error) {
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
