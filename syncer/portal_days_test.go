package syncer

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"dossier/syncer/local/simdisk"
)

// portalBegin is what a day on a portal begins with. What lies in folders comes from the disk: a Back Office tells no folder's name.
func portalBegin(w *portalWorld) {
	w.t.Helper()
	for _, p := range []string{"a.txt", "b.txt", "c.txt", "gone-here.txt", "gone-there.txt", "folder/1.txt", "folder/2.txt", "other/1.txt", "from/moves.txt"} {
		w.write(p, "first "+p)
	}
	if w.sees() {
		w.put("from there.txt", "first from there.txt")
	}
	w.untilStill(InStep)
	w.equal("before")
	w.settle()
}

// portalDay is something of everything, on both sides.
func portalDay(w *portalWorld) {
	u := w.disk.User()
	w.write("up/new.txt", "new on the disk")
	w.write("a.txt", "a, changed on the disk")
	u.Remove("gone-here.txt")
	u.Rename("folder", "renamed here")
	u.Rename("from/moves.txt", "other/moved.txt")
	w.put("down/new.txt", "new on the portal")
	if w.sees() {
		w.put("b.txt", "b, changed on the portal")
		w.trash("gone-there.txt")
		w.renameThere("other", "renamed there")
	}
}

// portalEvening is what must be on both sides after the day, by content: folders may be called otherwise.
func portalEvening(w *portalWorld, how string) {
	w.t.Helper()
	want := map[string]string{"up/new.txt": "new on the disk", "a.txt": "a, changed on the disk", "b.txt": "first b.txt", "c.txt": "first c.txt",
		"gone-there.txt": "first gone-there.txt", "renamed here/1.txt": "first folder/1.txt", "renamed here/2.txt": "first folder/2.txt",
		"other/1.txt": "first other/1.txt", "other/moved.txt": "first from/moves.txt"}
	if w.sees() {
		want["b.txt"], want["new.txt"], want["from there.txt"] = "b, changed on the portal", "new on the portal", "first from there.txt"
		delete(want, "gone-there.txt")
	}
	disk := w.onDisk()
	if n := countFiles(disk); n != len(want) {
		w.t.Errorf("%s: %d files, want %d: %v", how, n, len(want), simdisk.Paths(disk))
	}
	for p, content := range want {
		if !holds(disk, p, content) {
			w.t.Errorf("%s: no %q with %q: %v", how, p, content, simdisk.Paths(disk))
		}
	}
	w.others(how)
}

// holds tells whether a tree has a content under a name, in whatever folder.
func holds(tree map[string]string, p, content string) bool {
	name := p[strings.LastIndex(p, "/")+1:]
	for at, c := range tree {
		if c == content && at[strings.LastIndex(at, "/")+1:] == name {
			return true
		}
	}
	return false
}

// others looks at what a portal that does not all has more than the disk, after the day.
func (w *portalWorld) others(how string) {
	w.t.Helper()
	extra := w.there()
	for p, sum := range w.here() {
		if !taken(extra, p, sum) {
			w.t.Errorf("%s: %q is not on the portal: %v", how, p, w.there())
		}
	}
	if w.sees() && !w.lasts() {
		if len(extra) > 0 {
			w.t.Errorf("%s: the portal has more: %v", how, extra)
		}
		return
	}
	for _, content := range []string{"first a.txt", "first gone-here.txt", "first from/moves.txt", "new on the portal"} {
		found := false
		for _, sum := range extra {
			found = found || sum == sumOf(content)
		}
		stays := w.lasts() && (content != "first from/moves.txt" || !w.can().MoveFiles) || content == "new on the portal"
		switch {
		case content == "new on the portal" && w.sees():
		case content == "first a.txt" && !w.can().Twins && w.inVault(content): // where it cannot stay beside
		case found != stays:
			w.t.Errorf("%s: on a portal that deletes nothing for us, %q stays: %v, want %v", how, content, found, stays)
		}
	}
}

// taken takes an item out of a tree, in which several may have one path.
func taken(tree map[string]string, p, sum string) bool {
	for at, s := range tree {
		if plain := twinMark.ReplaceAllString(at, ""); s == sum && (plain == p || plain == slug(p)) {
			delete(tree, at)
			return true
		}
	}
	return false
}

// slug is how one quirk spells names.
func slug(p string) string { return strings.ToLower(strings.ReplaceAll(p, " ", "-")) }

// twinMark is what the sandbox adds to the path of one of several items of a name, or a portal to the name itself.
var twinMark = regexp.MustCompile(`#[^/]*| \(\d+\)`)

// A day with something of everything comes in step on every portal, nothing is lost, and a second run does nothing (P2, P6, P11).
func TestADayOnEachPortal(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		portalBegin(w)
		w.t.Logf("a second run takes %d calls", w.still(InStep))
		portalDay(w)
		want := w.dayDone()
		rep := w.untilStill(want)
		w.t.Logf("%+v", rep)
		portalEvening(w, "after the day")
		w.t.Logf("a second run takes %d calls", w.still(want))
		for name, content := range map[string]string{"gone-here.txt": "first gone-here.txt", "a.txt, before": "first a.txt"} {
			if !w.can().Trash && !w.lasts() && !w.inVault(content) {
				w.t.Errorf("%s is neither in a trash nor in the vault", name)
			}
		}
		if w.sees() && !w.inVault("first gone-there.txt") {
			w.t.Error("gone-there.txt is not in the vault")
		}
		time.Sleep(time.Hour)
		w.still(want)
	})
}
