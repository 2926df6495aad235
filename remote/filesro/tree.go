package filesro

import (
	"context"
	"encoding/json"

	"dossier/remote"
)

// location is the part of the navigation tree that is the account's own: teams' folders and what others share are left out.
const location = "files"

// branch is a folder of the navigation tree.
type branch struct {
	ID      text            `json:"id"`
	Parent  text            `json:"parent_id"`
	Name    text            `json:"name"`
	Team    json.RawMessage `json:"team_folder"`
	Folders []branch        `json:"folders"`
}

// tree is all folders of the account, home left out.
type tree struct {
	folders map[remote.ID]remote.Entry
	kids    map[remote.ID][]remote.ID
}

// tree reads all folders: one call.
func (d *Driver) tree(ctx context.Context) (*tree, error) {
	var parts []struct {
		Location string   `json:"location"`
		Folders  []branch `json:"folders"`
	}
	const op = "list folders"
	call := get(op, "", d.api(pathTree)+"?sort=created_at&direction=ASC")
	call.Limit = largestList
	if err := d.json(ctx, call, &parts); err != nil {
		return nil, err
	}
	for _, p := range parts {
		if p.Location != location {
			continue
		}
		if p.Folders == nil {
			return nil, corrupt(op, "a tree without folders")
		}
		t := &tree{folders: map[remote.ID]remote.Entry{}, kids: map[remote.ID][]remote.ID{}}
		return t, t.grow(home, p.Folders)
	}
	return nil, corrupt(op, "a tree without the account's own files")
}

func (t *tree) grow(parent remote.ID, branches []branch) error {
	for _, b := range branches {
		if said(b.Team) {
			continue
		}
		id := remote.ID(b.ID)
		_, twice := t.folders[id]
		switch {
		case checkID(id) != nil || twice || len(t.folders) >= mostItems:
			return corrupt("list folders", "a tree with folder %q where it cannot be", b.ID)
		case b.Parent != "" && remote.ID(b.Parent) != parent:
			return corrupt("list folders", "a tree with folder %q, which lies in %q, in folder %q", b.ID, b.Parent, parent)
		}
		t.folders[id] = remote.Entry{ID: id, Parent: parent, Name: string(b.Name), Kind: remote.Folder, Size: -1}
		t.kids[parent] = append(t.kids[parent], id)
		if err := t.grow(id, b.Folders); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) has(id remote.ID) bool {
	_, ok := t.folders[id]
	return ok || id == home
}

// within says whether a folder is another, or lies somewhere in it.
func (t *tree) within(id, folder remote.ID) bool {
	for range len(t.folders) + 1 {
		if id == folder {
			return true
		}
		e, ok := t.folders[id]
		if !ok {
			return false
		}
		id = e.Parent
	}
	return false
}

// below hands on the folders below one, each before what lies in it, until one is not wanted.
func (t *tree) below(folder remote.ID, emit func(remote.Entry) bool) bool {
	for _, id := range t.kids[folder] {
		if !emit(t.folders[id]) || !t.below(id, emit) {
			return false
		}
	}
	return true
}
