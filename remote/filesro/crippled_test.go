package filesro_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/filesro"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// In these tests the portal cannot do all that it should, and what the driver then does loses nothing.

func crippledBy(t *testing.T, quirk string, assume rest.Assume) remotetest.Fixture {
	return variant{quirk: quirk, assume: assume}.fixture(t, memory)
}

func codeOf(t *testing.T, what string, err error, want remote.Code) {
	t.Helper()
	if err == nil || remote.CodeOf(err) != want {
		t.Errorf("%s: %v, want code %q", what, err, want)
	}
}

func firstError(seq func(func(remote.Entry, error) bool)) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

func uploadTo(f remotetest.Fixture, name, content string) remote.Upload {
	u := remotetest.UploadOf(remote.Place{Parent: f.Root, Name: name}, []byte(content))
	u.Token = "3f9a1c77e2b04d58"
	return u
}

func TestTotalsThatMoveAreNotBelieved(t *testing.T) {
	f := crippledBy(t, "filesro-total-moves", nil)
	for i := range 3 {
		if _, err := f.Somebody.Put(fmt.Sprintf("%d.txt", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	codeOf(t, "list", firstError(f.Driver.Children(t.Context(), f.Root)), remote.Stale)
	codeOf(t, "crawl", firstError(f.Driver.Crawl(t.Context(), f.Root)), remote.Stale)
}

// Of a list of which only the first page is to be had, nothing is told.
func TestAListThatDoesNotGoOnIsNotTold(t *testing.T) {
	f := crippledBy(t, "filesro-page-ignored", nil)
	for i := range 60 {
		if _, err := f.Somebody.Put(fmt.Sprintf("many/%d.txt", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	for e, err := range f.Driver.Crawl(t.Context(), f.Root) {
		if gap, ok := errors.AsType[*remote.Gap](err); ok && remote.CodeOf(gap.Err) == remote.Corrupt {
			return
		}
		if e.Name != "many" {
			t.Errorf("%q is told, %v", e.Name, err)
		}
	}
	t.Error("there was no gap")
}

// A portal that stores a part twice never gets to show what came of it under the file's name.
func TestAPartThatIsStoredTwiceIsNoticed(t *testing.T) {
	for size, assume := range map[int]rest.Assume{10: {"verify": true}, 3000: {"chunk": int64(1000)}} {
		f := crippledBy(t, "filesro-chunk-twice", assume)
		_, err := f.Driver.Create(t.Context(), uploadTo(f, "a.bin", strings.Repeat("x", size)))
		codeOf(t, "create", err, remote.Corrupt)
		if remote.IsMaybeDone(err) {
			t.Errorf("%v: it was taken back", err)
		}
		for e, err := range f.Driver.Children(t.Context(), f.Root) {
			t.Errorf("%q is there, %v", e.Name, err)
		}
	}
}

// A 500 to a part is a doubt: it is never sent again under the same name, so that nothing is there twice.
func TestAPartThatIsStoredInSpiteOfA500IsNotSentAgain(t *testing.T) {
	f := crippledBy(t, "filesro-chunk-500-stored", rest.Assume{"chunk": int64(1000)})
	for _, size := range []int{10, 3000} {
		content := strings.Repeat("x", size)
		e, err := f.Driver.Create(t.Context(), uploadTo(f, "a.bin", content))
		for other, listErr := range f.Driver.Children(t.Context(), f.Root) {
			if listErr != nil || err != nil && other.Token == "" {
				t.Errorf("%d bytes: %q is there after %v, %v", size, other.Name, err, listErr)
			}
		}
		if err != nil {
			codeOf(t, "create", err, remote.Unavailable)
			continue
		}
		b, err := f.Driver.Download(t.Context(), e, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(b); string(got) != content || err != nil {
			t.Errorf("%d bytes came of %d, %v", len(got), size, err)
		}
		b.Close()
	}
}

func TestContentsThatCannotBeHadAreSaidToBe(t *testing.T) {
	for quirk, want := range map[string]remote.Code{"filesro-download-plan": remote.Denied, "filesro-bytes-missing": remote.Unavailable, "filesro-no-bearer-download": remote.Denied,
		"filesro-file-url-elsewhere": remote.Corrupt} {
		f := crippledBy(t, quirk, nil)
		e, err := f.Driver.Create(t.Context(), uploadTo(f, "a.bin", "abc"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Driver.Download(t.Context(), e, 0)
		codeOf(t, quirk, err, want)
		if _, err := f.Driver.Account(t.Context()); err != nil {
			t.Errorf("%s: the token is good, but %v", quirk, err)
		}
		f = crippledBy(t, quirk, rest.Assume{"download": false})
		if e, err = f.Driver.Create(t.Context(), uploadTo(f, "a.bin", "abc")); err != nil || !f.Driver.Features().SendOnly {
			t.Errorf("%s: %v, features %+v", quirk, err, f.Driver.Features())
		}
		_, err = f.Driver.Download(t.Context(), e, 0)
		codeOf(t, quirk, err, remote.Unsupported)
	}
}

// Without the settings a portal that differs is an error, never an empty folder or a file that is gone.
func TestAnUntoldDifferenceIsAnErrorAndNoAbsence(t *testing.T) {
	for quirk := range settings {
		t.Run(quirk, func(t *testing.T) {
			f := crippledBy(t, quirk, nil)
			if _, err := f.Somebody.Put("theirs.png", []byte("a")); err != nil {
				t.Fatal(err)
			}
			err := lives(t, f)
			if quirk == "filesro-names-unique" || quirk == "filesro-html-404" {
				return // they show elsewhere
			}
			if err == nil {
				t.Error("nothing was amiss")
			}
			if remote.CodeOf(err) == remote.NotFound {
				t.Errorf("%v: something is taken to be gone", err)
			}
			tree := f.Somebody.(somebody).s.Tree(portal)
			_, old := tree[below("theirs.png")]
			if _, renamed := tree[below("b.png")]; !old && !renamed {
				t.Errorf("somebody's file is gone, %v", err)
			}
		})
	}
}

// lives does a little of everything, until something fails.
func lives(t *testing.T, f remotetest.Fixture) error {
	d, ctx := f.Driver, t.Context()
	var theirs remote.Entry
	for e, err := range d.Children(ctx, f.Root) {
		if err != nil {
			return err
		}
		theirs = e
	}
	if theirs.Name != "theirs.png" {
		t.Errorf("listed is %+v", theirs)
	}
	if a, err := d.Confirm(ctx, theirs); err != nil || a.Gone || a.Now == nil {
		t.Errorf("confirm: %+v, %v", a, err)
	}
	if _, err := d.MakeFolder(ctx, remote.Place{Parent: f.Root, Name: "dir"}); err != nil {
		return err
	}
	e, err := d.Create(ctx, uploadTo(f, "a.png", strings.Repeat("x", 2<<20)))
	if err != nil {
		return err
	}
	b, err := d.Download(ctx, theirs, 0)
	if err != nil {
		return err
	}
	b.Close()
	if _, err := d.Move(ctx, theirs, remote.Place{Parent: f.Root, Name: "b.png"}); err != nil {
		return err
	}
	return d.Delete(ctx, e)
}

var _ remote.Checker = (*filesro.Driver)(nil)

// What `doctor` finds out is the setting that the portal needs.
func TestCheckFindsTheSettings(t *testing.T) {
	found := map[string]rest.Assume{
		"":                            {"latest": true},
		"filesro-no-latest":           nil,
		"filesro-no-folders-path":     {"folders": false, "latest": true},
		"filesro-no-trash-path":       {"trash": false, "latest": true},
		"filesro-create-folder-path":  {"make_path": "create-folder", "latest": true},
		"filesro-html-404":            {"json_404": false, "latest": true},
		"filesro-names-unique":        {"twins": false, "latest": true},
		"filesro-delete-body-dropped": {"delete": false, "latest": true},
		"filesro-download-no-length":  {"length": false, "latest": true},
		"filesro-no-bearer-download":  {"download": false, "latest": true},
		"filesro-download-plan":       {"download": false, "latest": true},
		"filesro-unknown-404":         {"latest": true},
		"filesro-type-own":            {"own_type": true, "latest": true},
		"filesro-path-required":       {"send_path": true, "latest": true},
		"filesro-no-one-piece":        {"latest": true},
		"filesro-no-chunks":           {"one_piece": true, "latest": true},
		"filesro-no-meta":             {"totals": false, "latest": true},
		"filesro-delete-ignored":      {"delete": false, "latest": true},
		"filesro-file-url-elsewhere":  {"download": false, "latest": true},
	}
	for quirk, want := range found {
		t.Run(quirk, func(t *testing.T) {
			f := crippledBy(t, quirk, nil)
			findings, err := f.Driver.(remote.Checker).Check(t.Context(), f.Root, true)
			if err != nil {
				t.Fatal(err)
			}
			got := rest.Assume{}
			for _, x := range findings {
				if x.Setting != "" {
					got[x.Setting] = x.Value
				}
				more := x.Setting == "latest" // nothing is wrong, but more can be done
				if (x.Setting != "") != (x.Verdict == remote.Differs || more) || more && x.Verdict != remote.Held {
					t.Errorf("%+v", x)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("found %v, want %v\n%+v", got, want, findings)
			}
			if err := got.Check(filesro.Assumptions); err != nil {
				t.Error(err)
			}
			left := f.Somebody.(somebody).s.Tree(portal)
			for path := range left {
				if strings.HasPrefix(path, sandbox.ClientsFolder+"/") && !strings.Contains(quirk, "filesro-delete-") {
					t.Errorf("%q is left", path)
				}
			}
		})
	}
}

func TestCheckWithoutTheRightToWriteChangesNothing(t *testing.T) {
	f := crippledBy(t, "", nil)
	if _, err := f.Somebody.Put("theirs.png", []byte("a")); err != nil {
		t.Fatal(err)
	}
	server := f.Somebody.(somebody).s
	server.ResetCalls()
	findings, err := f.Driver.(remote.Checker).Check(t.Context(), f.Root, false)
	if err != nil || server.Calls(portal).Mutating() != 0 {
		t.Errorf("%v, %v", err, server.Calls(portal))
	}
	probes := 0
	for _, a := range filesro.Assumptions {
		if a.Probe {
			probes++
		}
	}
	if len(findings) != probes {
		t.Errorf("%d findings of %d probes", len(findings), probes)
	}
}
