package backoffice

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	good := func() rest.Options {
		return rest.Options{URL: "https://office.test", Email: "a@office.test", Password: "p"}
	}
	if _, err := Open(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*rest.Options){
		"no address":                    func(o *rest.Options) { o.URL = "" },
		"plain http":                    func(o *rest.Options) { o.URL = "http://office.test" },
		"no e-mail":                     func(o *rest.Options) { o.Email = "" },
		"no password":                   func(o *rest.Options) { o.Password = "" },
		"a setting that is not there":   func(o *rest.Options) { o.Assume = rest.Assume{"listing": true} },
		"a setting of another kind":     func(o *rest.Options) { o.Assume = rest.Assume{assumePaging: "yes"} },
		"a way of sending not known":    func(o *rest.Options) { o.Assume = rest.Assume{assumeUpload: "ftp"} },
		"a title not known":             func(o *rest.Options) { o.Assume = rest.Assume{assumeTitle: "label"} },
		"a folder's path that is none":  func(o *rest.Options) { o.Assume = rest.Assume{assumeFolderPath: "files"} },
		"an extension that goes lost":   func(o *rest.Options) { o.Assume = rest.Assume{assumeUpload: byBase64, assumeExtensions: false} },
		"a trash":                       func(o *rest.Options) { o.Assume = rest.Assume{"trash": true} },
		"a folder that is none":         func(o *rest.Options) { o.Assume = rest.Assume{assumeFolderNames: "17/f5 = x"} },
		"a folder without a name":       func(o *rest.Options) { o.Assume = rest.Assume{assumeFolderNames: "17/d5"} },
		"a download in the clear":       func(o *rest.Options) { o.Download = "http://storage.test/{file}" },
		"a download of always the same": func(o *rest.Options) { o.Download = "https://office.test/storage" },
		"a download from a host told":   func(o *rest.Options) { o.Download = "https://{file}/x" },
		"a download not understood":     func(o *rest.Options) { o.Download = "https://office.test/{file}/{x}" },
	} {
		o := good()
		spoil(&o)
		if _, err := Open(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// No id but those that this driver has made becomes part of an address.
func TestIDs(t *testing.T) {
	for id, want := range map[remote.ID]ref{
		"clients": {}, "17": {client: 17}, "17/d5": {client: 17, folder: 5}, "17/f9": {client: 17, file: 9},
	} {
		if got, err := parse(id); got != want || err != nil {
			t.Errorf("%q: %+v, %v", id, got, err)
		}
	}
	for _, id := range []remote.ID{"", "0", "017", "-1", "17/", "17/d", "17/d0", "17/x5", "17/d5/f9", "17/f9 ", "17/../18", "17/f9?x", "17/d٣", "clients/17", "1234567890123456789"} {
		if r, err := parse(id); remote.CodeOf(err) != remote.Corrupt {
			t.Errorf("%q is taken for %+v, %v", id, r, err)
		}
	}
}

func TestAssumptionsAreNumberedAndPlayed(t *testing.T) {
	known := map[string]bool{}
	for _, q := range sandbox.Quirks() {
		known[q.Name] = q.Portal == sandbox.BackOffice
	}
	named := map[string]bool{}
	for i, a := range Assumptions {
		if want := "B-" + itoa(i+1); a.ID != want {
			t.Errorf("%s stands where %s should", a.ID, want)
		}
		if a.Says == "" || a.Setting == "" && a.Why == "" || len(a.Quirks) == 0 && a.Why == "" {
			t.Errorf("%s does not say why it has no setting, or no quirk", a.ID)
		}
		for _, q := range a.Quirks {
			named[q] = true
			if !known[q] {
				t.Errorf("%s: the sandbox has no quirk %s", a.ID, q)
			}
		}
	}
	for q, ours := range known {
		if ours && !named[q] {
			t.Errorf("%s plays no assumption", q)
		}
	}
}

func itoa(n int) string { return string(clientID(int64(n))) }

// One call a new file, a folder and a deletion; two a change, and two a look at less than a hundred files.
func TestCallsAreCountedExactly(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.create("a.pdf", "one")
		w.calls(mischief.Calls{"POST " + filesRoute: 1})
		folder := w.mkdir("2026")
		w.calls(mischief.Calls{"POST " + foldersPath: 1})
		a, err := w.Move(w.ctx, a, remote.Place{Parent: folder.ID, Name: "b.pdf"})
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"PATCH " + fileRoute: 1, "GET " + filesRoute: 1})
		w.shows("2026", "2026/b.pdf")
		w.calls(mischief.Calls{"GET " + filesRoute: 2})
		if _, err := w.Move(w.ctx, folder, remote.Place{Parent: w.root, Name: "2027"}); err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"PATCH " + foldersPath + "/{folderId}": 1})
		if err := w.Delete(w.ctx, a); err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"DELETE " + fileRoute: 1})
	})
}

// Many files are witnessed to be gone by one list.
func TestWitnessesShareAList(t *testing.T) {
	inWorld(t, func(w *world) {
		var made []remote.Entry
		for i := range 150 {
			made = append(made, w.create(itoa(i+1)+".pdf", "x"))
		}
		for _, e := range made[1:] {
			w.trash(e.Name)
		}
		w.office.ResetCalls()
		for _, e := range made[1:] {
			if a, err := w.Confirm(w.ctx, e); err != nil || !a.Gone {
				w.Fatalf("%+v, %v", a, err)
			}
		}
		w.calls(mischief.Calls{"GET " + filesRoute: 2})
		time.Sleep(witnessFor)
		if a, err := w.Confirm(w.ctx, made[0]); err != nil || a.Now == nil {
			w.Errorf("%+v, %v", a, err)
		}
		w.calls(mischief.Calls{"GET " + filesRoute: 2})
		if a, err := w.Confirm(w.ctx, w.create("new.pdf", "x")); err != nil || a.Now == nil {
			w.Errorf("an older list is a witness: %+v, %v", a, err)
		}
		if err := w.Delete(w.ctx, made[0]); err != nil {
			w.Fatal(err)
		}
		if a, err := w.Confirm(w.ctx, made[0]); err != nil || !a.Gone {
			w.Errorf("an older list is a witness: %+v, %v", a, err)
		}
	})
}

