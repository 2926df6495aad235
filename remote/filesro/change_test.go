package filesro

import (
	"net/http"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
)

const patchFile, listOther = "PATCH items/" + fileID, "GET browse/folders/" + otherID

var message = ok(object{"type": "success", "message": "Items was successfully moved."})

// Files in folderID, before and after they are moved to otherID.
var (
	before  = ok(listOf(folderID, fileIn(folderID, fileID, "a.pdf")))
	emptied = ok(listOf(folderID))
	arrived = ok(listOf(otherID, fileIn(otherID, fileID, "a.pdf")))
)

func TestAMoveIsLookedAfter(t *testing.T) {
	to := remote.Place{Parent: otherID, Name: "a.pdf"}
	for name, tt := range map[string]struct {
		list, moves, after http.HandlerFunc
		code               remote.Code
		maybe              bool
	}{
		"it moved":                        {before, message, arrived, 0, false},
		"it was not there":                {emptied, nil, nil, remote.NotFound, false},
		"it had another name":             {ok(listOf(folderID, fileIn(folderID, fileID, "b.pdf"))), nil, nil, remote.Stale, false},
		"its folder is gone":              {status(404, object{}), nil, nil, remote.NotFound, false},
		"refused":                         {before, status(403, object{"message": "no"}), nil, remote.Denied, false},
		"the target is not there":         {before, status(404, object{"type": "error"}), nil, remote.NotFound, false},
		"it is said to have, and has not": {before, message, ok(listOf(otherID)), remote.Stale, true},
		"it went where nobody can look":   {before, message, status(404, object{}), remote.NotFound, true},
		"the answer is lost":              {before, lose, nil, remote.Unavailable, true},
		"a web page":                      {before, html(200), nil, remote.Corrupt, true},
		"a gateway":                       {before, status(502, ""), nil, remote.Unavailable, true},
		"throttled":                       {before, status(429, object{}), nil, remote.Throttled, false},
	} {
		d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: tt.list, "POST moves": tt.moves, listOther: tt.after})
		e, err := d.Move(t.Context(), fileEntry(), to)
		if remote.CodeOf(err) != tt.code || remote.IsMaybeDone(err) != tt.maybe || (err != nil) != (tt.code != 0) {
			t.Errorf("%s: %v, want %q, maybe %v", name, err, tt.code, tt.maybe)
		}
		if err == nil && (e.Parent != otherID || e.ID != fileID) {
			t.Errorf("%s: %+v", name, e)
		}
		if tt.moves != nil && !strings.Contains(p.sent(), `{"to_id":"`+otherID+`","items":[{"type":"file","id":"`+fileID+`"}]}`) {
			t.Errorf("%s: sent %s", name, p.sent())
		}
		if p.count("POST moves") > 1 {
			t.Errorf("%s: sent %d times", name, p.count("POST moves"))
		}
	}
}

func TestHomeIsNoIDInAMove(t *testing.T) {
	d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: before, "POST moves": message, "GET browse/folders/all": ok(listOf("", fileIn("", fileID, "a.pdf")))})
	if e, err := d.Move(t.Context(), fileEntry(), remote.Place{Parent: home, Name: "a.pdf"}); err != nil || e.Parent != home || !strings.Contains(p.sent(), `"to_id":null`) {
		t.Errorf("%+v, %v, sent %s", e, err, p.sent())
	}
}

