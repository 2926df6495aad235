package filesro

import (
	"net/http"
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
)

const binList = "GET browse/trash/all"

func TestAFileIsFoundWhereItWasSeenLast(t *testing.T) {
	d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: ok(listOf(folderID, fileIn(folderID, fileID, "a.pdf")))})
	if _, _, err := collect(d.Children(t.Context(), folderID)); err != nil {
		t.Fatal(err)
	}
	if e, err := d.Get(t.Context(), fileID, remote.File); err != nil || e != fileEntry() || p.total() != 2 {
		t.Errorf("%+v, %v, %d calls", e, err, p.total())
	}
}

// After a start nothing is remembered: then it is looked for everywhere, the trash first.
func TestAFileIsFoundWhereverItIs(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		binList:                  ok(listOf("", fileIn(folderID, otherID, "trashed"))),
		"GET browse/folders/all": ok(listOf("", folderIn("", folderID, "f"))),
		listFolder:               ok(listOf(folderID, fileIn(folderID, fileID, "a.pdf"))),
	}
	d, _ := say(t, rest.Options{}, answers)
	if e, err := d.Get(t.Context(), fileID, remote.File); err != nil || e != fileEntry() {
		t.Errorf("%+v, %v", e, err)
	}
	_, err := d.Get(t.Context(), otherID, remote.File)
	codeIs(t, err, remote.Trashed)
	_, err = d.Get(t.Context(), remote.ID(numbered(1)), remote.File)
	codeIs(t, err, remote.NotFound)
	answers[listFolder] = status(403, object{})
	_, err = d.Get(t.Context(), remote.ID(numbered(1)), remote.File)
	codeIs(t, err, remote.Unknown) // it may lie in the folder that could not be read
	answers[binList] = html(200)
	_, err = d.Get(t.Context(), remote.ID(numbered(1)), remote.File)
	codeIs(t, err, remote.Corrupt)
}

// P7: a delete needs a witness.
func TestWitnessesOfAnAbsence(t *testing.T) {
	here, empty := ok(listOf(folderID, fileIn(folderID, fileID, "a.pdf"))), ok(listOf(folderID))
	inBin, noBin := ok(listOf("", fileIn(folderID, fileID, "a.pdf"))), ok(listOf(""))
	gone := status(404, object{"type": "error"})
	folderBin := "GET browse/trash/" + folderID
	for name, tt := range map[string]struct {
		list, bin, inFolder http.HandlerFunc
		want                remote.Absence
		code                remote.Code
	}{
		"it is there":                         {here, nil, nil, remote.Absence{Now: new(fileEntry())}, 0},
		"it is in the trash":                  {empty, inBin, nil, remote.Absence{Gone: true, Trash: true}, 0},
		"it is nowhere":                       {empty, noBin, nil, remote.Absence{Gone: true}, 0},
		"its folder is trashed":               {gone, noBin, inBin, remote.Absence{Gone: true, Trash: true}, 0},
		"its folder is trashed without it":    {gone, noBin, noBin, remote.Absence{}, 0},
		"its folder is not shown":             {gone, noBin, gone, remote.Absence{}, 0},
		"its folder cannot be read":           {status(500, object{}), nil, nil, remote.Absence{}, remote.Unavailable},
		"its folder is a web page":            {html(200), nil, nil, remote.Absence{}, remote.Corrupt},
		"a page for a folder that is missing": {html(404), nil, nil, remote.Absence{}, remote.Corrupt},
		"the trash cannot be read":            {empty, status(500, object{}), nil, remote.Absence{}, remote.Unavailable},
		"the trash is a web page":             {empty, html(200), nil, remote.Absence{}, remote.Corrupt},
		"the trashed folder cannot be read":   {gone, noBin, status(503, object{}), remote.Absence{}, remote.Unavailable},
	} {
		d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: tt.list, binList: tt.bin, folderBin: tt.inFolder})
		a, err := d.Confirm(t.Context(), fileEntry())
		if remote.CodeOf(err) != tt.code || (err != nil) != (tt.code != 0) {
			t.Errorf("%s: %v, want code %q", name, err, tt.code)
			continue
		}
		if a.Gone != tt.want.Gone || a.Trash != tt.want.Trash || (a.Now == nil) != (tt.want.Now == nil) || a.Now != nil && *a.Now != *tt.want.Now {
			t.Errorf("%s: %+v, want %+v", name, a, tt.want)
		}
		if err == nil && a.Why == "" && a.Now == nil {
			t.Errorf("%s: no reason is given", name)
		}
	}
}

