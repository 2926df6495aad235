package filesro

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

// assembler is a portal that takes chunks as the real one does: appended by the part's name, with no number and no sum.
type assembler struct {
	mu    sync.Mutex
	parts map[string]string // guarded by mu
	files []object          // guarded by mu; in folderID, or at home
	whole []string          // guarded by mu; contents, in the order of files
	names []string          // guarded by mu; of parts, as they came
	asked []string          // guarded by mu; fields of each chunk
}

func (a *assembler) upload(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		status(422, object{})(w, r)
		return
	}
	f, head, err := r.FormFile("chunk")
	if err != nil {
		status(422, object{"message": "invalid", "errors": object{"file": []string{"required"}}})(w, r)
		return
	}
	defer f.Close()
	b := make([]byte, head.Size)
	_, _ = f.Read(b)
	a.asked = append(a.asked, fmt.Sprint(r.MultipartForm.Value))
	a.names = append(a.names, head.Filename)
	a.parts[head.Filename] += string(b)
	if r.FormValue("is_last_chunk") == "0" {
		w.WriteHeader(200)
		return
	}
	id := numbered(len(a.files) + 1)
	a.files = append(a.files, fileIn(r.FormValue("parent_id"), id, r.FormValue("name")))
	a.whole = append(a.whole, a.parts[head.Filename])
	status(201, a.files[len(a.files)-1])(w, r)
}

func (a *assembler) list(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ok(listOf(folderID, a.files...))(w, r)
}

func (a *assembler) rename(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var body struct{ Name, Type string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	for _, f := range a.files {
		data := f["data"].(object)
		if strings.HasSuffix(r.URL.Path, data["id"].(string)) {
			data["attributes"].(object)["name"] = body.Name
			ok(f)(w, r)
			return
		}
	}
	status(404, object{})(w, r)
}

func (a *assembler) download(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, f := range a.files {
		if strings.HasSuffix(r.URL.Path, f["data"].(object)["id"].(string)) {
			w.Header().Set("Content-Length", fmt.Sprint(len(a.whole[i])))
			_, _ = w.Write([]byte(a.whole[i]))
			return
		}
	}
	status(404, object{})(w, r)
}

func (a *assembler) trash(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files, a.whole = nil, nil
	ok(object{"type": "success"})(w, r)
}

// now is what lies there: names with contents.
func (a *assembler) now() (all []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, f := range a.files {
		all = append(all, f["data"].(object)["attributes"].(object)["name"].(string)+"="+a.whole[i])
	}
	slices.Sort(all)
	return all
}

// then does what h does, and has the answer get lost.
func then(h http.HandlerFunc, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h(discarding{http.Header{}}, r)
		answer(w, r)
	}
}

type discarding struct{ h http.Header }

func (d discarding) Header() http.Header         { return d.h }
func (d discarding) WriteHeader(int)             {}
func (d discarding) Write(b []byte) (int, error) { return len(b), nil }

// assembling is a driver with chunks of four bytes, and its portal; change may put other answers in.
func assembling(t testing.TB, change func(a *assembler, answers map[string]http.HandlerFunc)) (*Driver, *portal, *assembler) {
	t.Helper()
	a := &assembler{parts: map[string]string{}}
	answers := map[string]http.HandlerFunc{"POST uploads": a.upload, listFolder: a.list, "GET browse/folders/all": ok(listOf("")),
		"GET user": ok(object{"data": object{"id": "u1"}}), "DELETE items": a.trash, "GET browse/trash/all": ok(listOf(""))}
	for i := range 9 {
		answers["PATCH items/"+numbered(i)] = a.rename
		answers["GET /file/"+numbered(i)] = a.download
	}
	if change != nil {
		change(a, answers)
	}
	d, p := say(t, rest.Options{Assume: rest.Assume{setChunk: int64(4)}}, answers)
	return d, p, a
}

