package backoffice

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"dossier/remote"
)

// tree is one look at one client.
type tree struct {
	d        *Driver
	client   int64
	ledger   map[int64]remote.LedgerFolder
	intended map[remote.ID]bool  // intentions, by id
	pending  map[remote.ID]bool  // folders in which one was about to be made, of which we never heard
	real     map[int64]folderRow // as the portal lists them; nil: it does not (B-28)
	files    []fileRow
	shown    map[int64]remote.Entry
	order    []remote.Entry // of what is shown: a folder comes before what lies in it
}

// look reads all that can be seen of a client.
func (d *Driver) look(ctx context.Context, client int64) (*tree, error) {
	t, err := d.folders(ctx, client)
	if err != nil {
		return nil, err
	}
	if t.files, err = d.files(ctx, t); err != nil {
		return nil, err
	}
	listed := len(t.order)
	for _, f := range t.files {
		t.show(int64(f.Directory))
	}
	return t, t.remember(ctx, t.order[listed:])
}

// remember writes folders into the ledger that are shown because something lies in them: they stay when it is gone. One that came and went
// would look like one that the ledger has lost.
func (t *tree) remember(ctx context.Context, found []remote.Entry) error {
	if t.real != nil {
		return nil
	}
	for _, e := range found {
		r, err := parse(e.ID)
		if err != nil {
			return err
		}
		f := t.ledger[r.folder]
		f.ID, f.Parent, f.Name, f.Left = e.ID, e.Parent, cmp.Or(f.Name, e.Name), false
		if err := t.d.ledger.Put(ctx, clientID(t.client), f); err != nil {
			return ledgerError(err)
		}
		t.ledger[r.folder] = f
	}
	return nil
}

