package remotetest

import (
	"fmt"
	"testing"

	"dossier/remote"
)

// In these tests a write is done, and its answer lost. The mirror then looks, and what it finds must tell it what happened.
var faultTests = []conformance{
	{"a lost reply to a create is found by looking", true, testLostCreate},
	{"a lost reply to a replace is found by looking", false, testLostReplace},
	{"a lost reply to a new folder is found by looking", true, testLostFolder},
	{"a lost reply to a move is found by looking", true, testLostMove},
	{"a lost reply to a deletion is found by asking again", true, testLostDelete},
	{"a call that was not done can be done again", true, testNotDone},
}

func lost(verb Verb) Plan {
	return NthOf(verb, 1, Fault{Code: remote.Unavailable, Lost: true})
}

func maybeDone(t testing.TB, err error) {
	t.Helper()
	if !remote.IsMaybeDone(err) {
		t.Fatalf("error is %v, want one that may have been done", err)
	}
}

// E4: a retry after a lost reply creates no second file.
func testLostCreate(t testing.TB, f Fixture) {
	if f.Driver.Features().Twins {
		return // it has a test of its own
	}
	d := Faulty(f.Driver, lost(Create))
	u := UploadOf(f.at("a.txt"), []byte("a"))
	_, err := d.Create(t.Context(), u)
	maybeDone(t, err)
	features := f.Driver.Features()
	e := f.holds(t, "a.txt")["a.txt"]
	if !f.sized(e, 1) || features.Digest == "sha1" && e.SHA1 != u.SHA1 || features.Digest == "sha256" && e.SHA256 != u.SHA256 {
		t.Errorf("the listing tells %+v", e)
	}
	if !features.Recognise {
		return
	}
	_, err = d.Create(t.Context(), u)
	taken(t, f, "create again", err, e)
	f.holds(t, "a.txt")
}

// E4
func testLostReplace(t testing.TB, f Fixture) {
	features := f.Driver.Features()
	if !features.Replace {
		return
	}
	d := Faulty(f.Driver, lost(Replace))
	old := f.create(t, "a.txt", "old")
	u := UploadOf(f.at("a.txt"), []byte("new"))
	_, err := d.Replace(t.Context(), old, u)
	maybeDone(t, err)
	if features.GuardContent {
		_, err = d.Replace(t.Context(), old, u)
		refused(t, "replace again", err, remote.Stale)
	}
	now := f.get(t, old.ID, remote.File)
	if now.Content == old.Content || f.read(t, old.ID) != "new" {
		t.Errorf("get tells %+v", now)
	}
}

// E4
func testLostFolder(t testing.TB, f Fixture) {
	if f.Driver.Features().Twins {
		return // it has a test of its own
	}
	d := Faulty(f.Driver, lost(MakeFolder))
	_, err := d.MakeFolder(t.Context(), f.at("dir"))
	maybeDone(t, err)
	e := f.holds(t, "dir")["dir"]
	_, err = d.MakeFolder(t.Context(), f.at("dir"))
	taken(t, f, "make it again", err, e)
	f.holds(t, "dir")
}

// E4
func testLostMove(t testing.TB, f Fixture) {
	if !f.Driver.Features().Rename {
		return
	}
	d := Faulty(f.Driver, lost(Move))
	old := f.create(t, "a.txt", "a")
	_, err := d.Move(t.Context(), old, f.at("b.txt"))
	maybeDone(t, err)
	e := f.holds(t, "b.txt")["b.txt"]
	if e.ID != old.ID {
		t.Errorf("the listing tells %+v", e)
	}
	again := must(d.Move(t.Context(), e, f.at("b.txt")))(t)
	if again.ID != old.ID || again.Name != "b.txt" {
		t.Errorf("moved to where it is, it is %+v", again)
	}
	f.holds(t, "b.txt")
}

// E4
func testLostDelete(t testing.TB, f Fixture) {
	if !f.Driver.Features().Delete {
		return // that it is refused is a test of its own
	}
	d := Faulty(f.Driver, lost(Delete))
	old := f.create(t, "a.txt", "a")
	maybeDone(t, d.Delete(t.Context(), old))
	done(t, d.Delete(t.Context(), old))
	confirmed(t, f, old)
	f.holds(t)
}

// E5
func testNotDone(t testing.TB, f Fixture) {
	for i, code := range []remote.Code{remote.Throttled, remote.Busy, remote.Unavailable, remote.SignIn, remote.Quota} {
		d := Faulty(f.Driver, Nth(1, Fault{Code: code}))
		u := UploadOf(f.at(fmt.Sprintf("%d.txt", i)), []byte("a"))
		_, err := d.Create(t.Context(), u)
		refused(t, "create", err, code)
		e := must(d.Create(t.Context(), u))(t)
		if names(t, f.Driver, f.Root)[u.At.Name].ID != e.ID {
			t.Errorf("%q is not there", u.At.Name)
		}
	}
}
