package syncer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
	"dossier/syncer/plan"

	"github.com/google/go-cmp/cmp"
)

// sixty files, in step.
func sixty(w *portalWorld) {
	w.t.Helper()
	for i := range 60 {
		w.write(fmt.Sprintf("%d/%d.txt", i%5, i), fmt.Sprint("content ", i))
	}
	w.untilStill(InStep)
}

// Many deletions on the portal halt; a person lets them through (P9).
func TestManyDeletionsThere(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		sixty(w)
		for i := range 40 {
			w.trash(fmt.Sprintf("%d/%d.txt", i%5, i))
		}
		if w.can().SendOnly { // nothing comes down
			for range 3 {
				if rep := w.run(); rep.State == Failed || countFiles(w.onDisk()) != 60 {
					w.t.Errorf("report: %+v", rep)
				}
				time.Sleep(5 * time.Minute)
			}
			return
		}
		rep := w.run()
		for n := 0; rep.State != Halted && n < 60; n++ { // where items are asked for one by one, it takes a while to see it
			time.Sleep(5 * time.Minute)
			rep = w.run()
		}
		if rep.State != Halted || rep.Halted.Code != plan.ReasonDeletes || countFiles(w.onDisk()) < 60-25 {
			w.t.Fatalf("report: %+v %+v, %d files", rep, rep.Halted, countFiles(w.onDisk()))
		}
		w.approve(rep.Halted.Plan)
		for range 4 {
			if rep = w.run(); rep.State == Halted {
				w.approve(rep.Halted.Plan)
			}
			time.Sleep(5 * time.Minute)
		}
		if w.untilStill(InStep); countFiles(w.onDisk()) != 20 {
			w.t.Errorf("%d files left", countFiles(w.onDisk()))
		}
	})
}

// Many deletions here halt, where the portal deletes.
func TestManyDeletionsHere(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		sixty(w)
		for i := range 40 {
			w.disk.User().Remove(fmt.Sprintf("%d/%d.txt", i%5, i))
		}
		rep := w.run()
		files := 0
		for p := range w.there() {
			if strings.HasSuffix(p, ".txt") {
				files++
			}
		}
		if files != 60 {
			w.t.Errorf("%d of 60 files left on the portal", files)
		}
		if w.lasts() {
			if rep.State != Partly || problem(rep, plan.ReasonCannot).Path == "" {
				w.t.Errorf("report: %+v", rep)
			}
			return
		}
		if rep.State != Halted || rep.Halted.Code != plan.ReasonDeletes || rep.Halted.Deletes != 40 {
			w.t.Fatalf("report: %+v %+v", rep, rep.Halted)
		}
		w.approve(rep.Halted.Plan)
		w.untilStill(InStep)
		w.equal("once approved")
	})
}

// A portal that has lost everything, and one whose folder is gone: nothing is deleted, and nothing is sent again.
func TestPortalIsEmptied(t *testing.T) {
	for _, gone := range []string{"each file", "the client's folder"} {
		t.Run(gone, func(t *testing.T) {
			onEachPortal(t, func(w *portalWorld) {
				sixty(w)
				if gone == "each file" {
					for i := range 60 {
						w.trash(fmt.Sprintf("%d/%d.txt", i%5, i))
					}
				} else {
					w.trash("")
				}
				w.write("1/1.txt", "edited meanwhile")
				w.server.ResetCalls()
				for range 6 {
					w.settle()
					rep := w.run()
					if rep.State == InStep || rep.State == Conflicts || rep.State == Failed && rep.Error == "" {
						w.t.Errorf("report: %+v", rep)
					}
					time.Sleep(5 * time.Minute)
				}
				if n := countFiles(w.onDisk()); n < 60 && w.can().Listing || n < 60-25 {
					w.t.Errorf("%d of 60 files left on the disk", n)
				}
				sent := 0
				for p := range w.there() {
					if strings.HasSuffix(p, ".txt") {
						sent++
					}
				}
				if sent > 1 {
					w.t.Errorf("%d files were sent again: %v", sent, w.there())
				}
			})
		})
	}
}

// A token that speaks for somebody else halts (F13).
func TestSomebodyElsesAccount(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		portalBegin(w)
		there, ours := len(w.there()), w.info
		other, err := w.server.AddAccount(w.kind.portal, "Piet Bakker", true)
		must(w.t, err)
		other.URL, other.Downloads, other.Folder = ours.URL, ours.Downloads, ours.Folder
		w.info, w.tokens = other, newPurse()
		w.write("new.txt", "not for Piet")
		w.settle()
		for range 3 {
			rep := w.run()
			halts := rep.State == Halted && rep.Halted.Code == plan.ReasonAccount
			if !halts && !(rep.State == Failed && rep.Error != "") {
				w.t.Errorf("report: %+v %+v", rep, rep.Halted)
			}
			time.Sleep(5 * time.Minute)
		}
		if n := countFiles(w.onDisk()); n < 10-1 {
			w.t.Errorf("%d files left", n)
		}
		w.info, w.tokens = ours, newPurse()
		if len(w.there()) != there {
			w.t.Errorf("changed: %v", w.there())
		}
		w.untilStill(InStep)
		w.equal("with the right account")
	})
}

