package backofficeapi

import (
	"slices"
	"time"

	"dossier/remote/sandbox/store"
)

// listedFile is a file as lists have it.
type listedFile struct {
	ID int64 `json:"id"`
	title
	File        string `json:"file"`
	DirectoryID *int64 `json:"directoryId"`
	Priority    int64  `json:"priority"`
}

// fileBody is a file as it is answered when it was made or changed.
type fileBody struct {
	ID int64 `json:"id"`
	title
	ClientID    *int64 `json:"clientId,omitempty"`
	DirectoryID *int64 `json:"directoryId"`
	File        string `json:"file"`
}

// title is what requests call caption and answers name, unless a quirk turns that round.
type title struct {
	Name    string `json:"name,omitempty"` // missing only by a quirk
	Caption string `json:"caption,omitempty"`
}

func (a *API) title(name string) title {
	if a.has("bo-caption-in-answers") {
		return title{Caption: name}
	}
	return title{Name: name}
}

func (a *API) listedFile(v store.View, client, it *store.Item) listedFile {
	number := a.numbers.show(it.ID, store.File)
	return listedFile{number, a.title(it.Name), a.storedPath(it), a.directoryID(v, client, it), number}
}

func (a *API) fileBody(v store.View, client, it *store.Item) fileBody {
	return fileBody{a.numbers.show(it.ID, store.File), a.title(it.Name), a.clientID(client), a.directoryID(v, client, it), a.storedPath(it)}
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
	sorted(rows, q, map[string]func(f, g listedFile) int{"": byID, "id": byID, "priority": byID, "name": by(func(f listedFile) string { return f.Name + f.Caption })})
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
