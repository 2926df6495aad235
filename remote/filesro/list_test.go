package filesro

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

const listFolder = "GET browse/folders/" + folderID

// A list that is anything but a whole list is an error, never an empty folder.
func TestAListThatIsNoneIsAnError(t *testing.T) {
	twice := fileIn(folderID, fileID, "a")
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		code   remote.Code
	}{
		"a web page":            {html(200), remote.Corrupt},
		"a web page, not found": {html(404), remote.Corrupt},
		"a redirect":            {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, remote.Corrupt},
		"cut off":               {ok(`{"data":[{"data":{"id":"9999`), remote.Corrupt},
		"no list":               {ok(object{"message": "fine"}), remote.Corrupt},
		"a list that is null":   {ok(`{"data":null,"meta":{"paginate":{"total":0,"lastPage":1}}}`), remote.Corrupt},
		"no totals":             {ok(object{"data": []object{}}), remote.Corrupt},
		"something else":        {ok(`[]`), remote.Corrupt},
		"text that is said to be": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte(`{"data":[],"meta":{"paginate":{"total":0,"lastPage":1}}}`))
		}, remote.Corrupt},
		"another folder":            {ok(listOf(otherID)), remote.Corrupt},
		"another folder's item":     {ok(listOf(folderID, fileIn(otherID, fileID, "a"))), remote.Corrupt},
		"an item at home":           {ok(listOf("", fileIn("", fileID, "a"))), remote.Corrupt},
		"an id that is none":        {ok(listOf(folderID, fileIn(folderID, "../user", "a"))), remote.Corrupt},
		"an id that means home":     {ok(listOf(folderID, fileIn(folderID, "home", "a"))), remote.Corrupt},
		"an item without a kind":    {ok(listOf(folderID, object{"data": object{"id": fileID}})), remote.Corrupt},
		"more than is there":        {ok(pageOf(folderID, 1, 1, 7, fileIn(folderID, fileID, "a"))), remote.Stale},
		"less than is there":        {ok(pageOf(folderID, 1, 1, 0, fileIn(folderID, fileID, "a"))), remote.Stale},
		"one twice, another hidden": {ok(pageOf(folderID, 1, 1, 2, twice, twice)), remote.Stale},
		"an endless list":           {ok(pageOf(folderID, 1, 1_000_000_000, 50)), remote.Corrupt},
		"a count below nothing":     {ok(pageOf(folderID, 1, 1, -3)), remote.Stale},
		"forbidden":                 {status(403, object{"message": "This action is unauthorized."}), remote.Denied},
		"not found":                 {status(404, object{"type": "error", "message": "no"}), remote.NotFound},
		"throttled":                 {status(429, object{"message": "Too Many Attempts."}), remote.Throttled},
		"broken":                    {status(500, object{"message": "Server Error"}), remote.Unavailable},
		"under maintenance":         {status(503, object{"message": "Service Unavailable"}), remote.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: tt.answer})
				names, _, err := collect(d.Children(t.Context(), folderID))
				codeIs(t, err, tt.code)
				if len(names) > 0 {
					t.Errorf("told are %q all the same", names)
				}
			})
		})
	}
}

// byPage answers with the page that is asked for.
func byPage(pages ...http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n := 0
		switch r.URL.Query().Get("page") {
		case "", "1":
		case "2":
			n = 1
		default:
			n = 2
		}
		pages[min(n, len(pages)-1)](w, r)
	}
}

func TestPagesAreReadToTheLast(t *testing.T) {
	d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: byPage(
		ok(pageOf(folderID, 1, 3, 3, fileIn(folderID, numbered(1), "a"))),
		ok(pageOf(folderID, 2, 3, 3, fileIn(folderID, numbered(2), "b"))),
		ok(pageOf(folderID, 3, 3, 3, fileIn(folderID, numbered(3), "c"))),
	)})
	names, _, err := collect(d.Children(t.Context(), folderID))
	if err != nil || !slices.Equal(names, []string{"a", "b", "c"}) || p.total() != 3 {
		t.Errorf("%q, %v, in %d calls", names, err, p.total())
	}
}