// Quota and plan: uploads stop and say so, the rest goes on, and it ends by itself.
func TestPortalIsFull(t *testing.T) {
	full := map[string]sandbox.Fault{
		sandbox.Box:              {Status: 403, Code: "storage_limit_exceeded", Method: "POST", Route: "files/content"},
		sandbox.MijnKlantportaal: {Status: 426, Method: "POST", Route: "/v1/files"},
		sandbox.FilesRo:          {Status: 401, Method: "POST", Route: "upload"},
		sandbox.BackOffice:       {Status: 413, Method: "POST", Route: "files"},
	}
	onEachPortal(t, func(w *portalWorld) {
		portalBegin(w)
		fault := full[w.kind.portal]
		fault.Portal, fault.Do = w.kind.portal, mischief.Status
		_, err := w.server.Fault(fault)
		must(w.t, err)
		w.write("big.txt", strings.Repeat("x", 1000))
		if w.sees() {
			w.put("down.txt", "comes down all the same")
		}
		for range 3 {
			w.settle()
			if rep := w.run(); rep.State != Partly || len(rep.Problems) == 0 {
				w.t.Errorf("report: %+v", rep)
			}
			time.Sleep(5 * time.Minute)
		}
		if w.sees() && w.onDisk()["down.txt"] == "" {
			w.t.Error("nothing came down")
		}
		w.server.ClearFaults()
		time.Sleep(48 * time.Hour)
		w.untilStill(InStep)
		w.equal("with room again")
	})
}

// Changed on both sides: both are kept, on both sides.
func TestConflictsOnEachPortal(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		portalBegin(w)
		w.write("a.txt", "mine")
		w.put("a.txt", "theirs")
		w.write("fresh.txt", "my new one")
		w.put("fresh.txt", "their new one")
		if !w.sees() {
			for range 4 {
				w.settle()
				w.run()
				time.Sleep(5 * time.Minute)
			}
			for _, content := range []string{"mine", "theirs", "my new one", "their new one"} {
				if !w.anywhere(content) {
					w.t.Errorf("%q is lost: %v %v", content, w.there(), w.onDisk())
				}
			}
			return
		}
		w.untilStill(Conflicts)
		w.equal("with the copies")
		tree := w.onDisk()
		copies := withCopies(tree)
		if len(copies) != 2 || tree["a.txt"] != "theirs" || tree["fresh.txt"] != "their new one" {
			w.t.Errorf("copies %v of %v", copies, tree)
		}
		w.still(Conflicts)
	})
}

// A folder that another machine moves, on a portal that moves nothing, is new files with the bytes of those that are gone: no guard trips.
func TestFolderMovedByAnotherMachine(t *testing.T) {
	onEachPortal(t, func(a *portalWorld) {
		if !a.sees() || a.can().Ledger {
			return // nothing comes down, or no folder is told
		}
		for i := range 150 {
			a.write(fmt.Sprintf("2025/%d/%d.txt", i%5, i), fmt.Sprint("content ", i))
		}
		a.write("stays.txt", "stays")
		a.untilStill(InStep)
		b := a.reader("laptop")
		a.disk.User().Rename("2025", "archive")
		a.settle()
		for range 4 {
			for _, m := range []*portalWorld{a, b} {
				if rep := m.run(); rep.State == Halted {
					a.t.Fatalf("%s: %+v", m.host, rep.Halted)
				}
			}
			time.Sleep(5 * time.Minute)
		}
		a.untilStill(InStep)
		b.untilStill(InStep)
		b.equal("the other machine")
		if n := countFiles(b.onDisk()); n != 151 {
			a.t.Errorf("%d files", n)
		}
	})
}

// Who loses the right to see a client's folder deletes nothing, and says so; once he has it again nothing is left of it (E6).
func TestAccessIsTakenAway(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		portalBegin(w)
		there := w.there()
		giveBack, err := w.server.Withdraw(w.kind.portal, at(""))
		must(w.t, err)
		w.write("a.txt", "a, changed on the disk")
		disk := w.onDisk()
		_, feeds := w.driver.(remote.Feed)
		for range 4 {
			w.settle()
			rep := w.run()
			unsent := feeds && rep.State == Partly && len(rep.Problems) > 0 // the feed told a look's worth; the change could not be sent
			if !unsent && (rep.State != Failed || !strings.Contains(rep.Error, "the client's folder on the portal is not to be seen")) {
				w.t.Errorf("no plain state: %+v", rep)
			}
			if d := cmp.Diff(disk, w.onDisk()); d != "" {
				w.t.Errorf("changed on the disk:\n%s", d)
			}
			time.Sleep(5 * time.Minute)
		}
		must(w.t, giveBack())
		if d := cmp.Diff(there, w.there()); d != "" {
			w.t.Errorf("changed on the portal:\n%s", d)
		}
		time.Sleep(48 * time.Hour)
		w.untilStill(InStep)
		if got := w.there(); !taken(got, "a.txt", sumOf("a, changed on the disk")) {
			w.t.Errorf("the change did not go up: %v", got)
		}
		w.still(InStep)
	})
}
