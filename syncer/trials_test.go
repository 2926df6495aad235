package syncer

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// One link in the folder keeps adopt mode for ever: deletions come back.
func TestAdoptEndsDespiteALink(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.write("a.txt", "a")
		w.write("b.txt", "b")
		w.disk.User().Symlink("link")
		w.settle()
		w.run()
		w.run()
		w.disk.User().Remove("a.txt")
		rep := w.run()
		if rep.Deleted != 1 || w.onDisk()["a.txt"] != "" {
			t.Errorf("deletion did not go up: disk %v report %+v", w.onDisk(), rep)
		}
	})
}

// Another folder on the portal: nothing is crawled.
func TestOtherFolder(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("A/x.txt", "x in A")
		w.put("B/y.txt", "y in B")
		w.opt.Folder = w.idOf("A")
		rep := w.run()
		if rep.State != InStep {
			t.Fatalf("%+v", rep)
		}
		w.opt.Folder = w.idOf("B")
		w.write("x.txt", "edited after the folder was set to B")
		w.settle()
		rep = w.run()
		t.Logf("portal %v disk %v state %v", w.onPortal(), w.onDisk(), rep.State)
		if w.onPortal()["A/x.txt"] != "x in A" {
			t.Error("written into the old folder")
		}
		if w.onDisk()["y.txt"] == "" {
			t.Error("the new folder never came down")
		}
	})
}

// Gone tree after a crawl: witnessed or not by chance.
func TestTrashedFolderSeenByCrawl(t *testing.T) {
	for i := range 8 {
		inWorld(t, func(w *testWorld) {
			w.portal.NoFeed = true
			w.put("stay.txt", "s")
			for j := range 3 {
				w.put(fmt.Sprintf("d/%d.txt", j), fmt.Sprint(j))
			}
			for j := range 40 {
				w.put(fmt.Sprintf("k/%d.txt", j), fmt.Sprint(j))
			}
			w.inStep(w.run())
			must(t, w.portal.Somebody().Trash("d"))
			rep := w.run()
			if rep.State != InStep {
				t.Errorf("try %d: %v %+v", i, rep.State, rep.Problems)
			}
		})
	}
}

// Done but not told: the report.
func TestDoneButNotTold(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.write("a.txt", "a")
		w.settle()
		g := remotetest.Faulty(w.portal, remotetest.NthOf(remotetest.Create, 1, remotetest.Fault{Code: remote.Unavailable, Lost: true}))
		old := w.gate
		w.gate = g
		rep := w.run()
		w.gate = old
		w.equal()
		if rep.State != InStep {
			t.Errorf("%v %+v", rep.State, rep.Problems)
		}
	})
}

// Done but not told, and no look possible: it is sent again without looking.
func TestNoSecondAttemptWithoutALook(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.portal.Twins = true
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.write("a.txt", "a")
		w.settle()
		old := w.gate
		w.gate = remotetest.Faulty(w.portal, remotetest.NthOf(remotetest.Create, 1, remotetest.Fault{Code: remote.Unavailable, Lost: true}),
			remotetest.NthOf(remotetest.Children, 1, remotetest.Fault{Code: remote.Unavailable}))
		w.run()
		w.gate = old
		if len(w.onPortal()) != 2 {
			t.Errorf("%v", w.onPortal())
		}
	})
}

// Deletions a person let through by --accept-deletes count against the next one.
func TestAcceptedDeletesDoNotCount(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		for i := range 200 {
			must(t, w.portal.Somebody().Trash(fmt.Sprintf("%d/%d.txt", i%10, i)))
		}
		w.inStep(w.runWith(context.Background(), RunOptions{AcceptDeletes: true}))
		w.disk.User().Remove("0/200.txt")
		rep := w.run()
		if rep.State != InStep {
			t.Errorf("%v %+v", rep.State, rep.Halted)
		}
	})
}

