package watch

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// What Windows needs is in fsnotify, but not offered; this finds out when a newer version has changed it.
func TestFsnotifyRecurses(t *testing.T) {
	was := fsnotifyRecurses
	fsnotifyRecurses = true
	t.Cleanup(func() { fsnotifyRecurses = was })
	dir := t.TempDir()
	mkdir(t, dir, "a/b")
	src, err := openNotify()
	if err != nil {
		t.Fatal(err)
	}
	r := newRecursive(src)
	heard := make(chan string, 1)
	go func() {
		for e := range r.Events() {
			if filepath.Base(e.Name) == "f" {
				select {
				case heard <- e.Name:
				default:
				}
			}
		}
		close(heard)
	}()
	for _, path := range []string{dir, filepath.Join(dir, "a"), filepath.Join(dir, "a/b")} {
		if err := r.Add(path); err != nil {
			t.Error(err)
		}
	}
	put(t, dir, "a/b/f")
	if got := <-heard; got != filepath.Join(dir, "a/b/f") {
		t.Errorf("heard of %q", got)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for range heard {
	}
}

func TestARootIsOneWatchWhereItCanBe(t *testing.T) {
	f := newFake()
	opt := Options{open: func() (source, error) { return newRecursive(f), nil }}
	dir, other := t.TempDir(), t.TempDir()
	mkdir(t, dir, "a/b")
	mkdir(t, dir, "shut/x")
	w := newWatcher(t, opt)
	r := add(t, w, dir, RootOptions{Skip: func(folder string) bool { return folder == "shut" }})
	add(t, w, other, RootOptions{})
	want := []string{filepath.Join(dir, "..."), filepath.Join(other, "...")}
	slices.Sort(want)
	same(t, f.list(), want...)

	f.say(fsnotify.Write, filepath.Join(dir, "shut/x/f")) // is heard of, but nobody wants to know
	f.say(fsnotify.Write, filepath.Join(dir, "a"))        // Windows says so of the folder too
	f.say(fsnotify.Write, filepath.Join(dir, "a/b/f"))
	s := &seen{r: r}
	s.wait(t, "a/b")
	for _, h := range s.hints {
		if h.Covers("shut/x") || h.Covers("shut") || h.Covers("") {
			t.Errorf("%+v", h)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	n := len(w.roots)
	w.mu.Unlock()
	if s := r.Status(); n != 1 || s.Folders != 0 {
		t.Errorf("%d roots, %+v", n, s)
	}
}
