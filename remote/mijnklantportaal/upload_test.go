package mijnklantportaal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// An upload is one call with one part named file, its length announced; the folder's id is in the address.
func TestWhatAnUploadIs(t *testing.T) {
	for parent, query := range map[remote.ID]string{Root: "", "fsd_1": "directory=fsd_1"} {
		d := say(t, nil, map[string]http.HandlerFunc{"POST /v1/files": func(w http.ResponseWriter, r *http.Request) {
			kind, p, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
			if err != nil || kind != "multipart/form-data" || r.URL.RawQuery != query || r.ContentLength <= 0 || r.Header.Get("Authorization") != "Bearer key-123456" {
				t.Errorf("%s %s, %d bytes, %v", kind, r.URL, r.ContentLength, err)
			}
			body := &counted{r: r.Body}
			m := multipart.NewReader(body, p["boundary"])
			part, err := m.NextPart()
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(part)
			if part.FormName() != "file" || part.FileName() != `R&D "é".txt` || string(b) != content {
				t.Errorf("part %q, %q: %q", part.FormName(), part.FileName(), b)
			}
			if _, err := m.NextPart(); err != io.EOF {
				t.Errorf("another part: %v", err)
			}
			if _, _ = io.Copy(io.Discard, body); body.n != r.ContentLength {
				t.Errorf("%d bytes came, %d were announced", body.n, r.ContentLength)
			}
			reply(201, file("fsf_9", "other name.txt", len(content)))(w, r)
		}})
		e, err := d.Create(t.Context(), remotetest.UploadOf(remote.Place{Parent: parent, Name: `R&D "é".txt`}, []byte(content)))
		if err != nil || e.ID != "fsf_9" || e.Name != "other name.txt" || e.Parent != parent || e.Size != int64(len(content)) {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// In the body directory is the folder's name, in the address its parent's id.
func TestWhatANewFolderIs(t *testing.T) {
	d := say(t, nil, map[string]http.HandlerFunc{"POST /v1/files": func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		err := json.NewDecoder(r.Body).Decode(&body)
		if err != nil || len(body) != 1 || body["directory"] != "2026" || r.URL.RawQuery != "directory=fsd_1" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v, %v", r.URL, body, err)
		}
		reply(201, folder("fsd_2", "2026"))(w, r)
	}})
	e, err := d.MakeFolder(t.Context(), remote.Place{Parent: "fsd_1", Name: "2026"})
	if err != nil || e.ID != "fsd_2" || e.Parent != "fsd_1" || e.Kind != remote.Folder {
		t.Errorf("%+v, %v", e, err)
	}
}

// E4: each call that makes something is sent once, and what is not known is said.
func TestRefusalsOfUploads(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		code   remote.Code
		maybe  bool
	}{
		{400, `{"message":"No."}`, remote.Unknown, false},
		{401, `{"message":"Who?"}`, remote.SignIn, false},
		{403, `{"message":"No scope."}`, remote.Denied, false},
		{405, ``, remote.Unsupported, false},
		{409, ``, remote.Busy, false},
		{413, `<html>`, remote.TooBig, false},
		{422, `{"message":"The name is bad."}`, remote.BadName, false},
		{426, `{"message":"No room."}`, remote.Quota, false},
		{429, `{"code":429,"message":"Too many requests."}`, remote.Throttled, false},
		{500, `{"message":"Oops."}`, remote.Unavailable, true},
		{502, `<html>`, remote.Unavailable, true},
		{503, ``, remote.Unavailable, true},
		{302, ``, remote.Corrupt, true},
		{200, ``, remote.Corrupt, true},
		{201, `{"id":"fsf_1"`, remote.Corrupt, true},
		{201, `{}`, remote.Corrupt, true},
		{201, `[]`, remote.Corrupt, true},
		{201, `{"id":"a/b","type":"file","name":"a","size":1}`, remote.Corrupt, true},
		{201, `{"id":"fsd_1","type":"directory","name":"a","size":null}`, remote.Corrupt, true},
		{201, `{"id":"fsf_1","type":"file","name":"a","size":2}`, remote.Corrupt, true},
		{202, `{}`, remote.Corrupt, true},
		{204, ``, remote.Corrupt, true},
	} {
		t.Run(fmt.Sprint(tt.status, tt.body), func(t *testing.T) {
			sent := 0
			d := say(t, nil, map[string]http.HandlerFunc{
				"POST /v1/files": func(w http.ResponseWriter, r *http.Request) {
					sent++
					_, _ = io.Copy(io.Discard, r.Body)
					reply(tt.status, tt.body)(w, r)
				},
				"GET /v1/files/fsd_1": reply(200, folder("fsd_1", "d")),
			})
			var told int64
			u := remotetest.UploadOf(remote.Place{Parent: "fsd_1", Name: "a"}, []byte("x"))
			u.Progress = func(n int64) { told += n }
			_, err := d.Create(t.Context(), u)
			coded(t, err, tt.code)
			if remote.IsMaybeDone(err) != tt.maybe || sent != 1 {
				t.Errorf("%v; it was sent %d times", err, sent)
			}
			if told != 0 && tt.status >= 300 {
				t.Errorf("%d bytes are told to be there", told)
			}
		})
	}
}

