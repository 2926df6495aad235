package backofficeapi

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strconv"

	"dossier/remote/sandbox/store"
)

// The default tree is the folders that every client has. Its folders are documents, and each client has a folder of his own made
// from each; what is predefined in him is known by a second kind of document.

// treeFolder is one folder of the default tree.
type treeFolder struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	ParentID *int64 `json:"parentId"`

	Children []treeFolder `json:"children,omitempty"` // only by a quirk
}

const (
	treeBucket       = "backoffice/tree"       // id → treeFolder
	predefinedBucket = "backoffice/predefined" // a client's folder (store id) → treeFolder's id
)

// treeID is the default folder that a client's folder was made from, 0 if none.
func treeID(v store.View, folder store.ID) (id int64) {
	if raw := v.Doc(predefinedBucket, storeKey(folder)); raw != nil {
		json.Unmarshal(raw, &id) // it is a number that we wrote
	}
	return id
}

func storeKey(id store.ID) string { return strconv.FormatUint(uint64(id), 10) }

// tree lists the default tree by id, so that parents come before what is in them.
func tree(v store.View) (folders []treeFolder) {
	for _, raw := range v.Docs(treeBucket) {
		var f treeFolder
		if json.Unmarshal(raw, &f) == nil {
			folders = append(folders, f)
		}
	}
	sorted(folders, query{}, map[string]func(f, g treeFolder) int{"": by(func(f treeFolder) int64 { return f.ID })})
	return folders
}

func treeFolderOf(v store.View, id int64) (f treeFolder, known bool) {
	raw := v.Doc(treeBucket, strconv.FormatInt(id, 10))
	return f, raw != nil && json.Unmarshal(raw, &f) == nil
}

func putTreeFolder(tx *store.Tx, f treeFolder) error {
	raw, err := json.Marshal(f)
	tx.SetDoc(treeBucket, strconv.FormatInt(f.ID, 10), raw)
	return err
}

// plantTree gives a new client the default tree.
func (a *API) plantTree(tx *store.Tx, client *store.Item) {
	at := map[int64]store.ID{}
	for _, f := range tree(tx.View) {
		parent := client.ID
		if f.ParentID != nil {
			parent = at[*f.ParentID]
		}
		at[f.ID] = a.plant(tx, parent, f)
	}
}

func (a *API) plant(tx *store.Tx, parent store.ID, f treeFolder) store.ID {
	it := a.newItem(tx, mainEmail, parent, store.Folder, f.Name)
	a.add(tx, it, store.Created)
	raw := json.RawMessage(strconv.FormatInt(f.ID, 10))
	tx.SetDoc(predefinedBucket, storeKey(it.ID), raw)
	return it.ID
}

// AddDefaultFolder is an administrator who adds a folder to the default tree, below another (0: at the top). It appears in every
// client, and a folder of that name that a client had there is renamed with the postfix "_Custom".
func (a *API) AddDefaultFolder(parent int64, name string) (id int64, err error) {
	var f treeFolder
	err = a.store.Update(func(tx *store.Tx) (err error) {
		f, err = a.addTreeFolder(tx, parent, name)
		return err
	})
	return f.ID, err
}

func (a *API) addTreeFolder(tx *store.Tx, parent int64, name string) (treeFolder, error) {
	f := treeFolder{ID: 1, Name: name}
	if folders := tree(tx.View); len(folders) > 0 {
		f.ID = folders[len(folders)-1].ID + 1
	}
	if parent != 0 {
		if _, known := treeFolderOf(tx.View, parent); !known {
			return f, &fs.PathError{Op: "add default folder", Path: name, Err: fs.ErrNotExist}
		}
		f.ParentID = &parent
	}
	for client := range tx.Children(a.root, store.Place{}) {
		if client.Kind != store.Folder {
			continue
		}
		for _, up := range madeFrom(tx.View, client, parent) {
			a.makeRoom(tx, up, name)
			a.plant(tx, up, f)
		}
	}
	return f, putTreeFolder(tx, f)
}