// A halt at the door lifts the halt of the restored portal.
func TestRestoredHaltSurvivesARootHalt(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("report.docx", "last week")
		w.put("gone.docx", "deleted since")
		w.inStep(w.run())
		restore := w.portal.Save()
		w.put("report.docx", "today")
		must(t, w.portal.Somebody().Trash("gone.docx"))
		w.inStep(w.run())
		restore()
		rep := w.run()
		if rep.State != Halted {
			t.Fatalf("%+v", rep)
		}
		w.disk.User().Rename(".dossier-client", "aside.marker")
		rep = w.run()
		t.Logf("with the marker away: %v %+v", rep.State, rep.Halted)
		w.disk.User().Rename("aside.marker", ".dossier-client")
		rep = w.run()
		if rep.State != Halted {
			t.Errorf("nobody approved, yet: %v %+v disk %v", rep.State, rep, w.onDisk())
		}
	})
}

// Path of a client set to another client's marked folder.
func TestPathOfAnotherClient(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("A/a.txt", "of A")
		w.put("B/b.txt", "of B")
		folderA, folderB := w.idOf("A"), w.idOf("B")
		w.opt.Folder, w.opt.Path = folderA, "/A"
		if rep := w.run(); rep.State != InStep {
			t.Fatalf("%+v", rep)
		}
		diskA := w.disk
		b := newTestWorld(t, w.portal, "pc")
		b.opt.Folder, b.opt.Path = folderB, "/B"
		if rep := b.run(); rep.State != InStep {
			t.Fatalf("%+v", rep)
		}
		b.disk, b.opt.Path = diskA, "/A"
		b.run()
		b.settle()
		rep := b.run()
		if _, there := w.onPortal()["B/a.txt"]; there {
			t.Errorf("client A's document was published to B: %v %v", rep.State, w.onPortal())
		}
	})
}

// Many saves of one document trip the guard on many changed files.
func TestManySavesOfOneFile(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 100 {
			w.write(fmt.Sprintf("%d.txt", i), fmt.Sprint(i))
		}
		w.settle()
		w.inStep(w.run())
		for i := range 60 {
			w.write("0.txt", fmt.Sprint("save ", i))
			w.settle()
			if rep := w.run(); rep.State != InStep {
				t.Fatalf("save %d: %v %+v", i, rep.State, rep.Halted)
			}
		}
	})
}

// A refused token: how many calls are still made.
func TestSignInStopsAtOnce(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		w.inStep(w.run())
		for i := range 200 {
			w.write(fmt.Sprintf("%d.txt", i), fmt.Sprint(i))
		}
		w.settle()
		var n atomic.Int64
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Create {
				n.Add(1)
				return &remote.Error{Op: "x", Code: remote.SignIn}
			}
			return nil
		}
		rep := w.run()
		if n.Load() > 8 {
			t.Errorf("%d calls with a refused token, state %v", n.Load(), rep.State)
		}
	})
}

// An orphan: seen below a new folder that was trashed before it came down.
func TestOrphanOfATrashedNewFolder(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.put("F/G/c.txt", "c")
		w.runWith(context.Background(), RunOptions{DryRun: true})
		must(t, w.portal.Somebody().Trash("F"))
		rep := w.run()
		t.Logf("%v %+v", rep.State, rep.Problems)
		w.inStep(w.run())
	})
}

// A conflict in a folder that is renamed.
func TestConflictSurvivesFolderRename(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("d/a.docx", "first")
		w.inStep(w.run())
		w.write("d/a.docx", "mine")
		w.put("d/a.docx", "theirs")
		w.settle()
		if rep := w.run(); rep.State != Conflicts {
			t.Fatalf("%+v", rep)
		}
		w.disk.User().Rename("d", "e")
		w.settle()
		if rep := w.run(); rep.State != Conflicts {
			t.Errorf("%v, though both versions still lie there: %v", rep.State, w.onDisk())
		}
	})
}