// A 422 does not say what it is about: a folder that is gone is told as such.
func TestRefusalOfAGoneFolder(t *testing.T) {
	for _, quirk := range []string{"", "mkp-upload-directory-404"} {
		inWorld(t, nil, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			d := w.mkdir("d")
			if err := w.box.Trash(portal, sandbox.ClientsFolder+"/d"); err != nil {
				w.Fatal(err)
			}
			_, err := w.Create(w.ctx, remotetest.UploadOf(remote.Place{Parent: d.ID, Name: "a"}, nil))
			w.code(err, remote.NotFound)
			_, err = w.MakeFolder(w.ctx, remote.Place{Parent: d.ID, Name: "a"})
			w.code(err, remote.NotFound)
		})
	}
}

func TestFullPortal(t *testing.T) {
	inWorldOf(t, sandbox.Options{Quota: 100}, rest.Options{}, func(w *world) {
		e := w.create("a", content)
		_, err := w.Create(w.ctx, w.upload("b", strings.Repeat("x", 200)))
		if w.code(err, remote.Quota); remote.IsMaybeDone(err) {
			w.Errorf("%v", err)
		}
		if got, err := w.read(e, 0); got != content || err != nil {
			w.Errorf("%q, %v: what is there can still be fetched", got, err)
		}
	})
}

func TestTooBig(t *testing.T) {
	for _, quirk := range []string{"", "mkp-too-large-422"} {
		inWorldOf(t, sandbox.Options{MaxFile: 10}, rest.Options{}, func(w *world) {
			code := remote.TooBig
			if quirk != "" {
				w.quirk(quirk)
				code = remote.BadName // it says so in words only: that one file waits
			}
			_, err := w.Create(w.ctx, w.upload("b", content))
			w.code(err, code)
		})
	}
	inWorld(t, rest.Assume{assumeMaxSize: int64(10)}, func(w *world) {
		if w.Features().MaxSize != 10 {
			w.Errorf("%+v", w.Features())
		}
	})
}

// E4: an upload whose answer is lost may have been done; a look shows it under an id that is new to us.
func TestLostReplies(t *testing.T) {
	for _, do := range []string{mischief.LoseAfter, mischief.LoseBefore, mischief.Truncated, mischief.HTML} {
		inWorld(t, everything, func(w *world) {
			w.fault(mischief.Fault{Do: do, Method: "POST", Times: 2})
			_, err := w.Create(w.ctx, w.upload("a", content))
			if !remote.IsMaybeDone(err) {
				w.Errorf("%s: %v", do, err)
			}
			_, err = w.MakeFolder(w.ctx, w.at("d"))
			if !remote.IsMaybeDone(err) {
				w.Errorf("%s: %v", do, err)
			}
			if n := w.box.Calls(portal)["POST /v1/files"]; n != 2 {
				w.Errorf("%s: %d calls were sent", do, n)
			}
			names, err := w.names(w.root)
			if done := do == mischief.LoseAfter || do == mischief.Truncated; err != nil || (len(names) == 2) != done {
				w.Errorf("%s: there are %v, %v", do, names, err)
			}
		})
	}
	inWorld(t, everything, func(w *world) {
		e := w.create("a", content)
		w.fault(mischief.Fault{Do: mischief.LoseAfter, Method: "DELETE", Times: 1})
		if err := w.Delete(w.ctx, e); !remote.IsMaybeDone(err) {
			w.Errorf("%v", err)
		}
		if err := w.Delete(w.ctx, e); err != nil {
			w.Error(err)
		}
	})
}

// what we cut off ourselves, because our file changed, may have left something.
func TestTornUploads(t *testing.T) {
	for _, quirk := range []string{"", "mkp-torn-upload-stored"} {
		inWorld(t, everything, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			u := w.upload("torn", strings.Repeat(content, 10_000))
			u.Source = remotetest.Bytes{Content: []byte(strings.Repeat(content, 10_000)), Broken: errors.New("the file was cut"), FailAt: 100_000}
			_, err := w.Create(w.ctx, u)
			if err == nil || !remote.IsMaybeDone(err) {
				w.Errorf("%s: %v, want that something may be there", quirk, err)
			}
			time.Sleep(time.Second)
			names, err := w.names(w.root)
			if err != nil || (len(names) == 1) != (quirk != "") {
				w.Errorf("%s: there are %v, %v", quirk, names, err)
			}
		})
	}
	inWorld(t, nil, func(w *world) {
		u := w.upload("gone", content)
		u.Source = missing{}
		_, err := w.Create(w.ctx, u)
		if err == nil || remote.IsMaybeDone(err) {
			w.Errorf("%v, want that nothing was sent", err)
		}
	})
}