func TestAnUploadGoesInChunksUnderATokenAndIsThenNamed(t *testing.T) {
	for content, chunks := range map[string]int{"": 1, "a": 1, "abcd": 1, "abcde": 2, "abcdefgh": 2, "abcdefghi": 3} {
		d, p, a := assembling(t, nil)
		e, err := d.Create(t.Context(), uploadTo(folderID, "Factuur 12.pdf", content))
		if err != nil || e.Name != "Factuur 12.pdf" || e.Parent != folderID || e.Content != string(e.ID) || e.Token != "" || e.Size != -1 {
			t.Fatalf("%q: %+v, %v", content, e, err)
		}
		if got := a.now(); !slices.Equal(got, []string{"Factuur 12.pdf=" + content}) || p.count("POST uploads") != chunks || p.total() != chunks+1+min(chunks-1, 1) {
			t.Errorf("%q: %q, %d chunks of %d, %d calls", content, got, p.count("POST uploads"), chunks, p.total())
		}
		if len(slices.Compact(slices.Clone(a.names))) != 1 || len(a.names[0]) < 20 {
			t.Errorf("parts are named %q", a.names)
		}
		for i, fields := range a.asked {
			last := map[bool]string{true: "1", false: "0"}[i == len(a.asked)-1]
			want := fmt.Sprintf("map[extension:[pdf] is_last_chunk:[%s] name:[%s3f9a1c77e2b04d58-%s.pdf] parent_id:[%s]]", last, tokenPrefix, a.names[0][:8], folderID)
			if fields != want {
				t.Errorf("fields are %s, want %s", fields, want)
			}
		}
	}
}

func TestAtHomeThereIsNoParent(t *testing.T) {
	d, p, a := assembling(t, nil)
	e, err := d.Create(t.Context(), uploadTo(home, "a", "abc"))
	if err != nil || e.Parent != home || strings.Contains(p.sent(), "parent_id") {
		t.Errorf("%+v, %v, sent %q", e, err, p.sent())
	}
	if !strings.Contains(a.asked[0], "extension:[bin]") {
		t.Errorf("fields are %s", a.asked[0])
	}
}

func TestExtensionsAreLettersAndDigits(t *testing.T) {
	for name, want := range map[string]string{"a.pdf": "pdf", "a.tar.gz": "gz", "a": "bin", "a.": "bin", ".a": "a", "a./../x": "x", "a.p d-f": "pdf",
		"a.é": "bin", "a." + strings.Repeat("x", 17): "bin", "a.7z": "7z"} {
		if got := extension(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// After any doubt an upload begins anew, under another part name: a chunk that is sent again may be there twice.
func TestALostReplyAtAnyChunkBeginsAnew(t *testing.T) {
	const content = "abcdefghijkl" // three chunks
	for n := range 3 {
		for what, answer := range map[string]http.HandlerFunc{"lost": lose, "a web page": html(200), "cut": status(201, `{"data":`), "gateway": status(502, "")} {
			for _, done := range []bool{true, false} {
				d, _, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
					bad := answer
					if done {
						bad = then(a.upload, answer)
					}
					turns := []http.HandlerFunc{a.upload, a.upload, a.upload, a.upload}
					turns[n] = bad
					answers["POST uploads"] = inTurn(turns...)
				})
				e, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", content))
				if err != nil || e.Name != "a.bin" {
					t.Fatalf("chunk %d %s, done %v: %+v, %v", n, what, done, e, err)
				}
				if got := a.now(); !slices.Equal(got, []string{"a.bin=" + content}) {
					t.Errorf("chunk %d %s, done %v: %q", n, what, done, got)
				}
			}
		}
	}
}

// The commit is the rename. If its answer is lost the file is looked for, and is there once.
func TestALostReplyToTheRenameIsLookedInto(t *testing.T) {
	for what, answer := range map[string]http.HandlerFunc{"lost": lose, "a web page": html(200), "gateway": status(502, ""), "another": ok(fileIn(folderID, otherID, "x"))} {
		for _, done := range []bool{true, false} {
			d, p, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
				bad := answer
				if done {
					bad = then(a.rename, answer)
				}
				answers["PATCH items/"+numbered(1)] = inTurn(bad, a.rename)
			})
			e, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abc"))
			if renames := p.count("PATCH items/" + numbered(1)); done && renames != 1 {
				t.Errorf("%s: it had its name, and was renamed %d times", what, renames)
			}
			if got := a.now(); err != nil || e.Name != "a.bin" || !slices.Equal(got, []string{"a.bin=abc"}) {
				t.Errorf("%s, done %v: %+v, %v, %q", what, done, e, err, got)
			}
		}
	}
}

