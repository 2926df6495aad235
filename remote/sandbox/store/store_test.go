package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dump writes down all of a store that can be seen.
func dump(s *Store) string {
	var b strings.Builder
	s.View(func(v View) {
		var roots []ID
		for name, raw := range v.Docs("roots") {
			var id ID
			if json.Unmarshal(raw, &id) == nil && v.Item(id).Root == id && name != "" {
				roots = append(roots, id)
			}
		}
		slices.Sort(roots)
		line := func(it *Item) {
			raw, _ := json.Marshal(it)
			fmt.Fprintf(&b, "%s bytes %d trashed %v\n", raw, v.Bytes(it), v.TrashedAt(it) != nil)
		}
		for _, root := range roots {
			line(v.Item(root))
			for it := range v.Below(root) {
				line(it)
				if named := v.Named(it.Parent, strings.ToUpper(it.Name)); !slices.Contains(named, it) {
					fmt.Fprintln(&b, "not found by its name:", it.ID)
				}
			}
			for _, it := range v.Trash(root) {
				line(it)
				for below := range v.Below(it.ID) {
					line(below)
				}
			}
		}
		for c := range v.Changes(0) {
			raw, _ := json.Marshal(c)
			fmt.Fprintf(&b, "%s\n", raw)
		}
		fmt.Fprintln(&b, "next", v.x.next)
	})
	return b.String()
}

// life makes n random changes.
type life struct {
	s    *Store
	root ID
	ids  []ID // of items that were made, alive or not
}

func newLife(t testing.TB, s *Store) *life {
	t.Helper()
	root, err := s.Root("test")
	if err != nil {
		t.Fatal(err)
	}
	return &life{s: s, root: root, ids: []ID{root}}
}

