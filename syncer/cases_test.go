package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
	"dossier/syncer/plan"
)

func TestLostStateAdopts(t *testing.T) { // P19, F30
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		w.write("0/0.txt", "changed since")
		w.disk.User().Remove("0/10.txt")
		w.settle()
		w.file += ".new" // the state is gone
		rep := w.run()
		if rep.State != Conflicts || rep.Adopted != 298 || rep.Uploaded != 1 || rep.Downloaded != 2 || rep.Deleted != 0 {
			t.Fatalf("report: %+v", rep)
		}
		w.equal()
		if _, ok := w.onDisk()["0/10.txt"]; !ok {
			t.Error("an absence was taken for a deletion")
		}
	})
}

func TestRestoredStateAdopts(t *testing.T) { // F6
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "a")
		w.put("b.txt", "b")
		w.inStep(w.run())
		old := readFile(t, w.file)
		w.write("c.txt", "c")
		w.settle()
		w.inStep(w.run())
		writeFile(t, w.file, old)
		w.disk.User().Remove("a.txt")
		rep := w.run()
		if rep.Deleted != 0 {
			t.Errorf("deleted with a state from a backup: %+v", rep)
		}
		w.equal()
		if len(w.onDisk()) != 3 {
			t.Errorf("disk: %v", w.onDisk())
		}
	})
}

func TestTypeChange(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.write("thing", "a file")
		w.write("other/inside.txt", "in a folder")
		w.settle()
		w.inStep(w.run())
		u := w.disk.User()
		u.Remove("thing")
		w.write("thing/now.txt", "in a folder now")
		u.Remove("other")
		w.write("other", "a file now")
		w.settle()
		rep := w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
		w.inStep(rep)
	})
}

func TestWordSave(t *testing.T) { // F15
	inWorld(t, func(w *testWorld) {
		w.write("letter.docx", "first")
		w.settle()
		w.inStep(w.run())
		id := w.idOf("letter.docx")
		u := w.disk.User()
		u.WriteFile("~$letter.docx", "owner")
		u.WriteFile("~WRD0001.tmp", "second, by Word")
		u.Rename("letter.docx", "~WRL0002.tmp")
		u.Rename("~WRD0001.tmp", "letter.docx")
		u.Remove("~WRL0002.tmp")
		u.Remove("~$letter.docx")
		w.settle()
		rep := w.run()
		if rep.Uploaded != 1 || rep.Deleted+rep.Moved != 0 {
			t.Errorf("report: %+v", rep)
		}
		w.inStep(rep)
		if w.idOf("letter.docx") != id {
			t.Error("the history was lost: another remote id")
		}
	})
}

// idOf is the remote id of a file in the client's folder.
func (w *testWorld) idOf(name string) remote.ID {
	for e, err := range w.portal.Children(context.Background(), remotetest.MemoryRoot) {
		must(w.t, err)
		if e.Name == name {
			return e.ID
		}
	}
	return ""
}

func TestSameSizeOverwriteWithinOneTick(t *testing.T) { // F10
	synctest.Test(t, func(t *testing.T) {
		w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
		w.disk = simdisk.New(simdisk.Options{Granularity: 2 * time.Second})
		w.write("a.txt", "aaaa")
		time.Sleep(1100 * time.Millisecond)
		w.run()
		w.write("a.txt", "bbbb")
		w.settle()
		w.inStep(w.run())
		if got := w.onPortal()["a.txt"]; got != "bbbb" {
			t.Errorf("portal has %q", got)
		}
	})
}

func TestSaveDuringUpload(t *testing.T) { // E1, E11
	for _, seals := range []bool{true, false} {
		t.Run(fmt.Sprint("seals ", seals), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := remotetest.Full()
				f.Seals = seals
				w := newTestWorld(t, remotetest.NewMemory(f), "pc")
				w.write("a.txt", strings.Repeat("a", 100_000))
				w.settle()
				w.gate.Before = func(_ context.Context, c remotetest.Call) error {
					if c.Verb == remotetest.Create {
						w.disk.User().WriteFile("a.txt", strings.Repeat("b", 100_000))
					}
					return nil
				}
				w.run()
				w.gate.Before = nil
				for _, c := range w.onPortal() {
					if strings.Contains(c, "ab") || strings.Contains(c, "ba") {
						t.Error("a mixture of two contents")
					}
				}
				w.settle()
				time.Sleep(time.Hour)
				w.inStep(w.run())
			})
		})
	}
}

