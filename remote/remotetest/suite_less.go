package remotetest

import (
	"testing"

	"dossier/remote"
)

// In these tests a portal can do less, and what is left must hold without it.
var lessTests = []conformance{
	{"what was sent is known by its id, listed or not", false, testKnownByID},
	{"what somebody deleted is gone, listed or not", false, testGoneByID},
	{"contents that are not handed out are refused, and known all the same", false, testSendOnly},
	{"a folder that is not empty stays where trees are not deleted", true, testDeleteFull},
}

func testKnownByID(t testing.TB, f Fixture) {
	dir := f.mkdir(t, "dir")
	u := UploadOf(remote.Place{Parent: dir.ID, Name: "a.txt"}, []byte("a"))
	e := must(f.Driver.Create(t.Context(), u))(t)
	if e.Parent != dir.ID || e.Name != "a.txt" || !f.sized(e, 1) || e.Content == "" {
		t.Errorf("reply tells %+v", e)
	}
	same(t, "get", f.get(t, e.ID, remote.File), e)
	same(t, "get", f.get(t, dir.ID, remote.Folder), dir)
	a := must(f.Driver.Confirm(t.Context(), e))(t)
	if a.Gone || a.Now == nil {
		t.Fatalf("confirm tells %+v, want it there", a)
	}
	same(t, "confirm", *a.Now, e)
}

// P7: a delete needs a witness.
func testGoneByID(t testing.TB, f Fixture) {
	file, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	f.create(t, "b.txt", "b")
	for _, e := range []remote.Entry{file, dir} {
		done(t, f.Somebody.Trash(e.Name))
		_, err := f.Driver.Get(t.Context(), e.ID, e.Kind)
		refused(t, "get", err, gone...)
		confirmed(t, f, e)
	}
}

func testDeleteFull(t testing.TB, f Fixture) {
	features := f.Driver.Features()
	if !features.Delete || features.DeleteTree {
		return
	}
	id := f.put(t, "dir/deep/a.txt", "a")
	dir := f.holds(t, "dir")["dir"]
	deep := names(t, f.Driver, dir.ID)["deep"]
	file := names(t, f.Driver, deep.ID)["a.txt"]
	for _, full := range []remote.Entry{dir, deep} {
		refused(t, "delete "+full.Name, f.Driver.Delete(t.Context(), full), remote.Busy)
	}
	if got := f.read(t, id); got != "a" {
		t.Errorf("content of what lay in it is %q", got)
	}
	for _, e := range []remote.Entry{file, deep, dir} {
		done(t, f.Driver.Delete(t.Context(), e))
		confirmed(t, f, e)
	}
	f.holds(t)
}

func testSendOnly(t testing.TB, f Fixture) {
	if !f.Driver.Features().SendOnly {
		return
	}
	e := f.create(t, "a.txt", "a")
	for _, offset := range []int64{0, 1} {
		_, err := f.Driver.Download(t.Context(), e, offset)
		refused(t, "download", err, remote.Unsupported)
	}
	same(t, "get", f.get(t, e.ID, remote.File), e)
	if got := f.read(t, e.ID); got != "a" {
		t.Errorf("content is %q", got)
	}
}
