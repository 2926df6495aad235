package syncer

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local/simdisk"
)

func foldWorld(t *testing.T, test func(w *testWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
		w.disk = simdisk.New(simdisk.Options{FoldCase: true, FoldUnicode: true})
		w.opt.Windows = true
		test(w)
	})
}

func TestCaseRenames(t *testing.T) {
	foldWorld(t, func(w *testWorld) {
		w.put("a.txt", "a")
		w.put("dir/b.txt", "b")
		w.inStep(w.run())
		must(t, w.portal.Somebody().Rename("a.txt", "A.txt"))
		must(t, w.portal.Somebody().Rename("dir", "DIR"))
		rep := w.run()
		t.Logf("%+v %v", rep, w.onDisk())
		w.inStep(rep)
		w.disk.User().Rename("A.txt", "a.TXT")
		w.disk.User().Rename("DIR", "Dir")
		w.settle()
		rep = w.run()
		t.Logf("%+v %v", rep, w.onPortal())
		w.inStep(rep)
	})
}

func TestOddNames(t *testing.T) {
	foldWorld(t, func(w *testWorld) {
		w.put("a:b.txt", "1")
		w.put("CON", "2")
		w.put("x./y", "3")
		rep := w.run()
		t.Logf("%v %v", rep.State, w.onDisk())
		for p := range w.onDisk() {
			if len(p) > 5 && p[0] == 'a' {
				w.write(p, "edited here")
			}
		}
		w.settle()
		rep = w.run()
		t.Logf("%v %v %v", rep.State, w.onDisk(), w.onPortal())
		must(t, w.portal.Somebody().Rename("a:b.txt", "a?b.txt"))
		must(t, w.portal.Somebody().Rename("x.", "x. "))
		rep = w.run()
		t.Logf("%v %v %v %v", rep.State, rep.Problems, w.onDisk(), w.onPortal())
		w.still(rep.State)
	})
}

func TestTwinsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		w := newTestWorld(t, remotetest.NewMemory(f), "pc")
		w.portal.Twins = true
		mk := func(name, content string) {
			_, err := w.portal.Create(context.Background(), remotetest.UploadOf(remote.Place{Parent: remotetest.MemoryRoot, Name: name}, []byte(content)))
			must(t, err)
		}
		mk("a.txt", "one")
		mk("a.txt", "two")
		mk("a.txt", "three")
		rep := w.run()
		t.Logf("%v %v %v", rep.State, rep.Problems, w.onDisk())
		if len(w.onDisk()) != 3 {
			t.Error("not all came")
		}
		w.still(rep.State)
		id := w.idOf("a.txt")
		e, err := w.portal.Get(context.Background(), id, remote.File)
		must(t, err)
		must(t, w.portal.Delete(context.Background(), e))
		rep = w.run()
		t.Logf("%v %v %v", rep.State, rep.Problems, w.onDisk())
		if len(w.onDisk()) != 2 {
			t.Error("wrong")
		}
		w.still(rep.State)
	})
}

func TestTwoLooksApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Trash, f.Looks, f.LooksApart = false, 2, time.Minute
		w := newTestWorld(t, remotetest.NewMemory(f), "pc")
		w.portal.NoFeed = true
		for i := range 30 {
			w.put(fmt.Sprintf("d%d/%d.txt", i%3, i), fmt.Sprint(i))
		}
		w.inStep(w.run())
		must(t, w.portal.Somebody().Trash("d0/0.txt"))
		rep := w.run()
		t.Logf("1 %v %v", rep.State, rep.Problems)
		if rep.Deleted != 0 {
			t.Error("too early")
		}
		time.Sleep(2 * time.Minute)
		rep = w.run()
		t.Logf("2 %v %v", rep.State, rep.Problems)
		w.inStep(rep)
	})
}

// What lies in the portal's trash was deleted there: no second look makes that any surer.
func TestTrashNeedsNoSecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Looks, f.LooksApart = 2, time.Minute
		w := newTestWorld(t, remotetest.NewMemory(f), "pc")
		w.portal.NoFeed = true
		for i := range 30 {
			w.put(fmt.Sprintf("%d.txt", i), fmt.Sprint(i))
		}
		w.inStep(w.run())
		must(t, w.portal.Somebody().Trash("0.txt"))
		if rep := w.run(); rep.Deleted != 1 || rep.State != InStep {
			t.Errorf("%+v", rep)
		}
	})
}

func TestNoFileIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
		w.disk = simdisk.New(simdisk.Options{NoFileIDs: true, Granularity: 2 * time.Second, NoUseInfo: true, FoldCase: true})
		for i := range 30 {
			w.put(fmt.Sprintf("d%d/%d.txt", i%3, i), fmt.Sprint(i))
		}
		w.inStep(w.run())
		w.settle()
		w.disk.User().Rename("d0", "renamed")
		w.write("d1/1.txt", "X")
		w.settle()
		rep := w.run()
		t.Logf("%+v", rep)
		w.inStep(rep)
	})
}

func TestLocalTwinsFoldBack(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 30 {
			w.put(fmt.Sprintf("k/%d.txt", i), fmt.Sprint(i))
		}
		w.write("A.txt", "upper")
		w.write("a.txt", "lower")
		w.settle()
		w.run()
		w.disk.User().Remove("A.txt")
		rep := w.run()
		t.Logf("%v %+v %v", rep.State, rep.Problems, w.onPortal()["a.txt"])
		rep = w.run()
		t.Logf("%v %+v", rep.State, rep.Problems)
		if rep.State == InStep {
			w.equal()
		}
	})
}

// the same Mirror used for two runs, the first of which was cancelled.
func TestQuotaThenBack(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "a")
		w.inStep(w.run())
		w.portal.SetQuota(1)
		w.write("b.txt", "bbbbb")
		w.settle()
		rep := w.run()
		t.Logf("%v %+v", rep.State, rep.Problems)
		w.portal.SetQuota(0)
		w.inStep(w.run())
	})
}

// folder renamed here while somebody adds a file there and another machine's name for it differs.
func TestFolderBothRenamedAndFilled(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 30 {
			w.put(fmt.Sprintf("k/%d.txt", i), fmt.Sprint(i))
		}
		w.inStep(w.run())
		w.disk.User().Rename("k", "here")
		must(t, w.portal.Somebody().Rename("k", "there"))
		w.put("there/new.txt", "n")
		w.write("here/mine.txt", "m")
		w.put("k/again.txt", "a new k")
		w.settle()
		rep := w.run()
		t.Logf("%+v %d", rep, len(w.onDisk()))
		w.inStep(rep)
	})
}
