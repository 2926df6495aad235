package watch

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAFileThatIsSavedIsHinted(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "2026/VAT")
	put(t, dir, "2026/VAT/return.docx")
	r := begin(t, Options{}, dir, RootOptions{})
	for name, do := range map[string]func() error{
		"written": func() error { return os.WriteFile(filepath.Join(dir, "2026/VAT/return.docx"), []byte("y"), 0o644) },
		"new":     func() error { return os.WriteFile(filepath.Join(dir, "2026/VAT/b"), nil, 0o644) },
		"renamed": func() error {
			return os.Rename(filepath.Join(dir, "2026/VAT/return.docx"), filepath.Join(dir, "2026/VAT/c"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			if h := next(t, r); h.All || !slices.Equal(h.Folders, []string{"2026/VAT"}) || h.Trees != nil {
				t.Errorf("%+v", h)
			}
		})
	}
	if s := r.Status(); s.Mode != Watching || s.Folders != 3 || s.Reason != "" {
		t.Errorf("%+v", s)
	}
}

func TestARemovedFileIsHinted(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "a")
	put(t, dir, "a/f")
	r := begin(t, Options{}, dir, RootOptions{})
	if err := os.Remove(filepath.Join(dir, "a/f")); err != nil {
		t.Fatal(err)
	}
	expect(t, r, "a")
}

func TestATreeThatAppearsAtOnceIsHintedAndWatched(t *testing.T) {
	dir := t.TempDir()
	r := begin(t, Options{}, dir, RootOptions{})
	mkdir(t, dir, "a/b/c/d")
	put(t, dir, "a/b/c/d/f")
	expect(t, r, "", "a", "a/b", "a/b/c", "a/b/c/d")
	waitStatus(t, r, func(s Status) bool { return s.Folders == 5 })
	settle(t, r, dir)
	put(t, dir, "a/b/c/d/g")
	expect(t, r, "a/b/c/d")
}

// settle waits until all that happened so far was handled, and takes the hints of it: a file in the root is the last to be heard of,
// and a folder in it the last to be watched.
func settle(t *testing.T, r *Root, dir string) {
	t.Helper()
	for range 2 {
		folder, err := os.MkdirTemp(dir, "settle-")
		if err != nil {
			t.Fatal(err)
		}
		expect(t, r, filepath.Base(folder))
	}
	r.Take()
}

func TestAFolderThatIsMovedIsWatchedAtItsNewPlace(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "a/x/y")
	mkdir(t, dir, "to")
	r := begin(t, Options{}, dir, RootOptions{})
	rename(t, filepath.Join(dir, "a"), filepath.Join(dir, "to/b"))
	expect(t, r, "", "to", "to/b", "to/b/x", "to/b/x/y")
	settle(t, r, dir)
	put(t, dir, "to/b/x/y/f")
	expect(t, r, "to/b/x/y")

	mkdir(t, dir, "a/x") // another one at the old place
	expect(t, r, "a/x")
	settle(t, r, dir)
	put(t, dir, "a/x/f")
	if h := next(t, r); !slices.Equal(h.Folders, []string{"a/x"}) {
		t.Errorf("%+v", h)
	}
}

func TestAFolderIsMovedOutAndInAgain(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	mkdir(t, dir, "a/x")
	r := begin(t, Options{}, dir, RootOptions{})
	rename(t, filepath.Join(dir, "a"), filepath.Join(outside, "a"))
	expect(t, r, "")
	settle(t, r, dir)
	put(t, outside, "a/x/unseen")
	put(t, dir, "seen")
	if h := next(t, r); !slices.Equal(h.Folders, []string{""}) || h.Trees != nil {
		t.Errorf("what is outside was hinted: %+v", h)
	}
	rename(t, filepath.Join(outside, "a"), filepath.Join(dir, "a"))
	expect(t, r, "", "a", "a/x")
	settle(t, r, dir)
	put(t, dir, "a/x/f")
	expect(t, r, "a/x")
}

func TestAFolderIsMovedFromOneClientToAnother(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	mkdir(t, one, "a/x")
	w := newWatcher(t, Options{})
	r1, r2 := add(t, w, one, RootOptions{}), add(t, w, two, RootOptions{})
	rename(t, filepath.Join(one, "a"), filepath.Join(two, "a"))
	expect(t, r1, "")
	expect(t, r2, "", "a", "a/x")
	settle(t, r2, two)
	settle(t, r1, one)
	put(t, two, "a/x/f")
	expect(t, r2, "a/x")
	if h := r1.Take(); !h.Empty() {
		t.Errorf("the first client hears of the second: %+v", h)
	}
}

func TestAFolderIsDeletedAndMadeAgain(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "a/x")
	r := begin(t, Options{}, dir, RootOptions{})
	for range 20 {
		if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
		mkdir(t, dir, "a/x")
	}
	expect(t, r, "", "a", "a/x")
	settle(t, r, dir)
	put(t, dir, "a/x/f")
	expect(t, r, "a/x")
	if s := r.Status(); s.Folders != 5 || r.w.held.Load() != 5 {
		t.Errorf("%+v, %d are held", s, r.w.held.Load())
	}
}

func TestARootThatIsReplacedIsWatchedAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Jansen")
	mkdir(t, dir, "a")
	r := begin(t, Options{}, dir, RootOptions{})
	rename(t, dir, dir+" old")
	mkdir(t, dir, "b")
	expect(t, r, "b", "never seen, so only All covers it")
	waitStatus(t, r, func(s Status) bool { return watching(s) && s.Folders == 2 })
	r.Take()
	put(t, dir, "b/f")
	expect(t, r, "b")
}

