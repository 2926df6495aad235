package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

func TestWhatIsMadeBetweenAFolderAndItsWatchIsHinted(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	r := begin(t, f.options(), dir, RootOptions{})
	late := filepath.Join(dir, "new")
	f.onAdd(func(path string) error { // just before the watch is set, nobody sees it
		if path == late {
			mkdir(t, late, "below")
			put(t, late, "file")
		}
		if filepath.Base(path) == "file" {
			t.Errorf("%q, which is no folder, gets a watch", path)
		}
		return nil
	})
	mkdir(t, late)
	f.say(fsnotify.Create, late)
	expect(t, r, "new", "new/below")
	same(t, f.list(), dir, late, filepath.Join(late, "below"))
}

// The hint must come after the watch: between them is what nobody would ever hear of.
func TestTheHintOfANewFolderComesAfterItsWatch(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	r := begin(t, f.options(), dir, RootOptions{})
	f.onAdd(func(path string) error {
		if h := r.Take(); h.Covers("new") {
			t.Errorf("%+v was hinted before %q was watched", h, path)
		}
		return nil
	})
	mkdir(t, dir, "new/a/b")
	f.say(fsnotify.Create, filepath.Join(dir, "new"))
	expect(t, r, "new", "new/a", "new/a/b")
}

func TestTheFirstHintComesAfterAllIsWatched(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "a/b")
	w := newWatcher(t, f.options())
	first := make(chan *Root, 1)
	f.onAdd(func(string) error {
		r := <-first
		first <- r
		if h := r.Take(); !h.Empty() {
			t.Errorf("%+v was hinted too early", h)
		}
		return nil
	})
	r, err := w.Add(dir, RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	first <- r
	if h := next(t, r); !h.All {
		t.Errorf("%+v", h)
	}
}

func TestEventsSayNothingBeforeTheFirstHint(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "a")
	w := newWatcher(t, f.options())
	second, added := make(chan struct{}), make(chan *Root, 1)
	r, err := w.Add(dir, RootOptions{
		Skip: func(string) bool { // the root is watched, and being listed
			f.say(fsnotify.Write, filepath.Join(dir, "first"))
			f.say(fsnotify.Write, filepath.Join(dir, "second"))
			<-second // so that the first has been handled
			if h := (<-added).Take(); !h.Empty() {
				t.Errorf("%+v was hinted too early", h)
			}
			return true
		},
		Mute: func(file string) bool {
			if file == "second" {
				close(second)
			}
			return false
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	added <- r
	if h := next(t, r); !h.All {
		t.Errorf("%+v", h)
	}
}

func TestLostEventsMeanToLookAtEverythingOfEveryRoot(t *testing.T) {
	f := newFake()
	w := newWatcher(t, f.options())
	one, two := t.TempDir(), t.TempDir()
	r1, r2 := add(t, w, one, RootOptions{}), add(t, w, two, RootOptions{})
	mkdir(t, one, "nobody told of it")
	f.fail(fsnotify.ErrEventOverflow)
	if h1, h2 := next(t, r1), next(t, r2); !h1.All || !h2.All {
		t.Errorf("%+v, %+v", h1, h2)
	}
	if s := r1.Status(); s.Folders != 2 {
		t.Errorf("the new folder is not watched: %+v", s)
	}
	same(t, f.list(), slices.Sorted(slices.Values([]string{one, filepath.Join(one, "nobody told of it"), two}))...)
}

// A look that finds nothing changed would be wrong if it came before the watches were set anew.
func TestAllIsHintedAfterTheWatchesAreSetAnew(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "a")
	r := begin(t, f.options(), dir, RootOptions{})
	f.onAdd(func(string) error {
		if h := r.Take(); !h.Empty() {
			t.Errorf("%+v was hinted too early", h)
		}
		return nil
	})
	f.fail(fsnotify.ErrEventOverflow)
	if h := next(t, r); !h.All {
		t.Errorf("%+v", h)
	}
}

func TestOurOwnQueueHasABoundAndSaysSo(t *testing.T) {
	q := newQueue()
	for i := range maxQueue + 10 {
		q.put(fsnotify.Event{Name: fmt.Sprint(i), Op: fsnotify.Write})
	}
	if events, lost := q.take(); len(events) != maxQueue || !lost {
		t.Errorf("%d events, lost: %v", len(events), lost)
	}
	for range 10 {
		q.put(fsnotify.Event{Name: "a", Op: fsnotify.Write})
		q.put(fsnotify.Event{Name: "a", Op: fsnotify.Chmod})
	}
	if events, lost := q.take(); len(events) != 1 || lost {
		t.Errorf("%v, lost: %v", events, lost)
	}
}

// fsnotify's backend for Windows answers Add and Remove only when its events have been received.
func TestASourceThatWaitsForUsWhileWeWaitForIt(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "old/x")
	flood := func(string) {
		for i := range 500 {
			f.say(fsnotify.Write, filepath.Join(dir, fmt.Sprint(i%7)))
		}
	}
	f.onAdd(func(path string) error { flood(path); return nil })
	f.onRemove(flood)
	r := begin(t, f.options(), dir, RootOptions{})
	mkdir(t, dir, "new/y")
	f.say(fsnotify.Create, filepath.Join(dir, "new"))
	f.say(fsnotify.Rename, filepath.Join(dir, "old"))
	expect(t, r, "new", "new/y", "")
}