// What cannot be cleared up is said to be unclear, and the next attempt goes on from what was kept.
func TestAnUnclearUploadGoesOnFromWhatWasKept(t *testing.T) {
	for what, tt := range map[string]struct {
		call string
		done bool
	}{"the last chunk": {"POST uploads", true}, "the rename": {"PATCH items/" + numbered(1), true}, "a rename that did nothing": {"PATCH items/" + numbered(1), false}} {
		d, p, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
			bad := http.HandlerFunc(lose)
			if tt.done {
				bad = then(answers[tt.call], lose)
			}
			answers[tt.call] = inTurn(bad, answers[tt.call])
			answers[listFolder] = inTurn(lose, a.list)
		})
		u := uploadTo(folderID, "a.bin", "abcdefg")
		if tt.call == "POST uploads" {
			u = uploadTo(folderID, "a.bin", "abc")
		}
		u.Keep = func(resume string) error { u.Resume = resume; return nil }
		// The look after the loss fails as well; for a chunk the driver then sends anew, under another name.
		_, err := d.Create(t.Context(), u)
		if tt.call != "POST uploads" {
			if !remote.IsMaybeDone(err) || u.Resume == "" {
				t.Fatalf("%s: %v, kept %q", what, err, u.Resume)
			}
			before := p.count("POST uploads")
			e, err := d.Create(t.Context(), u)
			if err != nil || e.Name != "a.bin" || p.count("POST uploads") != before {
				t.Errorf("%s: %+v, %v, %d chunks more", what, e, err, p.count("POST uploads")-before)
			}
			if got := a.now(); !slices.Equal(got, []string{"a.bin=abcdefg"}) {
				t.Errorf("%s: %q", what, got)
			}
			continue
		}
		got := a.now()
		if err != nil || len(got) != 2 || got[1] != "a.bin=abc" || tokenIn(strings.TrimSuffix(got[0], "=abc")) != u.Token {
			t.Errorf("%s: %v, %q", what, err, got)
		}
	}
}

func TestACrashAfterTheLastChunkFindsItsFile(t *testing.T) {
	u := uploadTo(folderID, "a.bin", "abc")
	var kept []string
	d, p, a := assembling(t, nil)
	u.Keep = func(resume string) error { kept = append(kept, resume); return nil }
	if _, err := d.Create(t.Context(), u); err != nil || len(kept) != 2 {
		t.Fatalf("%v, kept %q", err, kept)
	}
	u.Keep = nil
	for i, wantCalls := range []int{1 + 2, 1} { // anew, as the file has its name by then; found by its id
		u.Resume = kept[i]
		before := p.total()
		if e, err := d.Create(t.Context(), u); err != nil || p.total()-before != wantCalls {
			t.Errorf("kept %q: %+v, %v, %d calls", kept[i], e, err, p.total()-before)
		}
	}
	a.files[0]["data"].(object)["attributes"].(object)["name"] = tokenPrefix + u.Token + "-" + strings.Fields(kept[0])[2] + ".bin"
	u.Resume = kept[0]
	if e, err := d.Create(t.Context(), u); err != nil || string(e.ID) != numbered(1) {
		t.Errorf("kept before the last chunk: %+v, %v", e, err)
	}
	other := uploadTo(folderID, "a.bin", "another content")
	other.Resume = kept[1]
	if e, err := d.Create(t.Context(), other); err != nil || string(e.ID) == numbered(1) {
		t.Errorf("what was kept for another content was taken: %+v, %v", e, err)
	}
}

