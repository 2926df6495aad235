package syncer

import (
	"context"
	"errors"
	"fmt"
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
)

// What a look saw while a move was under way is overwritten by the move's older answer.
func TestNewerSightSurvivesAnOlderAnswer(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "v1")
		w.put("other.txt", "o")
		w.inStep(w.run())
		w.disk.User().Rename("a.txt", "b.txt")
		w.settle()
		w.gate.After = func(_ context.Context, c remotetest.Call, err error) error {
			if c.Verb == remotetest.Move {
				time.Sleep(time.Second)
				w.put("b.txt", "v2, by somebody")
				time.Sleep(feedWhileBusy)
			}
			return err
		}
		rep := w.run()
		w.gate.After = nil
		t.Logf("%v %v", rep.State, w.onDisk())
		rep = w.run()
		if w.onDisk()["b.txt"] != "v2, by somebody" {
			t.Errorf("%v: never came: %v", rep.State, w.onDisk())
		}
	})
}

// An item that came back while its deletion was carried over.
func TestBackWhileItIsDeletedHere(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "v1")
		w.put("other.txt", "o")
		w.inStep(w.run())
		id := w.idOf("a.txt")
		w.disk.User().Remove("a.txt")
		w.gate.After = func(_ context.Context, c remotetest.Call, err error) error {
			if c.Verb == remotetest.Delete {
				time.Sleep(time.Second)
				trash, _ := w.portal.AsTrash()
				_, rerr := trash.Restore(context.Background(), id, remote.File, nil)
				must(t, rerr)
				time.Sleep(feedWhileBusy)
			}
			return err
		}
		rep := w.run()
		w.gate.After = nil
		t.Logf("%v %v %v", rep.State, w.onDisk(), w.onPortal())
		for range 2 {
			rep = w.run()
		}
		if rep.State == InStep {
			w.equal()
		}
	})
}

// Guards of deletion with an unknown: emptied etc. not here.

// The client's folder on the portal is trashed.
func TestClientFolderTrashed(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 30 {
			w.put(fmt.Sprintf("A/%d.txt", i), fmt.Sprint(i))
		}
		w.opt.Folder = w.idOf("A")
		if rep := w.run(); rep.State != InStep {
			t.Fatal(rep)
		}
		must(t, w.portal.Somebody().Trash("A"))
		for range 3 {
			rep := w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
			t.Logf("%v %v %v", rep.State, rep.Error, rep.Halted)
			if len(w.onDisk()) != 30 {
				t.Errorf("disk: %d", len(w.onDisk()))
			}
			time.Sleep(8 * 24 * time.Hour)
		}
	})
}

// 31 days off, then on: adopt ends and the next deletion goes up.
func TestThirtyDaysOff(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "a")
		w.put("b.txt", "b")
		w.inStep(w.run())
		time.Sleep(31 * 24 * time.Hour)
		must(t, w.portal.Somebody().Trash("a.txt"))
		rep := w.run()
		t.Logf("%v %v %v", rep.State, rep.Problems, w.onDisk())
		rep = w.run()
		t.Logf("%v %v %v %v", rep.State, rep.Problems, w.onDisk(), w.onPortal())
		w.inStep(rep)
	})
}

// A file of the client is replaced by an own restore of the machine's clock: clock back a year.
func TestSaveWhileItsUploadIsFolded(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("a.txt", "v1")
		w.inStep(w.run())
		w.write("a.txt", "v2")
		w.settle()
		w.gate.After = func(_ context.Context, c remotetest.Call, err error) error {
			if c.Verb == remotetest.Replace {
				w.write("a.txt", "v3")
			}
			return err
		}
		rep := w.run()
		w.gate.After = nil
		t.Logf("%v %v %v", rep.State, rep.Problems, w.onPortal())
		w.settle()
		w.inStep(w.run())
		if w.onPortal()["a.txt"] != "v3" {
			t.Error(w.onPortal())
		}
	})
}

func TestStageIsLeftEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Digest = ""
		w := newTestWorld(t, remotetest.NewMemory(f), "pc")
		w.put("a.txt", "equal")
		w.put("b.txt", "theirs")
		w.write("a.txt", "equal")
		w.write("b.txt", "mines!")
		w.settle()
		rep := w.run()
		t.Logf("%v %+v", rep.State, rep)
		w.equal()
		for _, p := range simdisk.Paths(w.disk.Tree(local.House)) {
			if strings.HasPrefix(p, "stage/") && p != "stage/" {
				t.Errorf("left in staging: %s", p)
			}
		}
		w.still(rep.State)
	})
}

func TestFrozenIsTold(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("y.txt", "y")
		w.inStep(w.run())
		must(t, w.portal.Freeze("y.txt", "is locked by Jan"))
		rep := w.run()
		t.Logf("frozen, nothing changed: %v %+v", rep.State, rep.Problems)
		w.write("y.txt", "y2")
		w.settle()
		rep = w.run()
		t.Logf("%v %+v", rep.State, rep.Problems)
		must(t, w.portal.Freeze("y.txt", ""))
		rep = w.run()
		t.Logf("%v %+v %v", rep.State, rep.Problems, w.onPortal())
		w.inStep(rep)
	})
}

func TestCancelEnds(t *testing.T) {
	for after := 1; after < 60; after += 3 {
		inWorld(t, func(w *testWorld) {
			before(w)
			story(w)
			w.settle()
			ctx, cancel := context.WithCancel(context.Background())
			var n atomic.Int64
			w.gate.Before = func(_ context.Context, c remotetest.Call) error {
				if n.Add(1) == int64(after) {
					cancel()
				}
				return nil
			}
			w.runWith(ctx, RunOptions{})
			cancel()
			w.gate.Before = nil
			afterStory(w, fmt.Sprint("cancelled at ", after))
		})
	}
}

