package remotetest

import (
	"errors"
	"fmt"
	"testing"

	"dossier/remote"
)

var listTests = []conformance{
	{"an empty folder is listed whole, with nothing in it", true, testEmpty},
	{"a crawl tells all below a folder, folders first", true, testCrawl},
	{"a crawl of many pages misses nothing and tells nothing twice", true, testCrawlMany},
	{"a folder that cannot be read is a gap, and the crawl goes on", true, testGap},
	{"children are those of one folder", true, testChildren},
	{"a listing can be left early, and begun again", true, testLeave},
	{"content revisions change with the content only", true, testRevisions},
}

func testEmpty(t testing.TB, f Fixture) {
	if found := all(t, f.Driver, f.Root); len(found) != 0 {
		t.Errorf("crawl tells %v", found)
	}
	f.holds(t)
}

func testCrawl(t testing.TB, f Fixture) {
	want := map[remote.ID]string{}
	for _, path := range []string{"a.txt", "x/a.txt", "x/y/a.txt", "x/y/z/a.txt", "w/a.txt"} {
		want[f.put(t, path, path)] = path
	}
	empty := must(f.Somebody.MkdirAll("x/empty"))(t)
	want[empty] = "x/empty"
	found := all(t, f.Driver, f.Root)
	for id, path := range want {
		if got := pathOf(found, id, f.Root); got != path {
			t.Errorf("%q is told as %q", path, got)
		}
		e := found[id]
		same(t, "the crawl", e, f.get(t, id, e.Kind))
	}
	if folders := 5; len(found) != 5+folders {
		t.Errorf("%d items are told, want %d files and %d folders", len(found), 5, folders)
	}
	if e := found[empty]; e.Kind != remote.Folder {
		t.Errorf("an empty folder is told as %s", e.Kind)
	}
}

// pathOf is an item's path below a root, as a crawl tells it.
func pathOf(found map[remote.ID]remote.Entry, id, root remote.ID) string {
	e, ok := found[id]
	switch {
	case !ok:
		return "not there"
	case e.Parent == root:
		return e.Name
	}
	return pathOf(found, e.Parent, root) + "/" + e.Name
}

func testCrawlMany(t testing.TB, f Fixture) {
	want := map[remote.ID]bool{}
	for i := range f.Expect.Many {
		folder := "all in one"
		if i%2 == 0 {
			folder = fmt.Sprintf("folder %d", i%40)
		}
		want[f.put(t, fmt.Sprintf("%s/%d.txt", folder, i), "")] = true
	}
	files := 0
	for id, e := range all(t, f.Driver, f.Root) {
		if e.Kind == remote.File {
			files++
			if !want[id] {
				t.Errorf("crawl tells %q, which was not made", e.Name)
			}
		}
	}
	if files != f.Expect.Many {
		t.Errorf("crawl tells %d files, want %d", files, f.Expect.Many)
	}
}

// P8: what could not be read is unknown, not gone.
func testGap(t testing.TB, f Fixture) {
	if f.Break == nil {
		return
	}
	f.put(t, "good/a.txt", "a")
	f.put(t, "broken/b.txt", "b")
	f.put(t, "other/c.txt", "c")
	broken := f.holds(t, "broken", "good", "other")["broken"].ID
	done(t, f.Break("broken"))
	told := map[string]bool{}
	var gaps []remote.ID
	for e, err := range f.Driver.Crawl(t.Context(), f.Root) {
		gap, ok := errors.AsType[*remote.Gap](err)
		switch {
		case ok:
			gaps = append(gaps, gap.Folder)
		case err != nil:
			t.Errorf("crawl ended: %v", err)
		default:
			told[e.Name] = true
		}
	}
	if len(gaps) != 1 || gaps[0] != broken {
		t.Errorf("gaps are %q, want %q", gaps, broken)
	}
	if !told["broken"] || !told["a.txt"] || !told["c.txt"] || told["b.txt"] {
		t.Errorf("told are %v", told)
	}
	if err := firstError(f.Driver.Children(t.Context(), broken)); err == nil {
		t.Error("its children are listed without error")
	}
	if err := firstError(f.Driver.Crawl(t.Context(), broken)); err == nil {
		t.Error("it is crawled without error")
	}
}

func testChildren(t testing.TB, f Fixture) {
	f.put(t, "dir/deep/a.txt", "a")
	f.put(t, "dir/b.txt", "b")
	dir := f.holds(t, "dir")["dir"]
	found := names(t, f.Driver, dir.ID)
	if len(found) != 2 || found["deep"].Kind != remote.Folder || found["b.txt"].Kind != remote.File || found["deep"].Parent != dir.ID {
		t.Errorf("the folder holds %v", found)
	}
}

func testLeave(t testing.TB, f Fixture) {
	for i := range 30 {
		f.put(t, fmt.Sprintf("%d/a.txt", i%6), fmt.Sprint(i))
	}
	for range f.Driver.Crawl(t.Context(), f.Root) {
		break
	}
	for range f.Driver.Children(t.Context(), f.Root) {
		break
	}
	crawl := f.Driver.Crawl(t.Context(), f.Root)
	for range 2 { // one value, ranged over twice, is two crawls
		n := 0
		for _, err := range crawl {
			done(t, err)
			n++
		}
		if n != 12 {
			t.Errorf("crawl tells %d items, want 12", n)
		}
	}
}

func testRevisions(t testing.TB, f Fixture) {
	id := f.put(t, "a.txt", "one")
	first := f.get(t, id, remote.File)
	f.put(t, "b.txt", "b")
	done(t, f.Somebody.Rename("a.txt", "c.txt"))
	renamed := f.holds(t, "b.txt", "c.txt")["c.txt"]
	if renamed.ID == id && renamed.Content != first.Content {
		t.Errorf("content was %q, is %q under another name", first.Content, renamed.Content)
	}
	other := "two"
	if !f.Driver.Features().Replace {
		other = "another" // it has no word for new content under an old id: what somebody does all the same shows by its size, if at all
	}
	f.put(t, "c.txt", other)
	changed := f.holds(t, "b.txt", "c.txt")["c.txt"]
	if changed.ID == id && changed.Content == first.Content {
		t.Errorf("content is %q still, though it was changed", changed.Content)
	}
	if first.Content == "" || changed.Content == "" {
		t.Error("a file has no content revision")
	}
	if features := f.Driver.Features(); features.Digest == "sha1" && changed.SHA1 == first.SHA1 || features.Digest == "sha256" && changed.SHA256 == first.SHA256 {
		t.Error("the digest is the same still, though the content was changed")
	}
}
