package backoffice

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// The intention stands in the ledger before the folder is asked for, and the folder's id after it; nothing else is left.
func TestFoldersAreWrittenDown(t *testing.T) {
	inWorld(t, func(w *world) {
		e := w.mkdir("2026")
		known, err := w.ledger.Folders(w.ctx, w.root)
		want := []remote.LedgerFolder{{ID: e.ID, Parent: w.root, Name: "2026", Ours: true}}
		if err != nil || !slices.Equal(known, want) {
			w.Errorf("the ledger has %+v, %v", known, err)
		}
		again := w.sign(rest.Options{})
		defer again.Close()
		w.Driver = again
		w.shows("2026")
	})
}

// A lost answer leaves the intention. The folder cannot be found then, and the next attempt says that there may be two.
func TestLostAnswerToANewFolder(t *testing.T) {
	for _, do := range []string{mischief.LoseAfter, mischief.LoseBefore} {
		inWorld(t, func(w *world) {
			w.shows()
			w.fault(mischief.Fault{Do: do, Method: "POST", Times: 1})
			_, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
			if e := code(w, err, remote.Unavailable); e.Outcome != remote.MaybeDone {
				w.Errorf("%s: %v", do, e)
			}
			known, _ := w.ledger.Folders(w.ctx, w.root)
			if len(known) != 1 || known[0].Name != "2026" || !known[0].Ours || !known[0].Left {
				w.Errorf("%s: the ledger has %+v", do, known)
			}
			w.shows()
			e := w.mkdir("2026")
			w.shows("2026")
			if known, _ := w.ledger.Folders(w.ctx, w.root); len(known) != 1 || known[0].ID != e.ID {
				w.Errorf("%s: the ledger has %+v", do, known)
			}
			if !strings.Contains(w.log.String(), "folder may be there twice") {
				w.Errorf("%s: nobody is told", do)
			}
		})
	}
}

// Where folders can be listed, the one whose answer was lost is found, and taken for ours.
func TestLostAnswerWhereFoldersAreListed(t *testing.T) {
	inWorldWith(t, rest.Assume{assumeListFolders: true}, []string{"bo-folder-list"}, func(w *world) {
		w.shows()
		w.fault(mischief.Fault{Do: mischief.LoseAfter, Method: "POST", Times: 1})
		_, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
		if !remote.IsMaybeDone(err) {
			w.Fatal(err)
		}
		w.shows("2026")
		e := w.mkdir("2026")
		w.shows("2026")
		known, _ := w.ledger.Folders(w.ctx, w.root)
		if len(known) != 1 || known[0].ID != e.ID || !known[0].Ours {
			w.Errorf("the ledger has %+v", known)
		}
	})
}

// A refusal leaves nothing in the ledger.
func TestRefusedFolder(t *testing.T) {
	inWorld(t, func(w *world) {
		w.shows()
		w.fault(mischief.Fault{Do: mischief.Status, Status: 422, Method: "POST", Times: 1})
		_, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
		code(w, err, remote.Unknown)
		if known, _ := w.ledger.Folders(w.ctx, w.root); len(known) != 0 {
			w.Errorf("the ledger has %+v", known)
		}
	})
}

// failing is a ledger that cannot be written.
type failing struct {
	remote.Ledger
	puts int // that succeed
}

var errDisk = errors.New("the disk is full")

func (f *failing) Put(ctx context.Context, client remote.ID, folder remote.LedgerFolder) error {
	if f.puts--; f.puts < 0 {
		return errDisk
	}
	return f.Ledger.Put(ctx, client, folder)
}

// Without an intention on the disk nothing is sent; without the id on it, the folder may be there.
func TestLedgerThatCannotBeWritten(t *testing.T) {
	inWorld(t, func(w *world) {
		w.shows()
		for puts, posts := range []int{0, 1} {
			d := w.sign(rest.Options{Ledger: &failing{newShortLedger(), puts}})
			w.office.ResetCalls()
			_, err := d.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
			if !errors.Is(err, errDisk) || remote.IsMaybeDone(err) != (posts == 1) {
				w.Errorf("after %d entries: %v", puts, err)
			}
			if n := w.office.Calls(sandbox.BackOffice)["POST "+foldersPath]; n != posts {
				w.Errorf("after %d entries: %d folders were made", puts, n)
			}
			d.Close()
		}
	})
}