// What is cancelled half-way is not sent to its end, however quickly that would go.
func TestUploadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := say(t, nil, map[string]http.HandlerFunc{"POST /v1/files": func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 300)
		cancel()
		if n, err := io.Copy(io.Discard, r.Body); err == nil || n > 64<<10 {
			t.Errorf("%d bytes came after that, %v", n, err)
		}
		reply(201, file("fsf_1", "a", 160_000))(w, r)
	}})
	u := remotetest.UploadOf(remote.Place{Parent: Root, Name: "a"}, []byte(strings.Repeat(content, 10_000)))
	_, _ = d.Create(ctx, u)
}

type missing struct{}

func (missing) Open(int64) (io.ReadCloser, error) { return nil, errors.New("the file is gone") }
func (missing) Size() int64                       { return 5 }
func (missing) Check() error                      { return nil }

// The name that comes back is the name.
func TestNamesThatComeBackOther(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		w.quirk("mkp-name-slug")
		e, d := w.create("Factuur 12.PDF", content), w.mkdir("BTW 2026")
		if e.Name != "factuur-12.pdf" || d.Name != "btw-2026" {
			w.Errorf("%q, %q", e.Name, d.Name)
		}
		names, err := w.names(w.root)
		if err != nil || len(names) != 2 || !strings.Contains(strings.Join(names, "|"), e.Name) {
			w.Errorf("there are %v, %v", names, err)
		}
		if got, err := w.read(e, 0); got != content || err != nil {
			w.Errorf("%q, %v", got, err)
		}
	})
}

// Where a second file of a name takes the place of the first, the first is not touched: a name in use is found by looking first.
func TestNamesInUseWhereNamesAreUnique(t *testing.T) {
	for quirk, twins := range map[string]string{"mkp-duplicate-refused": twinsRefused, "mkp-duplicate-replaced": twinsReplace,
		"mkp-duplicate-replaced-new-id": twinsReplace, "mkp-duplicate-renamed": twinsRename} {
		inWorld(t, rest.Assume{assumeListing: true, assumeTwins: twins}, func(w *world) {
			w.quirk(quirk)
			id := w.put("a.txt", "theirs")
			_, err := w.Create(w.ctx, w.upload("A.txt", "ours"))
			if e := w.code(err, remote.NameTaken); e.Existing == nil || e.Existing.ID != id || remote.IsMaybeDone(err) {
				w.Errorf("%s: %v, by %+v", quirk, err, e.Existing)
			}
			e, err := w.Get(w.ctx, id, remote.File)
			if err != nil {
				w.Fatal(err)
			}
			if got, err := w.read(e, 0); got != "theirs" || err != nil {
				w.Errorf("%s: %q, %v", quirk, got, err)
			}
			if f := w.Features(); f.Twins || !f.CaseFold {
				w.Errorf("%s: %+v", quirk, f)
			}
		})
	}
}

// A portal that replaces, though nobody said so, gives an id back that we know: it is the file now, and that is logged.
func TestIDThatComesBackIsAdopted(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		w.quirk("mkp-duplicate-replaced")
		old := w.create("a.txt", "old")
		e := w.create("a.txt", "newer")
		if e.ID != old.ID || e.Size != 5 || e.Content == old.Content {
			w.Errorf("%+v, was %+v", e, old)
		}
		if !strings.Contains(w.log.String(), "the id of an old one") {
			w.Error("it is not logged")
		}
		w.code(w.Delete(w.ctx, old), remote.Stale)
		if got, err := w.read(e, 0); got != "newer" || err != nil {
			w.Errorf("%q, %v", got, err)
		}
	})
}

func TestReplaceAndMoveAreRefused(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		e := w.create("a", content)
		w.box.ResetCalls()
		_, err := w.Replace(w.ctx, e, w.upload("a", "b"))
		w.code(err, remote.Unsupported)
		_, err = w.Move(w.ctx, e, w.at("b"))
		w.code(err, remote.Unsupported)
		w.calls(mischief.Calls{})
	})
}

func TestNames(t *testing.T) {
	d := say(t, nil, nil)
	for name, ok := range map[string]bool{
		"a.pdf": true, strings.Repeat("n", 255): true, strings.Repeat("n", 256): false, strings.Repeat("é", 127): true, strings.Repeat("é", 128): false,
		"": false, ".": false, "..": false, "...": true, " a": false, "a ": false, "\u00a0a": false, "a\tb": false, "a\x00": false, "a\u0085b": false,
		"a/b": false, `a\b`: false, "a\xff": false, "a:b?*": true, "a  b": true,
	} {
		err := d.CheckName(name, remote.File)
		if (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
		if err != nil {
			coded(t, err, remote.BadName)
		}
	}
}