func TestWhatCannotBeKeptIsNotCommitted(t *testing.T) {
	d, p, _ := assembling(t, nil)
	u := uploadTo(folderID, "a.bin", "abc")
	u.Keep = func(string) error { return errors.New("disk full") }
	_, err := d.Create(t.Context(), u)
	if err == nil || p.total() > 0 {
		t.Errorf("%v after %d calls", err, p.total())
	}
}

func TestRefusedUploadsSayWhatIsWrong(t *testing.T) {
	for what, tt := range map[string]struct {
		answer http.HandlerFunc
		code   remote.Code
	}{
		"full":              {status(401, object{"type": "error", "message": "You exceed your storage limit."}), remote.Quota},
		"too large":         {status(413, object{}), remote.TooBig},
		"a kind forbidden":  {status(422, object{"message": "x", "errors": object{"file": []string{"This type is not allowed."}}}), remote.BadName},
		"something missing": {status(422, object{"message": "x", "errors": object{"path": []string{"required"}}}), remote.Denied},
		"a bad name":        {status(422, object{"message": "x", "errors": object{"name": []string{"too long"}}}), remote.BadName},
		"not allowed":       {status(403, object{"message": "This action is unauthorized."}), remote.Denied},
		"maintenance":       {status(503, object{}), remote.Unavailable},
	} {
		for n := range 2 {
			d, p, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
				turns := []http.HandlerFunc{a.upload, tt.answer}
				answers["POST uploads"] = inTurn(turns[1-n:]...)
			})
			var told int64
			u := uploadTo(folderID, "a.bin", "abcdef")
			u.Progress = func(n int64) { told += n }
			_, err := d.Create(t.Context(), u)
			if remote.CodeOf(err) != tt.code || (remote.IsMaybeDone(err) && tt.code != remote.Unavailable) || len(a.now()) > 0 || told != 0 {
				t.Errorf("%s at chunk %d: %v, want %q; there is %q, progress %d", what, 2-n, err, tt.code, a.now(), told)
			}
			if tt.code != remote.Unavailable && p.count("POST uploads") > 2 {
				t.Errorf("%s: sent %d times", what, p.count("POST uploads"))
			}
		}
	}
}

func TestA401WithoutAGoodTokenAsksForAPerson(t *testing.T) {
	d, _, _ := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
		refused := status(401, object{"message": "Unauthenticated."})
		answers["POST uploads"], answers["GET user"] = refused, refused
	})
	_, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abc"))
	if e := codeIs(t, err, remote.SignIn); e.Outcome != remote.NotDone {
		t.Errorf("%v", err)
	}
}

// A parent that is gone is answered with 500, after all is sent.
func TestAParentThatIsGoneIsFoundOut(t *testing.T) {
	d, _, _ := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
		answers["POST uploads"], answers[listFolder] = status(500, object{"message": "Server Error"}), status(404, object{"type": "error"})
	})
	_, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abc"))
	if e := codeIs(t, err, remote.NotFound); e.Outcome != remote.NotDone {
		t.Errorf("%v", err)
	}
}

// A refusal for coming too early is no doubt: the chunk was not taken, and the others are not sent again.
func TestAThrottledChunkIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
			early := func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "20")
				status(429, object{})(w, r)
			}
			answers["POST uploads"] = inTurn(a.upload, early, early, a.upload)
		})
		began := time.Now()
		if _, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abcdef")); err != nil {
			t.Fatal(err)
		}
		if got := a.now(); !slices.Equal(got, []string{"a.bin=abcdef"}) || p.count("POST uploads") != 4 || time.Since(began) < 40*time.Second {
			t.Errorf("%q, %d chunks, %v", got, p.count("POST uploads"), time.Since(began))
		}
	})
}

