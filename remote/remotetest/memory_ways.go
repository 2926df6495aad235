package remotetest

import (
	"maps"
	"slices"

	"dossier/remote"
)

// The methods in this file make a Memory behave in ways that portals have, and look at it from behind.

// SetQuota lets uploads fail with Quota once the portal holds more bytes than this; 0: no limit.
func (m *Memory) SetQuota(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.quota = bytes
}

// Break makes a folder, named by its path, one that cannot be listed.
func (m *Memory) Break(path string) error {
	return person{m}.change(path, func(it *item) error {
		m.broken[it.ID] = true
		return nil
	})
}

// Freeze makes a file, named by its path, one that must not be fetched or changed, for a reason; empty: no longer.
func (m *Memory) Freeze(path, why string) error {
	return person{m}.change(path, func(it *item) error {
		it.Frozen = why
		m.note(it, false)
		return nil
	})
}

// Pin makes an item, named by its path, one that must not be replaced, moved or deleted, for a reason; empty: no longer.
func (m *Memory) Pin(path, why string) error {
	return person{m}.change(path, func(it *item) error {
		it.Pinned = why
		m.note(it, false)
		return nil
	})
}

// Bookmark makes an item that is neither a file nor a folder, but occupies a name in the root.
func (m *Memory) Bookmark(name string) remote.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.add(remote.Place{Parent: MemoryRoot, Name: name}, remote.Other)
	m.note(it, false)
	return it.ID
}

// ChangeAccess lets the feed tell that rights changed somewhere.
func (m *Memory) ChangeAccess() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tellFeed(logged{access: true})
}

// Peek is the content of a file.
func (m *Memory) Peek(id remote.ID) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	it, err := m.find(id)
	if err != nil {
		return nil, err
	}
	return it.content, nil
}

// Tree is all that is there, by path from MemoryRoot: files with their content, folders with a slash at the end of the path.
// Of items that have one name, as with Twins, one is in it.
func (m *Memory) Tree() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	tree := map[string]string{}
	m.addTo(tree, MemoryRoot, "")
	return tree
}

func (m *Memory) addTo(tree map[string]string, folder remote.ID, prefix string) {
	for _, it := range m.children(folder) {
		path := prefix + it.Name
		if it.Kind == remote.Folder {
			tree[path+"/"] = ""
			m.addTo(tree, it.ID, path+"/")
		} else {
			tree[path] = string(it.content)
		}
	}
}

// Bin is the content of every file in the trash, also of those in deleted folders, in no order.
func (m *Memory) Bin() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var bin []string
	for id, it := range m.tree.items {
		if _, err := m.find(id); err != nil && it.Kind == remote.File {
			bin = append(bin, string(it.content))
		}
	}
	return bin
}

// Save remembers the portal as it is. The function it returns puts it back, as an operator does with a backup: ids,
// revisions and feed positions given out since then are given out again.
func (m *Memory) Save() (restore func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, trashed, log, last := m.tree.clone(), maps.Clone(m.trashed), slices.Clone(m.log), m.last
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.tree, m.trashed, m.log, m.last = kept.clone(), maps.Clone(trashed), slices.Clone(log), last
	}
}

// LoseFeed makes every feed position given out so far one that is lost.
func (m *Memory) LoseFeed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
}
