package syncer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/state"
	"dossier/syncer/plan"
)

func TestDateFolderComesDown(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("20241231/bank.pdf", "statement")
		rep := w.run()
		if w.onDisk()["20241231/bank.pdf"] == "" {
			t.Errorf("%v %v", rep.State, w.onDisk())
		}
	})
	inWorld(t, func(w *testWorld) {
		w.write("20241231/mine.pdf", "mine")
		w.settle()
		w.inStep(w.run())
		w.put("20241231/bank.pdf", "statement")
		rep := w.run()
		if w.onDisk()["20241231/bank.pdf"] == "" {
			t.Errorf("%v %v", rep.State, w.onDisk())
		}
	})
}

func TestNextTryIsRenewed(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.write("a.txt", "a")
		w.settle()
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Create {
				return &remote.Error{Code: remote.Unavailable, Err: errors.New("x")}
			}
			return nil
		}
		w.run()
		time.Sleep(time.Hour)
		w.run()
		st, err := state.OpenClient(w.file, state.Options{})
		must(t, err)
		defer st.Close()
		_ = st.View(func(tx *state.Tx) error {
			for _, p := range tx.Problems() {
				if p.Next.Before(time.Now()) {
					t.Errorf("next try %v is past, now is %v", p.Next, time.Now())
				}
			}
			return nil
		})
	})
}

func TestMovedIntoIgnoredFolderThere(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.opt.Private = []string{"Internal/"}
		w.opt.Ignore = []string{"skip/"}
		w.put("a/x.txt", "x")
		w.put("a/y.txt", "y")
		w.put("z.txt", "z")
		w.inStep(w.run())
		_, err := w.portal.Somebody().MkdirAll("skip/deep")
		must(t, err)
		must(t, w.portal.Somebody().Move("a/x.txt", "skip/deep"))
		_, err = w.portal.Somebody().MkdirAll("Internal")
		must(t, err)
		must(t, w.portal.Somebody().Move("a/y.txt", "Internal"))
		rep := w.run()
		t.Logf("%v %+v %v", rep.State, rep, w.onDisk())
		rep = w.run()
		t.Logf("%v %+v %v", rep.State, rep.Problems, w.onDisk())
	})
}

func TestModes(t *testing.T) {
	for _, mode := range []plan.Mode{plan.Down, plan.Up, plan.Collect} {
		t.Run(modeName(mode), func(t *testing.T) {
			inWorld(t, func(w *testWorld) {
				w.opt.Mode = mode
				w.put("p.txt", "p")
				w.put("q.txt", "q")
				w.put("d/r.txt", "r")
				w.write("l.txt", "l")
				w.settle()
				rep := w.run()
				t.Logf("1 %v disk %v portal %v", rep, w.onDisk(), w.onPortal())
				if mode != plan.Up {
					w.write("p.txt", "p edited here")
					w.disk.User().Remove("q.txt")
				} else {
					w.write("l.txt", "l2")
				}
				w.put("d/r.txt", "r2 there")
				w.settle()
				rep = w.run()
				t.Logf("2 %v disk %v portal %v", rep, w.onDisk(), w.onPortal())
				rep = w.run()
				t.Logf("3 %v disk %v portal %v", rep, w.onDisk(), w.onPortal())
				if rep.Uploaded+rep.Downloaded+rep.Moved+rep.Deleted != 0 {
					t.Error("not idle")
				}
			})
		})
	}
}

// The disk is full: how many attempts.
func TestQuotaStopsUploads(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		w.inStep(w.run())
		for i := range 300 {
			w.write(fmt.Sprintf("%d.txt", i), fmt.Sprint(i))
		}
		w.settle()
		var n atomic.Int64
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Create {
				n.Add(1)
				return &remote.Error{Op: "x", Code: remote.Quota}
			}
			return nil
		}
		rep := w.run()
		if n.Load() > foldAt+8 || rep.State != Partly {
			t.Errorf("%d uploads to a full portal, state %v", n.Load(), rep.State)
		}
	})
}

// Halt reached in the middle: many folders deleted.
func TestVaultIsReadOnce(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 20 {
			w.write(fmt.Sprintf("%d.txt", i), strings.Repeat("x", 1000)+fmt.Sprint(i))
		}
		for i := range 200 {
			w.write(fmt.Sprintf("k/%d.txt", i), fmt.Sprint(i))
		}
		w.settle()
		w.inStep(w.run())
		for i := range 20 {
			must(t, w.portal.Somebody().Trash(fmt.Sprintf("%d.txt", i)))
		}
		w.inStep(w.run())
		w.settle()
		for range 2 {
			n := 0
			w.run()
			t.Logf("disk calls: %d", 0-n)
		}
	})
}

// A portal folder moved out of the client and back.
func TestFolderOutAndBack(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("A/d/e/x.txt", "x")
		w.put("A/k.txt", "k")
		w.put("B/y.txt", "y")
		w.opt.Folder = w.idOf("A")
		if rep := w.run(); rep.State != InStep {
			t.Fatal(rep)
		}
		must(t, w.portal.Somebody().Move("A/d", "B"))
		rep := w.run()
		t.Logf("%v %v %v", rep.State, rep.Problems, w.onDisk())
		must(t, w.portal.Somebody().Move("B/d", "A"))
		rep = w.run()
		t.Logf("%v %v %v", rep.State, rep.Problems, w.onDisk())
		if w.onDisk()["d/e/x.txt"] != "x" {
			t.Error("not back")
		}
	})
}