func TestARenameIsBelievedOnlyOfTheItem(t *testing.T) {
	trashed := fileIn(folderID, fileID, "b.pdf")
	trashed["data"].(object)["attributes"].(object)["deleted_at"] = "01. Jan. 2024, 03:15"
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		code   remote.Code
		maybe  bool
	}{
		"done":                 {ok(fileIn(folderID, fileID, "b.pdf")), 0, false},
		"another item":         {ok(fileIn(folderID, otherID, "b.pdf")), remote.Corrupt, true},
		"a folder":             {ok(folderIn("", fileID, "b.pdf")), remote.Corrupt, true},
		"trashed meanwhile":    {ok(trashed), remote.Trashed, false},
		"a message":            {message, remote.Corrupt, true},
		"a web page":           {html(200), remote.Corrupt, true},
		"cut":                  {ok(`{"data":{"id":`), remote.Corrupt, true},
		"lost":                 {lose, remote.Unavailable, true},
		"not found":            {status(404, object{"type": "error"}), remote.NotFound, false},
		"a name it cannot be":  {status(422, object{"errors": object{"name": []string{"too long"}}}), remote.BadName, false},
		"not found, as a page": {html(404), remote.Corrupt, false},
	} {
		d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: before, patchFile: tt.answer})
		_, err := d.Move(t.Context(), fileEntry(), remote.Place{Parent: folderID, Name: "b.pdf"})
		if remote.CodeOf(err) != tt.code || remote.IsMaybeDone(err) != tt.maybe || (err != nil) != (tt.code != 0) {
			t.Errorf("%s: %v, want %q, maybe %v", name, err, tt.code, tt.maybe)
		}
	}
}

// Both are two calls: where the second fails, the first is done.
func TestHalfAMoveIsSaidToBe(t *testing.T) {
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: before, "POST moves": message, listOther: arrived, patchFile: status(403, object{})})
	_, err := d.Move(t.Context(), fileEntry(), remote.Place{Parent: otherID, Name: "b.pdf"})
	if e := codeIs(t, err, remote.Denied); e.Outcome != remote.MaybeDone {
		t.Errorf("%v", err)
	}
}

// The portal would let a folder go into itself, and lose it.
func TestAFolderDoesNotGoIntoItself(t *testing.T) {
	inner := object{"id": otherID, "parent_id": folderID, "name": "inner", "folders": []object{}}
	tree := ok([]object{{"location": "files", "folders": []object{{"id": folderID, "name": "f", "folders": []object{inner}}}}})
	d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{"GET browse/navigation": tree})
	f := remote.Entry{ID: folderID, Parent: home, Name: "f", Kind: remote.Folder, Size: -1}
	for _, to := range []remote.ID{folderID, otherID} {
		_, err := d.Move(t.Context(), f, remote.Place{Parent: to, Name: "f"})
		if e := codeIs(t, err, remote.Stale); e.Outcome != remote.NotDone || p.count("POST moves") > 0 {
			t.Errorf("into %q: %v", to, err)
		}
	}
}

func TestAFolderIsMadeInAFolderThatIsThere(t *testing.T) {
	gone := status(404, object{"type": "error"})
	for name, tt := range map[string]struct {
		made, list http.HandlerFunc
		code       remote.Code
		maybe      bool
	}{
		"made":                        {status(201, folderIn(folderID, otherID, "new")), nil, 0, false},
		"its folder is gone":          {gone, nil, remote.NotFound, false},
		"that breaks the portal":      {status(500, object{}), gone, remote.NotFound, false},
		"that is no valid parent":     {status(422, object{"errors": object{"parent_id": []string{"invalid"}}}), gone, remote.NotFound, false},
		"a name that is none":         {status(422, object{"errors": object{"name": []string{"too long"}}}), emptied, remote.BadName, false},
		"the portal is broken":        {status(500, object{}), emptied, remote.Unavailable, true},
		"broken, and nobody can look": {status(500, object{}), html(200), remote.Unavailable, true},
		"a file":                      {status(201, fileIn(folderID, otherID, "new")), nil, remote.Corrupt, true},
		"a message":                   {message, nil, remote.Corrupt, true},
		"a web page":                  {html(200), nil, remote.Corrupt, true},
		"lost":                        {lose, nil, remote.Unavailable, true},
		"no such path":                {status(405, object{"message": "x"}), nil, remote.Unknown, false},
	} {
		d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: tt.list, "POST items": tt.made})
		e, err := d.MakeFolder(t.Context(), remote.Place{Parent: folderID, Name: "new"})
		if remote.CodeOf(err) != tt.code || remote.IsMaybeDone(err) != tt.maybe || (err == nil) != (name == "made") && tt.code == 0 {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		if p.count("POST items") != 1 || err == nil && p.total() != 1 {
			t.Errorf("%s: calls %v", name, p.calls)
		}
	}
}

