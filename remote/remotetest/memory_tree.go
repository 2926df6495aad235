package remotetest

import (
	"cmp"
	"slices"
	"strings"

	"dossier/remote"
)

// item is what lies on a Memory: an entry with all that is known of it, and its bytes.
type item struct {
	remote.Entry
	content []byte
	made    int // items are listed in the order they were made in, so that pages are stable
}

// tree is all items, those in the trash too, with the children of each folder.
type tree struct {
	items map[remote.ID]*item
	kids  map[remote.ID]map[remote.ID]*item
}

func newTree() tree {
	return tree{items: map[remote.ID]*item{}, kids: map[remote.ID]map[remote.ID]*item{}}
}

func (t tree) put(it *item) {
	t.items[it.ID] = it
	if it.ID == MemoryRoot {
		return
	}
	if t.kids[it.Parent] == nil {
		t.kids[it.Parent] = map[remote.ID]*item{}
	}
	t.kids[it.Parent][it.ID] = it
}

func (t tree) take(it *item) {
	delete(t.items, it.ID)
	delete(t.kids[it.Parent], it.ID)
}

func (t tree) clone() tree {
	c := newTree()
	for _, it := range t.items {
		same := *it
		c.put(&same)
	}
	return c
}

// find looks an item up. Code Trashed: it, or a folder above it, was deleted into the trash. mu is held.
func (m *Memory) find(id remote.ID) (*item, error) {
	it, ok := m.tree.items[id]
	if !ok {
		return nil, fail(remote.NotFound, "no item %q", id)
	}
	for up := it; up != nil; up = m.tree.items[up.Parent] {
		if m.trashed[up.ID] {
			return nil, fail(remote.Trashed, "item %q", id)
		}
	}
	return it, nil
}

// folder looks a living folder up. mu is held.
func (m *Memory) folder(id remote.ID) (*item, error) {
	it, err := m.find(id)
	if err == nil && it.Kind != remote.Folder {
		return nil, fail(remote.NotFound, "no folder %q", id)
	}
	return it, err
}

// children lists what lies in a folder, oldest first. mu is held.
func (m *Memory) children(folder remote.ID) []*item {
	found := make([]*item, 0, len(m.tree.kids[folder]))
	for id, it := range m.tree.kids[folder] {
		if !m.trashed[id] {
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b *item) int { return cmp.Compare(a.made, b.made) })
	return found
}

// named is the item, other than self, that has a name in a folder; nil: the name is free. mu is held.
func (m *Memory) named(at remote.Place, self remote.ID) *item {
	key := m.key(at.Name)
	for id, it := range m.tree.kids[at.Parent] {
		if id != self && !m.trashed[id] && m.key(it.Name) == key {
			return it
		}
	}
	return nil
}

func (m *Memory) key(name string) string {
	if m.features.CaseFold {
		return strings.ToLower(name)
	}
	return name
}

// free says whether an item may have a place: its folder lives, and nobody else has the name. mu is held.
func (m *Memory) free(at remote.Place, self remote.ID) error {
	if _, err := m.folder(at.Parent); err != nil {
		return err
	}
	other := m.named(at, self)
	if other == nil || m.Twins {
		return nil
	}
	taken := fail(remote.NameTaken, "%q is there", other.Name)
	if m.features.Recognise {
		e := m.tell(other)
		taken.Existing = &e
	}
	return taken
}

// within says whether id is the folder or lies somewhere in it. mu is held.
func (m *Memory) within(id, folder remote.ID) bool {
	for it := m.tree.items[id]; it != nil; it = m.tree.items[it.Parent] {
		if it.ID == folder {
			return true
		}
	}
	return false
}

// tell words an item as the portal tells of it, which is less than is known where features are missing. mu is held.
func (m *Memory) tell(it *item) remote.Entry {
	e := it.Entry
	if m.features.Digest != "sha1" {
		e.SHA1 = ""
	}
	if m.features.Digest != "sha256" {
		e.SHA256 = ""
	}
	if !m.features.GuardContent {
		e.Guard = ""
	}
	if m.NoCounts {
		e.Seq = 0
	}
	if m.NoSizes {
		e.Size = -1
	}
	return e
}

// used is how many bytes lie on the portal, the trash included. mu is held.
func (m *Memory) used() (n int64) {
	for _, it := range m.tree.items {
		n += int64(len(it.content))
	}
	return n
}
