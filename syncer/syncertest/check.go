package syncertest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"dossier/syncer"
	"dossier/syncer/local"
	"dossier/syncer/plan"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

// mostRounds is within how many rounds of runs all must be quiet.
const mostRounds = 12

// quiet lets every machine run, hours apart, until nothing changes any more, and checks what must be true then.
func (w *world) quiet() {
	for range mostRounds {
		time.Sleep(7 * time.Hour)
		idle := w.runAll()
		if len(w.faults) > 0 {
			return
		}
		if idle && w.inStep() { // what is pending may be done by the next run
			w.check()
			return
		}
	}
	for _, m := range w.machines {
		w.wrong("after %d rounds it still goes on: %s: %v, %s", mostRounds, m.host, m.writes, m.told())
	}
	w.check()
}

// runAll lets every machine run once, alone, and tells whether none of them had anything to do.
func (w *world) runAll() (idle bool) {
	idle = true
	for n, m := range w.machines {
		before, there := diskSide{m}.tree(), w.portal.Tree()
		w.run([]int{n}, true)
		w.ownSide(m, before, there)
		if len(m.writes) > 0 || !maps.Equal(before, diskSide{m}.tree()) || !idleReport(m.report) {
			idle = false
		}
		w.anything()
	}
	return idle
}

func (w *world) inStep() bool {
	return !slices.ContainsFunc(w.machines, func(m *machine) bool { return !w.well(m.report) })
}

// well tells whether a report shows nothing that may not be left.
func (w *world) well(r syncer.Report) bool {
	for _, p := range r.Problems {
		if !slices.Contains(w.script.Kind.Allow, p.Code) {
			return false
		}
	}
	return r.State == syncer.InStep || r.State == syncer.Conflicts || r.State == syncer.Partly
}

// ownSide demands that the side is left alone that a mode does not let us change.
func (w *world) ownSide(m *machine, disk, there map[string]string) {
	if w.script.Kind.Mode == plan.Up && !maps.Equal(disk, diskSide{m}.tree()) {
		w.wrong("%s: the mode is up, and the disk was changed:\n%s", m.host, cmp.Diff(disk, diskSide{m}.tree()))
	}
	if mode := w.script.Kind.Mode; (mode == plan.Down || mode == plan.Collect) && !maps.Equal(there, w.portal.Tree()) {
		w.wrong("%s: the mode is down, and the portal was changed:\n%s", m.host, cmp.Diff(there, w.portal.Tree()))
	}
}

func idleReport(r syncer.Report) bool {
	return r.BytesUp+r.BytesDown == 0 && r.Uploaded+r.Downloaded+r.Moved+r.Folders+r.Deleted+r.Adopted == 0
}

// stillAfterDays looks at everything anew, after the portal's feed is no longer trusted: nothing may come of it.
func (w *world) stillAfterDays() {
	time.Sleep(8 * 24 * time.Hour)
	if !w.runAll() {
		for _, m := range w.machines {
			w.wrong("%s was not idle, days later: %v, %s", m.host, m.writes, m.told())
		}
	}
	if len(w.faults) == 0 {
		w.check()
	}
}

// anything checks what must be true at any time.
func (w *world) anything() {
	for n := Portal; n < len(w.machines); n++ {
		for name, content := range w.side(n).tree() {
			if !w.known[content] {
				w.wrong("%s: %q holds what nobody has written: %.20q", w.sideName(n), name, content)
			}
		}
	}
	w.nothingLost(true)
}

func (w *world) sideName(n int) string {
	if n == Portal {
		return "the portal"
	}
	return w.machines[n].host
}

// nothingLost looks for every content that is owed: where people see it or find it again, or also in vaults. The portal's trash counts, as
// a file may come into a folder between the last look at it and its deletion.
func (w *world) nothingLost(vaults bool) {
	kept := map[string]bool{}
	for n := Portal; n < len(w.machines); n++ {
		for _, content := range w.side(n).tree() {
			kept[content] = true
		}
	}
	for _, content := range w.portal.Bin() {
		kept[content] = true
	}
	for _, m := range w.machines {
		for name, content := range m.disk.Tree(local.House) {
			kept[content] = kept[content] || vaults && strings.HasPrefix(name, "vault/")
		}
	}
	for _, content := range slices.Sorted(maps.Keys(w.owed)) {
		if !kept[content] {
			w.wrong("lost: %.5s", content)
		}
	}
}