func TestAccount(t *testing.T) {
	inWorld(t, func(w *world) {
		a, err := w.Account(w.ctx)
		if err != nil || !strings.HasPrefix(a.ID, w.info().Email+" at ") || a.Login != w.info().Email {
			w.Errorf("%+v, %v", a, err)
		}
		w.calls(mischief.Calls{"GET /api/v2/clients": 1})
		wrong := w.sign(rest.Options{Password: "wrong-password"})
		defer wrong.Close()
		_, err = wrong.Account(w.ctx)
		code(w, err, remote.SignIn)
	})
}

// Clients are found below the root, and crawled one after the other; one who cannot be read is a gap.
func TestClients(t *testing.T) {
	inWorld(t, func(w *world) {
		w.put("a.pdf", "a")
		other, err := w.office.MkdirAll(sandbox.BackOffice, "Bakkerij Jansen")
		if err != nil {
			w.Fatal(err)
		}
		var names []string
		for e, err := range w.Children(w.ctx, rootID) {
			if err != nil || e.Parent != rootID || e.Kind != remote.Folder || e.Pinned == "" {
				w.Errorf("%+v, %v", e, err)
			}
			names = append(names, e.Name)
		}
		if slices.Sort(names); !slices.Equal(names, []string{"Bakkerij Jansen", sandbox.ClientsFolder}) {
			w.Errorf("clients are %q", names)
		}
		w.fault(mischief.Fault{Do: mischief.Status, Status: 403, Path: "/clients/" + other + "/files"})
		var told, gaps []remote.ID
		for e, err := range w.Crawl(w.ctx, rootID) {
			if gap, ok := errors.AsType[*remote.Gap](err); ok {
				gaps = append(gaps, gap.Folder)
			} else if err != nil {
				w.Fatal(err)
			} else {
				told = append(told, e.ID)
			}
		}
		if len(told) != 3 || !slices.Equal(gaps, []remote.ID{remote.ID(other)}) {
			w.Errorf("told are %q, gaps %q", told, gaps)
		}
		if e, err := w.Get(w.ctx, w.root, remote.Folder); err != nil || e.Name != sandbox.ClientsFolder {
			w.Errorf("%+v, %v", e, err)
		}
	})
}

// An answer about another client is not believed.
func TestAnswerAboutAnotherClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17": reply(200, `{"clientId":18,"name":"Jansen"}`)})
		_, err := d.Get(t.Context(), "17", remote.Folder)
		code(t, err, remote.Corrupt)
	})
}

// Clients are neither made, nor changed, nor deleted, and nothing is put where only they are.
func TestClientsAreNeverChanged(t *testing.T) {
	inWorld(t, func(w *world) {
		client, err := w.Get(w.ctx, w.root, remote.Folder)
		if err != nil {
			w.Fatal(err)
		}
		w.office.ResetCalls()
		_, err = w.MakeFolder(w.ctx, remote.Place{Parent: rootID, Name: "New client"})
		code(w, err, remote.Denied)
		u := w.upload("a.pdf", "a")
		u.At.Parent = rootID
		_, err = w.Create(w.ctx, u)
		code(w, err, remote.Denied)
		_, err = w.Move(w.ctx, client, remote.Place{Parent: rootID, Name: "Other"})
		if err == nil {
			w.Error("a client was renamed")
		}
		code(w, w.Delete(w.ctx, client), remote.Unsupported)
		code(w, w.Delete(w.ctx, remote.Entry{ID: rootID, Kind: remote.Folder}), remote.Unsupported)
		w.calls(mischief.Calls{})
	})
}

// A machine that is not the writer reads, and changes nothing, its ledger included.
func TestOnlyTheWriterWrites(t *testing.T) {
	inWorld(t, func(w *world) {
		a, folder := w.create("a.pdf", "one"), w.mkdir("2026")
		w.office.ResetCalls()
		reader := w.sign(rest.Options{Assume: rest.Assume{assumeWriter: "another-pc"}})
		defer reader.Close()
		_, create := reader.Create(w.ctx, w.upload("b.pdf", "b"))
		_, mkdir := reader.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2027"})
		_, move := reader.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "b.pdf"})
		for what, err := range map[string]error{"create": create, "make folder": mkdir, "move": move,
			"delete a file": reader.Delete(w.ctx, a), "delete a folder": reader.Delete(w.ctx, folder)} {
			if e := code(w, err, remote.Denied); !strings.Contains(e.Error(), "another-pc") {
				w.Errorf("%s: %v", what, e)
			}
		}
		w.calls(mischief.Calls{})
		w.shows("2026", "a.pdf")
		writer := w.sign(rest.Options{Assume: rest.Assume{assumeWriter: strings.ToUpper(reader.host)}})
		defer writer.Close()
		if _, err := writer.Create(w.ctx, w.upload("b.pdf", "b")); err != nil {
			w.Error(err)
		}
	})
}
