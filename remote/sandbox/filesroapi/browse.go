package filesroapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/store"
)

const (
	perPage      = 50 // a setting of the site
	shortPerPage = 10 // with the quirk filesro-per-page-10
	endless      = 1 << 30
)

// listing is a folder's content, or a page of it.
type listing struct {
	Data  []record `json:"data"`
	Links links    `json:"links"`
	Meta  meta     `json:"meta"`
}

type links struct {
	First string  `json:"first"`
	Last  string  `json:"last"`
	Next  *string `json:"next"`
	Prev  *string `json:"prev"`
}

type meta struct {
	Paginate paginate `json:"paginate"`
	Root     *record  `json:"root"`
}

type paginate struct {
	CurrentPage int    `json:"currentPage"`
	From        int    `json:"from"`
	LastPage    int    `json:"lastPage"`
	Path        string `json:"path"`
	PerPage     int    `json:"perPage"`
	To          int    `json:"to"`
	Total       int    `json:"total"`
}

// page is the part of a listing that is asked for.
type page struct {
	number     int // 0: all of it at once
	length     int
	sort       string
	descending bool
}

func (a *API) page(c *call) page {
	q := c.r.URL.Query()
	p := page{length: perPage, sort: q.Get("sort"), descending: strings.EqualFold(q.Get("direction"), "desc")}
	if a.has("filesro-per-page-10") {
		p.length = shortPerPage
	}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 && a.has("filesro-limit-honoured") {
		p.length = n
	}
	if q.Has("page") {
		n, _ := strconv.Atoi(q.Get("page"))
		p.number = max(1, n)
	} else if a.has("filesro-paged") {
		p.number = 1
	}
	if a.has("filesro-sort-ignored") {
		p.sort = ""
	}
	return p
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

// listFolder answers GET /browse/folders/{id}.
func (a *API) listFolder(c *call) error {
	return a.list(c, func(v store.View) ([]*store.Item, *store.Item, error) {
		folder, err := a.folderOf(v, c)
		if err != nil {
			return nil, nil, err
		}
		if !deletedAt(v, folder).IsZero() {
			return nil, nil, notFound
		}
		items := slices.Collect(v.Children(folder.ID, store.Place{}))
		if a.has("filesro-trashed-listed") {
			for _, it := range v.Trash(folder.Root) {
				if it.Parent == folder.ID {
					items = append(items, it)
				}
			}
		}
		return items, folder, nil
	})
}

// listLatest answers GET /browse/latest: all files that are not in the trash, newest first, also those that no folder shows.
func (a *API) listLatest(c *call) error {
	return a.list(c, func(v store.View) (items []*store.Item, _ *store.Item, _ error) {
		for it := range v.Tree(c.who.Root) {
			if it.Kind == store.File && deletedAt(v, it).IsZero() {
				items = append(items, it)
			}
		}
		return items, nil, nil
	})
}

// listTeam answers GET /teams/folders/{id} and /teams/shared-with-me/{id}: there are no teams.
func (a *API) listTeam(c *call) error {
	return a.list(c, func(store.View) ([]*store.Item, *store.Item, error) {
		if isUUID(c.r.PathValue("id")) {
			return nil, nil, notFound
		}
		return nil, nil, nil
	})
}

// list answers with what collect finds. meta.root is the folder, unless it is home.
func (a *API) list(c *call, collect func(store.View) (items []*store.Item, folder *store.Item, err error)) error {
	p := a.page(c)
	if strings.HasSuffix(c.r.URL.Path, "/latest") {
		p.sort, p.descending = "created_at", true
	}
	var answer listing
	var err error
	a.store.View(func(v store.View) {
		var items []*store.Item
		var folder *store.Item
		if items, folder, err = collect(v); err != nil {
			return
		}
		items = slices.DeleteFunc(items, func(it *store.Item) bool { return it.Kind == store.Link })
		a.order(items, p)
		x := a.renderer(v, c, c.who.Root)
		shown, total := a.cut(c, items, p)
		answer = listing{Data: make([]record, len(shown)), Meta: meta{Paginate: a.paginate(c, p, total)}}
		for i, it := range shown {
			answer.Data[i] = x.item(it)
		}
		if folder != nil && folder.ID != c.who.Root {
			root := x.item(folder)
			answer.Meta.Root = &root
		}
	})
	if err != nil {
		return err
	}
	answer.Links = answer.Meta.Paginate.links()
	return writeJSON(c.w, http.StatusOK, answer)
}

// order puts folders first. Which order there is without a sort is not said; here it is that of the ids as they are written.
func (a *API) order(items []*store.Item, p page) {
	salt := uint64(0)
	if a.has("filesro-order-shuffled") {
		salt = a.listings.Add(1) * spread
	}
	compare := func(m, n *store.Item) int { return 0 }
	switch p.sort {
	case "name":
		compare = func(m, n *store.Item) int { return strings.Compare(store.Fold(m.Name), store.Fold(n.Name)) }
	case "created_at":
		compare = func(m, n *store.Item) int {
			return m.Created.Truncate(time.Second).Compare(n.Created.Truncate(time.Second))
		}
	}
	slices.SortFunc(items, func(m, n *store.Item) int {
		by := compare(m, n)
		if p.descending {
			by = -by
		}
		return cmp.Or(cmp.Compare(m.Kind, n.Kind), by, cmp.Compare(rank(m.ID)^salt, rank(n.ID)^salt))
	})
}

// cut takes the page out of a listing. Nothing holds the listing still between two pages.
func (a *API) cut(c *call, items []*store.Item, p page) (shown []*store.Item, total int) {
	total = len(items)
	endlessly := mischief.Active(c.r.Context(), mischief.EndlessList)
	if mischief.Active(c.r.Context(), mischief.EmptyList) {
		return nil, 0
	}
	from, to := 0, total
	if p.number > 0 && !endlessly {
		from = min((p.number-1)*p.length, total)
		to = min(from+p.length, total)
	}
	shown = items[from:to]
	if endlessly {
		return shown, endless
	}
	if mischief.Active(c.r.Context(), mischief.ShiftingPages) {
		shown = shift(shown, p.number > 1)
	}
	if a.has("filesro-total-moves") {
		total += int(a.listings.Add(1))
	}
	return shown, total
}

// shift plays entries that move while a listing is read: the first page loses its last one, later pages come with their first one twice.
func shift(items []*store.Item, later bool) []*store.Item {
	if len(items) == 0 {
		return items
	}
	if !later {
		return items[:len(items)-1]
	}
	return append([]*store.Item{items[0]}, items...)
}

// paginate tells of the pages, also where all came at once: currentPage is 0 then.
func (a *API) paginate(c *call, p page, total int) paginate {
	return paginate{
		CurrentPage: p.number, From: 1, LastPage: (total + p.length - 1) / p.length, Path: origin(c.r) + c.r.URL.RequestURI(),
		PerPage: p.length, To: p.length, Total: total,
	}
}

// links are ill-formed: they add a page to whatever was asked for, with an ampersand even where nothing was.
func (p paginate) links() links {
	to := func(page int) string { return p.Path + "&page=" + strconv.Itoa(page) }
	l := links{First: to(1), Last: to(p.LastPage)}
	if p.CurrentPage != p.LastPage {
		next := to(p.CurrentPage + 1)
		l.Next = &next
	}
	if p.CurrentPage > 1 {
		prev := to(p.CurrentPage - 1)
		l.Prev = &prev
	}
	return l
}

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