func (l *life) step(t *rapid.T) {
	pick := func(label string) ID { return rapid.SampledFrom(l.ids).Draw(t, label) }
	name := rapid.SampledFrom([]string{"a", "A", "b", "ä"}).Draw(t, "name")
	err := l.s.Update(func(tx *Tx) error {
		it := tx.Item(pick("item"))
		if it == nil {
			return nil
		}
		next := it.Changed("x", tx.Now)
		switch rapid.IntRange(0, 5).Draw(t, "act") {
		case 0, 1:
			if it.Kind != Folder {
				return nil
			}
			made := &Item{ID: tx.NewID(), Root: l.root, Parent: it.ID, Kind: rapid.SampledFrom([]Kind{Folder, File, Link}).Draw(t, "kind"), Name: name, Created: tx.Now, Modified: tx.Now}
			if made.Kind == File {
				made.Content = Version{ID: tx.NewID(), Size: rapid.Int64Range(0, 9).Draw(t, "size")}
			}
			l.ids = append(l.ids, made.ID)
			tx.Put(made)
			tx.Log(Created, made, "x")
		case 2:
			to := tx.Item(pick("to"))
			if it.ID == l.root || to == nil || to.Kind != Folder || to.ID == it.ID || slices.Contains(tx.Path(to), it) || tx.TrashedAt(to) != nil || tx.TrashedAt(it) != nil {
				return nil
			}
			next.Parent, next.Name = to.ID, name
			tx.Put(next)
			tx.Log(Moved, next, "x")
		case 3:
			if it.ID == l.root || tx.TrashedAt(it) != nil {
				return nil
			}
			next.Trashed = tx.Now
			tx.Put(next)
			tx.Log(Binned, next, "x")
		case 4:
			if up := tx.Item(it.Parent); it.Trashed.IsZero() || up == nil || tx.TrashedAt(up) != nil {
				return nil
			}
			next.Trashed = time.Time{}
			tx.Put(next)
			tx.Log(Restored, next, "x")
		case 5:
			if it.ID == l.root || rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
				return nil
			}
			tx.Purge(it)
			tx.SetDoc("purged", fmt.Sprint(it.ID), json.RawMessage(`true`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// check recomputes what the index keeps in step.
func check(t *rapid.T, s *Store, root ID) {
	s.View(func(v View) {
		var walk func(folder ID) int64
		walk = func(folder ID) (sum int64) {
			n, last := 0, Place{}
			for it := range v.Children(folder, Place{}) {
				if it.Parent != folder || !it.Trashed.IsZero() || v.Item(it.ID) != it {
					t.Fatalf("item %d is listed in %d", it.ID, folder)
				}
				if it.Kind < last.Kind || it.Kind == last.Kind && it.ID <= last.ID {
					t.Fatalf("folder %d is out of order at %d", folder, it.ID)
				}
				if !slices.Contains(v.Named(folder, it.Name), it) {
					t.Fatalf("item %d is not found by its name", it.ID)
				}
				last = Place{it.Kind, it.ID}
				n++
				sum += it.Content.Size
				if it.Kind == Folder {
					below := walk(it.ID)
					if below != v.Bytes(it) {
						t.Fatalf("folder %d has %d bytes, and says %d", it.ID, below, v.Bytes(it))
					}
					sum += below
				}
			}
			if n != v.Count(folder) {
				t.Fatalf("folder %d has %d items, and says %d", folder, n, v.Count(folder))
			}
			return sum
		}
		walk(root)
		var binned int64
		for _, it := range v.Trash(root) {
			if it.Trashed.IsZero() {
				t.Fatalf("item %d is in the trash and was not put there", it.ID)
			}
			binned += it.Content.Size
			for below := range v.Below(it.ID) {
				binned += below.Content.Size
			}
		}
		if binned != v.TrashBytes(root) {
			t.Fatalf("the trash has %d bytes, and says %d", binned, v.TrashBytes(root))
		}
	})
}

func TestWhatIsReadBackIsWhatWasThere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		s := open(t, dir)
		l := newLife(t, s)
		var before *Snapshot
		var noted string
		for i := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			l.step(rt)
			check(rt, s, l.root)
			if i == 20 {
				before, noted = s.Snapshot(), dump(s)
			}
		}
		killed := open(t, dir) // the first was never closed
		if a, b := dump(s), dump(killed); a != b {
			rt.Fatalf("read back:\n%s\nwas:\n%s", b, a)
		}
		if err := killed.mu.journal.compact(killed.mu.x); err != nil {
			rt.Fatal(err)
		}
		l.s = killed
		l.step(rt)
		after := open(t, dir)
		if a, b := dump(killed), dump(after); a != b {
			rt.Fatalf("read back from the snapshot:\n%s\nwas:\n%s", b, a)
		}
		if before != nil {
			if err := after.Restore(before); err != nil {
				rt.Fatal(err)
			}
			again := open(t, dir)
			if a, b := dump(after), dump(again); a != b || a != noted {
				rt.Fatalf("restored:\n%s\nread back:\n%s\nwas:\n%s", a, b, noted)
			}
			check(rt, again, l.root)
			again.Close()
		}
		for _, s := range []*Store{s, killed, after} {
			s.Close()
		}
	})
}

func TestALineThatWasBeingWrittenIsCutOff(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.Root("one"); err != nil {
		t.Fatal(err)
	}
	want := dump(s)
	f, err := os.OpenFile(filepath.Join(dir, "journal.0"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, `{"put":[{"id":7,"name":"`+strings.Repeat("x", 5000)) // longer than what comes next
	f.Close()
	killed := open(t, dir)
	if got := dump(killed); got != want {
		t.Errorf("read back:\n%s\nwant:\n%s", got, want)
	}
	if _, err := killed.Root("two"); err != nil {
		t.Fatal(err)
	}
	if got := dump(open(t, dir)); got != dump(killed) {
		t.Errorf("after one more change:\n%s", got)
	}
}

func TestADamagedLineIsAnErrorNotALoss(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.Root("one"); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "journal.0")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append([]byte("x"), raw...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "journal line 1") {
		t.Errorf("opened with %v", err)
	}
}

func TestALongJournalBecomesASnapshot(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	root, err := s.Root("r")
	if err != nil {
		t.Fatal(err)
	}
	for range compactAbove + 1 {
		if err := s.Update(func(tx *Tx) error {
			id := tx.NewID()
			it := &Item{ID: id, Root: root, Parent: root, Kind: File, Name: fmt.Sprint(id)}
			tx.Put(it)
			tx.Log(Uploaded, it, "")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := dump(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "journal.1")); err != nil || len(raw) > 0 {
		t.Errorf("the journal has %d bytes (%v)", len(raw), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "journal.0")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old journal is still there: %v", err)
	}
	if got := dump(open(t, dir)); got != want {
		t.Error("the snapshot is not what was there")
	}
}

func TestContentIsKeptUnderItsDigest(t *testing.T) {
	for name, dir := range map[string]string{"in memory": "", "on disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dir)
			in, err := s.Receive(strings.NewReader("hello"))
			if err != nil || in.SHA1.String() != "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" || in.Size != 5 {
				t.Fatalf("received %+v, %v", in, err)
			}
			if _, err := s.Open(in.SHA1); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("before it is kept: %v", err)
			}
			if err := in.Keep(); err != nil {
				t.Fatal(err)
			}
			in.Discard()
			if got := read(t, s, in.SHA1); got != "hello" {
				t.Errorf("read %q", got)
			}
			large, err := s.Receive(strings.NewReader(strings.Repeat("x", smallContent+1)))
			if err != nil || large.Size != smallContent+1 || large.Keep() != nil {
				t.Fatalf("received %+v, %v", large, err)
			}
			if got := len(read(t, s, large.SHA1)); got != smallContent+1 {
				t.Errorf("read %d bytes", got)
			}
			same, err := s.Receive(strings.NewReader(strings.Repeat("x", smallContent+1)))
			if err != nil || same.Keep() != nil || len(read(t, s, same.SHA1)) != smallContent+1 {
				t.Errorf("received once more: %+v, %v", same, err)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "content", "incoming", "*")); dir != "" && len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
			dropped, _ := s.Receive(strings.NewReader("bye"))
			dropped.Discard()
			if _, err := s.Open(dropped.SHA1); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("after it was discarded: %v", err)
			}
			torn, err := s.Receive(io.MultiReader(strings.NewReader("half"), brokenReader{}))
			if !errors.Is(err, io.ErrUnexpectedEOF) || torn.Size != 4 {
				t.Errorf("torn: %+v, %v", torn, err)
			}
			torn.Discard()
		})
	}
}