// check demands what must be true when all is quiet.
func (w *world) check() {
	want := portalSide{w}.tree()
	for _, m := range w.machines {
		if !w.well(m.report) {
			w.wrong("%s is not in step in the end: %s", m.host, m.told())
		}
		if len(m.report.Problems) > 0 {
			continue // what they name, and what lies in it, may be otherwise
		}
		if d := cmp.Diff(w.plain(want, Portal), w.plain(diskSide{m}.tree(), m.n)); d != "" {
			w.wrong("the portal (-) and %s (+) differ:\n%s", m.host, d)
		}
	}
	w.nothingLost(len(w.script.Kind.Allow) > 0) // what is not mirrored may go with its folder
	w.noTwins(want)
	if w.script.Kind.OneSide {
		w.asLeft()
	} else {
		w.Copies = len(copies(want))
	}
}

// twinsStay: an item that once found its name taken keeps the mark that it got then, though the name is free again.
const twinsStay = true

// twinMark is in the names of items whose name is taken by a sibling.
var twinMark = regexp.MustCompile(` ~[0-9a-f]{8}`)

// plain counts contents by their path, without what a name got to tell it from its twins.
func (w *world) plain(tree map[string]string, side int) map[string]int {
	out := map[string]int{}
	for name, content := range tree {
		name, mirrored := mirroredName(name, side)
		if !mirrored {
			continue
		}
		if twinsStay || w.twins() {
			name = twinMark.ReplaceAllString(name, "")
		}
		if w.twins() {
			name = strings.ToLower(name)
		}
		if w.script.Kind.Disk.FoldCase && !w.script.Kind.OneSide {
			name = strings.ToLower(name) // two people may have spelled one name in two ways
		}
		out[fmt.Sprintf("%s: %.5q", name, content)]++
	}
	return out
}

// mirroredName is a path as it is on the portal; false: such names are not mirrored.
func mirroredName(name string, side int) (string, bool) {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if class, _ := local.ClassOfName(part); class != local.Normal && part != "" {
			return "", false
		}
		if side != Portal {
			part = local.Names{}.Decode(part)
		}
		parts[i] = norm.NFC.String(part)
	}
	return strings.Join(parts, "/"), true
}

// twins tells whether one side may have names that are one on the other.
func (w *world) twins() bool {
	return w.script.Kind.Disk.FoldCase != w.portal.Features().CaseFold || w.portal.Twins
}

// noTwins demands that no content is at two places.
func (w *world) noTwins(tree map[string]string) {
	at := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		content := tree[name]
		if content == "" {
			continue
		}
		if other, twice := at[content]; twice && !w.doubled[content] && !w.mayDouble() {
			w.wrong("%.5s is there twice: %q and %q", content, other, name)
		}
		at[content] = name
	}
}

// doublesAfterMishaps: in a long life with many mishaps a file may end up twice. One in about a thousand lives does; the bytes are safe.
const doublesAfterMishaps = true

// mayDouble tells whether a move may look like a deletion and a new file, or an upload not be recognised.
func (w *world) mayDouble() bool {
	f := w.portal.Features()
	if doublesAfterMishaps && w.Failures+w.Crashes > 0 {
		return true
	}
	return w.script.Kind.Disk.NoFileIDs || w.script.Kind.Forgets || !f.Rename || !f.MoveFiles || !f.MoveFolders || !f.Recognise
}

func copies(tree map[string]string) (list []string) {
	for name := range tree {
		if strings.Contains(name, "(conflict ") {
			list = append(list, name)
		}
	}
	return list
}

// left remembers how the people of a round left the side that they touched.
func (w *world) left(r Round, side int) {
	if !w.script.Kind.OneSide {
		return
	}
	tree := w.side(side).tree()
	if w.wanted != nil && len(r.Events) == 0 {
		return
	}
	w.wanted, w.wantedOf = tree, side
}

// asLeft demands that all is as the people left it on the one side that they touched.
func (w *world) asLeft() {
	if w.wanted == nil || slices.ContainsFunc(w.machines, func(m *machine) bool { return len(m.report.Problems) > 0 }) {
		return
	}
	have := portalSide{w}.tree()
	// What came down or went up just before a mishap, and was not recorded, may look like a person's new file later.
	extra := maps.Clone(have)
	maps.DeleteFunc(extra, func(name, _ string) bool { _, was := w.wanted[name]; return was || strings.HasSuffix(name, "/") })
	if doublesAfterMishaps && len(extra) <= w.Failures+w.Crashes {
		maps.DeleteFunc(have, func(name, _ string) bool { _, is := extra[name]; return is })
	}
	if d := cmp.Diff(w.plain(w.wanted, w.wantedOf), w.plain(have, Portal)); d != "" {
		w.wrong("people touched %s only, and left it otherwise (-) than it is on the portal (+):\n%s", w.sideName(w.wantedOf), d)
	}
}
