package syncertest_test

import (
	"strings"
	"testing"

	"dossier/syncer/syncertest"
)

// stories are lives that went wrong once, as short as they could be made.
var stories = []struct {
	name  string
	kind  syncertest.Kind
	lines []string
}{
	{"a file comes back from the portal's trash", one, []string{
		"pc0 write b", "run", "portal remove b", "run", "portal restore", "run"}},
	{"a file is edited and moved on the portal", oneSide, []string{
		"portal write b", "run", "portal mkdir a", "portal write b", "portal move b a/b", "run"}},
	{"a file is edited on the portal and moved to a deleted folder's name", oneSide, []string{
		"portal write b", "portal mkdir a", "portal write a/x", "run", "portal remove a", "portal write b", "portal move b a", "run"}},
	{"a folder is deleted on the portal after an edit in it", oneSide, []string{
		"portal write e/letter.docx", "run", "portal write e/letter.docx", "portal remove e", "run"}},
	{"a file is renamed on the portal to a name that is taken here, and edited here", one, []string{
		"pc0 write letter.docx", "run", "portal move letter.docx B", "pc0 write b", "pc0 write letter.docx", "run"}},
	{"a file goes into a folder whose parent another machine deletes", two, []string{
		"pc0 mkdir d", "pc0 mkdir d/e", "pc0 write a", "run", "run", "pc1 move a d/e/a", "pc0 remove d", "run", "run"}},
	{"a folder is deleted on the portal and another made in its place", oneSide, []string{
		"portal write d/e/x", "portal write d/y", "run", "portal remove d", "portal write d/y", "run"}},
	{"a file gets a new name there, a new folder here, and the place is taken", one, []string{
		"pc0 mkdir e", "pc0 write B", "run", "portal move B a", "pc0 move B e/B", "pc0 write e/A", "run"}},
	{"a file is moved on the portal into a folder that is then deleted, with a crash between", one, []string{
		"pc0 write c", "portal mkdir e", "run", "portal move c e/c", "pc0 write c", "run", "portal remove e", "run"}},
}

var (
	one     = syncertest.Kind{Machines: 1, Disk: folding}
	oneSide = syncertest.Kind{Machines: 1, OneSide: true, Disk: folding}
	two     = syncertest.Kind{Machines: 2, Disk: folding}
)

func TestStories(t *testing.T) {
	for _, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			story.kind.Name = story.name
			out := syncertest.Live(t, syncertest.Tell(story.kind, story.lines...), t.TempDir())
			if len(out.Faults) > 0 {
				t.Errorf("%s\n\n%s", strings.Join(out.Faults, "\n"), strings.Join(out.Trace, "\n"))
			}
		})
	}
}