func TestAContentThatWasBeingWrittenIsCutOff(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	var sums []SHA1
	for _, text := range []string{"one", "", "three"} {
		in, err := first.Receive(strings.NewReader(text))
		if err != nil || in.Keep() != nil {
			t.Fatal(err)
		}
		sums = append(sums, in.SHA1)
	}
	name := filepath.Join(dir, "content", "small")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, info.Size()-1); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if a, b := read(t, s, sums[0]), read(t, s, sums[1]); a != "one" || b != "" {
		t.Errorf("read %q and %q", a, b)
	}
	if _, err := s.Open(sums[2]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the torn one: %v", err)
	}
	in, err := s.Receive(strings.NewReader("three"))
	if err != nil || in.Keep() != nil {
		t.Fatal(err)
	}
	if got := read(t, open(t, dir), sums[2]); got != "three" {
		t.Errorf("written again: %q", got)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func read(t *testing.T, s *Store, sum SHA1) string {
	t.Helper()
	c, err := s.Open(sum)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestAStageIsFilledInPiecesAndSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	stage, err := first.Stage("S1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.WriteAt([]byte("lo"), 3); err != nil {
		t.Fatal(err)
	}
	stage.Release()
	s := open(t, dir) // the first was never closed
	if stage, err = s.Stage("S1"); err != nil {
		t.Fatal(err)
	}
	if _, err := stage.WriteAt([]byte("hel"), 0); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := stage.ReadAt(got, 0); err != nil || string(got) != "hello" {
		t.Fatalf("staged %q, %v", got, err)
	}
	var sum SHA1
	if err := sum.UnmarshalText([]byte("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")); err != nil {
		t.Fatal(err)
	}
	if err := stage.Keep(sum); err != nil {
		t.Fatal(err)
	}
	if stage, err = s.Stage("S1"); err != nil { // the change that refers to the content may still fail
		t.Fatal(err)
	}
	if n, err := stage.ReadAt(got, 0); n != 5 {
		t.Errorf("after it was kept, %d bytes are staged: %v", n, err)
	}
	stage.Release()
	s.Forget("S1")
	if got := read(t, s, sum); got != "hello" {
		t.Errorf("kept %q", got)
	}
}

func TestAChangeWakesWhoWaits(t *testing.T) {
	s := open(t, "")
	root, err := s.Root("r")
	if err != nil {
		t.Fatal(err)
	}
	waiting := s.Changed()
	select {
	case <-waiting:
		t.Fatal("woken before the change")
	default:
	}
	if err := s.Update(func(tx *Tx) error { tx.Log(Edited, tx.Item(root), ""); return nil }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-waiting:
	default:
		t.Error("not woken by the change")
	}
}

func TestAnErrorUndoesTheWholeUpdate(t *testing.T) {
	s := open(t, t.TempDir())
	root, err := s.Root("r")
	if err != nil {
		t.Fatal(err)
	}
	before := dump(s)
	stop := errors.New("stop")
	if err := s.Update(func(tx *Tx) error {
		tx.Put(&Item{ID: tx.NewID(), Root: root, Parent: root, Name: "x"})
		return stop
	}); err != stop {
		t.Errorf("got %v", err)
	}
	if after := dump(s); after != before {
		t.Errorf("changed to\n%s", after)
	}
}

func TestAfterCloseChangesAreRefused(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Root("r"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// A page of a folder costs as much as the page is long, not as the folder is.
func BenchmarkPage(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		s := open(b, "")
		root, err := s.Root("r")
		if err != nil {
			b.Fatal(err)
		}
		var middle ID
		for i := range n {
			s.Update(func(tx *Tx) error {
				it := &Item{ID: tx.NewID(), Root: root, Parent: root, Kind: File, Name: fmt.Sprint(i)}
				if i == n/2 {
					middle = it.ID
				}
				tx.Put(it)
				return nil
			})
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				left := 100
				s.View(func(v View) {
					for range v.Children(root, Place{File, middle}) {
						if left--; left == 0 {
							break
						}
					}
				})
			}
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	for name, dir := range map[string]string{"memory": "", "disk": b.TempDir()} {
		b.Run(name, func(b *testing.B) {
			s := open(b, dir)
			body := make([]byte, 10_000)
			for i := 0; b.Loop(); i++ {
				copy(body, fmt.Sprint(i))
				in, err := s.Receive(bytes.NewReader(body))
				if err == nil {
					err = in.Keep()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
