package store

import (
	"crypto/sha1"
	"slices"
	"strings"
	"testing"
)

func TestContentsAreAddedToTheEndOfAStage(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dir)
			big := strings.Repeat("x", 3*smallContent)
			for _, piece := range []string{"small", big, "", "end"} {
				if dir != "" {
					s = open(t, dir) // the one before was never closed
				}
				in, err := s.Receive(strings.NewReader(piece))
				if err != nil {
					t.Fatal(err)
				}
				stage, err := s.Stage("S1")
				if err != nil {
					t.Fatal(err)
				}
				if err := in.AppendTo(stage); err != nil {
					t.Fatal(err)
				}
				in.Discard()
				stage.Release()
			}
			stage, err := s.Stage("S1")
			if err != nil {
				t.Fatal(err)
			}
			whole := "small" + big + "end"
			sum, size, err := stage.Sum()
			if err != nil || sum != sha1.Sum([]byte(whole)) || size != int64(len(whole)) {
				t.Fatalf("%d bytes of digest %s: %v", size, sum, err)
			}
			if err := stage.Keep(sum); err != nil {
				t.Fatal(err)
			}
			s.Forget("S1")
			if got := read(t, s, sum); got != whole {
				t.Errorf("kept %d bytes", len(got))
			}
		})
	}
}

func TestWhatIsInARemovedFolderStaysAndIsInNoListing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	root, err := s.Root("test")
	if err != nil {
		t.Fatal(err)
	}
	var folder, file *Item
	err = s.Update(func(tx *Tx) error {
		folder = &Item{ID: tx.NewID(), Root: root, Parent: root, Name: "folder"}
		file = &Item{ID: tx.NewID(), Root: root, Parent: folder.ID, Kind: File, Name: "file", Content: Version{Size: 7}}
		tx.Put(folder)
		tx.Put(file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(tx *Tx) error { tx.Remove(folder); return nil }); err != nil {
		t.Fatal(err)
	}
	check := func(s *Store) {
		t.Helper()
		s.View(func(v View) {
			if v.Item(folder.ID) != nil || v.Item(file.ID) == nil || v.Count(root) != 0 || v.Bytes(v.Item(root)) != 0 {
				t.Error("the folder is there, the file is not, or something is listed")
			}
			if all := slices.Collect(v.Tree(root)); len(all) != 1 || all[0].ID != file.ID {
				t.Errorf("of the tree: %v", all)
			}
		})
	}
	check(s)
	s = open(t, dir) // the first was never closed
	check(s)
	if err := s.Restore(s.Snapshot()); err != nil {
		t.Fatal(err)
	}
	check(open(t, dir))
	err = s.Update(func(tx *Tx) error {
		found := tx.Item(file.ID).Changed("", tx.Now)
		found.Parent = root
		tx.Put(found)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.View(func(v View) {
		if v.Count(root) != 1 || v.Bytes(v.Item(root)) != 7 {
			t.Errorf("%d items of %d bytes after it was moved to where it is seen", v.Count(root), v.Bytes(v.Item(root)))
		}
	})
}
