package remotetest

import (
	"io"
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

// have ends the test if something is not offered.
func have[R any](r R, ok bool) func(testing.TB) R {
	return func(t testing.TB) R {
		t.Helper()
		if !ok {
			t.Fatalf("no %T", r)
		}
		return r
	}
}

// readAll downloads a file's content from offset on.
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
