package watch

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// fake is a source of events of which the test decides everything.
type fake struct {
	events chan fsnotify.Event
	errors chan error
	done   chan struct{}
	saying sync.RWMutex // held while something is sent

	mu      sync.Mutex
	watched map[string]bool
	added   int
	before  func(path string) error // called for each Add, which fails as it does
	removed func(path string)       // called for each Remove
}

func newFake() *fake {
	return &fake{
		events: make(chan fsnotify.Event), errors: make(chan error), done: make(chan struct{}), watched: map[string]bool{},
		before: func(string) error { return nil }, removed: func(string) {},
	}
}

func (f *fake) options() Options { return Options{open: func() (source, error) { return f, nil }} }

func (f *fake) onAdd(do func(path string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = do
}

func (f *fake) onRemove(do func(path string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.removed = do
}

func (f *fake) Add(path string) error {
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if err := before(path); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watched[path] = true
	f.added++
	return nil
}

func (f *fake) Remove(path string) error {
	f.mu.Lock()
	removed := f.removed
	f.mu.Unlock()
	removed(path)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watched, path)
	return nil
}

func (f *fake) Events() <-chan fsnotify.Event { return f.events }
func (f *fake) Errors() <-chan error          { return f.errors }

func (f *fake) Close() error {
	close(f.done)
	f.saying.Lock()
	defer f.saying.Unlock()
	close(f.events)
	close(f.errors)
	return nil
}

// say waits until the event was received, and so does fail for an error.
func (f *fake) say(op fsnotify.Op, path string) {
	f.saying.RLock()
	defer f.saying.RUnlock()
	if f.isDone() {
		return
	}
	select {
	case <-f.done:
	case f.events <- fsnotify.Event{Name: path, Op: op}:
	}
}

func (f *fake) fail(err error) {
	f.saying.RLock()
	defer f.saying.RUnlock()
	if f.isDone() {
		return
	}
	select {
	case <-f.done:
	case f.errors <- err:
	}
}

func (f *fake) isDone() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

func (f *fake) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.watched))
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