// fsnotify's backend for Linux holds its lock while it waits for an error to be received.
func TestASourceThatHoldsItsLockForAnError(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "old")
	r := begin(t, f.options(), dir, RootOptions{})
	f.onRemove(func(string) {
		f.fail(syscall.EINVAL)
		f.fail(syscall.EINVAL)
	})
	f.say(fsnotify.Rename, filepath.Join(dir, "old"))
	f.say(fsnotify.Write, filepath.Join(dir, "f"))
	expect(t, r, "")
}

func TestWhichErrorsMeanThatEventsWereLost(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.EINVAL: true, syscall.ENOENT: true, syscall.EACCES: true,
		fsnotify.ErrEventOverflow: false, syscall.EIO: false,
	} {
		if harmless(err) != want {
			t.Errorf("%v: harmless is %v", err, !want)
		}
	}
}

func TestAFolderThatMayNotBeReadIsWatchedOnceItMay(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	shut := mkdir(t, dir, "shut")
	mkdir(t, dir, "shut/below")
	var open atomic.Bool
	f.onAdd(func(path string) error {
		if path == shut && !open.Load() {
			return syscall.EACCES
		}
		return nil
	})
	r := begin(t, f.options(), dir, RootOptions{})
	if s := r.Status(); s.Mode != Watching || s.Barred != 1 || s.Folders != 1 {
		t.Errorf("%+v", s)
	}
	f.say(fsnotify.Chmod, shut) // still not
	mkdir(t, dir, "z")
	f.say(fsnotify.Create, filepath.Join(dir, "z"))
	s := &seen{r: r}
	s.wait(t, "z")
	if s.covers("shut") {
		t.Errorf("%+v", s.hints)
	}
	open.Store(true)
	f.say(fsnotify.Chmod, shut)
	expect(t, r, "shut", "shut/below")
	if s := r.Status(); s.Barred != 0 || s.Folders != 4 {
		t.Errorf("%+v", s)
	}
}

func TestAFolderThatTurnsIntoALinkIsNotWatched(t *testing.T) {
	f, dir, outside := newFake(), t.TempDir(), t.TempDir()
	mkdir(t, outside, "x")
	r := begin(t, f.options(), dir, RootOptions{})
	trap := filepath.Join(dir, "trap")
	f.onAdd(func(path string) error {
		if path == trap {
			return errors.Join(os.Remove(trap), os.Symlink(outside, trap))
		}
		return nil
	})
	mkdir(t, trap)
	f.say(fsnotify.Create, trap)
	mkdir(t, dir, "z")
	f.say(fsnotify.Create, filepath.Join(dir, "z"))
	expect(t, r, "z")
	same(t, f.list(), dir, filepath.Join(dir, "z"))
}

func TestMoreNewFoldersThanAreKeptMeanToLookAtEverything(t *testing.T) {
	f := newFake()
	r := begin(t, f.options(), t.TempDir(), RootOptions{})
	r.mu.Lock()
	for i := range maxTodo + 1 {
		r.enqueue(fmt.Sprint(i))
	}
	r.mu.Unlock()
	if h := next(t, r); !h.All {
		t.Errorf("%+v", h)
	}
}

