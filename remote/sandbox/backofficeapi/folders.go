package backofficeapi

import (
	"net/http"

	"dossier/remote/sandbox/store"
)

// folderBody is a folder of a client.
type folderBody struct {
	ID int64 `json:"id"`
	title
	ClientID     *int64 `json:"clientId,omitempty"`
	DirectoryID  *int64 `json:"directoryId"`
	TreeFolderID *int64 `json:"treeFolderId"`
}

func (a *API) folderBody(v store.View, c *call, client, it *store.Item) folderBody {
	body := folderBody{a.numbers.show(it.ID, store.Folder), a.title(it.Name), a.clientID(client), a.directoryID(v, client, it), nil}
	tree := treeID(v, it.ID)
	if tree != 0 {
		body.title = a.title(a.translated(c, it.Name))
	}
	if !a.has("bo-tree-folder-null") {
		body.TreeFolderID = orNull(tree)
	}
	return body
}

// translated is the name of a predefined folder in the language that is asked for.
func (a *API) translated(c *call, name string) string {
	if lang := c.r.Header.Get("Accept-Language"); lang != "" && lang != "en" && a.has("bo-names-translated") {
		return name + " (" + lang + ")"
	}
	return name
}

// spelt serves …/folders/{id} or …/folder/{id}: of the two spellings in the documentation one answers to each method.
func (a *API) spelt(word string, f serve) serve {
	return func(c *call) error {
		answers := "folders"
		if a.has("bo-folder-singular") || a.has("bo-folder-mixed") && c.r.Method != http.MethodPut {
			answers = "folder"
		}
		if word != answers {
			return notFound
		}
		return f(c)
	}
}

// listFolders answers GET …/folders, which the vendor does not have.
func (a *API) listFolders(c *call) error {
	nameless := a.has("bo-folder-list-nameless")
	if !a.has("bo-folder-list") && !nameless {
		return a.noMethod()
	}
	q, err := c.query([]string{"id", "name"}, nil)
	if err != nil {
		return err
	}
	var rows []folderBody
	a.store.View(func(v store.View) {
		var client *store.Item
		if client, err = a.client(v, c); err != nil {
			return
		}
		for it := range v.Below(client.ID) {
			if it.Kind == store.Folder {
				rows = append(rows, a.folderBody(v, c, client, it))
			}
		}
	})
	if err != nil {
		return err
	}
	byID := by(func(f folderBody) int64 { return f.ID })
	sorted(rows, q, map[string]func(f, g folderBody) int{"": byID, "id": byID, "name": by(func(f folderBody) string { return f.Name + f.Caption })})
	for i := range rows {
		if nameless {
			rows[i].title = title{}
		}
	}
	return answerList(c, page(c, rows, q))
}

// unnamed is how a folder without a caption is called, where one may be made.
const unnamed = "New folder"

// createFolder answers POST …/folders.
func (a *API) createFolder(c *call) error {
	want, err := c.changes()
	if err != nil {
		return err
	}
	if (want.Caption == nil || *want.Caption == "") && a.has("bo-folder-caption-optional") {
		name := unnamed
		want.Caption = &name
	}
	if want.Caption == nil || *want.Caption == "" {
		return invalid("caption", "The caption is required")
	}
	return a.answerFolder(c, a.created(), func(tx *store.Tx, client *store.Item) (*store.Item, error) {
		parent := client
		if want.DirectoryID.set && !want.DirectoryID.null {
			var err error
			if parent, err = a.directory(tx.View, client, want.DirectoryID.n); err != nil {
				return nil, err
			}
		}
		it := a.newItem(tx, c.who.Email, parent.ID, store.Folder, *want.Caption)
		if err := a.captionFree(tx.View, it); err != nil {
			return nil, err
		}
		a.add(tx, it, store.Created)
		return it, nil
	})
}

// updateFolder answers PUT and PATCH of a folder, which can be renamed and nothing else.
func (a *API) updateFolder(c *call) error {
	want, err := c.changes()
	if err != nil {
		return err
	}
	if want.Caption == nil || *want.Caption == "" {
		return invalid("caption", "The caption is required")
	}
	return a.answerFolder(c, http.StatusOK, func(tx *store.Tx, client *store.Item) (*store.Item, error) {
		it, err := a.ownFolder(tx.View, c, client)
		if err != nil {
			return nil, err
		}
		next := it.Changed(c.who.Email, tx.Now)
		next.Name = *want.Caption
		if err := a.captionFree(tx.View, next); err != nil {
			return nil, err
		}
		tx.Put(next)
		tx.Log(store.Renamed, next, c.who.Email)
		return next, nil
	})
}

// answerFolder changes a client's tree, and answers the folder that the change gives.
func (a *API) answerFolder(c *call, status int, change func(*store.Tx, *store.Item) (*store.Item, error)) error {
	var client, it *store.Item
	err := a.store.Update(func(tx *store.Tx) (err error) {
		if client, err = a.client(tx.View, c); err == nil {
			it, err = change(tx, client)
		}
		return err
	})
	if err != nil {
		return err
	}
	var body folderBody
	a.store.View(func(v store.View) { body = a.folderBody(v, c, client, it) })
	return writeJSON(c.w, status, body)
}

// ownFolder finds the folder that a call's path names, if the client may be rid of it: a predefined one stays as it is.
func (a *API) ownFolder(v store.View, c *call, client *store.Item) (*store.Item, error) {
	number, err := c.pathNumber("folderId")
	if err != nil {
		return nil, err
	}
	it := a.within(v, client, number, store.Folder)
	if it == nil {
		return nil, notFound
	}
	if treeID(v, it.ID) != 0 && !a.has("bo-predefined-editable") {
		return nil, forbidden
	}
	return it, nil
}

// deleteFolder answers DELETE of a folder. What is in it is gone with it, unless a quirk says otherwise.
func (a *API) deleteFolder(c *call) error {
	if a.has("bo-folder-delete-lifts") {
		if err := a.liftChildren(c); err != nil {
			return err
		}
	}
	err := a.store.Update(func(tx *store.Tx) error {
		client, err := a.client(tx.View, c)
		if err != nil {
			return err
		}
		it, err := a.ownFolder(tx.View, c, client)
		if err != nil {
			return err
		}
		if tx.Count(it.ID) > 0 && a.has("bo-folder-delete-refused") {
			return invalid("folderId", "The folder is not empty")
		}
		a.destroy(tx, c, it)
		return nil
	})
	if err != nil {
		return err
	}
	return a.deleted(c)
}

// liftChildren moves what is in the folder that a call's path names to the client's root, where the call may delete the folder.
func (a *API) liftChildren(c *call) error {
	return a.store.Update(func(tx *store.Tx) error {
		client, err := a.client(tx.View, c)
		if err != nil {
			return err
		}
		from, err := a.ownFolder(tx.View, c, client)
		if err != nil {
			return err
		}
		for it := range tx.Children(from.ID, store.Place{}) {
			next := it.Changed(c.who.Email, tx.Now)
			next.Parent = client.ID
			tx.Put(next)
			tx.Log(store.Moved, next, c.who.Email)
		}
		return nil
	})
}
