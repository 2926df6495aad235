package box

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"dossier/remote"
	"dossier/remote/rest"
)

const (
	pageSize = 1000 // Box's most

	// A listing that goes on past these is taken for endless.
	mostPages      = 10_000
	mostEmptyPages = 3 // in a row, with a marker but nothing new

	// abreast is how many folders are read at once.
	abreast = 6

	// mostGaps is how many folders in a row may fail before the crawl gives up: then it is not the folders.
	mostGaps = 10
)

// page is one page of a listing. `order` and `total_count` are left alone: their shape changes.
type page struct {
	Entries []item `json:"entries"`
	Next    text   `json:"next_marker"`
}

// Children lists one folder.
func (d *Driver) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		err := d.pages(ctx, folder, func(entries []remote.Entry) error {
			for _, e := range entries {
				if !yield(e, nil) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(remote.Entry{}, err)
		}
	}
}

// errEnough ends a listing of which no more is wanted.
var errEnough = errors.New("enough")

// pages hands on a folder's pages, without what is not active, each item once.
func (d *Driver) pages(ctx context.Context, folder remote.ID, emit func([]remote.Entry) error) error {
	if err := checkID(folder); err != nil {
		return err
	}
	seen := map[remote.ID]bool{}
	marker, empty := "", 0
	for range mostPages {
		p, err := d.page(ctx, folder, marker)
		if err != nil {
			return err
		}
		fresh := p.fresh(folder, seen)
		if empty++; len(fresh) > 0 {
			empty = 0
			if err := emit(fresh); err != nil {
				return err
			}
		}
		next := string(p.Next)
		switch {
		case next == "":
			return nil
		case next == marker, empty > mostEmptyPages:
			return corrupt("list", "a listing that leads on without anything new")
		}
		marker = next
	}
	return corrupt("list", "a listing without end")
}

func (d *Driver) page(ctx context.Context, folder remote.ID, marker string) (page, error) {
	q := url.Values{"usemarker": {"true"}, "limit": {strconv.Itoa(pageSize)}, "fields": {fields}}
	if marker != "" {
		q.Set("marker", marker)
	}
	var p page
	_, err := d.rest.JSON(ctx, rest.Call{Op: "list", Object: string(folder), Method: http.MethodGet,
		URL: d.api + "/2.0/folders/" + string(folder) + "/items?" + q.Encode()}, &p)
	if err == nil && p.Entries == nil {
		err = corrupt("list", "a listing without a list")
	}
	return p, err
}

// fresh is what a page has that was not seen in this folder before.
func (p page) fresh(folder remote.ID, seen map[remote.ID]bool) []remote.Entry {
	out := make([]remote.Entry, 0, len(p.Entries))
	for _, i := range p.Entries {
		e := i.entry()
		if !i.active() || e.ID == "" || seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		e.Parent = remote.ID(parentIn(string(folder), string(e.Parent)))
		out = append(out, e)
	}
	return out
}

// Crawl lists all below root, several folders at once. It costs one call a folder for each thousand items in it.
func (d *Driver) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		c := &crawl{d: d, root: root, news: make(chan news), known: map[remote.ID]bool{root: true}, queue: []remote.ID{root}}
		defer c.running.Wait()
		defer cancel()
		c.run(ctx, yield)
	}
}

// crawl is one walk. Only run touches its fields; the readers of folders just send news.
type crawl struct {
	d       *Driver
	root    remote.ID
	running sync.WaitGroup
	news    chan news
	known   map[remote.ID]bool // folders met: none is read twice, so that a walk ends even if the tree changes under it
	queue   []remote.ID
	active  int
	gaps    int // in a row
}

// news is a page of a folder, or how its reading ended.
type news struct {
	folder  remote.ID
	entries []remote.Entry
	ended   bool
	err     error
}

func (c *crawl) run(ctx context.Context, yield func(remote.Entry, error) bool) {
	for len(c.queue) > 0 || c.active > 0 {
		for len(c.queue) > 0 && c.active < abreast {
			c.start(ctx, c.queue[0])
			c.queue = c.queue[1:]
		}
		select {
		case n := <-c.news:
			if !c.take(n, yield) {
				return
			}
		case <-ctx.Done():
			yield(remote.Entry{}, &remote.Error{Op: "crawl", Err: context.Cause(ctx)})
			return
		}
	}
}

func (c *crawl) start(ctx context.Context, folder remote.ID) {
	c.active++
	c.running.Go(func() {
		err := c.d.pages(ctx, folder, func(entries []remote.Entry) error {
			return c.tell(ctx, news{folder: folder, entries: entries})
		})
		_ = c.tell(ctx, news{folder: folder, ended: true, err: err})
	})
}

func (c *crawl) tell(ctx context.Context, n news) error {
	select {
	case c.news <- n:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// take hands on what a folder's reader found, and says whether to go on. A folder comes before what lies in it, because it
// is read only after it was handed on.
func (c *crawl) take(n news, yield func(remote.Entry, error) bool) bool {
	for _, e := range n.entries {
		if !yield(e, nil) {
			return false
		}
		if e.Kind == remote.Folder && !c.known[e.ID] {
			c.known[e.ID] = true
			c.queue = append(c.queue, e.ID)
		}
	}
	if !n.ended {
		return true
	}
	c.active--
	if n.err == nil {
		c.gaps = 0
		return true
	}
	if c.gaps++; n.folder == c.root || c.gaps >= mostGaps || endsAll(n.err) {
		yield(remote.Entry{}, n.err)
		return false
	}
	return yield(remote.Entry{}, &remote.Gap{Folder: n.folder, Err: n.err})
}

// endsAll says whether an error concerns more than one folder.
func endsAll(err error) bool {
	return remote.CodeOf(err) == remote.SignIn || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
