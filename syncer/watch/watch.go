package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// ErrClosed is what a closed [Watcher] answers.
var ErrClosed = errors.New("the watcher is closed")

// Options say how folders are watched.
type Options struct {
	Log *slog.Logger // nil: nothing is logged

	// Drive tells on what kind of drive a folder lies, and whether that is a network drive. nil: all are local. It is asked from several goroutines.
	Drive func(dir string) (kind string, network bool, err error)

	// Every is how often a root without events is to be looked at. 0: 30 seconds.
	Every time.Duration

	open func() (source, error) // tests; nil: fsnotify
	dice func() float64         // tests; nil: random, from 0 to 1
	cap  func(name string) int  // tests; nil: ask the system
}

// Watcher watches the folders of many clients. All its methods may be called from any goroutine.
type Watcher struct {
	opt    Options
	queue  *queue
	ctx    context.Context // ends with Close, and with it all that this Watcher has begun
	cancel context.CancelFunc
	due    chan struct{}   // some root's time has changed
	slots  chan struct{}   // bounds how many roots are walked through at once
	work   sync.WaitGroup  // every goroutine of ours
	held   atomic.Int64    // folders that are watched, of all roots
	moved  map[uint64]bool // of [Watcher.handle] alone: the ids of folders that were moved

	srcMu sync.Mutex
	src   source // nil: the system has not given us one yet

	mu     sync.Mutex
	closed bool
	roots  map[string]*Root
	trials map[string]chan struct{} // folders in which a trial file is about to appear
}

// New begins to watch, nothing as yet. It does not fail: where the system has no more queues for us, every root polls and says why.
func New(opt Options) *Watcher {
	w := &Watcher{
		opt: opt.filled(), queue: newQueue(), due: make(chan struct{}, 1), slots: make(chan struct{}, 8),
		roots: map[string]*Root{}, trials: map[string]chan struct{}{}, moved: map[uint64]bool{},
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.work.Go(w.handle)
	w.work.Go(w.schedule)
	return w
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Drive == nil {
		o.Drive = func(string) (string, bool, error) { return "", false, nil }
	}
	if o.Every <= 0 {
		o.Every = 30 * time.Second
	}
	if o.open == nil {
		o.open = openSystem
	}
	if o.dice == nil {
		o.dice = rand.Float64
	}
	if o.cap == nil {
		o.cap = systemLimit
	}
	return o
}

// Add begins to watch a client's folder, given by its absolute path. It need not be there yet. Roots must not lie within one another.
func (w *Watcher) Add(path string, opt RootOptions) (*Root, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("watch %q: not an absolute path", path)
	}
	r := newRoot(w, filepath.Clean(path), opt)
	w.mu.Lock()
	_, twice := w.roots[r.path]
	if !w.closed && !twice {
		w.roots[r.path] = r
	}
	closed := w.closed
	w.mu.Unlock()
	switch {
	case closed:
		return nil, fmt.Errorf("watch %q: %w", path, ErrClosed)
	case twice:
		return nil, fmt.Errorf("watch %q: it is watched already", path)
	}
	r.again()
	return r, nil
}

// Close ends all watching, and waits until it has ended.
func (w *Watcher) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	w.srcMu.Lock()
	src := w.src
	w.srcMu.Unlock()
	var err error
	if src != nil {
		err = src.Close()
	}
	w.work.Wait()
	return err
}

// start runs f as a goroutine that Close waits for. It says no when there is no time left for that.
func (w *Watcher) start(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.work.Go(f)
	}
	return !w.closed
}

// source opens the source when it is first needed, and again if that has failed.
func (w *Watcher) source() (source, error) {
	w.srcMu.Lock()
	defer w.srcMu.Unlock()
	if w.src != nil {
		return w.src, nil
	}
	src, err := w.opt.open()
	if err != nil {
		return nil, err
	}
	if !w.start(func() { w.drain(src) }) || !w.start(func() { w.drainErrors(src) }) {
		return nil, errors.Join(ErrClosed, src.Close())
	}
	w.src = src
	return src, nil
}

// drain receives events at once, whatever else goes on.
func (w *Watcher) drain(src source) {
	for e := range src.Events() {
		w.queue.put(e)
	}
}

// drainErrors has a goroutine of its own, as fsnotify holds its lock while it waits for somebody to hear of an error.
func (w *Watcher) drainErrors(src source) {
	for err := range src.Errors() {
		w.opt.Log.Debug("file events", "error", err)
		if !harmless(err) {
			w.queue.putLost()
		}
	}
}

// harmless tells whether no event was lost: a watch was to be taken away that had gone with its folder, or a file was gone or closed to us
// before it was looked at.
func harmless(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// handle gives events to their roots, in order.
func (w *Watcher) handle() {
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.queue.ready:
		}
		events, lost := w.queue.take()
		for _, e := range events {
			w.dispatch(e)
		}
		w.renewMoved()
		if lost {
			w.startAfresh()
		}
	}
}

func (w *Watcher) dispatch(e fsnotify.Event) {
	w.mu.Lock()
	if heard := w.trials[filepath.Dir(e.Name)]; heard != nil {
		w.mu.Unlock()
		select {
		case heard <- struct{}{}:
		default:
		}
		return
	}
	r := w.rootOf(e.Name)
	w.mu.Unlock()
	if r != nil {
		r.handle(r.rel(e.Name), e.Op)
	}
}

// rootOf finds the root at or above a path. Callers hold mu.
func (w *Watcher) rootOf(path string) *Root {
	for {
		if r := w.roots[path]; r != nil {
			return r
		}
		up := filepath.Dir(path)
		if up == path {
			return nil
		}
		path = up
	}
}

// startAfresh sets all watches anew: it is not known any more which folders there are. All are taken away first, as a folder may have
// gone from one client to another, with the watch that it has (see moved.go).
func (w *Watcher) startAfresh() {
	w.opt.Log.Info("file events were lost; looking at everything")
	roots := w.all()
	for _, r := range roots {
		r.giveUp()
	}
	for _, r := range roots {
		r.again()
	}
}

func (w *Watcher) all() []*Root {
	w.mu.Lock()
	defer w.mu.Unlock()
	roots := make([]*Root, 0, len(w.roots))
	for _, r := range w.roots {
		roots = append(roots, r)
	}
	return roots
}