func TestDownTakesPortalChangesWithoutCopies(t *testing.T) {
	for _, extra := range []bool{false, true} {
		inWorld(t, func(w *testWorld) {
			w.opt.Mode = plan.Down
			w.put("r.txt", "r")
			if extra {
				w.disk.User().Symlink("link")
			}
			w.run()
			w.put("r.txt", "r2")
			rep := w.run()
			if len(withCopies(w.onDisk())) > 0 {
				t.Errorf("extra %v: %v %v", extra, rep.State, w.onDisk())
			}
		})
		inWorld(t, func(w *testWorld) {
			w.put("r.txt", "r")
			if extra {
				w.disk.User().Symlink("link")
			}
			w.run()
			w.put("r.txt", "r2")
			rep := w.run()
			if len(withCopies(w.onDisk())) > 0 {
				t.Errorf("two-way extra %v: %v %v", extra, rep.State, w.onDisk())
			}
		})
	}
}

// a folder of base put aside: the folder is gone there and a file has its name; here it got a new file.
func TestFolderOfBaseAside(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 30 {
			w.put(fmt.Sprintf("k/%d.txt", i), fmt.Sprint(i))
		}
		w.put("d/a.txt", "a")
		w.put("d/b.txt", "b")
		w.inStep(w.run())
		must(t, w.portal.Somebody().Trash("d"))
		w.put("d", "a file now")
		w.write("d/new.txt", "new here")
		w.write("d/a.txt", "edited here")
		w.settle()
		for i := range 3 {
			rep := w.run()
			t.Logf("%d: %v %+v", i, rep.State, rep.Problems)
			if rep.State == InStep || rep.State == Conflicts {
				w.equal()
			}
		}
		got := fmt.Sprint(w.onDisk())
		t.Log(got)
	})
}

// the same with a look and nothing but a folder put aside: paths of its children at the root.
func TestRootFileIsNotSentForAnother(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("thing", "a file")
		w.write("thing/sub/a.txt", "inside")
		w.write("sub/a.txt", "at the root, other")
		w.settle()
		for i := range 3 {
			rep := w.run()
			t.Logf("%d: %v %+v", i, rep.State, rep.Problems)
		}
		w.equal()
	})
}

func TestLostMoveAndFailedLook(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.portal.Twins = true
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.disk.User().Mkdir("new")
		w.settle()
		old := w.gate
		w.gate = remotetest.Faulty(w.portal, remotetest.NthOf(remotetest.MakeFolder, 1, remotetest.Fault{Code: remote.Unavailable, Lost: true}),
			remotetest.NthOf(remotetest.Children, 1, remotetest.Fault{Code: remote.Unavailable, Inside: true, At: 1}))
		rep := w.run()
		w.gate = old
		t.Logf("%v %+v", rep.State, rep.Problems)
		n := 0
		for e, err := range w.portal.Children(context.Background(), remotetest.MemoryRoot) {
			if err == nil && e.Kind == remote.Folder {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d folders", n)
		}
	})
}

func TestTwoPortalsOneFolderID(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "a")
		w.run()
		b := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
		b.opt.Name, b.opt.PortalName = "De Vries", "another portal"
		b.put("b.txt", "b")
		b.run()
		b.disk, b.opt.Path = w.disk, "/elsewhere"
		rep := b.run()
		if rep.State != Halted {
			t.Errorf("took over another client's folder: %v, its portal now has %v", rep.State, b.onPortal())
		}
	})
}

func TestOneTooBigDoesNotStarveTheRest(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.portal.SetQuota(1000)
		w.write("a big one.bin", strings.Repeat("x", 5000))
		w.write("b2.bin", strings.Repeat("x", 5000))
		w.write("b3.bin", strings.Repeat("x", 5000))
		w.write("b4.bin", strings.Repeat("x", 5000))
		w.write("d/small.txt", "s")
		w.settle()
		for range 3 {
			w.run()
		}
		if w.onPortal()["d/small.txt"] != "s" {
			t.Errorf("starved: %v", len(w.onPortal()))
		}
	})
}

var _ = plan.Down

func TestAdoptEndsDespiteAFileThatNeverGoesUp(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("r.txt", "r")
		w.put("s.txt", "s")
		w.write("huge.bin", "too big for the portal")
		w.settle()
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Create {
				return &remote.Error{Op: "upload", Code: remote.TooBig}
			}
			return nil
		}
		w.run()
		w.run()
		w.put("r.txt", "r2")
		w.disk.User().Remove("s.txt")
		rep := w.run()
		if len(withCopies(w.onDisk())) > 0 || rep.Deleted != 1 {
			t.Errorf("%v %v", rep, w.onDisk())
		}
	})
}

func TestAdoptEndsDespiteAPlaceholder(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("r.txt", "r")
		w.put("s.txt", "s")
		w.put("cloud.txt", "c")
		w.inStep(w.run())
		w.disk.User().Remove("cloud.txt")
		w.disk.User().Placeholder("cloud.txt")
		w.opt.Path = "/moved"
		w.run()
		w.run()
		w.put("r.txt", "r2")
		rep := w.run()
		if len(withCopies(w.onDisk())) > 0 {
			t.Errorf("%v %v", rep, w.onDisk())
		}
	})
}