// Of folders that nobody told us of, the number is shown, as long as something lies in them; a setting or the ledger gives them names.
func TestUnknownFolders(t *testing.T) {
	inWorld(t, func(w *world) {
		w.put("VAT/2026/a.pdf", "a")
		w.put("VAT/b.pdf", "b")
		w.shows("Folder 1", "Folder 1/b.pdf", "Folder 2", "Folder 2/a.pdf")
		w.createIn(folderID(w.number, 2), "c.pdf", "c")
		w.shows("Folder 1", "Folder 1/b.pdf", "Folder 2", "Folder 2/a.pdf", "Folder 2/c.pdf")

		named := w.sign(rest.Options{Assume: rest.Assume{assumeFolderNames: string(folderID(w.number, 1)) + " = VAT"}})
		defer named.Close()
		w.Driver = named
		w.shows("Folder 2", "Folder 2/a.pdf", "Folder 2/c.pdf", "VAT", "VAT/b.pdf")
		w.trash("VAT/b.pdf")
		w.shows("Folder 2", "Folder 2/a.pdf", "Folder 2/c.pdf", "VAT") // it stays, now that it was seen
		w.put("VAT/b.pdf", "b")
		if err := w.ledger.Put(w.ctx, w.root, remote.LedgerFolder{ID: folderID(w.number, 2), Parent: folderID(w.number, 1), Name: "2026"}); err != nil {
			w.Fatal(err)
		}
		w.shows("VAT", "VAT/2026", "VAT/2026/a.pdf", "VAT/2026/c.pdf", "VAT/b.pdf")
	})
}

// A folder whose name there we do not know is renamed here only: its true name stays.
func TestNamingAnUnknownFolder(t *testing.T) {
	inWorld(t, func(w *world) {
		w.put("VAT/b.pdf", "b")
		unknown, err := w.Get(w.ctx, folderID(w.number, 1), remote.Folder)
		if err != nil || unknown.Name != "Folder 1" {
			w.Fatalf("%+v, %v", unknown, err)
		}
		w.office.ResetCalls()
		named, err := w.Move(w.ctx, unknown, remote.Place{Parent: w.root, Name: "Belastingen"})
		if err != nil || named.ID != unknown.ID || named.Name != "Belastingen" {
			w.Errorf("%+v, %v", named, err)
		}
		if n := w.office.Calls(sandbox.BackOffice).Mutating(); n != 0 {
			w.Errorf("%d calls changed something", n)
		}
		w.shows("Belastingen", "Belastingen/b.pdf")
		if there := w.there(); !slices.Contains(there, "VAT") {
			w.Errorf("there are %q", there)
		}
		if err := w.Delete(w.ctx, named); remote.CodeOf(err) != remote.Busy {
			w.Errorf("a folder with a file in it is deleted: %v", err)
		}
	})
}

// Without its ledger nothing is lost but the names, and folders in which nothing lies.
func TestLedgerLost(t *testing.T) {
	inWorld(t, func(w *world) {
		full, empty := w.mkdir("full"), w.mkdir("empty")
		a := w.createIn(full.ID, "a.pdf", "a")
		w.shows("empty", "full", "full/a.pdf")
		lost := w.sign(rest.Options{Ledger: newShortLedger()})
		defer lost.Close()
		w.Driver = lost
		w.shows("Folder 1", "Folder 1/a.pdf")
		if e, err := w.Get(w.ctx, a.ID, remote.File); err != nil || e != a {
			w.Errorf("%+v, %v", e, err)
		}
		absence, err := w.Confirm(w.ctx, empty)
		if err != nil || absence.Gone || absence.Now != nil {
			w.Errorf("a folder that the ledger has lost: %+v, %v", absence, err)
		}
		u := w.upload("b.pdf", "b")
		u.At.Parent = empty.ID
		_, err = w.Create(w.ctx, u)
		code(w, err, remote.NotFound)
	})
}

// By default no folder is deleted: it is out of the mirror until something lies in it, or until we make one of its name.
func TestFoldersAreLeft(t *testing.T) {
	inWorld(t, func(w *world) {
		folder := w.mkdir("2026")
		w.office.ResetCalls()
		if err := errors.Join(w.Delete(w.ctx, folder), w.Delete(w.ctx, folder)); err != nil {
			w.Fatal(err)
		}
		if n := w.office.Calls(sandbox.BackOffice).Mutating(); n != 0 {
			w.Errorf("%d calls changed something", n)
		}
		w.shows()
		if a, err := w.Confirm(w.ctx, folder); err != nil || !a.Gone {
			w.Errorf("%+v, %v", a, err)
		}
		w.put("2026/a.pdf", "a")
		w.shows("2026", "2026/a.pdf")
		if a, err := w.Confirm(w.ctx, folder); err != nil || a.Gone || a.Now == nil {
			w.Errorf("%+v, %v", a, err)
		}
		w.trash("2026/a.pdf")
		w.put("b.pdf", "b")
		w.shows("2026", "b.pdf")
		if err := w.Delete(w.ctx, folder); err != nil {
			w.Fatal(err)
		}
		w.shows("b.pdf")
		w.office.ResetCalls()
		again := w.mkdir("2026")
		if again.ID != folder.ID || w.office.Calls(sandbox.BackOffice).Mutating() != 0 {
			w.Errorf("another was made: %+v", again)
		}
		w.shows("2026", "b.pdf")
	})
}

