package filesroapi

import (
	"net/http"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/store"
)

// branch is one folder of the navigation tree.
type branch struct {
	ID         string   `json:"id"`
	ParentID   *string  `json:"parent_id"`
	Name       string   `json:"name"`
	TeamFolder bool     `json:"team_folder"`
	Folders    []branch `json:"folders"`
}

type section struct {
	Location  string   `json:"location"`
	Name      string   `json:"name"`
	Folders   []branch `json:"folders"`
	IsMovable bool     `json:"isMovable"`
	IsOpen    bool     `json:"isOpen"`
}

// navigation answers GET /browse/navigation with all folders at once, in a bare array.
func (a *API) navigation(c *call) error {
	p := a.page(c)
	folders := []branch{}
	if !mischief.Active(c.r.Context(), mischief.EmptyList) {
		a.store.View(func(v store.View) { folders = a.branches(v, c.who.Root, c.who.Root, p) })
	}
	if mischief.Active(c.r.Context(), mischief.ShiftingPages) && len(folders) > 0 {
		folders = folders[:len(folders)-1]
	}
	return writeJSON(c.w, http.StatusOK, []section{
		{"files", "Files", folders, true, true},
		{"team-folders", "Team Folders", []branch{}, false, false},
		{"shared-with-me", "Shared With Me", []branch{}, false, false},
	})
}

func (a *API) branches(v store.View, folder, root store.ID, p page) []branch {
	var kids []*store.Item
	for it := range v.Children(folder, store.Place{}) {
		if it.Kind != store.Folder {
			break
		}
		kids = append(kids, it)
	}
	a.order(kids, p)
	list := make([]branch, len(kids))
	for i, it := range kids {
		list[i] = branch{ID: showUUID(it.ID, itemKey), Name: it.Name, Folders: a.branches(v, it.ID, root, p)}
		if folder != root {
			up := showUUID(folder, itemKey)
			list[i].ParentID = &up
		}
	}
	return list
}
