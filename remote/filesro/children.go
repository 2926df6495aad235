package filesro

import (
	"context"
	"iter"

	"dossier/remote"
)

// children lists a folder, and remembers where its items are.
func (d *Driver) children(ctx context.Context, folder remote.ID) ([]item, error) {
	if !d.assumed.folders {
		return d.childrenOfAll(ctx, folder)
	}
	l, err := d.folderList(folder)
	if err != nil {
		return nil, err
	}
	found, err := d.items(ctx, l)
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		d.seen.note(i, folder)
	}
	return found, nil
}

// childrenOfAll picks what lies in a folder out of all that there is.
func (d *Driver) childrenOfAll(ctx context.Context, folder remote.ID) ([]item, error) {
	t, err := d.tree(ctx)
	if err == nil && !t.has(folder) {
		err = notFound("list", folder, "it is not among the folders")
	}
	var found, all []item
	if err == nil {
		all, err = d.latest(ctx)
	}
	if err != nil {
		return nil, err
	}
	for _, id := range t.kids[folder] {
		i := item{ID: text(id), Type: typeFolder}
		i.Attributes.Name = text(t.folders[id].Name)
		found = append(found, i)
	}
	for _, i := range all {
		if parent, _ := i.parent(); parent == folder && !i.trashed() {
			d.seen.note(i, folder)
			found = append(found, i)
		}
	}
	return found, nil
}

// trash lists what lies in the trash by itself, for home; or with a folder that was trashed, for that folder.
func (d *Driver) trash(ctx context.Context, folder remote.ID) ([]item, error) {
	at, err := d.folderURL(d.assumed.trashPath, folder)
	if err != nil {
		return nil, err
	}
	return d.items(ctx, list{op: "list trash", at: at})
}

// latest lists all files of the account.
func (d *Driver) latest(ctx context.Context) ([]item, error) {
	return d.items(ctx, list{op: "list all files", at: d.api(d.assumed.latestPath)})
}

// Children lists one folder.
func (d *Driver) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		found, err := d.children(ctx, folder)
		if err != nil {
			yield(remote.Entry{}, err)
			return
		}
		for _, i := range found {
			if !yield(i.entry(folder), nil) {
				return
			}
		}
	}
}

// pick is the item of an id, where there is one.
func pick(items []item, id remote.ID) (item, bool) {
	for _, i := range items {
		if i.ID == text(id) {
			return i, true
		}
	}
	return item{}, false
}
