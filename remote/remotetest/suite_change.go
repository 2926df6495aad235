package remotetest

import (
	"testing"

	"dossier/remote"
)

var changeTests = []conformance{
	{"a new name keeps id and content", true, testRename},
	{"a name may change in case only", true, testRenameCase},
	{"a file moves with its id and content", true, testMoveFile},
	{"a folder moves with all below it", true, testMoveFolder},
	{"what is moved may be renamed with it", true, testMoveAndRename},
	{"nothing moves onto a name in use", true, testMoveTaken},
	{"a folder does not move into itself", true, testMoveIntoItself},
	{"what is gone does not move", false, testMoveGone},
}

func testRename(t testing.TB, f Fixture) {
	if !f.Driver.Features().Rename {
		return // that it is refused is a test of its own
	}
	old, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	e := must(f.Driver.Move(t.Context(), old, f.at("b.txt")))(t)
	want := old
	want.Name = "b.txt"
	same(t, "reply", e, want)
	folder := must(f.Driver.Move(t.Context(), dir, f.at("folder")))(t)
	found := f.holds(t, "b.txt", "folder")
	same(t, "the listing", found["b.txt"], want)
	same(t, "the listing", found["folder"], folder)
	if folder.ID != dir.ID || folder.Kind != remote.Folder {
		t.Errorf("reply tells %+v", folder)
	}
	if got := f.readAll(t, old, 0); got != "a" {
		t.Errorf("the content it had before is %q", got)
	}
}

func testRenameCase(t testing.TB, f Fixture) {
	if !f.Driver.Features().Rename {
		return
	}
	old := f.create(t, "a.txt", "a")
	e := must(f.Driver.Move(t.Context(), old, f.at("A.txt")))(t)
	if e.ID != old.ID {
		t.Errorf("id is %q, was %q", e.ID, old.ID)
	}
	f.holds(t, "A.txt")
}

func testMoveFile(t testing.TB, f Fixture) {
	if !f.Driver.Features().MoveFiles {
		return
	}
	old, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	e := must(f.Driver.Move(t.Context(), old, remote.Place{Parent: dir.ID, Name: "a.txt"}))(t)
	want := old
	want.Parent = dir.ID
	same(t, "reply", e, want)
	same(t, "get", f.get(t, old.ID, remote.File), want)
	f.holds(t, "dir")
	if got := f.read(t, old.ID); got != "a" {
		t.Errorf("content is %q", got)
	}
}

func testMoveFolder(t testing.TB, f Fixture) {
	if !f.Driver.Features().MoveFolders {
		return
	}
	id := f.put(t, "from/deep/er/a.txt", "a")
	to := f.mkdir(t, "to")
	from := f.holds(t, "from", "to")["from"]
	e := must(f.Driver.Move(t.Context(), from, remote.Place{Parent: to.ID, Name: "from"}))(t)
	if e.ID != from.ID || e.Parent != to.ID || e.Kind != remote.Folder {
		t.Errorf("reply tells %+v", e)
	}
	found := all(t, f.Driver, to.ID)
	if len(found) != 4 || found[id].Name != "a.txt" {
		t.Errorf("below it are %v, want 4 items, a.txt among them", found)
	}
	f.holds(t, "to")
}

func testMoveAndRename(t testing.TB, f Fixture) {
	features := f.Driver.Features()
	if !features.MoveFiles || !features.Rename {
		return
	}
	old, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	f.put(t, "dir/a.txt", "another")
	e := must(f.Driver.Move(t.Context(), old, remote.Place{Parent: dir.ID, Name: "b.txt"}))(t)
	if e.ID != old.ID || e.Parent != dir.ID || e.Name != "b.txt" {
		t.Errorf("reply tells %+v", e)
	}
	if found := names(t, f.Driver, dir.ID); len(found) != 2 || found["b.txt"].ID != old.ID {
		t.Errorf("the folder holds %v", found)
	}
}

func testMoveTaken(t testing.TB, f Fixture) {
	if features := f.Driver.Features(); !features.Rename || features.Twins {
		return
	}
	a, b := f.create(t, "a.txt", "a"), f.create(t, "b.txt", "b")
	_, err := f.Driver.Move(t.Context(), a, f.at("b.txt"))
	refused(t, "move", err, remote.NameTaken)
	found := f.holds(t, "a.txt", "b.txt")
	same(t, "the listing", found["a.txt"], a)
	same(t, "the listing", found["b.txt"], b)
}

func testMoveIntoItself(t testing.TB, f Fixture) {
	if !f.Driver.Features().MoveFolders {
		return
	}
	dir := f.mkdir(t, "dir")
	inner := must(f.Driver.MakeFolder(t.Context(), remote.Place{Parent: dir.ID, Name: "inner"}))(t)
	if _, err := f.Driver.Move(t.Context(), dir, remote.Place{Parent: inner.ID, Name: "dir"}); err == nil || remote.IsMaybeDone(err) {
		t.Errorf("error is %v, want a refusal", err)
	}
	if found := all(t, f.Driver, f.Root); len(found) != 2 {
		t.Errorf("the root holds %v", found)
	}
}

func testMoveGone(t testing.TB, f Fixture) {
	if !f.Driver.Features().Rename {
		return
	}
	old := f.create(t, "a.txt", "a")
	f.remove(t, old)
	_, err := f.Driver.Move(t.Context(), old, f.at("b.txt"))
	refused(t, "move", err, gone...)
}
