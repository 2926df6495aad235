package watch

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// attempt sets all watches of the root anew. Whatever comes of it, everything is to be looked at after that.
func (r *Root) attempt() {
	r.release()
	stop := r.establish()
	if stop != nil {
		r.release()
	}
	r.conclude(stop)
}

// establish begins to watch, or says what is in the way.
func (r *Root) establish() *obstacle {
	self, err := os.Stat(r.path)
	if err != nil || !self.IsDir() {
		return notThere(err)
	}
	os.SameFile(self, self) // Windows asks for a file's id only now, by its path
	if kind, network, err := r.w.opt.Drive(r.path); err == nil && network {
		return onNetwork(kind)
	}
	src, err := r.w.source()
	if err != nil {
		return noQueue(err, r.w.opt.cap)
	}
	if r.opt.Trial != "" {
		if err := r.w.try(src, r.opt.Trial); err != nil {
			return r.explain(err)
		}
	}
	r.mu.Lock()
	r.self = self
	if !r.closed {
		r.src = src
	}
	r.mu.Unlock()
	return r.explain(r.cover(""))
}

// extend watches what is new in the root. Only then it says that it is to be looked at.
func (r *Root) extend(todo map[string]struct{}) {
	for _, rel := range slices.Sorted(maps.Keys(todo)) {
		info, err := os.Lstat(r.abs(rel))
		if err != nil || !info.IsDir() || r.skips(rel) {
			continue
		}
		if stop := r.explain(r.cover(rel)); stop != nil {
			r.release()
			r.conclude(stop)
			return
		}
		if r.watches(rel) {
			r.hints.addTree(rel)
		}
	}
}

// explain makes an obstacle of an error, nil of nil.
func (r *Root) explain(err error) *obstacle {
	if err == nil {
		return nil
	}
	if !isLimit(err) || r.ended() {
		return obstacleOf(err)
	}
	r.release() // others can use them
	need := 0
	count := func(string) (bool, error) { need++; return true, nil }
	if err := r.walk("", count); err != nil {
		r.log.Debug("counting folders ended early", "error", err)
	}
	return atLimit(err, need, int(r.w.held.Load()), r.w.opt.cap)
}

// cover watches a folder and all below it.
func (r *Root) cover(from string) error { return r.walk(from, r.watch) }

// walk visits a folder and all folders below it, each before it is listed. Those of which visit says no are not listed. What is gone meanwhile is left out.
func (r *Root) walk(from string, visit func(rel string) (bool, error)) error {
	select {
	case r.w.slots <- struct{}{}:
		defer func() { <-r.w.slots }()
	case <-r.w.ctx.Done():
		return ErrClosed
	}
	for todo := []string{from}; len(todo) > 0; {
		rel := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if r.ended() {
			return ErrClosed
		}
		list, err := visit(rel)
		if err == nil && list {
			todo, err = r.list(todo, rel)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// list appends the folders in a folder to a list.
func (r *Root) list(to []string, rel string) ([]string, error) {
	dir, err := os.Open(r.abs(rel))
	if err != nil {
		return to, r.pardon(rel, err)
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(256)
		for _, e := range entries {
			if below := join(rel, e.Name()); e.IsDir() && !r.skips(below) {
				to = append(to, below)
			}
		}
		if errors.Is(err, io.EOF) {
			return to, nil
		}
		if err != nil {
			return to, r.pardon(rel, err)
		}
	}
}

// pardon passes over what is no reason to give up watching the root: a folder that is gone, or may not be read.
func (r *Root) pardon(rel string, err error) error {
	switch {
	case rel == "":
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, fs.ErrPermission):
		r.mu.Lock()
		defer r.mu.Unlock()
		r.barred[rel] = struct{}{}
		r.w.queue.rights.Store(true)
		return nil
	}
	return err
}

// watch sets a folder's watch, and tells whether the folder is to be listed.
func (r *Root) watch(rel string) (bool, error) {
	kept, err := r.set(rel)
	if err != nil {
		err = r.pardon(rel, err)
	}
	return kept, err
}

// set holds the lock from the watch to the note of it, so that an event which takes the watch away again finds the note.
func (r *Root) set(rel string) (kept bool, err error) {
	path := r.abs(rel)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.src == nil {
		return false, ErrClosed
	}
	if _, above := r.folders[parent(rel)]; rel != "" && !above {
		return false, nil // that one was moved or removed meanwhile, and this with it; if there is one again, its event is still to come
	}
	if _, known := r.folders[rel]; known {
		return true, nil // and if it has been replaced since, its event is still to come
	}
	if err := r.src.Add(path); err != nil {
		return false, err
	}
	info, err := r.look(rel, path)
	if err != nil {
		if err := r.src.Remove(path); err != nil {
			return false, nil // gone, and the watch with it
		}
		return false, nil
	}
	r.remember(filepath.ToSlash(path[len(path)-len(rel):]), fileID(info)) // a part of the string that the source keeps
	return true, nil
}

// errNotOurs: at a path there is a link, or another disk.
var errNotOurs = errors.New("not a folder of the client's")

// look looks at a folder that was just given a watch.
func (r *Root) look(rel, path string) (os.FileInfo, error) {
	if rel == "" {
		return r.self, nil // perhaps through a link that the owner has named in the configuration
	}
	info, err := os.Lstat(path)
	if err == nil && (!info.IsDir() || !sameDevice(info, r.self)) {
		return nil, errNotOurs
	}
	return info, err
}

// remember notes a folder's watch. Callers hold mu.
func (r *Root) remember(rel string, id uint64) {
	r.folders[rel] = folder{id: id}
	if rel != "" {
		r.count(parent(rel), 1)
	}
	delete(r.barred, rel)
	r.w.held.Add(1)
}

// count notes that one more folder in a folder is watched, or one less. Callers hold mu.
func (r *Root) count(rel string, more int32) {
	if f, known := r.folders[rel]; known {
		f.below += more
		r.folders[rel] = f
	}
}

func (r *Root) watches(rel string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.folders[rel]
	return ok
}

// forget takes a folder's watch away. Callers hold mu.
func (r *Root) forget(rel string) {
	delete(r.folders, rel)
	if rel != "" {
		r.count(parent(rel), -1)
	}
	r.w.held.Add(-1)
	if err := r.src.Remove(r.abs(rel)); err != nil {
		return // gone, and the watch with it
	}
}

// forgetTree takes away the watches of a folder and of all below it, and tells which they were. Callers hold mu.
func (r *Root) forgetTree(rel string) (ids []uint64) {
	for folder := range r.barred {
		if within(folder, rel) {
			delete(r.barred, folder)
		}
	}
	top, known := r.folders[rel]
	switch {
	case !known:
		return nil
	case top.below == 0: // usual, and quick: a large tree is removed from its leaves
		r.forget(rel)
		return []uint64{top.id}
	}
	for folder, f := range r.folders {
		if within(folder, rel) {
			r.forget(folder)
			ids = append(ids, f.id)
		}
	}
	return ids
}

func (r *Root) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.releaseLocked()
}

// releaseLocked takes all watches away. Callers hold mu.
func (r *Root) releaseLocked() {
	r.forgetTree("")
	clear(r.todo)
	r.src = nil
}

func (r *Root) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed || r.w.ctx.Err() != nil
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