func TestARootThatIsGonePollsAndComesBack(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "Jansen")
	mkdir(t, dir, "a")
	r := begin(t, Options{Every: deadline / 1000}, dir, RootOptions{})
	rename(t, dir, dir+" away")
	s := waitStatus(t, r, polling)
	if s.Reason != "the folder is not there" || !strings.Contains(s.Cure, "put it back") || r.w.held.Load() != 0 {
		t.Errorf("%+v, %d are held", s, r.w.held.Load())
	}
	rename(t, dir+" away", dir)
	waitStatus(t, r, watching)
	expect(t, r, "only All covers it")
	put(t, dir, "a/f")
	expect(t, r, "a")
}

// The system says nothing when a folder above the root is renamed.
func TestARootWhoseParentIsRenamedIsFoundOut(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "Clients")
	dir := mkdir(t, parent, "Jansen")
	r := begin(t, Options{Every: deadline / 1000}, dir, RootOptions{})
	rename(t, parent, parent+" old")
	waitStatus(t, r, polling)
	expect(t, r, "only All covers it")
}

func TestARootThatIsNotThereYetIsWatchedWhenItComes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Jansen")
	r := begin(t, Options{Every: deadline / 1000}, dir, RootOptions{})
	if s := r.Status(); s.Mode != Polling || s.Every != deadline/1000 {
		t.Errorf("%+v", s)
	}
	mkdir(t, dir, "a")
	waitStatus(t, r, watching)
}

func TestLinksAreNotFollowed(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	mkdir(t, outside, "x")
	link := func(name string) {
		if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("early")
	r := begin(t, Options{}, dir, RootOptions{})
	link("late")
	settle(t, r, dir)
	if s := r.Status(); s.Folders != 3 { // the root, and two to settle
		t.Errorf("%+v", s)
	}
}

func TestSkippedFoldersAndOurOwnAreNotWatched(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "a/node_modules/x")
	mkdir(t, dir, ".dossier/vault")
	r := begin(t, Options{}, dir, RootOptions{
		Skip: func(folder string) bool { return filepath.Base(folder) == "node_modules" },
		Mute: func(file string) bool { return file == ".marker" },
	})
	mkdir(t, dir, "b/node_modules/x")
	settle(t, r, dir)
	put(t, dir, "a/node_modules/x/f")
	put(t, dir, "b/node_modules/x/f")
	put(t, dir, ".dossier/vault/f")
	put(t, dir, ".marker")
	put(t, dir, "a/f")
	if h := next(t, r); !slices.Equal(h.Folders, []string{"a"}) || h.Trees != nil {
		t.Errorf("%+v", h)
	}
	if s := r.Status(); s.Folders != 5 { // the root, a, b, and two to settle
		t.Errorf("%+v", s)
	}
}

func TestChangedRightsSayNothing(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "a")
	mkdir(t, dir, "b")
	put(t, dir, "a/f")
	r := begin(t, Options{}, dir, RootOptions{})
	for i := range 1000 {
		for _, name := range []string{"a", "a/f"} {
			if err := os.Chmod(filepath.Join(dir, name), 0o700|os.FileMode(i%2)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(t, dir, "b/f")
	if h := next(t, r); !slices.Equal(h.Folders, []string{"b"}) {
		t.Errorf("%+v", h)
	}
}

func TestATrialFileShowsThatThereAreEvents(t *testing.T) {
	parent := t.TempDir()
	dir, trial := mkdir(t, parent, "Jansen"), filepath.Join(parent, ".dossier", "trial")
	r := begin(t, Options{}, dir, RootOptions{Trial: trial})
	if s := r.Status(); s.Mode != Watching || s.Folders != 1 {
		t.Errorf("%+v", s)
	}
	if left, err := os.ReadDir(trial); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAClosedRootIsSilentAndHoldsNothing(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	mkdir(t, dir, "a")
	w := newWatcher(t, Options{})
	r := add(t, w, dir, RootOptions{})
	live := add(t, w, other, RootOptions{})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "a/f")
	put(t, other, "f")
	expect(t, live, "")
	if h := r.Take(); !h.Empty() || w.held.Load() != 1 {
		t.Errorf("%+v, %d are held", h, w.held.Load())
	}
	if again := add(t, w, dir, RootOptions{}); !watching(again.Status()) {
		t.Errorf("%+v", again.Status())
	}
}

func TestWhatCannotBeAdded(t *testing.T) {
	dir := t.TempDir()
	w := New(Options{})
	add(t, w, dir, RootOptions{})
	if _, err := w.Add(dir, RootOptions{}); err == nil {
		t.Error("a folder was added twice")
	}
	if _, err := w.Add("Jansen", RootOptions{}); err == nil {
		t.Error("a path was added that depends on where we are")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(t.TempDir(), RootOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("added after the end: %v", err)
	}
}

func TestCloseWhileItIsBeginning(t *testing.T) {
	dir := t.TempDir()
	for i := range 200 {
		mkdir(t, dir, "a", string(rune('a'+i%26)), string(rune('a'+i/26)))
	}
	w := New(Options{})
	r, err := w.Add(dir, RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), r.Close()); err != nil {
		t.Error(err)
	}
}
