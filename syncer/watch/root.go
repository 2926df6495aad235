package watch

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// RootOptions say how one client's folder is watched. Its functions are called from goroutines of the Watcher's, perhaps both at once; they must
// be quick, and must not call the Root.
type RootOptions struct {
	// Skip tells which folders are not to be watched, with all below them, by their path relative to the root, with slashes.
	// nil: none. When its answers change, close the Root and add it again. Our own `.dossier` is never watched.
	Skip func(folder string) bool

	// Mute tells of which files' events nothing is to be said: those that we write ourselves. nil: none.
	Mute func(file string) bool

	// Trial is a folder of ours, outside the root but on the same file system, that may be made and in which a small file may be made for a moment, to see whether
	// there are events at all. "": that is taken for granted.
	Trial string
}

// Root is one client's folder. All its methods may be called from any goroutine.
type Root struct {
	w     *Watcher
	path  string
	opt   RootOptions
	log   *slog.Logger
	hints *hints
	work  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	running bool // a goroutine of ours is at work

	afresh bool                // all watches are to be set anew
	tick   bool                // it is time to look at the folder itself, or to poll
	todo   map[string]struct{} // new, and not watched yet

	src     source              // nil: not watching
	self    os.FileInfo         // the folder that is watched, to tell it from another at its place
	folders map[string]folder   // that are watched; but for the root, the folder in which one lies is watched too
	barred  map[string]struct{} // that may not be read

	status   Status
	obstacle *obstacle // nil: none, or not known yet
	polls    int       // since it was last tried to watch
	cost     time.Duration
	due      time.Time // of the next tick; zero: while one is under way
}

// folder is what is kept of a folder that is watched.
type folder struct {
	id    uint64 // tells it from others of the same disk; 0: not known
	below int32  // how many of those in it are watched
}

// maxTodo bounds the new paths that wait to be watched; one more, and all watches are set anew.
const maxTodo = 4096

func newRoot(w *Watcher, path string, opt RootOptions) *Root {
	if opt.Skip == nil {
		opt.Skip = func(string) bool { return false }
	}
	if opt.Mute == nil {
		opt.Mute = func(string) bool { return false }
	}
	return &Root{
		w: w, path: path, opt: opt, log: w.opt.Log.With("folder", path), hints: newHints(),
		todo: map[string]struct{}{}, folders: map[string]folder{}, barred: map[string]struct{}{}, status: Status{Mode: Starting},
	}
}

// Changed holds something while there is something to [Root.Take]. The first time is when everything is watched, or it is known that the
// root polls; until then nothing need be done. It is never closed.
func (r *Root) Changed() <-chan struct{} { return r.hints.changed }

// Take hands over what is to be looked at since the last Take, and forgets it: who does not come to look must remember it himself.
func (r *Root) Take() Hint { return r.hints.take() }

// Looked tells what it cost to look at everything, so that a root that polls is not looked at all the time.
func (r *Root) Looked(cost time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cost = cost
	if r.obstacle != nil {
		r.plan() // the time between looks counts from the end of one
	}
}

// Status tells how the root is watched just now.
func (r *Root) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	if s.Mode == Watching {
		s.Folders = len(r.folders)
	}
	s.Barred = len(r.barred)
	return s
}

// Close ends the watching of this root, and waits until it has ended.
func (r *Root) Close() error {
	r.mu.Lock()
	r.closed = true
	r.releaseLocked()
	r.mu.Unlock()
	r.w.mu.Lock()
	if r.w.roots[r.path] == r {
		delete(r.w.roots, r.path)
	}
	r.w.mu.Unlock()
	r.work.Wait()
	return nil
}

// again has all watches set anew, and All hinted after that.
func (r *Root) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.afresh = true
	r.wake()
}

// giveUp takes all watches away, to have them set anew soon: nothing is known of what they have told.
func (r *Root) giveUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.afresh = true
	r.releaseLocked()
}

// wake sees to it that somebody does what there is to do. Callers hold mu.
func (r *Root) wake() {
	if r.running || r.closed {
		return
	}
	r.work.Add(1)
	r.running = r.w.start(r.run)
	if !r.running {
		r.work.Done()
	}
}

// run does what there is to do, and ends: a root at which nothing happens has no goroutine.
func (r *Root) run() {
	defer r.work.Done()
	for {
		do := r.next()
		if do == nil {
			return
		}
		do()
	}
}

func (r *Root) next() func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed || r.w.ctx.Err() != nil:
	case r.afresh:
		r.afresh, r.tick = false, false
		clear(r.todo)
		return r.attempt
	case len(r.todo) > 0:
		todo := r.todo
		r.todo = map[string]struct{}{}
		return func() { r.extend(todo) }
	case r.tick:
		r.tick = false
		return r.check
	}
	r.running = false
	return nil
}

// house is the name of our own folder, which lies in a client's if that is a file system of its own.
const house = ".dossier"

// skips tells whether a folder is not to be watched.
func (r *Root) skips(rel string) bool { return strings.EqualFold(rel, house) || r.opt.Skip(rel) }

// silent tells whether nothing is to be said of a path's events.
func (r *Root) silent(rel string) bool {
	top, _, _ := strings.Cut(rel, "/")
	return strings.EqualFold(top, house) || rel != "" && r.opt.Mute(rel)
}

// handle makes hints of one event, and keeps the watches in step. It is called with one event after the other, in their order.
func (r *Root) handle(rel string, op fsnotify.Op) {
	switch {
	case op == fsnotify.Chmod:
		r.unbar(rel)
	case rel == "" && op&(fsnotify.Remove|fsnotify.Rename) != 0:
		r.again()
	default:
		if folder, ok := r.follow(rel, op); ok && !r.silent(rel) {
			r.hints.addFolder(folder)
		}
	}
}

// follow keeps the watches in step with an event, and tells which folder's entries it is about. It says no if that folder is not
// watched: it is skipped, or was moved away, or is new and will be hinted as a whole once it is watched.
func (r *Root) follow(rel string, op fsnotify.Op) (folder string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok = r.folders[parent(rel)]; !ok || rel == "" {
		return "", ok
	}
	_, isFolder := r.folders[rel]
	switch {
	case op.Has(fsnotify.Create): // if it is known, then another was renamed onto it
		r.w.noteMoved(r.forgetTree(rel))
		r.enqueue(rel)
	case isFolder && op.Has(fsnotify.Rename):
		r.w.noteMoved(r.forgetTree(rel))
		r.enqueue(rel) // is it really gone? fsnotify may have meant another that was at this place before
	case isFolder && op.Has(fsnotify.Remove):
		r.forgetTree(rel)
		r.enqueue(rel) // as above
	case isFolder: // Windows says of the folder too that it was written
		return rel, true
	}
	return parent(rel), true
}

// unbar tries again to watch what may not have been read for its rights.
func (r *Root) unbar(rel string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for folder := range r.barred {
		if within(folder, rel) {
			r.enqueue(folder)
		}
	}
}

// enqueue has a path watched, if it is a folder. Callers hold mu.
func (r *Root) enqueue(rel string) {
	r.todo[rel] = struct{}{}
	if len(r.todo) > maxTodo {
		r.afresh = true
	}
	r.wake()
}

// abs and rel translate between the paths of the system and ours.
func (r *Root) abs(rel string) string { return filepath.Join(r.path, filepath.FromSlash(rel)) }

func (r *Root) rel(path string) string {
	return filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, r.path), string(filepath.Separator)))
}
