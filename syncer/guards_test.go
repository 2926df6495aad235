package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// three hundred files, in step.
func threeHundred(w *testWorld) {
	for i := range 300 {
		w.write(fmt.Sprintf("%d/%d.txt", i%10, i), fmt.Sprint("content ", i))
	}
	w.settle()
	w.inStep(w.run())
}

func TestManyDeletionsHalt(t *testing.T) { // P9, F27
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		for i := range 200 {
			w.disk.User().Remove(fmt.Sprintf("%d/%d.txt", i%10, i))
		}
		w.put("other.txt", "flows on")
		rep := w.run()
		if rep.State != Halted || rep.Halted.Code != plan.ReasonDeletes || rep.Halted.Deletes != 200 || rep.Halted.Plan == "" {
			t.Fatalf("report: %+v %+v", rep, rep.Halted)
		}
		if rep.Downloaded != 1 || len(w.onPortal()) != 311 {
			t.Errorf("%d on the portal, report: %+v", len(w.onPortal()), rep)
		}
		w.approve(rep.Halted.Plan)
		w.inStep(w.run())
		if n := len(w.onPortal()); n != 111 {
			t.Errorf("%d left", n)
		}
	})
}

func (w *testWorld) approve(id string) {
	w.t.Helper()
	st, err := state.OpenClient(w.file, state.Options{})
	must(w.t, err)
	defer st.Close()
	must(w.t, st.Update(func(tx *state.Tx) error {
		_, err := tx.Approve(id, "test", tx.Now().Add(window))
		return err
	}))
}

func TestDeletionsInWavesHalt(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		gone := 0
		for wave := range 10 {
			for i := range 20 {
				w.disk.User().Remove(fmt.Sprintf("%d/%d.txt", (wave*20+i)%10, wave*20+i))
			}
			if rep := w.run(); rep.State == Halted {
				break
			}
			gone += 20
		}
		if gone == 0 || gone > 40 {
			t.Errorf("%d deleted before the guard tripped", gone)
		}
	})
}

func TestAcceptDeletesLetsThrough(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		for i := range 200 {
			must(t, w.portal.Somebody().Trash(fmt.Sprintf("%d/%d.txt", i%10, i)))
		}
		if rep := w.run(); rep.State != Halted {
			t.Fatalf("report: %+v", rep)
		}
		w.inStep(w.runWith(context.Background(), RunOptions{AcceptDeletes: true}))
	})
}

// nothingDeleted runs, and demands a halt of the whole client that changes nothing on either side.
func nothingDeleted(w *testWorld, code string) {
	w.t.Helper()
	disk, portal := len(w.onDisk()), len(w.onPortal())
	rep := w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
	if rep.State != Halted || rep.Halted.Code != code {
		w.t.Fatalf("report: %+v %+v", rep, rep.Halted)
	}
	if len(w.onDisk()) != disk || len(w.onPortal()) != portal {
		w.t.Errorf("disk %d → %d, portal %d → %d", disk, len(w.onDisk()), portal, len(w.onPortal()))
	}
}

func TestRootGoneHalts(t *testing.T) { // F1
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		w.disk.User().RemoveRoot(true)
		rep := w.runWith(context.Background(), RunOptions{AcceptDeletes: true})
		if rep.State != Halted && rep.State != Failed || len(w.onPortal()) != 310 {
			t.Fatalf("%d, report: %+v", len(w.onPortal()), rep)
		}
	})
}

func TestMarkerGoneHalts(t *testing.T) { // F1
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		w.disk.User().Remove(".dossier-client")
		nothingDeleted(w, plan.ReasonRoot)
	})
}

func TestRootReplacedHalts(t *testing.T) { // F1
	inWorld(t, func(w *testWorld) {
		threeHundred(w)
		w.disk.User().ReplaceRoot()
		nothingDeleted(w, plan.ReasonRoot)
	})
}

func TestPortalRestoredHalts(t *testing.T) { // P20
	inWorld(t, func(w *testWorld) {
		w.put("report.docx", "last week")
		w.put("gone.docx", "deleted since")
		w.inStep(w.run())
		restore := w.portal.Save()
		w.put("report.docx", "today")
		w.put("new.docx", "since")
		must(t, w.portal.Somebody().Trash("gone.docx"))
		w.inStep(w.run())
		restore()
		nothingDeleted(w, plan.ReasonRestored)
		nothingDeleted(w, plan.ReasonRestored) // nor by the next run, which sees no sign of it
		if w.onDisk()["report.docx"] != "today" || w.onDisk()["new.docx"] != "since" {
			t.Errorf("disk: %v", w.onDisk())
		}
		rep := w.run()
		w.approve(rep.Halted.Plan)
		if rep = w.run(); rep.State != Conflicts || rep.Deleted != 0 {
			t.Fatalf("report: %+v", rep)
		}
		w.equal()
		got := slices.Sorted(maps.Values(w.onDisk()))
		if want := []string{"deleted since", "last week", "since", "today"}; !slices.Equal(got, want) {
			t.Errorf("united: %q, want %q", got, want)
		}
	})
}

// One file that stays speaks for one that goes with the same bytes, not for all of them.
func TestCopiesSpeakForOneDeletionEach(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		for i := range 60 {
			w.put(fmt.Sprintf("%d.txt", i), "the same in each")
		}
		w.inStep(w.run())
		for i := range 50 {
			must(t, w.portal.Somebody().Trash(fmt.Sprintf("%d.txt", i)))
		}
		rep := w.run()
		if rep.State != Halted || rep.Halted.Code != plan.ReasonDeletes || rep.Halted.Deletes != 50 {
			t.Errorf("%+v %+v", rep, rep.Halted)
		}
	})
}

// A marker that was written and not made durable, since the disk failed, is made so by the run that finds it: a power cut then takes the
// folder for no other one. (Found by a life of a daemon.)
func TestAMarkerIsDurableBeforeItIsReliedOn(t *testing.T) {
	for n := 1; n <= 8; n++ {
		for seed := range uint64(8) {
			inWorld(t, func(w *testWorld) {
				w.markedAndCut(n)
				w.disk.SetHooks(nil, nil)
				w.disk.Crash(rand.New(rand.NewPCG(seed, uint64(n))))
				if rep := w.run(); rep.State != InStep {
					t.Fatalf("crash at effect %d, seed %d: %+v", n, seed, rep.Halted)
				}
			})
		}
	}
}

// markedAndCut runs one mirror twice: on a disk that places the first marker and cannot make its name durable, and then until the n-th
// change of the disk.
func (w *testWorld) markedAndCut(n int) {
	w.t.Helper()
	st, err := state.OpenClient(w.file, state.Options{})
	must(w.t, err)
	defer st.Close()
	m, err := w.open(w.t.Context(), st)
	must(w.t, err)
	placed, broken, changes := false, errors.New("input/output error"), 0
	w.disk.SetHooks(func(op string, p local.Path) error {
		placed = placed || op == "rename" && strings.Contains(p.String(), "marker-")
		if op == "syncdir" && p == local.In("") && placed {
			return broken
		}
		return nil
	}, nil)
	m.Reconcile(w.t.Context(), RunOptions{})
	if !placed {
		w.t.Fatal("no marker was placed")
	}
	w.disk.SetHooks(func(op string, _ local.Path) error {
		switch op {
		case "lstat", "readdir", "open", "read", "stat", "identity", "space", "inuse":
			return nil
		}
		if changes++; changes >= n {
			return broken
		}
		return nil
	}, nil)
	m.Reconcile(w.t.Context(), RunOptions{})
}
