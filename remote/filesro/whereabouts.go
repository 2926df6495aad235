package filesro

import (
	"sync"

	"dossier/remote"
)

// rememberedItems bounds each of the two generations of what is remembered.
const rememberedItems = 1 << 15

// whereabouts remembers where items were last seen, since the portal cannot be asked for one item: a hint where to look first,
// and never more. It keeps what was noted or asked for last.
type whereabouts struct {
	mu         sync.Mutex
	young, old map[remote.ID]sighting // guarded by mu
}

// sighting is where an item was seen.
type sighting struct {
	parent remote.ID
	file   string // where its content is; empty: not told
	kind   string // as the portal words it
}

func (w *whereabouts) note(i item, parent remote.ID) {
	w.put(remote.ID(i.ID), sighting{parent: parent, file: string(i.Attributes.FileURL), kind: i.Type})
}

func (w *whereabouts) put(id remote.ID, s sighting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.young == nil || len(w.young) >= rememberedItems {
		w.old, w.young = w.young, map[remote.ID]sighting{}
	}
	w.young[id] = s
}

func (w *whereabouts) of(id remote.ID) (sighting, bool) {
	w.mu.Lock()
	s, ok := w.young[id]
	older, was := w.old[id]
	w.mu.Unlock()
	if ok || !was {
		return s, ok
	}
	w.put(id, older)
	return older, true
}

func (w *whereabouts) forget(id remote.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.young, id)
	delete(w.old, id)
}