// A folder that could not be listed, and the next run that reads the feed.
func TestGapIsForgotten(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("d/a.txt", "portal's")
		w.put("e.txt", "e")
		w.write("d/b.txt", "disk's")
		w.settle()
		must(t, w.portal.Break("d"))
		rep := w.run()
		t.Logf("1: %v %+v", rep.State, rep.Problems)
		var n atomic.Int64
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb.Writes() {
				n.Add(1)
			}
			return nil
		}
		rep = w.run()
		t.Logf("2: %v %+v disk %v", rep.State, rep.Problems, w.onDisk())
		if rep.State == InStep {
			t.Error("in step, though a folder was never seen")
		}
		if n.Load() > 0 {
			t.Errorf("%d writes into a folder that nobody has seen", n.Load())
		}
	})
}

// A look while a download has been put in place and not been written down.
func TestLookBetweenEffectAndOutcome(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("slow.bin", strings.Repeat("s", 1000))
		w.put("long.bin", strings.Repeat("l", 1000))
		w.gate.During = func(ctx context.Context, c remotetest.Call, passed int64) error {
			if c.Verb == remotetest.Download && passed == 0 {
				d := 40 * time.Second
				if c.Object != "" && w.idOf("long.bin") == remote.ID(c.Object) {
					d = 200 * time.Second
				}
				time.Sleep(d)
			}
			return nil
		}
		changes := 0
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Changes {
				if changes++; changes == 2 {
					time.Sleep(20 * time.Second)
				}
			}
			return nil
		}
		rep := w.run()
		w.gate.During, w.gate.Before = nil, nil
		t.Logf("%v %+v", rep, w.onDisk())
		w.inStep(rep)
		if rep.Moved != 0 || rep.Uploaded != 0 || len(w.onDisk()) != 2 {
			t.Errorf("%+v disk %v", rep, w.onDisk())
		}
	})
}

// A file moved to another client out of a folder that was deleted as well.
func TestFileOutOfADeletedFolderIsHeld(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.write("2026/contract.pdf", "for Jansen only")
		for i := range 10 {
			w.write(fmt.Sprintf("%d.pdf", i), fmt.Sprint("stays", i))
		}
		w.settle()
		w.inStep(w.run())
		info, err := w.disk.Lstat(local.In("2026/contract.pdf"))
		must(t, err)
		w.opt.Neighbour = office{info.FileID: "De Vries"}
		w.disk.User().Remove("2026/contract.pdf")
		w.disk.User().Remove("2026")
		rep := w.run()
		if rep.State != Halted || w.onPortal()["2026/contract.pdf"] == "" {
			t.Errorf("%v, portal: %v", rep.State, w.onPortal())
		}
	})
}

// Word's owner file of a name longer than eight letters.
func TestWordOwnerFile(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.write("z.txt", "z")
		w.settle()
		w.inStep(w.run())
		w.write("quarterly report.docx", "half written")
		w.write("~$arterly report.docx", "owner")
		time.Sleep(5 * time.Second) // more than settle, less than SettleOwned
		if rep := w.run(); rep.Uploaded != 0 {
			t.Errorf("sent while Word has it open: %+v", rep)
		}
	})
}

// A feed that tells ids only.
func TestOpaqueFeed(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.portal.OpaqueFeed = true
		w.put("z.txt", "z")
		w.inStep(w.run())
		w.put("new.txt", "new")
		rep := w.run()
		if w.onDisk()["new.txt"] != "new" {
			t.Errorf("never came: %+v", rep)
		}
	})
}

// A local folder and a portal file of one name, both new.
func TestFolderHereFileThere(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("thing", "a file")
		w.write("thing/a.txt", "inside")
		w.write("a.txt", "at the root")
		w.settle()
		rep := w.run()
		t.Logf("%v %v", rep, w.onDisk())
		if rep.State == InStep || rep.State == Conflicts {
			w.equal()
		}
		rep = w.run()
		w.equal()
		w.still(rep.State)
	})
}