// madeFrom lists the folders of a client that were made from a default folder; of 0 it is the client himself.
func madeFrom(v store.View, client *store.Item, id int64) (folders []store.ID) {
	if id == 0 {
		return []store.ID{client.ID}
	}
	for it := range v.Below(client.ID) {
		if treeID(v, it.ID) == id {
			folders = append(folders, it.ID)
		}
	}
	return folders
}

// makeRoom renames the client's own folder that has the name of a default one.
func (a *API) makeRoom(tx *store.Tx, folder store.ID, name string) {
	for _, it := range tx.Named(folder, name) {
		if it.Name == name && it.Kind == store.Folder {
			next := it.Changed(mainEmail, tx.Now)
			next.Name += "_Custom"
			tx.Put(next)
			tx.Log(store.Renamed, next, mainEmail)
		}
	}
}

// listTree answers GET /api/v2/folders.
func (a *API) listTree(c *call) error {
	q, err := c.query([]string{"id", "name"}, nil)
	if err != nil {
		return err
	}
	var rows []treeFolder
	a.store.View(func(v store.View) { rows = tree(v) })
	for i := range rows {
		rows[i].Name = a.translated(c, rows[i].Name)
	}
	if a.has("bo-tree-nested") {
		rows = nested(rows, nil)
	}
	sorted(rows, q, map[string]func(f, g treeFolder) int{
		"": by(func(f treeFolder) int64 { return f.ID }), "id": by(func(f treeFolder) int64 { return f.ID }), "name": by(func(f treeFolder) string { return f.Name }),
	})
	return answerList(c, page(c, rows, q))
}

// nested puts folders into those that they are in.
func nested(all []treeFolder, parent *int64) (in []treeFolder) {
	for _, f := range all {
		if (f.ParentID == nil) == (parent == nil) && (parent == nil || *f.ParentID == *parent) {
			f.Children = nested(all, &f.ID)
			in = append(in, f)
		}
	}
	return in
}

func (a *API) getTreeFolder(c *call) error {
	id, err := c.pathNumber("folderId")
	if err != nil {
		return err
	}
	var f treeFolder
	var known bool
	a.store.View(func(v store.View) { f, known = treeFolderOf(v, id) })
	if !known {
		return notFound
	}
	f.Name = a.translated(c, f.Name)
	return writeJSON(c.w, http.StatusOK, f)
}

// createTreeFolder answers POST /api/v2/folders and …/addSubdirectory: it changes every client.
func (a *API) createTreeFolder(c *call) error {
	return a.changeTree(c, a.created(), a.addTreeFolder)
}

// updateTreeFolder answers PUT and PATCH /api/v2/folders/{folderId}: the folder is renamed in every client.
func (a *API) updateTreeFolder(c *call) error {
	return a.changeTree(c, http.StatusOK, func(tx *store.Tx, id int64, name string) (treeFolder, error) {
		f, known := treeFolderOf(tx.View, id)
		if !known {
			return f, notFound
		}
		f.Name = name
		for it := range tx.Below(a.root) {
			if treeID(tx.View, it.ID) == id {
				next := it.Changed(c.who.Email, tx.Now)
				next.Name = name
				tx.Put(next)
				tx.Log(store.Renamed, next, c.who.Email)
			}
		}
		return f, putTreeFolder(tx, f)
	})
}

func (a *API) changeTree(c *call, status int, change func(tx *store.Tx, id int64, name string) (treeFolder, error)) (err error) {
	var id int64
	if c.r.PathValue("folderId") != "" {
		if id, err = c.pathNumber("folderId"); err != nil {
			return err
		}
	}
	var body struct{ Name string }
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Name == "" {
		return invalid("name", "The name is required")
	}
	var f treeFolder
	err = a.store.Update(func(tx *store.Tx) (err error) {
		f, err = change(tx, id, body.Name)
		return err
	})
	if _, missing := err.(*fs.PathError); missing {
		return notFound
	}
	if err != nil {
		return err
	}
	return writeJSON(c.w, status, f)
}
