package watch

// inotify has one watch for a folder, whatever its path, and fsnotify knows it by the first. When a walk finds a folder at its new place before the event
// has come that it left its old one, the new watch is the old one; and when the event comes, that is taken away. So folders that were
// moved are watched once more, wherever they were found meanwhile.

// noteMoved notes folders that are no longer where they were. Only [Watcher.handle] calls it.
func (w *Watcher) noteMoved(ids []uint64) {
	for _, id := range ids {
		if id != 0 {
			w.moved[id] = true
		}
	}
}

// renewMoved watches once more what was moved.
func (w *Watcher) renewMoved() {
	if len(w.moved) == 0 {
		return
	}
	for _, r := range w.all() {
		r.renew(w.moved)
	}
	clear(w.moved)
}

func (r *Root) renew(ids map[uint64]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for rel, f := range r.folders {
		if rel != "" && ids[f.id] {
			r.forgetTree(rel)
			r.enqueue(rel)
		}
	}
}
