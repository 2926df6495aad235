package backoffice

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"dossier/remote"
)

const (
	// A list that goes on past these is taken for endless.
	mostPages = 11_000
	mostRows  = 1_000_000
	mostBytes = 256 << 20 // of names and paths

	// mostTries is how often a list is begun anew that changes while it is read.
	mostTries = 3
)

// listing is a list that the portal has.
type listing struct {
	op, object string
	path       string
	query      url.Values
	limit      int // rows of a page; 0: as many as we ask for
}

// list reads a list whole. A row that comes twice, or is missing between two pages, means that the list has changed meanwhile: it is read
// anew. With enough not nil, the list may be left as soon as that is true of a row; it is then the last.
func list[T row](ctx context.Context, d *Driver, l listing, enough func(T) bool) ([]T, error) {
	for range mostTries {
		rows, err := listOnce(ctx, d, l, enough)
		if !errors.Is(err, errShifted) {
			return rows, err
		}
	}
	return nil, &remote.Error{Op: fmt.Sprintf("%s %q", l.op, l.object), Code: remote.Busy, Err: errShifted}
}

var errShifted = errors.New("the list changes all the time while it is read")

func listOnce[T row](ctx context.Context, d *Driver, l listing, enough func(T) bool) ([]T, error) {
	s := sheet[T]{ids: map[int64]bool{}, unpaged: !d.set.paging}
	for range mostPages {
		got, err := page[T](ctx, d, l, s.next())
		if err != nil {
			return nil, err
		}
		before := len(s.rows)
		whole, err := s.add(got)
		if err != nil {
			return nil, wrapList(l, err)
		}
		if enough != nil {
			if i := slices.IndexFunc(s.rows[before:], enough); i >= 0 {
				return s.rows[:before+i+1], nil
			}
		}
		if whole {
			return s.rows, nil
		}
	}
	return nil, corrupt(l.op, "a list without end")
}

func wrapList(l listing, err error) error {
	if errors.Is(err, errShifted) {
		return err
	}
	return corrupt(l.op, err.Error())
}

func page[T row](ctx context.Context, d *Driver, l listing, offset int) ([]T, error) {
	q := url.Values{}
	maps.Copy(q, l.query)
	q.Set("limit", strconv.Itoa(cmp.Or(l.limit, pageSize)))
	q.Set("offset", strconv.Itoa(offset))
	var raw json.RawMessage
	if _, err := d.rest.JSON(ctx, d.call(l.op, l.object, http.MethodGet, l.path+"?"+q.Encode(), nil), &raw); err != nil {
		return nil, err
	}
	rows, err := rowsOf[T](raw)
	if err != nil {
		return nil, corrupt(l.op, err.Error())
	}
	return rows, nil
}

// sheet puts the pages of one list together. Each page but the first begins with the last row of the page before: where another is in its
// place, rows have been added or taken away meanwhile, which offsets would hide. (A page of one row gives nothing to overlap with.)
type sheet[T row] struct {
	unpaged bool // a list may ignore that it is asked for by pages (B-8)
	pages   int
	first   []int64 // ids of the first page
	rows    []T
	ids     map[int64]bool
	bytes   int
	overlap bool // the next page begins with the last row
}

// next is the offset of the next page.
func (s *sheet[T]) next() int {
	if s.overlap {
		return len(s.rows) - 1
	}
	return len(s.rows)
}

// add takes a page in, and says whether the list is whole.
func (s *sheet[T]) add(page []T) (whole bool, err error) {
	s.pages++
	if len(page) == 0 {
		if s.overlap {
			return false, errShifted
		}
		return true, nil
	}
	if s.pages == 2 && s.again(page) {
		return true, s.ignored()
	}
	if s.overlap {
		if page[0].key() != s.rows[len(s.rows)-1].key() {
			return false, errShifted
		}
		if page = page[1:]; len(page) == 0 {
			return true, nil
		}
	}
	if err := s.take(page); err != nil {
		return false, err
	}
	s.overlap = s.overlap || len(page) > 1
	return false, nil
}

func (s *sheet[T]) take(page []T) error {
	for _, r := range page {
		if err := r.sound(); err != nil {
			return err
		}
		if s.ids[r.key()] {
			return errShifted
		}
		s.ids[r.key()] = true
		s.bytes += r.size()
		if s.pages == 1 {
			s.first = append(s.first, r.key())
		}
	}
	s.rows = append(s.rows, page...)
	if len(s.rows) > mostRows || s.bytes > mostBytes {
		return errors.New("a list without end")
	}
	return nil
}

// again says whether a page is the first one once more.
func (s *sheet[T]) again(page []T) bool {
	return slices.EqualFunc(page, s.first, func(r T, id int64) bool { return r.key() == id }) && s.next() > 0
}

// ignored judges a list whose paging is ignored (B-9).
func (s *sheet[T]) ignored() error {
	if s.unpaged || len(s.first) < pageSize {
		return nil
	}
	return fmt.Errorf("the portal ignores that the list is asked for by pages, and whether these %d rows are all cannot be known: if they are, set assume.%s = false", len(s.first), assumePaging)
}
