package filesro

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
)

const fileGet = "GET /file/" + fileID

// bytesOf is a content as the portal sends it; more are headers, in pairs.
func bytesOf(content string, more ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		for i := 0; i+1 < len(more); i += 2 {
			w.Header().Set(more[i], more[i+1])
		}
		if w.Header().Get("Content-Length") == "none" {
			w.Header().Del("Content-Length")
		}
		_, _ = w.Write([]byte(content))
	}
}

func read(d *Driver, t testing.TB, e remote.Entry, offset int64) (string, error) {
	b, err := d.Download(t.Context(), e, offset)
	if err != nil {
		return "", err
	}
	defer b.Close()
	got, err := io.ReadAll(b)
	return string(got), err
}

func TestADownloadIsTheContentOrAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		code   remote.Code
	}{
		"the content":                  {bytesOf("0123456789"), 0},
		"a web page that is a file":    {bytesOf("0123456789", "Content-Type", "text/html", "Content-Disposition", "attachment; filename=a.html"), 0},
		"a web page":                   {bytesOf("0123456789", "Content-Type", "text/html; charset=UTF-8"), remote.Corrupt},
		"no length":                    {bytesOf("0123456789", "Content-Length", "none"), remote.Corrupt},
		"too short":                    {bytesOf("0123456789", "Content-Length", "11"), remote.Corrupt},
		"too long":                     {bytesOf("0123456789", "Content-Length", "9"), remote.Corrupt},
		"a redirect to the front door": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, remote.Corrupt},
		"a redirect to a sign-in page": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, testURL+"/login", http.StatusFound) }, remote.Corrupt},
		"a redirect that is for good": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://s3.test/x", http.StatusMovedPermanently)
		}, remote.Corrupt},
		"a plain link": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://s3.test/x", http.StatusFound)
		}, remote.Corrupt},
		"the plan": {status(401, object{"type": "error", "message": "You can't download."}), remote.Denied},
		"not ours": {status(403, object{}), remote.Denied},
		"no bytes": {status(404, object{"type": "error"}), remote.Unavailable},
		"broken":   {status(500, object{}), remote.Unavailable},
	} {
		d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: before, fileGet: tt.answer, "GET user": ok(object{"data": object{"id": "u"}})})
		got, err := read(d, t, fileEntry(), 0)
		if remote.CodeOf(err) != tt.code || (err != nil) != (tt.code != 0) || err == nil && got != "0123456789" {
			t.Errorf("%s: %q, %v, want code %q", name, got, err, tt.code)
		}
	}
}

func TestADownloadGoesOnByThrowingAway(t *testing.T) {
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: before, fileGet: bytesOf("0123456789")})
	for offset, want := range map[int64]string{0: "0123456789", 4: "456789", 10: ""} {
		if got, err := read(d, t, fileEntry(), offset); got != want || err != nil {
			t.Errorf("from %d: %q, %v", offset, got, err)
		}
	}
	_, err := read(d, t, fileEntry(), 11)
	codeIs(t, err, remote.Stale)
	sized := fileEntry()
	sized.Size = 9
	_, err = read(d, t, sized, 0)
	codeIs(t, err, remote.Corrupt)
	other := fileEntry()
	other.Content = otherID
	_, err = read(d, t, other, 0)
	codeIs(t, err, remote.Stale)
}

// The token goes to the portal's own host, and nowhere else.
func TestTheTokenStaysAtHome(t *testing.T) {
	var seen []string
	note := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.URL.Host+" "+r.Header.Get("Authorization"))
			h(w, r)
		}
	}
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: before, "GET s3.test": note(bytesOf("0123456789")),
		fileGet: note(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://s3.test/a?Signature=x", http.StatusFound)
		})})
	if got, err := read(d, t, fileEntry(), 0); got != "0123456789" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if want := "files.test Bearer " + testToken + "|s3.test "; strings.Join(seen, "|") != want {
		t.Errorf("sent %q", seen)
	}
}

func TestAContentElsewhereIsRefused(t *testing.T) {
	for _, at := range []string{"https://evil.test/file/x", "http://files.test/file/x", "https://files.test.evil.test/x", "https://files.test:444/x",
		"https://a@files.test/x", "//evil.test/x", "/file/x", "", "javascript:x"} {
		f := fileIn(folderID, fileID, "a.pdf")
		f["data"].(object)["attributes"].(object)["file_url"] = at
		d, p := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: ok(listOf(folderID, f))})
		_, err := read(d, t, fileEntry(), 0)
		if codeIs(t, err, remote.Corrupt); p.total() != p.count(listFolder) {
			t.Errorf("%q was called", at)
		}
	}
}

// A content that is no longer where it was is looked for once.
func TestAContentThatMovedIsFound(t *testing.T) {
	f := fileIn(folderID, fileID, "a.pdf")
	moved := fileIn(folderID, fileID, "a.pdf")
	moved["data"].(object)["attributes"].(object)["file_url"] = testURL + "/file/new"
	d, _ := say(t, rest.Options{}, map[string]http.HandlerFunc{listFolder: inTurn(ok(listOf(folderID, f)), ok(listOf(folderID, moved))),
		fileGet: status(404, object{}), "GET /file/new": bytesOf("new")})
	if _, _, err := collect(d.Children(t.Context(), folderID)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(d, t, fileEntry(), 0); got != "new" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