func TestSaveBeforeReplacement(t *testing.T) { // E1, F5
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "first")
		w.inStep(w.run())
		w.put("a.txt", "from the portal")
		w.gate.After = func(_ context.Context, c remotetest.Call, err error) error {
			if c.Verb == remotetest.Download {
				w.disk.User().WriteFile("a.txt", "saved meanwhile")
			}
			return err
		}
		w.run()
		w.gate.After = nil
		w.settle()
		time.Sleep(time.Hour)
		rep := w.run()
		w.equal()
		tree := w.onDisk()
		if copies := withCopies(tree); rep.State != Conflicts || len(copies) != 1 || tree[copies[0]] != "saved meanwhile" || tree["a.txt"] != "from the portal" {
			t.Errorf("%v, report: %+v", tree, rep)
		}
	})
}

func TestWritesThroughAnOpenHandleComeBack(t *testing.T) { // E13
	synctest.Test(t, func(t *testing.T) {
		w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
		w.disk = simdisk.New(simdisk.Options{NoUseInfo: true}) // nobody tells that a program has the file open
		w.put("a.txt", "first")
		w.inStep(w.run())
		h := w.disk.User().Open("a.txt")
		w.put("a.txt", "from the portal")
		w.run()
		if got := w.onDisk()["a.txt"]; got != "from the portal" {
			t.Fatalf("not replaced: %q", got)
		}
		h.WriteAt("LATE!", 0) // into the vault, where his file is now
		h.Close()
		w.settle()
		rep := w.run()
		w.settle()
		rep = w.run()
		w.equal()
		copies := withCopies(w.onDisk())
		if rep.State != Conflicts || len(copies) != 1 || w.onDisk()[copies[0]] != "LATE!" || w.onDisk()["a.txt"] != "from the portal" {
			t.Errorf("%v %+v", w.onDisk(), rep)
		}
	})
}

func TestTwoMachinesConverge(t *testing.T) { // E12
	inWorld(t, func(w *testWorld) {
		other := newTestWorld(t, w.portal, "laptop")
		threeHundred(w)
		rep := other.run()
		if rep.Downloaded != 300 {
			t.Fatalf("report: %+v", rep)
		}
		other.inStep(other.run())
		w.write("0/0.txt", "by pc")
		other.write("0/0.txt", "by laptop")
		other.disk.User().Rename("1", "one")
		w.settle()
		for range 3 {
			w.run()
			other.run()
		}
		w.equal()
		other.equal()
		if copies := withCopies(w.onDisk()); len(copies) != 1 {
			t.Errorf("copies: %v", copies)
		}
		other.still(other.run().State)
	})
}

func TestManySavesOfOneFileReachTheOtherMachine(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		other := newTestWorld(t, w.portal, "laptop")
		w.write("a.txt", "0")
		w.settle()
		w.inStep(w.run())
		other.inStep(other.run())
		for i := range 30 {
			w.write("a.txt", fmt.Sprint("save ", i))
			w.settle()
			if rep := w.run(); rep.Uploaded != 1 || rep.State != InStep {
				t.Fatalf("%d: %+v", i, rep)
			}
			if rep := other.run(); rep.Downloaded != 1 || rep.State != InStep {
				t.Fatalf("%d: %+v", i, rep)
			}
		}
	})
}

func TestAnotherAccountHalts(t *testing.T) { // F2
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		st := w.state()
		must(t, st.Update(func(tx *state.Tx) error {
			meta := tx.Meta()
			meta.Account = "somebody else"
			return tx.SetMeta(meta)
		}))
		must(t, st.Close())
		nothingDeleted(w, "account")
	})
}

func (w *testWorld) state() *state.Client {
	st, err := state.OpenClient(w.file, state.Options{})
	must(w.t, err)
	return st
}

func TestHostileNamesStayInside(t *testing.T) { // P17
	inWorld(t, func(w *testWorld) {
		for i, name := range remotetest.OddNames {
			_, _ = w.portal.Somebody().Put(name.Name, []byte(fmt.Sprint(i))) // some the portal refuses itself
		}
		rep := w.run()
		if rep.State != InStep {
			t.Fatalf("report: %+v", rep)
		}
		temporary := 0
		for p := range w.onPortal() {
			if class, _ := local.ClassOfName(p); class != local.Normal {
				temporary++
			}
		}
		if a, b := countFiles(w.onDisk()), countFiles(w.onPortal()); a+len(rep.Problems)+temporary != b {
			t.Errorf("%d on disk, %d on the portal, %d problems, %d temporary: %+v", a, b, len(rep.Problems), temporary, rep.Problems)
		}
		w.still(rep.State)
	})
}

