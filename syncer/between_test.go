package syncer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"dossier/state"
)

// staying runs one mirror several times, as a daemon does.
func (w *portalWorld) staying(test func(turn func(RunOptions) Report, m *Mirror)) {
	w.t.Helper()
	st, err := state.OpenClient(w.file, state.Options{})
	must(w.t, err)
	defer st.Close()
	m, err := w.open(context.Background(), st)
	must(w.t, err)
	test(func(ro RunOptions) Report {
		ro.Stays = true
		rep := m.Reconcile(context.Background(), ro)
		must(w.t, st.Check())
		return rep
	}, m)
}

// A mirror that stays open brings a save up with the calls of the upload, and none to look at the portal.
func TestAStayingMirrorLooksAtThePortalOnlyWhenTold(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		w.write("a.txt", "first")
		w.settle()
		w.staying(func(turn func(RunOptions) Report, m *Mirror) {
			if rep := turn(RunOptions{SkipPortal: true}); rep.Uploaded != 1 || m.between.portalSeen.IsZero() {
				t.Fatalf("the first turn did not look at the portal: %+v", rep)
			}
			w.settle()
			if rep := turn(RunOptions{SkipPortal: true}); rep.Calls != 0 {
				t.Errorf("%d calls for a turn in which nothing changed", rep.Calls)
			}
			w.write("b.txt", "second")
			w.settle()
			if rep := turn(RunOptions{SkipPortal: true}); rep.Uploaded != 1 || len(rep.Problems) > 0 {
				t.Errorf("a save: %+v", rep)
			}
		})
	})
}

// It does not wait for a file that was saved a moment ago, but says when to come back.
func TestAStayingMirrorDoesNotWait(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		w.staying(func(turn func(RunOptions) Report, _ *Mirror) {
			turn(RunOptions{})
			w.write("a.txt", "just saved")
			begun := time.Now()
			rep := turn(RunOptions{SkipPortal: true})
			if rep.Uploaded != 0 || rep.Again.Disk.IsZero() || time.Since(begun) > time.Second {
				t.Fatalf("%d uploaded after %v, again %v", rep.Uploaded, time.Since(begun), rep.Again)
			}
			time.Sleep(time.Until(rep.Again.Disk) + time.Millisecond)
			if rep := turn(RunOptions{SkipPortal: true}); rep.Uploaded != 1 {
				t.Errorf("when it said: %+v", rep)
			}
		})
	})
}

// What is gone is deleted on the other side only after the wait, and not at all if it comes back meanwhile.
func TestDeletionsWait(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		if w.lasts() || !w.sees() {
			return // deletes nothing
		}
		for _, p := range []string{"gone.txt", "back.txt", "stays.txt"} {
			w.write(p, "first "+p)
		}
		w.put("gone there.txt", "theirs")
		w.settle()
		w.staying(func(turn func(RunOptions) Report, _ *Mirror) {
			ro := RunOptions{DeleteWait: time.Minute}
			turn(ro)
			w.settle()
			turn(ro)
			w.settle()
			u := w.disk.User()
			u.Remove("gone.txt")
			u.Remove("back.txt")
			w.trash("gone there.txt")
			rep := turn(ro)
			if rep.Deleted != 0 || time.Until(rep.Again.Disk) > time.Minute || rep.Again.Disk.IsZero() || rep.Again.Portal.IsZero() {
				t.Fatalf("at once: %+v", rep)
			}
			time.Sleep(30 * time.Second)
			w.write("back.txt", "first back.txt")
			turn(ro)
			for range 4 {
				time.Sleep(time.Minute)
				turn(ro)
			}
			w.equal("after the wait")
			tree := w.onDisk()
			for p, there := range map[string]bool{"gone.txt": false, "back.txt": true, "stays.txt": true, "gone there.txt": false} {
				if _, is := tree[p]; is != there {
					t.Errorf("%s is there: %v", p, is)
				}
			}
		})
	})
}

// What was gone when somebody asked for a run need not wait any more, whatever that run could do about it.
func TestWhoAsksDoesNotWait(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		if w.lasts() || !w.sees() {
			return // deletes nothing
		}
		for n := range 40 {
			w.write(fmt.Sprintf("%d.txt", n), fmt.Sprint(n))
		}
		w.settle()
		w.staying(func(turn func(RunOptions) Report, m *Mirror) {
			turn(RunOptions{})
			w.settle()
			turn(RunOptions{DeleteWait: time.Minute})
			w.settle()
			for n := range 30 {
				w.disk.User().Remove(fmt.Sprintf("%d.txt", n))
			}
			if rep := m.Reconcile(context.Background(), RunOptions{}); rep.State != Halted {
				t.Fatalf("asked for: %+v", rep)
			}
			if rep := turn(RunOptions{DeleteWait: time.Minute}); rep.State != Halted {
				t.Errorf("the turn after it has no halt to approve: %+v", rep)
			}
		})
	})
}