func TestWitnessesOfAFoldersAbsence(t *testing.T) {
	last := remote.Entry{ID: folderID, Parent: otherID, Name: "f", Kind: remote.Folder, Size: -1}
	with, without, neither := ok(treeOf(folderID, otherID)), ok(treeOf(otherID)), ok(treeOf())
	for name, tt := range map[string]struct {
		tree, bin http.HandlerFunc
		want      remote.Absence
	}{
		"it is there":            {with, nil, remote.Absence{Now: &remote.Entry{}}},
		"it is in the trash":     {without, ok(listOf("", folderIn(otherID, folderID, "f"))), remote.Absence{Gone: true, Trash: true}},
		"it is nowhere":          {without, ok(listOf("")), remote.Absence{Gone: true}},
		"its folder is gone too": {neither, ok(listOf("")), remote.Absence{}},
	} {
		d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{"GET browse/navigation": tt.tree, binList: tt.bin, "GET browse/trash/" + otherID: ok(listOf(""))})
		a, err := d.Confirm(t.Context(), last)
		if err != nil || a.Gone != tt.want.Gone || a.Trash != tt.want.Trash || (a.Now == nil) != (tt.want.Now == nil) {
			t.Errorf("%s: %+v, %v, want %+v", name, a, err, tt.want)
		}
	}
}

// A folder that was destroyed by force leaves its files behind, where no listing shows them: they are not gone.
func TestOrphansAreNotBelievedToBeGone(t *testing.T) {
	all := ok(listOf("", fileIn(otherID, fileID, "a.pdf")))
	d, _ := say(t, withLatest(), map[string]http.HandlerFunc{"GET browse/navigation": ok(treeOf(folderID)), "GET browse/latest": all, binList: ok(listOf("")),
		listFolder: ok(listOf(folderID)), "GET browse/folders/" + otherID: status(404, object{"type": "error"}), "GET browse/trash/" + otherID: status(404, object{"type": "error"})})
	for what, last := range map[string]remote.Entry{
		"the folder":                   {ID: otherID, Parent: folderID, Name: "f", Kind: remote.Folder},
		"a file in it":                 {ID: fileID, Parent: otherID, Name: "a.pdf", Kind: remote.File},
		"a file that was said to move": {ID: fileID, Parent: folderID, Name: "a.pdf", Kind: remote.File},
	} {
		if a, err := d.Confirm(t.Context(), last); err != nil || a.Gone || a.Now != nil {
			t.Errorf("%s: %+v, %v", what, a, err)
		}
	}
}

func TestAFileThatMovedIsFoundAmongAllFiles(t *testing.T) {
	d, _ := say(t, withLatest(), map[string]http.HandlerFunc{"GET browse/navigation": ok(treeOf(folderID, otherID)), binList: ok(listOf("")),
		listFolder: ok(listOf(folderID)), "GET browse/latest": ok(listOf("", fileIn(otherID, fileID, "a.pdf")))})
	if a, err := d.Confirm(t.Context(), fileEntry()); err != nil || a.Gone || a.Now == nil || a.Now.Parent != otherID {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestWhereaboutsAreBounded(t *testing.T) {
	var w whereabouts
	w.put("first", sighting{parent: "p"})
	for i := range 3 * rememberedItems {
		w.put(remote.ID(numbered(i)), sighting{})
		if i == rememberedItems {
			if s, ok := w.of("first"); !ok || s.parent != "p" {
				t.Error("what was noted last but one is forgotten")
			}
		}
	}
	if n := len(w.young) + len(w.old); n > 2*rememberedItems {
		t.Errorf("%d are remembered", n)
	}
	if _, ok := w.of(remote.ID(numbered(0))); ok {
		t.Error("what nobody asked for is remembered for ever")
	}
}

func TestAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		code   remote.Code
		want   remote.Account
	}{
		"an account":           {ok(object{"data": object{"id": "u1", "attributes": object{"email": "a@x.test", "name": "Anna"}}}), 0, remote.Account{ID: "u1", Name: "Anna", Login: "a@x.test"}},
		"a number":             {ok(object{"data": object{"id": 7, "attributes": object{"email": nil}}}), 0, remote.Account{ID: "7"}},
		"none":                 {ok(object{"data": object{}}), remote.Corrupt, remote.Account{}},
		"a web page":           {html(200), remote.Corrupt, remote.Account{}},
		"a redirect":           {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, remote.Corrupt, remote.Account{}},
		"a token that is void": {status(401, object{"message": "Unauthenticated."}), remote.SignIn, remote.Account{}},
	} {
		d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{"GET user": tt.answer})
		a, err := d.Account(t.Context())
		if remote.CodeOf(err) != tt.code || a != tt.want {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}
