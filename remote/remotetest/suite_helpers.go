package remotetest

import (
	"errors"
	"io"
	"slices"
	"testing"

	"dossier/remote"
)

// must ends the test if a call failed: must(f())(t).
func must[R any](r R, err error) func(testing.TB) R {
	return func(t testing.TB) R {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// have ends the test if something is not offered: have(f())(t).
func have[R any](r R, ok bool) func(testing.TB) R {
	return func(t testing.TB) R {
		t.Helper()
		if !ok {
			t.Fatalf("no %T", r)
		}
		return r
	}
}

// done ends the test if a call failed.
func done(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused says so if a call did not fail with one of the codes, or claims that it may have been done.
func refused(t testing.TB, what string, err error, codes ...remote.Code) {
	t.Helper()
	if _, ok := errors.AsType[*remote.Error](err); !ok {
		t.Errorf("%s: error is %v, want a *remote.Error", what, err)
		return
	}
	if !slices.Contains(codes, remote.CodeOf(err)) {
		t.Errorf("%s: error is %q, want one of %v", what, err, codes)
	}
	if remote.IsMaybeDone(err) {
		t.Errorf("%s: %q says that it may have been done: a refusal is not done", what, err)
	}
}

// gone is how a call ends that names an item which is no more.
var gone = []remote.Code{remote.NotFound, remote.Trashed}

func (f Fixture) at(name string) remote.Place { return remote.Place{Parent: f.Root, Name: name} }

// create uploads a file into the root.
func (f Fixture) create(t testing.TB, name, content string) remote.Entry {
	t.Helper()
	return must(f.Driver.Create(t.Context(), UploadOf(f.at(name), []byte(content))))(t)
}

func (f Fixture) mkdir(t testing.TB, name string) remote.Entry {
	t.Helper()
	return must(f.Driver.MakeFolder(t.Context(), f.at(name)))(t)
}

// remove deletes what lies in the root, a folder with all below it; somebody does it where the driver cannot.
func (f Fixture) remove(t testing.TB, e remote.Entry) {
	t.Helper()
	f.removeAt(t, e, e.Name)
}

func (f Fixture) removeAt(t testing.TB, e remote.Entry, path string) {
	t.Helper()
	if features := f.Driver.Features(); features.Delete && (features.DeleteTree || e.Kind != remote.Folder) {
		done(t, f.Driver.Delete(t.Context(), e))
		return
	}
	done(t, f.Somebody.Trash(path))
}

func (f Fixture) put(t testing.TB, path, content string) remote.ID {
	t.Helper()
	return must(f.Somebody.Put(path, []byte(content)))(t)
}

// get reads an item that must be there.
func (f Fixture) get(t testing.TB, id remote.ID, kind remote.Kind) remote.Entry {
	t.Helper()
	return must(f.Driver.Get(t.Context(), id, kind))(t)
}

// read downloads the present content of a file.
func (f Fixture) read(t testing.TB, id remote.ID) string {
	t.Helper()
	return f.readAll(t, f.get(t, id, remote.File), 0)
}

// readAll downloads what an entry names, from offset on. Where contents are not handed out, that is refused, and somebody looks.
func (f Fixture) readAll(t testing.TB, e remote.Entry, offset int64) string {
	t.Helper()
	if !f.Driver.Features().SendOnly {
		return readAll(t, f.Driver, e, offset)
	}
	_, err := f.Driver.Download(t.Context(), e, offset)
	refused(t, "download", err, remote.Unsupported)
	return string(must(f.Peek(e.ID))(t)[offset:])
}

// readAll downloads what an entry names, from offset on.
func readAll(t testing.TB, d remote.Driver, e remote.Entry, offset int64) string {
	t.Helper()
	b := must(d.Download(t.Context(), e, offset))(t)
	defer b.Close()
	return string(must(io.ReadAll(b))(t))
}

// names lists a folder: its entries by name.
func names(t testing.TB, d remote.Driver, folder remote.ID) map[string]remote.Entry {
	t.Helper()
	found := map[string]remote.Entry{}
	for e, err := range d.Children(t.Context(), folder) {
		if err != nil {
			t.Fatalf("list folder: %v", err)
		}
		if _, twice := found[e.Name]; twice {
			t.Errorf("%q is there twice", e.Name)
		}
		found[e.Name] = e
	}
	return found
}

// holds says so if the root has other names in it.
func (f Fixture) holds(t testing.TB, want ...string) map[string]remote.Entry {
	t.Helper()
	found := names(t, f.Driver, f.Root)
	var got []string
	for name := range found {
		got = append(got, name)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	return found
}

// all crawls a folder, by id. An error or a gap ends the test, and so does what is not a tree: the portal's checks see to it.
func all(t testing.TB, d remote.Driver, root remote.ID) map[remote.ID]remote.Entry {
	t.Helper()
	found := map[remote.ID]remote.Entry{}
	for e, err := range remote.NewPortal(d, remote.PortalOptions{}).Crawl(t.Context(), root) {
		if err != nil {
			t.Fatalf("crawl: %v", err)
		}
		found[e.ID] = e
	}
	return found
}

// sized says whether an entry tells a size, or, where the portal tells none, that it is not told.
func (f Fixture) sized(e remote.Entry, size int64) bool {
	if f.Expect.Unsized {
		size = -1
	}
	return e.Size == size
}

// same says so if two entries differ in what a portal must tell in the same way each time.
func same(t testing.TB, what string, got, want remote.Entry) {
	t.Helper()
	if got.ID != want.ID || got.Parent != want.Parent || got.Name != want.Name || got.Kind != want.Kind || got.Size != want.Size ||
		got.Content != want.Content || got.SHA1 != want.SHA1 || got.SHA256 != want.SHA256 || !got.Modified.Equal(want.Modified) {
		t.Errorf("%s tells\n%+v, want\n%+v", what, got, want)
	}
}