// A file that came by feed from a folder that lies deeper than what is known: order of events reversed by lag.
func TestMovedIntoAFolderThatTheFeedTellsLater(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("big/1.txt", "1")
		for i := range 10 {
			w.put(fmt.Sprintf("k/%d.txt", i), fmt.Sprint(i))
		}
		w.inStep(w.run())
		_, err := w.portal.Somebody().MkdirAll("new")
		must(t, err)
		must(t, w.portal.Somebody().Move("big", "new"))
		rep := w.run()
		if rep.Deleted+rep.Downloaded != 0 {
			t.Errorf("%+v", rep)
		}
		w.inStep(rep)
	})
}

// Late write into the vault while the root is another's.
func TestNothingIsBroughtBackIntoAForeignRoot(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.opt.VaultTerm = 24 * time.Hour
		w.put("a.txt", "v1")
		w.put("b.txt", "b")
		w.inStep(w.run())
		h := w.disk.User().Open("a.txt")
		w.put("a.txt", "v2")
		w.run()
		_ = h
		h.WriteAt("late, of the first client", 0)
		w.disk.User().ReplaceRoot()
		w.write("other.txt", "another client's")
		time.Sleep(72 * time.Hour)
		rep := w.run()
		t.Logf("%v %+v %v", rep.State, rep.Halted, w.onDisk())
		if rep.State != Halted || len(withCopies(w.onDisk())) != 0 {
			t.Errorf("written into a folder that is not ours: %v", w.onDisk())
		}
	})
}

// A hold of the guard, then the deleted thing restored on disk.
func TestDeletedThenBack(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		for i := range 200 {
			w.disk.User().Rename(fmt.Sprintf("%d/%d.txt", i%10, i), fmt.Sprintf("%d/%d.tmp", i%10, i))
		}
		rep := w.run()
		t.Logf("%v", rep.State)
		for i := range 200 {
			w.disk.User().Rename(fmt.Sprintf("%d/%d.tmp", i%10, i), fmt.Sprintf("%d/%d.txt", i%10, i))
		}
		w.settle()
		w.inStep(w.run())
	})
}

// Dry run in a world with leftovers of a lost reply.
func TestParentDenied(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.write("d/a.txt", "a")
		w.write("e/b.txt", "b")
		w.settle()
		w.inStep(w.run())
		w.disk.User().Deny("d", true)
		must(t, w.portal.Somebody().Trash("d"))
		w.put("e/c.txt", "c")
		rep := w.run()
		t.Logf("%v %+v", rep.State, rep.Problems)
		w.disk.User().Deny("d", false)
		rep = w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
		t.Logf("%v %+v %v", rep.State, rep.Problems, w.onDisk())
		w.inStep(rep)
	})
}

var _ remote.ID

// A folder that came from another client, and one of the same name on the portal: held with all that lies in it, and the run ends.
func TestMisfiledFolderIsHeldWhole(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		w.put("d/p.txt", "p")
		w.write("d/l.txt", "l")
		w.settle()
		info, err := w.disk.Lstat(local.In("d"))
		must(t, err)
		w.opt.Neighbour = office{info.FileID: "De Vries"}
		rep := w.run()
		if _, published := w.onPortal()["d/l.txt"]; published || rep.State != Halted {
			t.Errorf("%v %+v", w.onPortal(), rep)
		}
	})
}

// A download that was put in place and not written down, and a rename on the portal meanwhile: the file is one (E2, E4).
func TestPlacedAndNotWrittenDownIsNotBroughtTwice(t *testing.T) {
	for _, side := range []string{"down", "up", "new version up"} {
		t.Run(side, func(t *testing.T) {
			inWorld(t, func(w *testWorld) {
				w.put("other.txt", "o")
				if side == "new version up" {
					w.put("a.txt", "first")
				}
				w.inStep(w.run())
				if side == "down" {
					w.put("a.txt", "content of a")
				} else {
					w.write("a.txt", "content of a")
				}
				w.settle()
				w.crashBeforeTheOutcome()
				if side == "down" {
					must(t, w.portal.Somebody().Rename("a.txt", "renamed.txt"))
				} else {
					w.disk.User().Rename("a.txt", "renamed.txt")
				}
				w.settle()
				rep := w.run()
				w.inStep(rep)
				if n := countFiles(w.onDisk()); n != 2 || rep.Uploaded+rep.Downloaded != 0 || rep.Moved != 1 {
					t.Errorf("%v %+v", w.onDisk(), rep)
				}
			})
		})
	}
}

// crashBeforeTheOutcome runs until content was brought over, and lets the process die before it can write that down.
func (w *testWorld) crashBeforeTheOutcome() {
	dead := errors.New("the machine is dead")
	var brought, died atomic.Bool
	st, err := state.OpenClient(w.file, state.Options{Commit: func(commit func() error) error {
		if brought.Load() {
			died.Store(true)
			return dead
		}
		return commit()
	}})
	must(w.t, err)
	defer st.Close()
	w.gate.After = func(_ context.Context, c remotetest.Call, err error) error {
		if c.Verb == remotetest.Create || c.Verb == remotetest.Replace {
			brought.Store(true)
		}
		return err
	}
	w.disk.SetHooks(nil, func(op string, p local.Path) error {
		if strings.HasPrefix(op, "rename") && strings.HasPrefix(p.Rel, "stage/") {
			brought.Store(true)
		}
		return nil
	})
	m, err := w.open(context.Background(), st)
	must(w.t, err)
	m.Reconcile(context.Background(), RunOptions{})
	w.gate.After = nil
	w.disk.SetHooks(nil, nil)
	if !died.Load() {
		w.t.Fatal("nothing was brought over")
	}
}