func TestADeletionIsLookedAfter(t *testing.T) {
	done := ok(object{"type": "success", "message": "Items was successfully deleted."})
	inBin := ok(listOf("", fileIn(folderID, fileID, "a.pdf")))
	for name, tt := range map[string]struct {
		del, bin, list http.HandlerFunc
		code           remote.Code
		maybe          bool
	}{
		"in the trash":             {done, inBin, nil, 0, false},
		"done without a word":      {status(204, ""), inBin, nil, 0, false},
		"done with nothing in it":  {status(200, ""), inBin, nil, 0, false},
		"gone already":             {done, ok(listOf("")), emptied, 0, false},
		"gone with its folder":     {done, ok(listOf("")), status(404, object{}), 0, false},
		"not found":                {status(404, object{"type": "error"}), nil, nil, 0, false},
		"there, whatever was said": {done, ok(listOf("")), before, remote.Unknown, false},
		"nobody can look":          {done, status(500, object{}), nil, remote.Unavailable, true},
		"the trash is a page":      {done, html(200), nil, remote.Corrupt, true},
		"the folder is a page":     {done, ok(listOf("")), html(200), remote.Corrupt, true},
		"refused":                  {status(403, object{}), nil, nil, remote.Denied, false},
		"lost":                     {lose, nil, nil, remote.Unavailable, true},
		"a web page":               {html(200), nil, nil, remote.Corrupt, true},
		"maintenance":              {status(503, object{}), nil, nil, remote.Unavailable, true},
	} {
		d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{"DELETE items": tt.del, binList: tt.bin, listFolder: tt.list})
		err := d.Delete(t.Context(), fileEntry())
		if remote.CodeOf(err) != tt.code || remote.IsMaybeDone(err) != tt.maybe || tt.code == 0 && (err != nil) != (name == "there, whatever was said") {
			t.Errorf("%s: %v", name, err)
		}
		if p.sent() == "" || !strings.HasPrefix(p.sent(), `{"items":[{"force_delete":false,"type":"file","id":"`+fileID+`"}]}`) {
			t.Errorf("%s: sent %s", name, p.sent())
		}
	}
}

// Where a file is only deleted under its own kind, the second try says it.
func TestADeletionThatDidNothingIsTriedUnderTheKindThatIsShown(t *testing.T) {
	image := fileIn(folderID, fileID, "a.png")
	image["data"].(object)["type"] = "image"
	done := ok(object{"type": "success"})
	d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{"DELETE items": done, listFolder: ok(listOf(folderID, image)),
		binList: inTurn(ok(listOf("")), ok(listOf("", image)))})
	if err := d.Delete(t.Context(), fileEntry()); err != nil || p.count("DELETE items") != 2 || !strings.Contains(p.sent(), `"type":"image"`) {
		t.Errorf("%v, sent %s", err, p.sent())
	}
}

func TestWhatMustNotBeDeletedIsNot(t *testing.T) {
	d, p := say(t, rest.Options{}, nil)
	for _, id := range []remote.ID{home, "all", "", "../user"} {
		if err := d.Delete(t.Context(), remote.Entry{ID: id, Kind: remote.Folder}); err == nil || p.total() > 0 {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// A file whose folder is in the trash would stay out of sight.
func TestAFileWithoutAFolderIsRestoredAtHome(t *testing.T) {
	for _, there := range []bool{true, false} {
		tree := ok(treeOf())
		if there {
			tree = ok(treeOf(folderID))
		}
		d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{binList: ok(listOf("", fileIn(folderID, fileID, "a.pdf"))), "GET browse/navigation": tree,
			"POST trash/restore": message, listFolder: before, "GET browse/folders/all": ok(listOf("", fileIn("", fileID, "a.pdf")))})
		e, err := d.Restore(t.Context(), fileID, remote.File, nil)
		wantHome := map[bool]string{true: `"to_home":false`, false: `"to_home":true`}[there]
		if err != nil || (e.Parent == home) == there || !strings.Contains(p.sent(), wantHome) {
			t.Errorf("its folder there: %v: %+v, %v, sent %s", there, e, err, p.sent())
		}
	}
}
