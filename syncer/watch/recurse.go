package watch

import (
	"path/filepath"
	"sync"
	_ "unsafe" // for go:linkname
)

// fsnotifyRecurses is fsnotify's own switch: with it, a path that ends in "..." stands for a folder and all below it. Its authors and its tests use it, and others
// will once it works on all systems. We use it on Windows, where there is no other way: a handle on each folder keeps people from renaming
// the folders above it. TestFsnotifyRecurses fails if a newer version has no such switch.
//
//go:linkname fsnotifyRecurses github.com/fsnotify/fsnotify.enableRecurse
var fsnotifyRecurses bool

// recursive makes one watch of a root and all folders below it: who watches a folder has watched the one above it before.
type recursive struct {
	source

	mu    sync.Mutex
	trees map[string]bool
}

func newRecursive(src source) *recursive { return &recursive{source: src, trees: map[string]bool{}} }

func (r *recursive) Add(path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.covers(path) {
		return nil
	}
	if err := r.source.Add(filepath.Join(path, "...")); err != nil {
		return err
	}
	r.trees[path] = true
	return nil
}

func (r *recursive) Remove(path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.trees[path] {
		return nil
	}
	delete(r.trees, path)
	return r.source.Remove(path)
}

func (r *recursive) covers(path string) bool {
	for !r.trees[path] {
		up := filepath.Dir(path)
		if up == path {
			return false
		}
		path = up
	}
	return true
}