// E11: what changes while it is sent is never committed, whichever chunk it is in.
func TestASourceThatChangesIsNeverCommitted(t *testing.T) {
	for n := range 12 {
		d, _, a := assembling(t, nil)
		u := uploadTo(folderID, "a.bin", "abcdefghijkl")
		torn := []byte("abcdefghijkl")
		torn[n] = 'X'
		u.Source = remotetest.Bytes{Content: torn}
		_, err := d.Create(t.Context(), u)
		if e := codeIs(t, err, remote.Changed); e.Outcome != remote.NotDone || len(a.now()) > 0 {
			t.Errorf("byte %d: %v, there is %q", n, err, a.now())
		}
	}
}

// A name that the portal refuses leaves nothing behind.
func TestAFileThatCannotBeNamedIsTakenBack(t *testing.T) {
	d, p, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
		answers["PATCH items/"+numbered(1)] = status(422, object{"message": "x", "errors": object{"name": []string{"no"}}})
	})
	_, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abc"))
	if e := codeIs(t, err, remote.BadName); e.Outcome != remote.NotDone || len(a.now()) > 0 {
		t.Errorf("%v, there is %q", err, a.now())
	}
	if !strings.Contains(p.sent(), `"force_delete":false`) {
		t.Errorf("sent %s", p.sent())
	}
}

// A portal that takes a chunk for a whole file is noticed, and what it made of it goes to the trash.
func TestAChunkTakenForAFileIsNoticed(t *testing.T) {
	d, _, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
		answers["POST uploads"] = func(w http.ResponseWriter, r *http.Request) { status(201, fileIn(folderID, numbered(1), "x"))(w, r) }
	})
	_, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abcdef"))
	if codeIs(t, err, remote.Unsupported); len(a.now()) > 0 {
		t.Errorf("%v, there is %q", err, a.now())
	}
}

// A portal that stores another interim name than was sent still gets the file its own.
func TestAnInterimNameThatIsChangedIsNoName(t *testing.T) {
	d, _, a := assembling(t, func(a *assembler, answers map[string]http.HandlerFunc) {
		answers["POST uploads"] = func(w http.ResponseWriter, r *http.Request) {
			a.upload(discarding{http.Header{}}, r)
			a.files[0]["data"].(object)["attributes"].(object)["name"] = "upload.bin"
			status(201, a.files[0])(w, r)
		}
	})
	e, err := d.Create(t.Context(), uploadTo(folderID, "a.bin", "abc"))
	if got := a.now(); err != nil || e.Name != "a.bin" || !slices.Equal(got, []string{"a.bin=abc"}) {
		t.Errorf("%+v, %v, %q", e, err, got)
	}
}

func TestTokensOfUploads(t *testing.T) {
	s := newSending(uploadTo(folderID, "a.pdf", ""))
	s.attempt = "ABCDEFGH"
	if got := tokenIn(s.interim()); got != "3f9a1c77e2b04d58" {
		t.Errorf("%q is of %q", s.interim(), got)
	}
	for _, name := range []string{"a.pdf", ".dossier-client", ".dossier-upload-", tokenPrefix + "3f9a1c77e2b04d58", "x" + s.interim(), s.interim() + "x y"} {
		if got := tokenIn(name); got != "" {
			t.Errorf("%q is of %q", name, got)
		}
	}
	one, another := tokenOf(remote.Upload{}), tokenOf(remote.Upload{})
	if len(tokenOf(remote.Upload{Token: "no/token"})) != 32 || one == another {
		t.Error("tokens that are none")
	}
	if refusedName(s.interim()) == "" {
		t.Error("a name of an upload under way is given to a file")
	}
}
