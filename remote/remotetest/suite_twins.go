package remotetest

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"dossier/remote"
)

// In these tests several items of one folder have one name, on portals where they may.
var twinTests = []conformance{
	{"a second file of a name does not touch the first", false, testTwins},
	{"items of one name are all listed, each under its id", true, testTwinsListed},
	{"of many uploads to one name all are there", true, testTwinsRace},
	{"what was made without a reply is there under a new id, beside its namesakes", true, testTwinsLost},
}

func testTwins(t testing.TB, f Fixture) {
	if !f.Driver.Features().Twins {
		return // that names are unique is a test of its own
	}
	one, two := f.create(t, "a.txt", "one"), f.create(t, "a.txt", "two")
	if one.ID == two.ID {
		t.Fatalf("both are %q", one.ID)
	}
	same(t, "the first afterwards", f.get(t, one.ID, remote.File), one)
	for e, want := range map[remote.Entry]string{one: "one", two: "two"} {
		if got := f.readAll(t, e, 0); got != want {
			t.Errorf("content is %q, want %q", got, want)
		}
	}
	if !f.Driver.Features().Delete {
		return
	}
	done(t, f.Driver.Delete(t.Context(), one))
	if got := f.readAll(t, two, 0); got != "two" {
		t.Errorf("content is %q after its namesake was deleted", got)
	}
}

// namesakes are the ids in the root, with their entries.
func (f Fixture) namesakes(t testing.TB) map[remote.ID]remote.Entry {
	t.Helper()
	found := map[remote.ID]remote.Entry{}
	for e, err := range f.Driver.Children(t.Context(), f.Root) {
		done(t, err)
		found[e.ID] = e
	}
	return found
}

func testTwinsListed(t testing.TB, f Fixture) {
	if !f.Driver.Features().Twins {
		return
	}
	made := []remote.Entry{f.create(t, "a", "one"), f.create(t, "a", "two"), f.mkdir(t, "a"), f.mkdir(t, "a")}
	found := f.namesakes(t)
	for _, e := range made {
		same(t, "the listing", found[e.ID], e)
	}
	if len(found) != len(made) {
		t.Errorf("%d items are listed, want %d", len(found), len(made))
	}
	if crawled := all(t, f.Driver, f.Root); len(crawled) != len(made) {
		t.Errorf("%d items are crawled, want %d", len(crawled), len(made))
	}
}

func testTwinsRace(t testing.TB, f Fixture) {
	if !f.Driver.Features().Twins {
		return
	}
	var group errgroup.Group
	ids := make([]remote.ID, 6)
	for i := range ids {
		group.Go(func() error {
			e, err := f.Driver.Create(t.Context(), UploadOf(f.at("one.txt"), []byte(fmt.Sprint(i))))
			ids[i] = e.ID
			return err
		})
	}
	done(t, group.Wait())
	found := f.namesakes(t)
	for i, id := range ids {
		if e, ok := found[id]; !ok || f.readAll(t, e, 0) != fmt.Sprint(i) {
			t.Errorf("of upload %d there is %+v", i, e)
		}
	}
}

// E4: what is new to the mirror, and has the name, the size and the bytes, is what was sent.
func testTwinsLost(t testing.TB, f Fixture) {
	if !f.Driver.Features().Twins {
		return
	}
	f.create(t, "a", "theirs")
	before := f.namesakes(t)
	_, err := Faulty(f.Driver, lost(Create)).Create(t.Context(), UploadOf(f.at("a"), []byte("ours")))
	maybeDone(t, err)
	_, err = Faulty(f.Driver, lost(MakeFolder)).MakeFolder(t.Context(), f.at("a"))
	maybeDone(t, err)
	found := map[remote.Kind]remote.Entry{}
	for id, e := range f.namesakes(t) {
		if _, known := before[id]; !known {
			found[e.Kind] = e
		}
	}
	file, folder := found[remote.File], found[remote.Folder]
	if file.Name != "a" || !f.sized(file, 4) || f.readAll(t, file, 0) != "ours" || folder.Name != "a" {
		t.Errorf("new are %+v and %+v", file, folder)
	}
}
