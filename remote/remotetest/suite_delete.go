package remotetest

import (
	"testing"

	"dossier/remote"
)

var deleteTests = []conformance{
	{"what is deleted is gone, and that is confirmed", true, testDelete},
	{"a folder is deleted with all below it", true, testDeleteFolder},
	{"a file that somebody changed is not deleted", false, testDeleteStale},
	{"what is deleted already is deleted without error", false, testDeleteTwice},
	{"what is there is not confirmed to be gone", false, testConfirmThere},
	{"what never was is not found", false, testNeverWas},
	{"what lies in the trash comes back with its id", true, testRestore},
}

func testDelete(t testing.TB, f Fixture) {
	old := f.create(t, "a.txt", "a")
	f.create(t, "b.txt", "b")
	f.remove(t, old)
	f.holds(t, "b.txt")
	_, err := f.Driver.Get(t.Context(), old.ID, remote.File)
	refused(t, "get", err, gone...)
	confirmed(t, f, old)
	again := f.create(t, "a.txt", "another")
	if again.ID == old.ID {
		t.Errorf("id %q was given to another file", old.ID)
	}
	confirmed(t, f, old)
}

// confirmed says so if an absence is not witnessed. Where it takes several looks, Confirm may know no more than that.
// P7: a delete needs a witness.
func confirmed(t testing.TB, f Fixture, last remote.Entry) {
	t.Helper()
	a := must(f.Driver.Confirm(t.Context(), last))(t)
	features := f.Driver.Features()
	if a.Now != nil || !a.Gone && features.Looks <= 1 {
		t.Errorf("confirm %q: %+v, want it gone", last.Name, a)
	}
	if a.Gone && features.Trash && !a.Trash {
		t.Errorf("confirm %q: %+v, want it in the trash", last.Name, a)
	}
}

func testDeleteFolder(t testing.TB, f Fixture) {
	id := f.put(t, "dir/deep/a.txt", "a")
	dir := f.holds(t, "dir")["dir"]
	file := f.get(t, id, remote.File)
	f.remove(t, dir)
	f.holds(t)
	_, err := f.Driver.Get(t.Context(), id, remote.File)
	refused(t, "get what lay in it", err, gone...)
	confirmed(t, f, dir)
	if a := must(f.Driver.Confirm(t.Context(), file))(t); a.Now != nil {
		t.Errorf("confirm what lay in it: %+v", a)
	}
	refused(t, "list it", firstError(f.Driver.Children(t.Context(), dir.ID)), gone...)
	refused(t, "crawl it", firstError(f.Driver.Crawl(t.Context(), dir.ID)), gone...)
}

func testDeleteStale(t testing.TB, f Fixture) {
	if features := f.Driver.Features(); !features.GuardContent || !features.Delete || !features.Replace {
		return
	}
	old := f.create(t, "a.txt", "old")
	f.put(t, "a.txt", "somebody's")
	refused(t, "delete", f.Driver.Delete(t.Context(), old), remote.Stale)
	if got := f.read(t, old.ID); got != "somebody's" {
		t.Errorf("content is %q", got)
	}
}

func testDeleteTwice(t testing.TB, f Fixture) {
	if !f.Driver.Features().Delete {
		return // that it is refused is a test of its own
	}
	file, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	for range 2 {
		done(t, f.Driver.Delete(t.Context(), file))
		done(t, f.Driver.Delete(t.Context(), dir))
	}
}

// P7: a delete needs a witness.
func testConfirmThere(t testing.TB, f Fixture) {
	file, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	for _, last := range []remote.Entry{file, dir} {
		a := must(f.Driver.Confirm(t.Context(), last))(t)
		if a.Gone || a.Trash || a.Now == nil {
			t.Errorf("confirm %q: %+v, want it there", last.Name, a)
			continue
		}
		same(t, "confirm", *a.Now, last)
	}
	if f.Driver.Features().MoveFiles {
		moved := must(f.Driver.Move(t.Context(), file, remote.Place{Parent: dir.ID, Name: "a.txt"}))(t)
		if a := must(f.Driver.Confirm(t.Context(), file))(t); a.Gone || a.Now == nil || a.Now.Parent != moved.Parent {
			t.Errorf("confirm what was moved: %+v", a)
		}
	}
}

func testNeverWas(t testing.TB, f Fixture) {
	const never = remote.ID("987654321987")
	for _, kind := range []remote.Kind{remote.File, remote.Folder} {
		_, err := f.Driver.Get(t.Context(), never, kind)
		refused(t, "get "+kind.String(), err, gone...)
	}
	_, err := f.Driver.Download(t.Context(), remote.Entry{ID: never, Kind: remote.File, Content: "1", Size: 1}, 0)
	refused(t, "download", err, append(gone, remote.Stale, remote.Unsupported)...)
	if f.Driver.Features().Listing {
		refused(t, "list", firstError(f.Driver.Children(t.Context(), never)), gone...)
		refused(t, "crawl", firstError(f.Driver.Crawl(t.Context(), never)), gone...)
	}
}

func testRestore(t testing.TB, f Fixture) {
	trash, ok := remote.AsTrash(f.Driver)
	if !ok {
		return // whether it should be there is a test of its own
	}
	id := f.put(t, "dir/a.txt", "a")
	dir := f.holds(t, "dir")["dir"]
	f.remove(t, dir)
	e := must(trash.Restore(t.Context(), dir.ID, remote.Folder, nil))(t)
	if e.ID != dir.ID || e.Parent != dir.Parent || e.Name != "dir" {
		t.Errorf("reply tells %+v", e)
	}
	if got := f.read(t, id); got != "a" {
		t.Errorf("content is %q", got)
	}
	file := f.get(t, id, remote.File)
	f.removeAt(t, file, "dir/a.txt")
	at := f.at("elsewhere.txt")
	e = must(trash.Restore(t.Context(), id, remote.File, &at))(t)
	if e.ID != id || e.Parent != f.Root || e.Name != at.Name {
		t.Errorf("reply tells %+v", e)
	}
	f.holds(t, "dir", "elsewhere.txt")
	_, err := trash.Restore(t.Context(), id, remote.File, nil)
	if err == nil || remote.IsMaybeDone(err) {
		t.Errorf("restore what is not in the trash: error is %v", err)
	}
}
