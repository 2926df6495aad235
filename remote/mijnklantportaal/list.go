package mijnklantportaal

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"dossier/remote"
	"dossier/remote/rest"
)

const (
	mostPages = 4_000 // a listing that goes on past these is taken for endless: they are 60,000 items
	mostScans = 3     // of a folder whose pages do not fit together

	pageLimit = 4 << 20 // bytes of one page
)

// page is one page of a list. Whether there is another is all that is taken from next_page_url: the printed one has a comma too much.
type page struct {
	Current int             `json:"current_page"`
	Data    []item          `json:"data"`
	Next    json.RawMessage `json:"next_page_url"`
}

// Children lists one folder: one call for each 15 items, and one more if it looks empty. It is told when it is whole.
func (d *Driver) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		entries, err := d.list(ctx, folder)
		if err != nil {
			yield(remote.Entry{}, err)
			return
		}
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// list reads a folder to its end. What it does not tell of may be there all the same: an item that was deleted while the pages were
// read lets the ones behind it move up, past a page's edge, without a trace. So absence is a matter for Confirm.
func (d *Driver) list(ctx context.Context, folder remote.ID) ([]remote.Entry, error) {
	if !d.facts.listing {
		return nil, unsupported("list", "MijnKlantportaal documents no listing; where there is one, set assume.listing = true")
	}
	entries, err := d.settled(ctx, folder)
	switch {
	case err == nil && len(entries) == 0 && folder != Root:
		// A folder that is gone, one of somebody else's and an empty one might look the same.
		_, err = d.get(ctx, "list (look)", folder, remote.Folder)
	case remote.CodeOf(err) == remote.NotFound:
		err = d.notListed(ctx, folder)
	}
	return entries, err
}

// notListed says what a 404 means: that there is no such folder, or no such call.
func (d *Driver) notListed(ctx context.Context, folder remote.ID) error {
	if _, err := d.get(ctx, "list (look)", folder, remote.Folder); err != nil {
		return err
	}
	return unsupported("list", "the folder is there, but cannot be listed: set assume.listing = false")
}

// errShifting says that a list changed while it was read.
var errShifting = errors.New("its pages do not fit together: it changed while it was read, or is no list")

// settled reads a folder until its pages fit together.
func (d *Driver) settled(ctx context.Context, folder remote.ID) (entries []remote.Entry, err error) {
	for range mostScans {
		entries, err = d.scan(ctx, folder)
		if !errors.Is(err, errShifting) {
			return entries, err
		}
	}
	return nil, err
}

// scan reads all pages once.
func (d *Driver) scan(ctx context.Context, folder remote.ID) ([]remote.Entry, error) {
	entries, seen, unsaid := []remote.Entry{}, map[string]bool{}, false
	for n := 1; n <= mostPages; n++ {
		p, _, err := d.page(ctx, folder, n)
		if err == nil && len(p.Data) == 0 && n > 1 && !unsaid {
			err = &remote.Error{Op: "list", Code: remote.Corrupt, Err: errShifting}
		}
		if err == nil && n == 1 {
			err = d.checkScope(ctx, folder, p)
		}
		if err != nil {
			return nil, err
		}
		for _, i := range p.Data {
			if seen[i.ID] {
				return nil, &remote.Error{Op: "list", Code: remote.Corrupt, Err: errShifting}
			}
			seen[i.ID] = true
			entries = append(entries, d.noted(i, folder))
		}
		if unsaid = p.unsaid(); !p.more() || unsaid && len(p.Data) == 0 {
			return entries, nil
		}
	}
	return nil, corrupt("list", "a list without end")
}

// more says whether another page follows. Where it is not said there may be one: an empty page then is the end.
func (p page) more() bool { return string(p.Next) != "null" }

func (p page) unsaid() bool { return len(p.Next) == 0 }

// page reads one page, and checks that it is one.
func (d *Driver) page(ctx context.Context, folder remote.ID, n int) (p page, header http.Header, err error) {
	q := url.Values{"page": {strconv.Itoa(n)}}
	if folder != Root {
		if err := checkID(folder); err != nil {
			return page{}, nil, err
		}
		q.Set("directory", string(folder))
	}
	resp, err := d.rest.JSON(ctx, rest.Call{Op: "list", Object: string(folder), Method: http.MethodGet, URL: d.api + "/files?" + q.Encode(), Limit: pageLimit}, &p)
	if err == nil {
		err = p.check(folder, n)
	}
	if err != nil {
		return page{}, nil, err
	}
	return p, resp.Header, nil
}

// check says why an answer cannot be the page that was asked for.
func (p page) check(folder remote.ID, n int) error {
	var next string
	switch {
	case p.Data == nil:
		return corrupt("list", "a list without items")
	case p.Current != n:
		return corrupt("list", "page %d came for page %d", p.Current, n)
	case p.more() && !p.unsaid() && (json.Unmarshal(p.Next, &next) != nil || next == ""):
		return corrupt("list", "a page that says in no known way whether another follows")
	case len(p.Data) == 0 && p.more() && !p.unsaid():
		return &remote.Error{Op: "list", Code: remote.Corrupt, Err: errShifting}
	}
	for _, i := range p.Data {
		if err := i.check(); err != nil {
			return err
		}
		if i.ID == string(folder) {
			return corrupt("list", "folder %q lies in itself", folder)
		}
	}
	return nil
}

// checkScope makes sure, once, that the portal lists the folder that it is asked for. One that does not know the word would list its
// root each time, and a client would be shown what belongs to others.
func (d *Driver) checkScope(ctx context.Context, folder remote.ID, p page) error {
	if folder == Root || len(p.Data) == 0 || d.scoped.Load() {
		return nil
	}
	top, _, err := d.page(ctx, Root, 1)
	switch {
	case err != nil && (status(err) < 400 || status(err) >= 500 || remote.CodeOf(err) == remote.Throttled || remote.CodeOf(err) == remote.SignIn):
		return err
	case err == nil && overlap(p, top):
		return unsupported("list", "the portal lists its root, whichever folder is asked for: set assume.listing = false")
	}
	d.scoped.Store(true) // a root that is refused would have been refused for the folder as well
	return nil
}

// overlap says whether an item is on both pages.
func overlap(a, b page) bool {
	on := map[string]bool{}
	for _, i := range a.Data {
		on[i.ID] = true
	}
	for _, i := range b.Data {
		if on[i.ID] {
			return true
		}
	}
	return false
}
