package syncer

import (
	"fmt"
	"strings"
	"testing"

	"dossier/state"
)

func TestFirstRunBringsBothSidesTogether(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		u := w.disk.User()
		w.write("2026/VAT/return.xlsx", "local content")
		u.Mkdir("empty")
		w.write("same.pdf", "equal")
		w.put("Invoices/1.pdf", "portal content")
		w.put("same.pdf", "equal")
		w.settle()
		rep := w.run()
		if rep.Uploaded != 1 || rep.Downloaded != 1 || rep.Adopted != 1 || rep.Folders != 4 {
			t.Errorf("report: %+v", rep)
		}
		w.inStep(rep)
	})
}

func TestChangesWalkBothWays(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		u, somebody := w.disk.User(), w.portal.Somebody()
		w.put("a.txt", "a1")
		w.put("b.txt", "b1")
		w.put("old/c.txt", "c1")
		w.put("gone.txt", "g")
		w.put("away.txt", "w")
		w.inStep(w.run())

		w.write("a.txt", "a2, from the disk")
		w.put("b.txt", "b2, from the portal")
		must(t, somebody.Rename("old", "new"))
		u.Remove("gone.txt")
		must(t, somebody.Trash("away.txt"))
		w.settle()
		rep := w.run()
		w.inStep(rep)
		got := fmt.Sprint(w.onDisk())
		for _, want := range []string{"a.txt:a2, from the disk", "b.txt:b2, from the portal", "new/c.txt:c1"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in %s", want, got)
			}
		}
		if strings.Contains(got, "gone") || strings.Contains(got, "away") || strings.Contains(got, "old") {
			t.Errorf("not deleted: %s", got)
		}
		if rep.Moved != 1 || rep.Uploaded != 1 || rep.Downloaded != 1 || rep.Deleted != 2 {
			t.Errorf("report: %+v", rep)
		}
	})
}

func TestConflictKeepsBoth(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.docx", "first")
		w.inStep(w.run())
		w.write("a.docx", "mine")
		w.put("a.docx", "theirs")
		w.settle()
		rep := w.run()
		if rep.State != Conflicts || len(rep.Conflicts) != 1 {
			t.Fatalf("report: %+v", rep)
		}
		w.equal()
		tree := w.onDisk()
		if tree["a.docx"] != "theirs" || tree[rep.Conflicts[0].Copy] != "mine" {
			t.Errorf("tree: %v", tree)
		}
		w.still(Conflicts)
	})
}

func TestFolderMovedOnDiskIsOneCall(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		u := w.disk.User()
		for i := range 50 {
			w.write(fmt.Sprintf("2025/%d/file.txt", i), fmt.Sprint(i))
		}
		w.settle()
		w.inStep(w.run())
		u.Rename("2025", "archive 2025")
		w.write("2025/new.txt", "a new year folder under the old name")
		w.settle()
		rep := w.run()
		if rep.Moved != 1 || rep.Folders != 1 || rep.Uploaded != 1 || rep.Deleted != 0 {
			t.Errorf("report: %+v", rep)
		}
		w.inStep(rep)
	})
}

func TestTwoNamesSwapped(t *testing.T) {
	for _, kind := range []string{"file", "folder"} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(w *testWorld) {
				u := w.disk.User()
				a, b := "a", "b"
				if kind == "folder" {
					w.write("a/x", "in a")
					w.write("b/y", "in b")
				} else {
					w.write("a", "content a")
					w.write("b", "content bb")
				}
				w.settle()
				w.inStep(w.run())
				u.Rename(a, "t")
				u.Rename(b, a)
				u.Rename("t", b)
				w.settle()
				rep := w.run()
				if rep.Uploaded+rep.Downloaded+rep.Deleted+rep.Folders != 0 || rep.Moved != 2 {
					t.Errorf("report: %+v", rep)
				}
				w.inStep(rep)
			})
		})
	}
}

func TestConflictEndsWithItsCopy(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.docx", "first")
		w.inStep(w.run())
		w.write("a.docx", "mine")
		w.put("a.docx", "theirs")
		w.settle()
		rep := w.run()
		if len(rep.Conflicts) != 1 {
			t.Fatalf("report: %+v", rep)
		}
		w.disk.User().Remove(rep.Conflicts[0].Copy)
		w.inStep(w.run())
		st := w.state()
		defer st.Close()
		must(t, st.View(func(tx *state.Tx) error {
			if left := tx.Conflicts(); len(left) > 0 {
				t.Errorf("still remembered: %+v", left)
			}
			return nil
		}))
	})
}
