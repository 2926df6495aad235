package filesroapi

import (
	"cmp"
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

type links struct {
	First string  `json:"first"`
	Last  string  `json:"last"`
	Next  *string `json:"next"`
	Prev  *string `json:"prev"`
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
	if a.has("filesro-page-ignored") {
		p.number = 1
	}
	if a.has("filesro-sort-ignored") {
		p.sort = ""
	}
	return p
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