// With the setting, a folder that we made and in which nothing can lie is deleted, at the address that an update has proven.
func TestFoldersAreDeletedIfSet(t *testing.T) {
	for _, quirk := range []string{"bo-post-200", "bo-folder-singular", "bo-folder-mixed", "bo-patch-405"} {
		inWorldWith(t, rest.Assume{assumeDeleteFolders: true}, []string{quirk}, func(w *world) {
			folder := w.mkdir("2026")
			if err := w.Delete(w.ctx, folder); err != nil {
				w.Fatalf("%s: %v", quirk, err)
			}
			if there := w.there(); len(there) != 0 {
				w.Errorf("%s: there are %q", quirk, there)
			}
			if known, _ := w.ledger.Folders(w.ctx, w.root); len(known) != 0 {
				w.Errorf("%s: the ledger has %+v", quirk, known)
			}
			w.shows()
		})
	}
}

// Where something may lie in a folder, or where it is not ours, it is left, whatever is set.
func TestFoldersThatMayNotBeDeleted(t *testing.T) {
	for what, make := range map[string]func(w *world) remote.Entry{
		"one that others made": func(w *world) remote.Entry {
			id, _ := w.office.MkdirAll(sandbox.BackOffice, below("theirs"))
			folder := remote.LedgerFolder{ID: remote.ID(string(w.root) + "/d" + id), Parent: w.root, Name: "theirs"}
			_ = w.ledger.Put(w.ctx, w.root, folder)
			return remote.Entry{ID: folder.ID, Parent: w.root, Name: "theirs", Kind: remote.Folder}
		},
		"one with a folder that is left in it": func(w *world) remote.Entry {
			folder := w.mkdir("a")
			inner, err := w.MakeFolder(w.ctx, remote.Place{Parent: folder.ID, Name: "b"})
			if err != nil {
				w.Fatal(err)
			}
			_ = w.ledger.Put(w.ctx, w.root, remote.LedgerFolder{ID: inner.ID, Parent: folder.ID, Name: "b", Ours: true, Left: true})
			return folder
		},
		"one in which a folder may have been made": func(w *world) remote.Entry {
			folder := w.mkdir("a")
			w.fault(mischief.Fault{Do: mischief.LoseAfter, Method: "POST", Times: 1})
			_, _ = w.MakeFolder(w.ctx, remote.Place{Parent: folder.ID, Name: "b"})
			return folder
		},
		"one while files lie in folders not known": func(w *world) remote.Entry {
			folder := w.mkdir("a")
			w.put("a/deep/x.pdf", "x")
			return folder
		},
	} {
		inWorldWith(t, rest.Assume{assumeDeleteFolders: true}, nil, func(w *world) {
			folder := make(w)
			before := w.there()
			if err := w.Delete(w.ctx, folder); err != nil {
				w.Errorf("%s: %v", what, err)
			}
			if after := w.there(); !slices.Equal(before, after) {
				w.Errorf("%s: there were %q, are %q", what, before, after)
			}
			if slices.Contains(w.shown(), folder.Name) {
				w.Errorf("%s: it is shown still", what)
			}
		})
	}
}

// Nor is one that others made, where folders are listed and all is known.
func TestFoldersOfOthersAreNotDeleted(t *testing.T) {
	inWorldWith(t, rest.Assume{assumeDeleteFolders: true, assumeListFolders: true}, []string{"bo-folder-list"}, func(w *world) {
		if _, err := w.office.MkdirAll(sandbox.BackOffice, below("theirs")); err != nil {
			w.Fatal(err)
		}
		ours := w.mkdir("ours")
		for _, id := range []remote.ID{folderID(w.number, 1), ours.ID} {
			if err := w.Delete(w.ctx, remote.Entry{ID: id, Parent: w.root, Kind: remote.Folder}); err != nil {
				w.Error(err)
			}
		}
		w.shows()
		if there := w.there(); !slices.Equal(there, []string{"theirs"}) {
			w.Errorf("there are %q", there)
		}
	})
}

