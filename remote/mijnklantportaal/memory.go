package mijnklantportaal

import (
	"sync"
	"time"

	"dossier/remote"
)

// memory knows of items where they were last seen, or put, and when the portal last showed them: it tells neither of a single item.
// It forgets what was longest not heard of, and holds no more than twice its half.
type memory struct {
	mu         sync.Mutex
	young, old map[remote.ID]sight // guarded by mu; what is asked for in old moves to young
}

type sight struct {
	parent remote.ID
	at     time.Time
}

// half is how many items are remembered before the older half is forgotten: some 3 MB.
const half = 20_000

// note remembers that an item was shown, in a folder; empty: as known before.
func (m *memory) note(id, parent remote.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if parent == "" {
		parent = m.get(id).parent
	}
	m.put(id, sight{parent, time.Now()})
}

// get is what is known of an item. mu is held.
func (m *memory) get(id remote.ID) sight {
	if s, ok := m.young[id]; ok {
		return s
	}
	return m.old[id]
}

// put remembers it. mu is held.
func (m *memory) put(id remote.ID, s sight) {
	if m.young == nil || len(m.young) >= half {
		m.young, m.old = map[remote.ID]sight{}, m.young
	}
	delete(m.old, id)
	m.young[id] = s
}

// parent is the folder that an item lies in, as far as is known; empty: it is not.
func (m *memory) parent(id remote.ID) remote.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(id).parent
}

// shown says whether the portal showed an item within the last while.
func (m *memory) shown(id remote.ID, within time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.get(id).at
	return !at.IsZero() && time.Since(at) <= within
}

// known says whether an item was ever shown, as far as is remembered.
func (m *memory) known(id remote.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.get(id).at.IsZero()
}

func (m *memory) forget(id remote.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, id)
	delete(m.old, id)
}
