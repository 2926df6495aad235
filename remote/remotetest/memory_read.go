package remotetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"

	"dossier/remote"
)

func (m *Memory) Account(ctx context.Context) (remote.Account, error) {
	if err := m.arrive(ctx); err != nil {
		return remote.Account{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return remote.Account{ID: "1", Name: "Memory", Login: "memory@example.org", Space: m.quota, Used: m.used(), Max: m.features.MaxSize}, nil
}

func (m *Memory) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	if err := m.arrive(ctx); err != nil {
		return remote.Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	it, err := m.find(id)
	if err != nil {
		return remote.Entry{}, err
	}
	if it.Kind != kind {
		return remote.Entry{}, fail(remote.NotFound, "no %s %q", kind, id)
	}
	return m.tell(it), nil
}

// Crawl lists folder by folder, each with the pages of Children: what is changed meanwhile may be seen or not.
func (m *Memory) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		for todo := []remote.ID{root}; len(todo) > 0; todo = todo[1:] {
			for e, err := range m.Children(ctx, todo[0]) {
				if gapped(err) && todo[0] != root {
					err = &remote.Gap{Folder: todo[0], Err: err}
				}
				if !yield(e, err) {
					return
				}
				if _, gap := err.(*remote.Gap); err != nil && !gap {
					return
				}
				if err == nil && e.Kind == remote.Folder {
					todo = append(todo, e.ID)
				}
			}
		}
	}
}

// gapped says whether a crawl can go on past a folder.
func gapped(err error) bool {
	switch remote.CodeOf(err) {
	case remote.NotFound, remote.Trashed, remote.Denied:
		return true
	}
	return false
}

func (m *Memory) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		for after, more := 0, true; more; {
			var page []remote.Entry
			var err error
			if page, after, more, err = m.page(ctx, folder, after); err != nil {
				yield(remote.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// page reads the next page of a folder: what was made later than after.
func (m *Memory) page(ctx context.Context, folder remote.ID, after int) (page []remote.Entry, last int, more bool, err error) {
	if err := m.arrive(ctx); err != nil {
		return nil, 0, false, err
	}
	if !m.features.Listing {
		return nil, 0, false, fail(remote.Unsupported, "this portal lists nothing")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.folder(folder); err != nil {
		return nil, 0, false, err
	}
	if m.broken[folder] {
		return nil, 0, false, fail(remote.Denied, "folder %q cannot be listed", folder)
	}
	for _, it := range m.children(folder) {
		if it.made <= after {
			continue
		}
		if len(page) == m.PageSize {
			return page, last, true, nil
		}
		page, last = append(page, m.tell(it)), it.made
	}
	return page, last, false, nil
}

// Confirm takes the trash for a witness, and a missing item in a folder that can be read.
func (m *Memory) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	if err := m.arrive(ctx); err != nil {
		return remote.Absence{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	it, err := m.find(last.ID)
	switch remote.CodeOf(err) {
	case remote.Trashed:
		return remote.Absence{Gone: true, Trash: true, Why: "in the trash"}, nil
	case remote.NotFound:
		if _, err := m.folder(last.Parent); err != nil {
			return remote.Absence{Why: "not found, and its folder is not there either"}, nil
		}
		return remote.Absence{Gone: true, Why: "not found"}, nil
	}
	now := m.tell(it)
	return remote.Absence{Now: &now, Why: "it is there"}, nil
}

func (m *Memory) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	if err := m.arrive(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.features.SendOnly {
		return nil, fail(remote.Unsupported, "this portal hands out no contents")
	}
	it, err := m.find(e.ID)
	switch {
	case m.features.SendOnly:
		return nil, fail(remote.Unsupported, "this portal hands out nothing")
	case err != nil:
		return nil, err
	case it.Kind != remote.File:
		return nil, fail(remote.NotFound, "no file %q", e.ID)
	case it.Content != e.Content:
		return nil, fail(remote.Stale, "content is %s now", it.Content)
	case it.Frozen != "":
		return nil, fail(remote.Denied, "%s", it.Frozen)
	case offset < 0 || offset > int64(len(it.content)):
		return nil, fail(remote.Stale, "content has %d bytes", len(it.content))
	}
	return &body{ctx: ctx, r: bytes.NewReader(it.content[offset:])}, nil
}

// body gives bytes until its context ends.
type body struct {
	ctx context.Context // of the call that opened it: that is what a download's context means
	r   io.Reader
}

func (b *body) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, &remote.Error{Code: remote.Unavailable, Err: fmt.Errorf("read: %w", context.Cause(b.ctx))}
	}
	return b.r.Read(p)
}

func (b *body) Close() error { return nil }

// CheckName refuses what most portals refuse: control characters, slashes, a blank at the end, and more than 255 characters.
func (m *Memory) CheckName(name string, _ remote.Kind) error { return checkName(name) }
