package boxapi

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/store"
)

const (
	maxPage     = 1000
	usualPage   = 100
	maxOffset   = 9999 // of folders; elsewhere 10,000
	shortPageBy = 2    // how much shorter pages are with the quirk short-pages, as a divisor
)

// page is what part of a listing is asked for.
type page struct {
	limit, offset int
	sort          string
	descending    bool
}

func (c *call) offsetPage(top int) (p page, err error) {
	def := usualPage
	if c.api.has("list-default-1000") {
		def = maxPage
	}
	if p.limit, err = c.query("limit", def, maxPage, "invalid_limit"); err != nil {
		return p, err
	}
	if p.offset, err = c.query("offset", 0, 1<<31, "invalid_offset"); err != nil {
		return p, err
	}
	if p.offset > top {
		return p, bad("invalid_offset", "Offset too large, use a marker")
	}
	q := c.r.URL.Query()
	p.sort, p.descending = q.Get("sort"), q.Get("direction") == "DESC"
	if p.sort != "" && !slices.Contains([]string{"id", "name", "date", "size"}, p.sort) {
		return p, bad("invalid_parameter", "Invalid sort")
	}
	return p, nil
}

// entries appends the entries of a listing: minis, or what is asked for.
func (x *renderer) entries(b []byte, items []*store.Item, asked []string) []byte {
	var fields [3][]string
	for kind := range fields {
		fields[kind] = choose(asked, miniFields[store.Kind(kind)])
	}
	b = append(b, `"entries":[`...)
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = x.item(b, it, fields[it.Kind])
	}
	return append(b, ']')
}

// listByMarker costs as much as the page is long. The marker holds the last item's kind and id, so that it stays
// good while others come and go.
func (a *API) listByMarker(x *renderer, c *call, folder store.ID, limit int) ([]byte, error) {
	q := c.r.URL.Query()
	if q.Has("sort") && folder == c.who.Root {
		return nil, bad("invalid_parameter", "Sorting is not supported with markers on the root folder")
	}
	if q.Get("offset") != "" && q.Get("offset") != "0" {
		return nil, bad("invalid_parameter", "Use either offset or marker")
	}
	after, err := readMarker(q.Get("marker"))
	if err != nil {
		return nil, err
	}
	items, more := a.takePage(x.v, c, folder, after, limit)
	b := append([]byte(`{"limit":`), strconv.Itoa(limit)...)
	b = x.entries(append(b, ','), items, c.fields())
	switch {
	case more != store.Place{}:
		b = append(append(append(b, `,"next_marker":"`...), writeMarker(more)...), '"')
	case a.has("marker-null"):
		b = append(b, `,"next_marker":null`...)
	case a.has("marker-empty"):
		b = append(b, `,"next_marker":""`...)
	}
	return append(b, '}'), nil
}

// takePage returns the items of a page, and the place that the next page begins after; the zero Place if there is
// none.
func (a *API) takePage(v store.View, c *call, folder store.ID, after store.Place, limit int) (items []*store.Item, more store.Place) {
	if mischief.Active(c.r.Context(), mischief.EmptyList) {
		return nil, more
	}
	if a.has("short-pages") {
		limit = max(1, limit/shortPageBy)
	}
	for it := range v.Children(folder, after) {
		if len(items) == limit {
			last := items[len(items)-1]
			more = store.Place{Kind: last.Kind, ID: last.ID}
			break
		}
		items = append(items, it)
	}
	switch {
	case mischief.Active(c.r.Context(), mischief.EndlessList):
		more = store.Place{Kind: store.Link, ID: 1<<62 + store.ID(a.requests.Load())}
		if len(items) == 0 {
			items = slices.Collect(v.Children(folder, store.Place{}))
			items = items[:min(limit, len(items))]
		}
	case mischief.Active(c.r.Context(), mischief.ShiftingPages):
		items = shift(items, after != store.Place{})
	}
	return items, more
}

// shift plays entries that move while a listing is read: the first page loses its last one, later pages come with
// their first one twice.
func shift(items []*store.Item, later bool) []*store.Item {
	if len(items) == 0 {
		return items
	}
	if !later {
		return items[:len(items)-1]
	}
	return append([]*store.Item{items[0]}, items...)
}

func writeMarker(p store.Place) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d:%d", p.Kind, p.ID))
}

func readMarker(text string) (p store.Place, err error) {
	if text == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d:%d", &p.Kind, &p.ID)
	}
	if err != nil || p.Kind > store.Link {
		return p, bad("invalid_parameter", "Invalid marker")
	}
	return p, nil
}

// listByOffset appends a page of a folder's listing with its total.
func (a *API) listByOffset(x *renderer, b []byte, c *call, folder store.ID, p page, asked []string) []byte {
	total := x.v.Count(folder)
	items := sorted(slices.Collect(x.v.Children(folder, store.Place{})), p)
	return a.offsetAnswer(x, b, c, items, total, p, asked)
}

func (a *API) offsetAnswer(x *renderer, b []byte, c *call, items []*store.Item, total int, p page, asked []string) []byte {
	if mischief.Active(c.r.Context(), mischief.EmptyList) {
		items, total = nil, 0
	}
	if mischief.Active(c.r.Context(), mischief.EndlessList) {
		total = 1 << 30
		if p.offset > 0 {
			p.offset = 0
		}
	}
	items = items[min(p.offset, len(items)):]
	n := p.limit
	if a.has("short-pages") {
		n = max(1, n/shortPageBy)
	}
	items = items[:min(n, len(items))]
	if mischief.Active(c.r.Context(), mischief.ShiftingPages) || a.has("unstable-offset") {
		items = shift(items, p.offset > 0)
	}
	b = fmt.Appendf(b, `{"total_count":%s,"limit":%d,"offset":%d,"order":`, number(int64(total), x.exponents), p.limit, p.offset)
	b = append(b, a.order(p)...)
	return append(x.entries(append(b, ','), items, asked), '}')
}

func (a *API) order(p page) string {
	by, direction := p.sort, "ASC"
	if by == "" {
		by = "id"
	}
	if p.descending {
		direction = "DESC"
	}
	if a.has("order-object") {
		return fmt.Sprintf(`{"by":%q,"direction":%q}`, by, direction)
	}
	return fmt.Sprintf(`[{"by":"type","direction":"ASC"},{"by":%q,"direction":%q}]`, by, direction)
}

// sorted orders items of a listing, which come by kind and id.
func sorted(items []*store.Item, p page) []*store.Item {
	compare := func(m, n *store.Item) int { return cmp.Compare(m.ID, n.ID) }
	switch p.sort {
	case "name":
		compare = func(m, n *store.Item) int { return strings.Compare(store.Fold(m.Name), store.Fold(n.Name)) }
	case "date":
		compare = func(m, n *store.Item) int { return m.Modified.Compare(n.Modified) }
	case "size":
		compare = func(m, n *store.Item) int { return cmp.Compare(m.Content.Size, n.Content.Size) }
	}
	slices.SortStableFunc(items, func(m, n *store.Item) int {
		if m.Kind != n.Kind {
			return int(m.Kind) - int(n.Kind)
		}
		if p.descending {
			return compare(n, m)
		}
		return compare(m, n)
	})
	return items
}