func TestIgnoredAndPrivateNeverGoUp(t *testing.T) { // P16, F7, F16
	inWorld(t, func(w *testWorld) {
		w.opt.Ignore, w.opt.Private = []string{"*.bak"}, []string{"Internal/"}
		w.write("a.txt", "a")
		w.write("a.bak", "b")
		w.write("~$a.txt", "o")
		w.write("Internal/notes.txt", "secret")
		time.Sleep(local.SettleOwned)
		rep := w.run()
		if rep.State != InStep || len(w.onPortal()) != 1 {
			t.Errorf("portal: %v, %+v", w.onPortal(), rep)
		}
	})
}

func TestNewIgnoreRuleDeletesNothing(t *testing.T) { // P16, F7
	inWorld(t, func(w *testWorld) {
		w.write("a.bak", "b")
		w.write("dir/b.txt", "b")
		for i := range 30 { // so many that no guard would mind the loss of two
			w.write(fmt.Sprintf("%d.txt", i), fmt.Sprint(i))
		}
		w.settle()
		w.inStep(w.run())
		w.opt.Ignore = []string{"*.bak", "dir"}
		rep := w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
		w.equal()
		if rep.Deleted != 0 || len(w.onDisk()) != 33 {
			t.Errorf("%v, report: %+v", w.onDisk(), rep)
		}
	})
}

func TestNameThatThePortalRefusesIsTold(t *testing.T) { // promise 10, F13
	inWorld(t, func(w *testWorld) {
		w.write("a blank at the end ", "x")
		w.write("good.txt", "y")
		w.settle()
		for range 2 {
			rep := w.run()
			if rep.State != Partly || len(rep.Problems) != 1 || rep.Problems[0].Code != plan.ReasonRefused || rep.Problems[0].Path != "a blank at the end " || rep.Problems[0].Reason == "" {
				t.Fatalf("%+v", rep)
			}
		}
		if len(w.onPortal()) != 1 {
			t.Errorf("portal: %v", w.onPortal())
		}
	})
}

// The mirror's portal refuses what is not known to be the client's, before anything is sent (P22).
func TestMirrorCannotNameAnotherClientsItems(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("Jansen/a.txt", "a")
		w.put("De Vries/b.txt", "b")
		w.opt.Folder = w.idOf("Jansen")
		st := w.state()
		defer st.Close()
		m, err := w.open(context.Background(), st)
		must(t, err)
		m.Reconcile(context.Background(), RunOptions{})
		foreign, err := w.portal.Get(context.Background(), w.idOf("De Vries"), remote.Folder)
		must(t, err)
		calls := w.gate.Calls()
		if err := m.portal.Delete(context.Background(), foreign); remote.CodeOf(err) != remote.Denied || w.gate.Calls() != calls {
			t.Errorf("%v, %d calls", err, w.gate.Calls()-calls)
		}
	})
}

func TestUnreadableFolderIsUnknown(t *testing.T) { // P8, F2
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		w.disk.User().Deny("3", true)
		must(t, w.portal.Somebody().Trash("3/3.txt"))
		w.put("3/13.txt", "changed there")
		known := len(w.recorded())
		rep := w.run()
		if rep.State != Partly || rep.Deleted != 0 || len(w.onPortal()) != 309 {
			t.Errorf("report: %+v", rep)
		}
		for _, e := range w.recorded()[known:] {
			t.Errorf("tried in a folder that nobody can look into: %+v", e)
		}
		w.disk.User().Deny("3", false)
		w.inStep(w.run())
	})
}

func TestWithoutTrashBytesGoIntoTheVaultFirst(t *testing.T) { // P6
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Trash = false
		w := newTestWorld(t, remotetest.NewMemory(f), "pc")
		w.put("stays.txt", "stays")
		w.put("one.txt", "precious one")
		w.put("dir/two.txt", "precious two")
		w.inStep(w.run())
		w.disk.User().Remove("one.txt")
		w.disk.User().Remove("dir")
		w.inStep(w.runWith(context.Background(), RunOptions{AcceptDeletes: true}))
		var house []string
		for _, content := range w.disk.Tree(local.House) {
			house = append(house, content)
		}
		for _, want := range []string{"precious one", "precious two"} {
			if !slices.Contains(house, want) {
				t.Errorf("%q is nowhere", want)
			}
		}
	})
}