// The documentation's own line for deleting a folder names the path of files: a folder's number sent there would delete a file. Whatever
// the portal answers, that path is never used for a folder.
func TestAFoldersNumberIsNeverSentForAFiles(t *testing.T) {
	for _, answer := range []int{200, 204, 400, 403, 404, 405, 409, 422, 500, 503} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			handle := reply(answer, `{"id":5,"name":"2026"}`)
			if answer == 204 {
				handle = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }
			}
			any := func(w http.ResponseWriter, r *http.Request) { asked++; handle(w, r) }
			answers := map[string]http.HandlerFunc{"GET /clients/17/files": reply(200, `[]`)}
			for _, method := range []string{"PATCH", "PUT", "DELETE"} {
				for _, spelling := range folderPaths {
					answers[method+" /clients/17/"+spelling+"/5"] = any // and nothing below files
				}
			}
			d := say(t, rest.Assume{assumeDeleteFolders: true}, answers)
			e := remote.Entry{ID: "17/d5", Parent: "17", Name: "2026", Kind: remote.Folder}
			if err := d.ledger.Put(t.Context(), "17", remote.LedgerFolder{ID: e.ID, Parent: e.Parent, Name: e.Name, Ours: true}); err != nil {
				t.Fatal(err)
			}
			_, _ = d.Move(t.Context(), e, remote.Place{Parent: "17", Name: "2027"})
			_ = d.Delete(t.Context(), e)
			if asked == 0 {
				t.Error("nothing was sent")
			}
		})
	}
}

// The spelling that has answered is remembered, and none is tried twice.
func TestFolderSpelling(t *testing.T) {
	for quirk, want := range map[string][]string{
		"bo-post-200":        {"PATCH folders", "PATCH folders"},
		"bo-folder-singular": {"PATCH folders", "PATCH folder", "PATCH folder"},
		"bo-folder-mixed":    {"PATCH folders", "PATCH folder", "PATCH folder"},
		"bo-patch-405":       {"PATCH folders", "PATCH folder", "PUT folders", "PATCH folders", "PUT folders"},
	} {
		inWorldWith(t, nil, []string{quirk}, func(w *world) {
			folder := w.mkdir("a")
			w.wire.sent = nil
			for _, name := range []string{"b", "c"} {
				moved, err := w.Move(w.ctx, folder, remote.Place{Parent: w.root, Name: name})
				if err != nil || moved.Name != name {
					w.Fatalf("%s: %+v, %v", quirk, moved, err)
				}
				folder = moved
			}
			var got []string
			for _, call := range w.wire.sent {
				if part := strings.Split(call, "/"); !strings.HasPrefix(call, "GET") {
					got = append(got, part[0]+part[len(part)-2])
				}
			}
			if !slices.Equal(got, want) {
				w.Errorf("%s: sent were %q, want %q", quirk, got, want)
			}
			w.shows("c")
		})
	}
}

// Folders of the default tree stay as they are.
func TestPredefinedFolders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := say(t, rest.Assume{assumeListFolders: true, assumeDeleteFolders: true}, map[string]http.HandlerFunc{
			"GET /clients/17/files":   reply(200, `[]`),
			"GET /clients/17/folders": firstPage(`[{"id":5,"name":"KYC","directoryId":null,"treeFolderId":3},{"id":6,"name":"2026","directoryId":5,"treeFolderId":null}]`),
		})
		found, err := crawled(d)
		if err != nil || len(found) != 2 || found[0].Pinned == "" || found[1].Pinned != "" || found[1].Parent != found[0].ID {
			t.Fatalf("%+v, %v", found, err)
		}
		_, err = d.Move(t.Context(), found[0], remote.Place{Parent: "17", Name: "Other"})
		code(t, err, remote.Denied)
		code(t, d.Delete(t.Context(), found[0]), remote.Denied)
	})
}

// Folders that lie in each other, as no tree has them, end neither the crawl nor us.
func TestFoldersInEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := say(t, rest.Assume{assumeListFolders: true}, map[string]http.HandlerFunc{
			"GET /clients/17/files":   reply(200, `[]`),
			"GET /clients/17/folders": firstPage(`[{"id":5,"name":"a","directoryId":6},{"id":6,"name":"b","directoryId":5},{"id":7,"name":"c","directoryId":7}]`),
		})
		if found, err := crawled(d); err != nil || len(found) != 3 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
