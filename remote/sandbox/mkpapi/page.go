package mkpapi

import (
	"fmt"
	"strconv"

	"dossier/remote/sandbox/mischief"
)

// rowsOfAPage is all that is documented. There is no parameter for it.
const rowsOfAPage = 15

// rows are the rows of a listing, of which one page is written.
type rows[R any] struct {
	all    []R
	render func(R) object
}

// page writes the page that a call asks for in the envelope that all listings have: without a total and without a last page.
func (l rows[R]) page(c *call) (object, error) {
	number, err := c.pageNumber()
	if err != nil {
		return nil, err
	}
	size := c.pageSize()
	from := (number - 1) * size
	part, more := l.cut(c, from, size)
	data := make([]object, len(part))
	for i, row := range part {
		data[i] = l.render(row)
	}
	path := origin(c.r) + c.r.URL.Path
	o := object{
		{"current_page", number}, {"data", data}, {"first_page_url", path + "?page=1"}, {"from", nil}, {"next_page_url", nil},
		{"path", path}, {"per_page", size}, {"prev_page_url", nil}, {"to", nil},
	}
	if len(part) > 0 {
		o[3].value, o[8].value = from+1, from+len(part)
	}
	if more {
		o[4].value = c.pageURL(path, number+1)
	}
	if number > 1 {
		o[7].value = c.pageURL(path, number-1)
	}
	return o, nil
}

// pageURL is the address of a page as the vendor's sample has it: with a comma at its end.
func (c *call) pageURL(path string, number int) string {
	url := fmt.Sprintf("%s?page=%d", path, number)
	if c.api.has("mkp-next-without-comma") {
		return url
	}
	return url + ","
}

// cut takes the rows of a page, and says whether there are more.
func (l rows[R]) cut(c *call, from, size int) (part []R, more bool) {
	if mischief.Active(c.r.Context(), mischief.EmptyList) {
		return nil, false
	}
	endless := mischief.Active(c.r.Context(), mischief.EndlessList)
	if endless && from >= len(l.all) {
		from = 0
	}
	part = l.all[min(from, len(l.all)):]
	more = len(part) > size || endless
	part = part[:min(size, len(part))]
	if mischief.Active(c.r.Context(), mischief.ShiftingPages) || c.api.has("mkp-rows-shift") {
		part = shift(part, from > 0, more)
	}
	return part, more
}

// shift plays rows that move while a listing is read: the first page of several loses its last one, later pages come with their
// first one twice.
func shift[R any](part []R, later, more bool) []R {
	switch {
	case len(part) == 0:
		return part
	case later:
		return append([]R{part[0]}, part...)
	case more:
		return part[:len(part)-1]
	}
	return part
}

func (c *call) pageNumber() (int, error) {
	q := c.r.URL.Query()
	if !q.Has("page") {
		return 1, nil
	}
	n, err := strconv.Atoi(q.Get("page"))
	if err != nil || n < 1 || n > 1<<31 {
		return 0, unprocessable("The page must be a number from 1.")
	}
	return n, nil
}

func (c *call) pageSize() int {
	if n, err := strconv.Atoi(c.r.URL.Query().Get("per_page")); err == nil && n > 0 && c.api.has("mkp-per-page") {
		return min(n, 100)
	}
	if c.api.has("mkp-page-of-50") {
		return 50
	}
	return rowsOfAPage
}