// An upload that was cut off, whose file is gone since.
func TestLeftoverResumeEnds(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.portal.ChunkSize = 100
		w.put("z.txt", "z")
		w.write("big.bin", strings.Repeat("1", 1000))
		w.settle()
		w.inStep(w.run())
		w.write("big.bin", strings.Repeat("x", 1000))
		w.settle()
		old := w.gate
		w.gate = remotetest.Faulty(w.portal, remotetest.Each(remotetest.Replace, remotetest.Fault{Code: remote.Unavailable, Lost: true}))
		ctx, cancel := context.WithCancel(context.Background())
		_ = ctx
		var n atomic.Int64
		st, err := state.OpenClient(w.file, state.Options{})
		must(t, err)
		w.gate = remotetest.NewGate(w.portal)
		w.gate.Before = func(_ context.Context, c remotetest.Call) error { return nil }
		m, err := w.open(ctx, st)
		must(t, err)
		m.opt.Progress = func(e Event) {
			if e.Up && e.Bytes > 0 {
				if n.Add(1) == 3 {
					cancel()
				}
			}
		}
		m.Reconcile(ctx, RunOptions{})
		left := intents(st)
		st.Close()
		t.Logf("left: %+v", left)
		w.gate = old
		w.disk.User().Remove("big.bin")
		must(t, w.portal.Somebody().Trash("big.bin"))
		for i := range 3 {
			w.settle()
			rep := w.run()
			t.Logf("%d: %v %s calls %d", i, rep.State, rep.Error, rep.Calls)
			if rep.State == Failed {
				t.Errorf("fails for ever: %s", rep.Error)
			}
		}
		st, err = state.OpenClient(w.file, state.Options{})
		must(t, err)
		defer st.Close()
		if left := intents(st); len(left) > 0 {
			t.Errorf("left for ever: %+v", left)
		}
	})
}

func intents(st *state.Client) (out []state.Intent) {
	_ = st.View(func(tx *state.Tx) error { out = tx.Intents(); return nil })
	return out
}

// Dry run writes.
func TestDryRunLeavesNoTrace(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("z.txt", "z")
		before := fmt.Sprint(simdisk.Paths(w.disk.Tree(local.House)))
		rep := w.runWith(context.Background(), RunOptions{DryRun: true})
		if after := fmt.Sprint(simdisk.Paths(w.disk.Tree(local.House))); after != before {
			t.Errorf("disk: %s -> %s", before, after)
		}
		if rep.State == InStep && len(rep.Planned) > 0 {
			t.Errorf("in step with %d operations planned", len(rep.Planned))
		}
	})
}

// Conflicts while looks go on.
func TestConflictDuringALook(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("slow.bin", strings.Repeat("s", 1000))
		w.inStep(w.run())
		w.put("slow.bin", strings.Repeat("t", 1000))
		w.write("slow.bin", "mine")
		w.put("long.bin", strings.Repeat("l", 1000))
		w.settle()
		long := w.idOf("long.bin")
		w.gate.During = func(ctx context.Context, c remotetest.Call, passed int64) error {
			if c.Verb == remotetest.Download && passed == 0 {
				d := 40 * time.Second
				if long == remote.ID(c.Object) {
					d = 200 * time.Second
				}
				time.Sleep(d)
			}
			return nil
		}
		changes := 0
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Changes {
				if changes++; changes == 2 {
					time.Sleep(20 * time.Second)
				}
			}
			return nil
		}
		rep := w.run()
		w.gate.During, w.gate.Before = nil, nil
		t.Logf("%+v %+v", rep, w.onDisk())
		w.equal()
		if len(w.onDisk()) != 3 || rep.Moved != 0 {
			t.Errorf("%+v disk %v", rep, w.onDisk())
		}
		w.still(Conflicts)
	})
}