// folders is what is known of a client's folders before looking at his files.
func (d *Driver) folders(ctx context.Context, client int64) (*tree, error) {
	t := &tree{d: d, client: client, ledger: map[int64]remote.LedgerFolder{}, pending: map[remote.ID]bool{}, intended: map[remote.ID]bool{}, shown: map[int64]remote.Entry{}}
	known, err := d.known(ctx, client)
	if err != nil {
		return nil, err
	}
	for _, f := range known {
		if r, err := parse(f.ID); err == nil && r.client == client && r.folder != 0 {
			t.ledger[r.folder] = f
		} else {
			t.pending[f.Parent], t.intended[f.ID] = true, true
		}
	}
	if err := t.listFolders(ctx); err != nil {
		return nil, err
	}
	for _, n := range slices.Sorted(maps.Keys(t.ledger)) {
		if _, there := t.real[n]; !t.ledger[n].Left && (there || t.real == nil) {
			t.show(n)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(t.real)) {
		if !t.ledger[n].Left {
			t.show(n)
		}
	}
	return t, nil
}

// known reads the ledger.
func (d *Driver) known(ctx context.Context, client int64) ([]remote.LedgerFolder, error) {
	if ctx.Err() != nil {
		return nil, &remote.Error{Op: "read folders", Err: context.Cause(ctx)}
	}
	known, err := d.ledger.Folders(ctx, clientID(client))
	if err != nil {
		return nil, &remote.Error{Op: "read the ledger of folders", Err: err}
	}
	return known, nil
}

// listFolders asks the portal for the folders, where it answers that.
func (t *tree) listFolders(ctx context.Context) error {
	if !t.d.set.listFolders {
		return nil
	}
	rows, err := list[folderRow](ctx, t.d, t.d.folderList(t.client), nil)
	if err != nil {
		return err
	}
	t.real = map[int64]folderRow{}
	for _, r := range rows {
		t.real[r.key()] = r
	}
	return nil
}

func (d *Driver) folderList(client int64) listing {
	return listing{op: "list folders", object: string(clientID(client)), path: fmt.Sprintf("/clients/%d/folders", client)}
}

// fileList is the list of a client's files, or of those in one folder.
func (d *Driver) fileList(client, folder int64) listing {
	l := listing{op: "list files", object: string(clientID(client)), path: fmt.Sprintf("/clients/%d/files", client)}
	if folder != 0 {
		l.query = url.Values{"filter[directoryId]": {strconv.FormatInt(folder, 10)}}
	}
	return l
}

// files reads the list of a client's files, and of each folder where the list has not got them all (B-18).
func (d *Driver) files(ctx context.Context, t *tree) ([]fileRow, error) {
	rows, err := list[fileRow](ctx, d, d.fileList(t.client, 0), nil)
	if remote.CodeOf(err) == remote.Denied {
		err = d.whyDenied(ctx, t.client, err)
	}
	if err == nil && !d.set.whole {
		rows, err = d.filesInFolders(ctx, t, rows)
	}
	if err != nil {
		return nil, err
	}
	rows = d.seen.unlisted(t.client, rows)
	return rows, d.seen.saw(t.client, rows)
}

func (d *Driver) filesInFolders(ctx context.Context, t *tree, rows []fileRow) ([]fileRow, error) {
	told, ids := map[int64]bool{}, map[int64]bool{}
	for _, r := range rows {
		told[r.key()] = true
	}
	maps.Insert(ids, keysOf(t.ledger))
	maps.Insert(ids, keysOf(t.real))
	for _, n := range slices.Sorted(maps.Keys(ids)) {
		in, err := list[fileRow](ctx, d, d.fileList(t.client, n), nil)
		if code := remote.CodeOf(err); code == remote.NotFound || code == remote.Denied {
			continue // the folder is no more
		}
		if err != nil {
			return nil, err
		}
		for _, r := range in {
			if int64(r.Directory) == n && !told[r.key()] {
				told[r.key()] = true
				rows = append(rows, r)
			}
		}
	}
	return rows, nil
}

func keysOf[V any](m map[int64]V) func(func(int64, bool) bool) {
	return func(yield func(int64, bool) bool) {
		for k := range m {
			if !yield(k, true) {
				return
			}
		}
	}
}

// show adds a folder to what is shown, after those above it.
func (t *tree) show(n int64) { t.showBelow(n, map[int64]bool{}) }

func (t *tree) showBelow(n int64, path map[int64]bool) {
	if _, done := t.shown[n]; done || n == 0 {
		return
	}
	path[n] = true
	up := t.above(n)
	if path[up] {
		up = 0 // they lie in each other, which cannot be
	}
	t.showBelow(up, path)
	e := remote.Entry{ID: folderID(t.client, n), Parent: folderID(t.client, up), Name: t.name(n), Kind: remote.Folder, Size: -1}
	if t.real[n].Tree != 0 {
		e.Pinned = "a folder of the default tree, which all clients have"
	}
	t.shown[n] = e
	t.order = append(t.order, e)
}

// above is the folder that one lies in, as far as is known; 0: none.
func (t *tree) above(n int64) int64 {
	if r, ok := t.real[n]; ok {
		return int64(r.Directory)
	}
	up, err := parse(t.ledger[n].Parent)
	if err != nil || up.client != t.client {
		return 0
	}
	return up.folder
}

// name is what a folder is called: by the portal, by us who made it, by a person, or by its number.
func (t *tree) name(n int64) string {
	known, person := t.ledger[n], t.d.set.folderNames[folderID(t.client, n)]
	switch {
	case t.real[n].text() != "":
		return t.real[n].text()
	case known.Ours && known.Name != "":
		return known.Name
	case person != "":
		return person
	case known.Name != "":
		return known.Name
	}
	return fmt.Sprintf(namelessFolder, n)
}

// within says whether an item of a folder lies in or below another; 0 is the client.
func (t *tree) within(folder, root int64) bool {
	for folder != root {
		e, ok := t.shown[folder]
		if !ok {
			return false
		}
		up, err := parse(e.Parent)
		if err != nil {
			return false
		}
		folder = up.folder
	}
	return true
}

// holds says what lies in or may lie in a folder, whose deletion would take it along; empty: nothing.
func (t *tree) holds(n int64) string {
	for _, f := range t.files {
		if int64(f.Directory) == n {
			return fmt.Sprintf("file %q lies in it", shownName(f))
		}
	}
	for below, e := range t.shown {
		if below != n && e.Parent == folderID(t.client, n) {
			return fmt.Sprintf("folder %q lies in it", e.Name)
		}
	}
	return ""
}