// Pages count from the beginning: what is added or removed meanwhile moves items over their borders.
func TestAListThatShiftsIsReadAgainAndNeverTold(t *testing.T) {
	first := ok(pageOf(folderID, 1, 2, 3, fileIn(folderID, numbered(1), "a"), fileIn(folderID, numbered(2), "b")))
	for name, second := range map[string]http.HandlerFunc{
		"the total moves, though it adds up": ok(pageOf(folderID, 2, 2, 4, fileIn(folderID, numbered(3), "c"))),
		"the total moves":                    ok(pageOf(folderID, 2, 2, 2)),
		"a page comes twice":                 ok(pageOf(folderID, 2, 2, 3, fileIn(folderID, numbered(1), "a"), fileIn(folderID, numbered(2), "b"))),
		"an item is hidden":                  ok(pageOf(folderID, 2, 2, 3, fileIn(folderID, numbered(2), "b"))),
		"a page is empty":                    ok(pageOf(folderID, 2, 2, 3)),
		"it grows":                           ok(pageOf(folderID, 2, 3, 101)),
	} {
		d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: byPage(first, second)})
		names, _, err := collect(d.Children(t.Context(), folderID))
		codeIs(t, err, remote.Stale)
		if len(names) > 0 || p.total() != 2*listTries {
			t.Errorf("%s: %q in %d calls", name, names, p.total())
		}
		rest3 := ok(pageOf(folderID, 2, 2, 3, fileIn(folderID, numbered(3), "c")))
		d, _ = say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: byPage(first, inTurn(second, rest3))})
		if names, _, err := collect(d.Children(t.Context(), folderID)); err != nil || len(names) != 3 {
			t.Errorf("%s, once: %q, %v", name, names, err)
		}
	}
}

func TestAFailureInTheMiddleOfAListIsNoEnd(t *testing.T) {
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: byPage(
		ok(pageOf(folderID, 1, 2, 2, fileIn(folderID, numbered(1), "a"))), status(403, object{}))})
	names, _, err := collect(d.Children(t.Context(), folderID))
	codeIs(t, err, remote.Denied)
	if len(names) > 0 {
		t.Errorf("told are %q", names)
	}
}

// The portal shows what lies at home for an id that it takes for none.
func TestHomeIsNotTakenForAFolder(t *testing.T) {
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{"GET browse/folders/file_123": ok(listOf("")), "GET browse/navigation": ok(treeOf(folderID))})
	_, _, err := collect(d.Children(t.Context(), "file_123"))
	codeIs(t, err, remote.NotFound)
	d, _ = say(t, rest.Options{}, map[string]http.HandlerFunc{"GET browse/folders/file_123": ok(listOf("", fileIn("", fileID, "a")))})
	_, _, err = collect(d.Children(t.Context(), "file_123"))
	codeIs(t, err, remote.Corrupt)
	d, p := say(t, rest.Options{}, nil)
	for _, id := range []remote.ID{"all", "../user", "", "a b"} {
		if _, _, err := collect(d.Children(t.Context(), id)); err == nil || p.total() > 0 {
			t.Errorf("%q was asked for: %v", id, err)
		}
	}
}

func TestTeamFoldersAndWhatIsTrashedAreLeftOut(t *testing.T) {
	team, gone := folderIn("", otherID, "team"), fileIn("", numbered(1), "gone")
	team["data"].(object)["attributes"].(object)["isTeamFolder"] = true
	gone["data"].(object)["attributes"].(object)["deleted_at"] = "01. Jan. 2024"
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{"GET browse/folders/all": ok(listOf("", team, gone, fileIn("", fileID, "a")))})
	if names, _, err := collect(d.Children(t.Context(), home)); err != nil || !slices.Equal(names, []string{"a"}) {
		t.Errorf("%q, %v", names, err)
	}
}

func TestACrawlGivesUpIfEveryFolderFails(t *testing.T) {
	answers := map[string]http.HandlerFunc{}
	var folders []object
	for i := range 40 {
		folders = append(folders, folderIn(folderID, numbered(i), "f"))
		answers["GET browse/folders/"+numbered(i)] = status(403, object{})
	}
	answers[listFolder] = ok(listOf(folderID, folders...))
	d, p := say(t, rest.Options{}, answers)
	_, gaps, err := collect(d.Crawl(t.Context(), folderID))
	codeIs(t, err, remote.Denied)
	if len(gaps) >= mostGaps || p.total() > 2*mostGaps {
		t.Errorf("%d gaps, %d calls", len(gaps), p.total())
	}
}

