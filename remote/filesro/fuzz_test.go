package filesro

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"dossier/remote"
)

// Whatever a portal answers, nothing panics, and what is told has an id that can be one and lies where it was asked for.
func FuzzAnswers(f *testing.F) {
	for _, v := range []any{listOf(folderID, fileIn(folderID, fileID, "a"), folderIn(folderID, otherID, "b")), treeOf(folderID), fileIn(folderID, fileID, "a"),
		pageOf(folderID, 1, 3, 9), object{"data": object{"id": 7, "relationships": object{"parent": []any{}}}}} {
		data, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(`{"data":[{"data":{"id":1e9,"type":"file","attributes":{"parent_id":{}}}}],"meta":{"paginate":{"total":"1","lastPage":"-1"}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer := ok(body)
		d, _ := say(quiet{t}, withLatest(), map[string]http.HandlerFunc{listFolder: answer, "GET browse/navigation": answer, "GET browse/latest": answer,
			binList: answer, patchFile: answer, "GET user": answer, "POST items": answer})
		for e, err := range d.Children(t.Context(), folderID) {
			if err == nil && (checkID(e.ID) != nil || e.Parent != folderID || strings.Contains(string(e.ID), "/")) {
				t.Errorf("told is %+v", e)
			}
		}
		for e, err := range d.Crawl(t.Context(), folderID) {
			if err == nil && checkID(e.ID) != nil {
				t.Errorf("told is %+v", e)
			}
		}
		_, _ = d.Account(t.Context())
		_, _ = d.Confirm(t.Context(), fileEntry())
		_, _ = d.MakeFolder(t.Context(), remote.Place{Parent: folderID, Name: "x"})
		if e, err := d.rename(t.Context(), fileEntry(), "b"); err == nil && e.ID != fileID {
			t.Errorf("renamed is %+v", e)
		}
	})
}

// quiet takes calls that nobody expected for what they are: the answers led there.
type quiet struct{ testing.TB }

func (quiet) Errorf(string, ...any) {}

// Nothing that a person can call a file is taken for an upload under way, unless it has the whole form.
func FuzzTokens(f *testing.F) {
	s := newSending(uploadTo(folderID, "a.pdf", ""))
	s.attempt = "ABCDEFGH"
	f.Add(s.interim())
	f.Add(tokenPrefix)
	f.Fuzz(func(t *testing.T, name string) {
		token := tokenIn(name)
		if token != "" && (!strings.HasPrefix(name, tokenPrefix+token+"-") || !tokenForm.MatchString(token) || refusedName(name) == "") {
			t.Errorf("%q is of %q", name, token)
		}
		if x := extension(name); x == "" || strings.Trim(x, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Errorf("%q has the extension %q", name, x)
		}
	})
}
