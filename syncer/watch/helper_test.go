package watch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is how long a test waits for what must come; it is only ever used up by a failure.
const deadline = 20 * time.Second

// begin watches a folder and waits until it is known how.
func begin(t *testing.T, opt Options, dir string, root RootOptions) *Root {
	t.Helper()
	return add(t, newWatcher(t, opt), dir, root)
}

func newWatcher(t *testing.T, opt Options) *Watcher {
	w := New(opt)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func add(t *testing.T, w *Watcher, dir string, opt RootOptions) *Root {
	t.Helper()
	r, err := w.Add(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	if h := next(t, r); !h.All {
		t.Fatalf("the first hint is %+v", h)
	}
	return r
}

// next waits for a hint.
func next(t *testing.T, r *Root) Hint {
	t.Helper()
	select {
	case <-r.Changed():
		return r.Take()
	case <-time.After(deadline):
		t.Fatalf("no hint; the root is %+v", r.Status())
		return Hint{}
	}
}

// seen collects hints until they cover every one of some folders.
type seen struct {
	r     *Root
	hints []Hint
}

func (s *seen) covers(folder string) bool {
	return slices.ContainsFunc(s.hints, func(h Hint) bool { return h.Covers(folder) })
}

func (s *seen) missing(folders []string) []string {
	return slices.DeleteFunc(slices.Clone(folders), s.covers)
}

func (s *seen) wait(t *testing.T, folders ...string) {
	t.Helper()
	if missing := s.waited(folders); missing != nil {
		t.Fatalf("no hint covers %q; the root is %+v", missing, s.r.Status())
	}
}

// waited waits for hints that cover some folders, and tells which were never covered.
func (s *seen) waited(folders []string) []string {
	late := time.After(deadline)
	for {
		missing := s.missing(folders)
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-s.r.Changed():
			s.hints = append(s.hints, s.r.Take())
		case <-late:
			return missing
		}
	}
}

func expect(t *testing.T, r *Root, folders ...string) {
	t.Helper()
	(&seen{r: r}).wait(t, folders...)
}

// waitStatus waits for a root to be as wanted.
func waitStatus(t *testing.T, r *Root, want func(Status) bool) Status {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(deadline)
	for {
		if s := r.Status(); want(s) {
			return s
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the root is %+v", r.Status())
		}
	}
}

func watching(s Status) bool { return s.Mode == Watching }
func polling(s Status) bool  { return s.Mode == Polling }

func mkdir(t *testing.T, elem ...string) string {
	t.Helper()
	dir := filepath.Join(elem...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, elem ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(elem...), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
