package mijnklantportaal

import (
	"context"
	"errors"
	"iter"

	"dossier/remote"
)

// mostGaps is how many folders in a row may fail before a crawl gives up: then it is not the folders.
const mostGaps = 10

// Crawl lists all below root, one folder after the other: what the budget allows takes longer than any answer. It costs what
// Children costs, for each folder.
func (d *Driver) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		c := &crawl{d: d, root: root, known: map[remote.ID]bool{root: true}, queue: []remote.ID{root}}
		for len(c.queue) > 0 && c.next(ctx, yield) {
		}
	}
}

// crawl is one walk.
type crawl struct {
	d     *Driver
	root  remote.ID
	known map[remote.ID]bool // folders met: none is read twice, so that a walk ends even if the tree changes under it
	queue []remote.ID
	top   map[remote.ID]bool // what lies in root
	gaps  int                // in a row
}

// next reads the next folder, and says whether to go on.
func (c *crawl) next(ctx context.Context, yield func(remote.Entry, error) bool) bool {
	folder := c.queue[0]
	c.queue = c.queue[1:]
	entries, err := c.d.list(ctx, folder)
	if err != nil {
		return c.failed(ctx, folder, err, yield)
	}
	c.gaps = 0
	if err := c.checkFlat(folder, entries); err != nil {
		yield(remote.Entry{}, err)
		return false
	}
	for _, e := range entries {
		if !yield(e, nil) {
			return false
		}
		if e.Kind == remote.Folder && !c.known[e.ID] {
			c.known[e.ID] = true
			c.queue = append(c.queue, e.ID)
		}
	}
	return true
}

// checkFlat makes sure, once, that a folder's list does not have what lies further down: else the first folder below root that is not
// empty would have in it what root was said to have.
func (c *crawl) checkFlat(folder remote.ID, entries []remote.Entry) error {
	if c.d.flat.Load() || len(entries) == 0 {
		return nil
	}
	if folder == c.root {
		c.top = map[remote.ID]bool{}
		for _, e := range entries {
			c.top[e.ID] = true
		}
		return nil
	}
	for _, e := range entries {
		if c.top[e.ID] {
			return unsupported("crawl", "the portal lists with a folder what lies below its folders: set assume.listing = false")
		}
	}
	c.d.flat.Store(true)
	return nil
}

func (c *crawl) failed(ctx context.Context, folder remote.ID, err error, yield func(remote.Entry, error) bool) bool {
	if c.gaps++; folder == c.root || c.gaps >= mostGaps || ctx.Err() != nil || endsAll(err) {
		yield(remote.Entry{}, err)
		return false
	}
	return yield(remote.Entry{}, &remote.Gap{Folder: folder, Err: err})
}

// endsAll says whether an error concerns more than one folder.
func endsAll(err error) bool {
	switch remote.CodeOf(err) {
	case remote.SignIn, remote.Throttled, remote.Unsupported:
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
