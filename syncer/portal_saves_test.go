package syncer

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/syncer/local/simdisk"
)

// reader is a second machine with the same client. On a Back Office one machine writes, and the others only read.
func (w *portalWorld) reader(host string) *portalWorld {
	m := *w
	if w.can().Ledger {
		m.kind = w.kind.with(rest.Assume{"writer": "the machine that writes"})
	}
	b := m.another(host)
	b.untilStill(b.restful())
	return b
}

// restful is how a run ends that has nothing to do.
func (w *portalWorld) restful() State {
	if w.can().SendOnly && len(w.there()) > len(w.here()) {
		return Partly // what it has not got is reported
	}
	return InStep
}

// sound demands of a run that no guard tripped, and that there is no conflict and no twin. It may be called from any goroutine.
func (w *portalWorld) sound(rep Report, how string) {
	w.t.Helper()
	if rep.State == Halted || rep.State == Conflicts || rep.State == Failed {
		w.t.Errorf("%s, %s: %+v %+v", w.host, how, rep, rep.Halted)
	}
	if n := countFiles(w.onDisk()); n != 2 {
		w.t.Errorf("%s, %s: %d files: %v", w.host, how, n, simdisk.Paths(w.onDisk()))
	}
}

// Thirty saves of one file by one machine reach another as thirty changes of one file, whenever it looks: no guard, no twin, no
// conflict, and the same path.
func TestThirtySavesReachAnotherMachine(t *testing.T) {
	all := []struct {
		name  string
		apart time.Duration // from a save to the other machine's look
		every int           // saves between its looks
	}{{"at once", 0, 1}, {"seconds later", 20 * time.Second, 1}, {"minutes later", 5 * time.Minute, 1}, {"now and then", time.Minute, 7}, {"once", time.Hour, 30}}
	step := min(stride(1), len(all))
	for n := rand.IntN(step); n < len(all); n += step {
		ways := all[n]
		t.Run(ways.name, func(t *testing.T) {
			onEachPortal(t, func(a *portalWorld) {
				a.write("docs/report.docx", "version 0")
				a.write("other.txt", "other")
				a.untilStill(InStep)
				b := a.reader("laptop")
				for i := range 30 {
					a.write("docs/report.docx", fmt.Sprint("version ", i+1))
					a.settle()
					a.sound(a.run(), fmt.Sprint("save ", i+1))
					time.Sleep(ways.apart)
					if (i+1)%ways.every == 0 && b.sees() {
						b.sound(b.run(), fmt.Sprint("after save ", i+1))
					}
				}
				b.caughtUp(a)
			})
		})
	}
}

// caughtUp demands that a machine has the newest version, under its name; or, where it sees nothing, that all versions are on the portal.
func (b *portalWorld) caughtUp(a *portalWorld) {
	b.t.Helper()
	a.untilStill(InStep)
	if !b.sees() {
		b.stale(a)
		return
	}
	b.untilStill(InStep)
	b.equal("the other machine")
	a.equal("the machine that saves")
	if !holds(b.onDisk(), "report.docx", "version 30") || countFiles(b.onDisk()) != 2 {
		b.t.Errorf("the other machine: %v", b.onDisk())
	}
	if copies := withCopies(b.onDisk()); len(copies) > 0 {
		b.t.Errorf("copies: %v", copies)
	}
}

// stale is what becomes of thirty saves where nothing comes down, and nothing is removed.
func (b *portalWorld) stale(a *portalWorld) {
	b.t.Helper()
	versions := 0
	for p := range a.there() {
		if strings.HasPrefix(p, "docs/report") {
			versions++
		}
	}
	if versions != 31 {
		b.t.Errorf("%d versions on a portal that removes nothing, want 31: %v", versions, slices.Sorted(maps.Keys(a.there())))
	}
}

// The other machine looks while a new version is there already and the old one is there still.
func TestAMachineLooksInTheMiddleOfAReplacement(t *testing.T) {
	onEachPortal(t, func(a *portalWorld) {
		a.write("docs/report.docx", "version 0")
		a.write("other.txt", "other")
		a.untilStill(InStep)
		b := a.reader("laptop")
		looks := 0
		a.gate.Before = func(_ context.Context, c remotetest.Call) error {
			if c.Verb == remotetest.Delete || c.Verb == remotetest.Replace {
				looks++
				b.sound(b.run(), "in the middle")
			}
			return nil
		}
		for i := range 30 {
			a.write("docs/report.docx", fmt.Sprint("version ", i+1))
			a.settle()
			a.sound(a.run(), fmt.Sprint("save ", i+1))
			if b.sees() && i%3 == 0 {
				time.Sleep(time.Duration(i) * 10 * time.Second)
				b.sound(b.run(), fmt.Sprint("after save ", i+1))
			}
		}
		a.gate.Before = nil
		if a.sees() && looks == 0 {
			a.t.Error("there was no middle")
		}
		b.caughtUp(a)
	})
}

// Three machines write, edit, move and delete, and look at different times: in the end all have the same, and nothing is lost. On a Back
// Office one writes, and two read.
func TestThreeMachinesConverge(t *testing.T) {
	onEachPortal(t, func(a *portalWorld) {
		if !a.sees() {
			return // they see nothing of each other: see TestADayOnEachPortal
		}
		for i := range 12 {
			a.write(fmt.Sprintf("f%d/%d.txt", i%3, i), fmt.Sprint("content ", i))
		}
		a.untilStill(InStep)
		all := []*portalWorld{a, a.reader("laptop"), a.reader("desk")}
		several := !a.can().Ledger
		written := map[string]bool{}
		for round := range 4 {
			for i, m := range all {
				if i == 0 || several {
					for name, content := range m.work(round, i) {
						m.write(name, content)
						written[content] = true
					}
				}
				m.settle()
				m.run()
			}
			time.Sleep(time.Duration(round) * time.Minute)
		}
		for range 4 {
			for _, m := range all {
				m.settle()
				m.run()
			}
			time.Sleep(5 * time.Minute)
		}
		for _, m := range all {
			rep := m.run()
			if rep.State != InStep && rep.State != Conflicts {
				m.t.Errorf("%s: %+v %+v", m.host, rep, rep.Halted)
			}
			m.equal(m.host)
		}
		for content := range written {
			for _, m := range all {
				if !m.anywhere(content) {
					m.t.Errorf("%s: %q is lost", m.host, content)
				}
			}
		}
	})
}

// work is what a person saves in a round: a file of his own, and one that others save as well.
func (w *portalWorld) work(round, machine int) map[string]string {
	return map[string]string{fmt.Sprintf("own/%d-%d.txt", machine, round): fmt.Sprintf("by %d in %d", machine, round),
		fmt.Sprintf("f%d/%d.txt", round%3, round): fmt.Sprintf("edited by %d in round %d", machine, round)}
}

// anywhere tells whether a content is on a machine's disk, in its vault, or on the portal.
func (w *portalWorld) anywhere(content string) bool {
	for _, c := range w.onDisk() {
		if c == content {
			return true
		}
	}
	for _, sum := range w.there() {
		if sum == sumOf(content) {
			return true
		}
	}
	return w.inVault(content)
}