func TestContentThatGoesInCirclesIsLeftAlone(t *testing.T) { // F21
	inWorld(t, func(w *testWorld) {
		w.write("fight.txt", "A")
		w.settle()
		w.inStep(w.run())
		moved := 0
		for i := range 20 {
			w.write("fight.txt", string("BA"[i%2]))
			w.settle()
			rep := w.run()
			moved += rep.Uploaded
			if rep.State == Partly && rep.Problems[0].Code != reasonLoop {
				t.Fatalf("report: %+v", rep)
			}
		}
		if moved > 2*loopAfter {
			t.Errorf("moved %d times", moved)
		}
		w.write("fight.txt", "a person's new words")
		w.settle()
		w.inStep(w.run())
	})
}

func TestTakenOutOfTheTrash(t *testing.T) { // F6
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "a")
		w.put("b.txt", "b")
		w.inStep(w.run())
		id := w.idOf("b.txt")
		must(t, w.portal.Somebody().Trash("b.txt"))
		w.inStep(w.run())
		trash, _ := w.portal.AsTrash()
		_, err := trash.Restore(context.Background(), id, remote.File, nil)
		must(t, err)
		w.inStep(w.run())
		if w.onDisk()["b.txt"] != "b" {
			t.Error("it did not come back")
		}
	})
}

func TestLooksGoOnDuringALongTransfer(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("big.bin", strings.Repeat("x", 1000))
		release := make(chan struct{})
		var arrived atomic.Bool
		w.gate.During = func(ctx context.Context, c remotetest.Call, passed int64) error {
			if c.Verb == remotetest.Download && passed == 0 && !arrived.Load() {
				select {
				case <-release:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		}
		go func() {
			time.Sleep(2 * feedWhileBusy)
			w.write("meanwhile.txt", "saved during the transfer")
			time.Sleep(3 * feedWhileBusy)
			for e, err := range w.portal.Children(context.Background(), remotetest.MemoryRoot) {
				if err == nil && e.Name == "meanwhile.txt" {
					arrived.Store(true)
				}
			}
			close(release)
		}()
		rep := w.run()
		if !arrived.Load() {
			t.Error("the save waited for the transfer")
		}
		w.inStep(rep)
	})
}

func TestDocumentGoneToAnotherClientIsHeld(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.write("contract.pdf", "for Jansen only")
		w.write("other.pdf", "stays")
		w.settle()
		w.inStep(w.run())
		info, err := w.disk.Lstat(local.In("contract.pdf"))
		must(t, err)
		w.opt.Neighbour = office{info.FileID: "De Vries"}
		w.disk.User().Remove("contract.pdf")
		rep := w.run()
		if rep.State != Halted || rep.Halted.Code != reasonMisfiled || len(w.onPortal()) != 2 {
			t.Fatalf("report: %+v", rep)
		}
		w.approve(rep.Halted.Plan)
		w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
		if len(w.onPortal()) != 1 {
			t.Errorf("portal: %v", w.onPortal())
		}
	})
}

func TestDocumentFromAnotherClientIsHeld(t *testing.T) { // promise 6
	inWorld(t, func(w *testWorld) {
		w.write("contract.pdf", "of De Vries")
		w.settle()
		info, err := w.disk.Lstat(local.In("contract.pdf"))
		must(t, err)
		w.opt.Neighbour = office{info.FileID: "De Vries"}
		rep := w.run()
		if rep.State != Halted || len(w.onPortal()) != 0 {
			t.Fatalf("report: %+v", rep)
		}
		w.approve(rep.Halted.Plan)
		w.inStep(w.run())
	})
}

// office knows, by file id, whose a document is.
type office map[string]string

func (o office) Known(files map[string]state.SHA256) map[string]string {
	out := map[string]string{}
	for id := range files {
		if c, ok := o[id]; ok {
			out[id] = c
		}
	}
	return out
}

func (o office) Now(_ context.Context, ids []string) map[string]string {
	out := map[string]string{}
	for _, id := range ids {
		if c, ok := o[id]; ok {
			out[id] = c
		}
	}
	return out
}