// A tree that leads into itself ends, and what cannot be told is unknown.
func TestACrawlInCirclesEnds(t *testing.T) {
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{
		listFolder:                      ok(listOf(folderID, folderIn(folderID, otherID, "in"))),
		"GET browse/folders/" + otherID: ok(listOf(otherID, folderIn(otherID, folderID, "out"))),
	})
	_, gaps, err := collect(d.Crawl(t.Context(), folderID))
	if err != nil || !slices.Equal(gaps, []remote.ID{otherID}) {
		t.Errorf("gaps %q, %v", gaps, err)
	}
}

func withLatest() rest.Options { return rest.Options{Assume: rest.Assume{setLatest: true}} }

func TestASnapshotIsTwoCalls(t *testing.T) {
	d, p := say(t, withLatest(), map[string]http.HandlerFunc{
		"GET browse/navigation": ok(treeOf(folderID, otherID)),
		"GET browse/latest": ok(listOf("", fileIn(folderID, fileID, "a"), fileIn("", numbered(1), "at home"), fileIn(otherID, numbered(2), "elsewhere"),
			fileIn(numbered(9), numbered(3), "an orphan"))),
	})
	names, gaps, err := collect(d.Crawl(t.Context(), folderID))
	if err != nil || len(gaps) > 0 || !slices.Equal(names, []string{"a"}) || p.total() != 2 {
		t.Errorf("%q, gaps %q, %v, %d calls", names, gaps, err, p.total())
	}
	names, _, err = collect(d.Crawl(t.Context(), home))
	if err != nil || len(names) != 5 {
		t.Errorf("from home on: %q, %v", names, err)
	}
	if !d.Features().Listing || d.Features().Folderwise {
		t.Errorf("features are %+v", d.Features())
	}
}

func TestASnapshotThatFailsIsNoSnapshot(t *testing.T) {
	good, whole := ok(treeOf(folderID)), ok(listOf("", fileIn(folderID, fileID, "a")))
	for name, tt := range map[string]struct {
		tree, latest http.HandlerFunc
		code         remote.Code
	}{
		"a web page for the tree":   {html(200), whole, remote.Corrupt},
		"an empty answer":           {ok(`[]`), whole, remote.Corrupt},
		"only other people's":       {ok([]object{{"location": "team-folders", "folders": []object{}}}), whole, remote.Corrupt},
		"no folders":                {ok([]object{{"location": "files"}}), whole, remote.Corrupt},
		"the root is not in it":     {ok(treeOf(otherID)), whole, remote.NotFound},
		"a folder twice":            {ok(treeOf(folderID, folderID)), whole, remote.Corrupt},
		"a folder that is home":     {ok([]object{{"location": "files", "folders": []object{{"id": "home", "name": "x"}}}}), whole, remote.Corrupt},
		"a folder of another place": {ok([]object{{"location": "files", "folders": []object{{"id": folderID, "parent_id": otherID, "name": "x"}}}}), whole, remote.Corrupt},
		"a web page for the files":  {good, html(200), remote.Corrupt},
		"an error for the files":    {good, status(500, object{}), remote.Unavailable},
		"too few files":             {good, ok(pageOf("", 1, 1, 2, fileIn(folderID, fileID, "a"))), remote.Stale},
		"files without a folder":    {good, ok(listOf("", object{"data": object{"id": fileID, "type": "file", "attributes": object{"name": "a"}}})), remote.Corrupt},
	} {
		d, _ := say(t, withLatest(), map[string]http.HandlerFunc{"GET browse/navigation": tt.tree, "GET browse/latest": tt.latest})
		names, _, err := collect(d.Crawl(t.Context(), folderID))
		if remote.CodeOf(err) != tt.code || err == nil || len(names) > 0 {
			t.Errorf("%s: %q, %v, want code %q", name, names, err, tt.code)
		}
	}
}

// Reads are repeated, and wait as long as the portal says.
func TestAListWaitsForThePortal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p := say(t, rest.Options{Attempts: 4}, map[string]http.HandlerFunc{listFolder: inTurn(
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "40")
				status(429, object{})(w, r)
			},
			status(503, object{}), lose, ok(listOf(folderID, fileIn(folderID, fileID, "a"))))})
		began := time.Now()
		names, _, err := collect(d.Children(t.Context(), folderID))
		if err != nil || len(names) != 1 || p.total() != 4 || time.Since(began) < 40*time.Second {
			t.Errorf("%q, %v, %d calls in %v", names, err, p.total(), time.Since(began))
		}
	})
}
