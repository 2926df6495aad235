package filesroapi

import (
	"net/http"
	"slices"

	"dossier/remote/sandbox/store"
)

// listing is a folder's content, or a page of it.
type listing struct {
	Data  []record `json:"data"`
	Links links    `json:"links"`
	Meta  meta     `json:"meta"`
}

type meta struct {
	Paginate paginate `json:"paginate"`
	Root     *record  `json:"root"`
}

// folderOf finds the folder that a listing is of, in the trash or not. Any text that is no id is home.
func (a *API) folderOf(v store.View, c *call) (*store.Item, error) {
	id := c.r.PathValue("id")
	if !isUUID(id) {
		return v.Item(c.who.Root), nil
	}
	it := v.Item(readUUID(id, itemKey))
	if it == nil || it.Kind != store.Folder || it.Root != c.who.Root {
		return nil, notFound
	}
	return it, nil
}

// found is what a listing shows, before it is put in order and cut into pages.
type found struct {
	items  []*store.Item
	folder *store.Item // that they are in; nil: none
}

// listFolder answers GET /browse/folders/{id}.
func (a *API) listFolder(c *call) error {
	return a.list(c, a.page(c), func(v store.View) (found, error) {
		folder, err := a.folderOf(v, c)
		if err == nil && !deletedAt(v, folder).IsZero() {
			err = notFound
		}
		switch {
		case err == notFound && a.has("filesro-unknown-empty"):
			return found{}, nil
		case err != nil:
			return found{}, err
		}
		return found{a.inFolder(v, folder), folder}, nil
	})
}

func (a *API) inFolder(v store.View, folder *store.Item) []*store.Item {
	items := slices.Collect(v.Children(folder.ID, store.Place{}))
	if a.has("filesro-trashed-listed") {
		for _, it := range v.Trash(folder.Root) {
			if it.Parent == folder.ID {
				items = append(items, it)
			}
		}
	}
	return items
}

// listLatest answers GET /browse/latest: all files that are not in the trash, newest first, also those that no folder shows.
func (a *API) listLatest(c *call) error {
	p := a.page(c)
	p.sort, p.descending = "created_at", true
	return a.list(c, p, func(v store.View) (f found, err error) {
		for it := range v.Tree(c.who.Root) {
			if it.Kind == store.File && deletedAt(v, it).IsZero() {
				f.items = append(f.items, it)
			}
		}
		return f, nil
	})
}

// listTrash answers GET /browse/trash/{id}: what is in the trash of a folder or, for home, all that no trashed folder took along.
func (a *API) listTrash(c *call) error {
	return a.list(c, a.page(c), func(v store.View) (found, error) {
		folder, err := a.folderOf(v, c)
		if err != nil {
			return found{}, err
		}
		if folder.ID == c.who.Root {
			return found{trashTop(v, folder), folder}, nil
		}
		return found{trashIn(v, folder), folder}, nil
	})
}

// listTeam answers GET /teams/folders/{id} and /teams/shared-with-me/{id}: there are no teams.
func (a *API) listTeam(c *call) error {
	return a.list(c, a.page(c), func(store.View) (found, error) {
		if isUUID(c.r.PathValue("id")) {
			return found{}, notFound
		}
		return found{}, nil
	})
}

// list answers with what look finds.
func (a *API) list(c *call, p page, look func(store.View) (found, error)) error {
	var answer listing
	var err error
	a.store.View(func(v store.View) {
		var f found
		if f, err = look(v); err == nil {
			answer = a.listing(v, c, p, f)
		}
	})
	switch {
	case err != nil:
		return err
	case a.has("filesro-no-meta"):
		return writeJSON(c.w, http.StatusOK, map[string]any{"data": answer.Data})
	}
	return writeJSON(c.w, http.StatusOK, answer)
}

// listing is the page of what was found. meta.root is the folder, unless it is home.
func (a *API) listing(v store.View, c *call, p page, f found) listing {
	items := slices.DeleteFunc(f.items, func(it *store.Item) bool { return it.Kind == store.Link })
	a.order(items, p)
	shown, total := a.cut(c, items, p)
	x := a.renderer(v, c, c.who.Root)
	l := listing{Data: make([]record, len(shown)), Meta: meta{Paginate: a.paginate(c, p, total)}}
	for i, it := range shown {
		l.Data[i] = x.item(it)
	}
	l.Links = l.Meta.Paginate.links()
	if f.folder != nil && f.folder.ID != c.who.Root {
		root := x.item(f.folder)
		l.Meta.Root = &root
	}
	return l
}
