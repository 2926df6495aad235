package filesro

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"dossier/remote"
)

const (
	// abreast is how many folders are read at once.
	abreast = 3

	// mostGaps is how many folders in a row may fail before the crawl gives up: then it is not the folders.
	mostGaps = 10
)

// Crawl lists all below root: in two calls, where the list of all files can be trusted; else with a call or more a folder.
func (d *Driver) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		if d.assumed.latest {
			d.snapshot(ctx, root, yield)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		c := &crawl{d: d, root: root, news: make(chan news), known: map[remote.ID]bool{root: true}, queue: []remote.ID{root}}
		defer c.running.Wait()
		defer cancel()
		c.run(ctx, yield)
	}
}

// snapshot reads the folders, and then all files. Files of folders that were not there yet, or are not shown, are left out: see
// Confirm on why these do not count as gone.
func (d *Driver) snapshot(ctx context.Context, root remote.ID, yield func(remote.Entry, error) bool) {
	t, err := d.tree(ctx)
	if err == nil && !t.has(root) {
		err = notFound("crawl", root, "it is not among the folders")
	}
	var files []item
	if err == nil {
		files, err = d.latest(ctx)
	}
	if err != nil {
		yield(remote.Entry{}, err)
		return
	}
	wanted := map[remote.ID]bool{root: true}
	if !t.below(root, func(e remote.Entry) bool { wanted[e.ID] = true; return yield(e, nil) }) {
		return
	}
	for _, i := range files {
		parent, told := i.parent()
		if !told || i.kind() != remote.File {
			yield(remote.Entry{}, corrupt("list all files", "item %q, of which the folder is not told", i.ID))
			return
		}
		d.seen.note(i, parent)
		if wanted[parent] && !i.trashed() && !yield(i.entry(parent), nil) {
			return
		}
	}
}

// crawl is one walk, folder by folder. Only run touches its fields; the readers of folders just send news.
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

// news is what a folder holds, or why that is not known.
type news struct {
	folder remote.ID
	items  []item
	err    error
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
		items, err := c.d.children(ctx, folder)
		select {
		case c.news <- news{folder, items, err}:
		case <-ctx.Done():
		}
	})
}

// take hands on what a folder holds, and says whether to go on. A folder comes before what lies in it, because it is read only
// after it was handed on. An item that moved while we walked may come twice: that is told as it is, and makes a gap further up.
func (c *crawl) take(n news, yield func(remote.Entry, error) bool) bool {
	c.active--
	if n.err != nil {
		if c.gaps++; n.folder == c.root || c.gaps >= mostGaps || endsAll(n.err) {
			yield(remote.Entry{}, n.err)
			return false
		}
		return yield(remote.Entry{}, &remote.Gap{Folder: n.folder, Err: n.err})
	}
	c.gaps = 0
	for _, i := range n.items {
		e := i.entry(n.folder)
		if e.Kind == remote.Folder && c.known[e.ID] {
			err := fmt.Errorf("folder %q is shown in two places", e.ID)
			if !yield(remote.Entry{}, &remote.Gap{Folder: n.folder, Err: err}) {
				return false
			}
			continue
		}
		if !yield(e, nil) {
			return false
		}
		if e.Kind == remote.Folder {
			c.known[e.ID] = true
			c.queue = append(c.queue, e.ID)
		}
	}
	return true
}

// endsAll says whether an error concerns more than one folder.
func endsAll(err error) bool {
	return remote.CodeOf(err) == remote.SignIn || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
