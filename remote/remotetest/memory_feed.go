package remotetest

import (
	"context"
	"fmt"

	"dossier/remote"
)

// logged is one line of a Memory's feed.
type logged struct {
	id   remote.ID
	kind remote.Kind
	gone bool

	access bool // rights changed; nothing else is told
}

// note counts a change of an item and tells the feed. mu is held.
func (m *Memory) note(it *item, gone bool) {
	it.Seq++
	it.Guard = fmt.Sprint(it.Seq)
	m.tellFeed(logged{id: it.ID, kind: it.Kind, gone: gone})
}

// tellFeed adds a line to the feed and wakes those that wait for it. mu is held.
func (m *Memory) tellFeed(l logged) {
	m.log = append(m.log, l)
	close(m.grew)
	m.grew = make(chan struct{})
}

type memoryFeed struct{ m *Memory }

func (f memoryFeed) Now(ctx context.Context) (string, error) {
	if err := f.m.arrive(ctx); err != nil {
		return "", err
	}
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return f.m.cursor(len(f.m.log)), nil
}

func (f memoryFeed) Changes(ctx context.Context, cursor string) (remote.Changes, error) {
	if err := f.m.arrive(ctx); err != nil {
		return remote.Changes{}, err
	}
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	from, err := f.m.position(cursor)
	if err != nil {
		return remote.Changes{}, err
	}
	to := min(from+f.m.PageSize, len(f.m.log))
	page := remote.Changes{Next: f.m.cursor(to), More: to < len(f.m.log)}
	for _, l := range f.m.log[from:to] {
		page.Items = append(page.Items, f.m.change(l))
	}
	return page, nil
}

// Wait returns when the feed is longer than cursor says.
func (f memoryFeed) Wait(ctx context.Context, cursor string) error {
	if err := f.m.arrive(ctx); err != nil {
		return err
	}
	f.m.mu.Lock()
	from, err := f.m.position(cursor)
	grown, grew := from < len(f.m.log), f.m.grew
	f.m.mu.Unlock()
	if err != nil || grown {
		return err
	}
	select {
	case <-grew:
		return nil
	case <-ctx.Done():
		return &remote.Error{Err: context.Cause(ctx)}
	}
}

// change words a line of the feed: the item as it is now. mu is held.
func (m *Memory) change(l logged) remote.Change {
	if l.access {
		return remote.Change{Access: true}
	}
	c := remote.Change{ID: l.id, Kind: l.kind, Gone: l.gone}
	if it, err := m.find(l.id); err == nil && !l.gone && !m.OpaqueFeed {
		e := m.tell(it)
		c.Entry = &e
	}
	return c
}

func (m *Memory) cursor(n int) string { return fmt.Sprintf("%d.%d", m.epoch, n) }

// position is the place in the log that a cursor names; an operator's backup may have left it beyond the end. mu is held.
func (m *Memory) position(cursor string) (int, error) {
	var epoch, n int
	if _, err := fmt.Sscanf(cursor, "%d.%d", &epoch, &n); err != nil || epoch != m.epoch || n < 0 || n > len(m.log) {
		return 0, fail(remote.Reset, "position %q is lost", cursor)
	}
	return n, nil
}

type memoryTrash struct{ m *Memory }

func (t memoryTrash) Restore(ctx context.Context, id remote.ID, kind remote.Kind, at *remote.Place) (remote.Entry, error) {
	if err := t.m.arrive(ctx); err != nil {
		return remote.Entry{}, err
	}
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	it := t.m.tree.items[id]
	if it == nil || it.Kind != kind || !t.m.trashed[id] {
		return remote.Entry{}, fail(remote.NotFound, "no %s %q in the trash", kind, id)
	}
	to := remote.Place{Parent: it.Parent, Name: it.Name}
	if at != nil {
		to = *at
	}
	if err := t.m.free(to, id); err != nil {
		return remote.Entry{}, err
	}
	delete(t.m.trashed, id)
	t.m.place(it, to)
	t.m.note(it, false)
	return t.m.tell(it), nil
}