// A walk goes on in a folder that is moved away under it. What it finds at the old place has no watch above it, and nobody would take its own away.
func TestNothingIsWatchedBelowAFolderThatIsNot(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	old, first := filepath.Join(dir, "old"), true
	moved := func(folder string) bool {
		if folder == "old/x" && first {
			first = false
			f.say(fsnotify.Rename, old)
			for end := time.Now().Add(deadline); slices.Contains(f.list(), old) && time.Now().Before(end); {
				runtime.Gosched()
			}
		}
		return false
	}
	f.onAdd(func(path string) error {
		if path == filepath.Join(old, "x") && !slices.Contains(f.list(), old) {
			t.Errorf("%q is watched before the folder in which it lies", path)
		}
		return nil
	})
	r := begin(t, f.options(), dir, RootOptions{Skip: moved})
	mkdir(t, old, "x")
	f.say(fsnotify.Create, old)
	expect(t, r, "old", "old/x")
}

// The system says that a folder was moved away that has come back since, or that was never meant.
func TestAFolderIsWatchedThoughItIsSaidToBeGone(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "a/x")
	r := begin(t, f.options(), dir, RootOptions{})
	for _, op := range []fsnotify.Op{fsnotify.Rename, fsnotify.Remove} {
		f.say(op, filepath.Join(dir, "a"))
		expect(t, r, "a", "a/x")
		same(t, f.list(), dir, filepath.Join(dir, "a"), filepath.Join(dir, "a/x"))
	}
}

// inotify has one watch for a folder that was moved, under its old path: when that is taken away, the new one has none.
func TestAFolderIsFoundAtItsNewPlaceBeforeItsOldOneIsGivenUp(t *testing.T) {
	f, one, two := newFake(), t.TempDir(), t.TempDir()
	mkdir(t, one, "old")
	mkdir(t, two, "new")
	w := newWatcher(t, f.options())
	r1, r2 := add(t, w, one, RootOptions{}), add(t, w, two, RootOptions{})
	rename(t, filepath.Join(one, "old"), filepath.Join(two, "new/moved"))
	f.say(fsnotify.Create, filepath.Join(two, "new"))
	expect(t, r2, "new/moved")
	f.onRemove(func(path string) {
		if path == filepath.Join(one, "old") {
			f.mu.Lock()
			delete(f.watched, filepath.Join(two, "new/moved"))
			f.mu.Unlock()
		}
	})
	f.say(fsnotify.Rename, filepath.Join(one, "old"))
	expect(t, r1, "")
	expect(t, r2, "new/moved")
	if want := filepath.Join(two, "new/moved"); !slices.Contains(f.list(), want) {
		t.Errorf("%q is not watched", want)
	}
}

func TestAFolderThatIsNewAtAKnownPlaceGetsANewWatch(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	mkdir(t, dir, "a/x")
	r := begin(t, f.options(), dir, RootOptions{})
	var removed []string
	f.onRemove(func(path string) { removed = append(removed, path) })
	f.say(fsnotify.Create, filepath.Join(dir, "a"))
	expect(t, r, "a", "a/x")
	slices.Sort(removed)
	same(t, removed, filepath.Join(dir, "a"), filepath.Join(dir, "a/x"))
	f.onRemove(func(string) {})
}

// A folder may have gone from one client to another together with its watch, so that none must be set while an old one is left.
func TestAllWatchesAreTakenAwayBeforeAnyIsSetAnew(t *testing.T) {
	f := newFake()
	w := newWatcher(t, f.options())
	one, two := t.TempDir(), t.TempDir()
	r1, r2 := add(t, w, one, RootOptions{}), add(t, w, two, RootOptions{})
	var old atomic.Int64
	old.Store(2)
	f.onRemove(func(string) { old.Add(-1) })
	f.onAdd(func(path string) error {
		if n := old.Load(); n > 0 {
			t.Errorf("%q is watched anew while %d old watches are left", path, n)
		}
		return nil
	})
	f.fail(fsnotify.ErrEventOverflow)
	next(t, r1)
	next(t, r2)
	f.onRemove(func(string) {})
}
