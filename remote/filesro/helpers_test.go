package filesro

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

const (
	testURL   = "https://files.test"
	testToken = "17|tok-3f9a1c77e2"
)

// ids as the portal makes them.
const (
	folderID = "11111111-2222-4333-8444-555555555555"
	fileID   = "99999999-2222-4333-8444-555555555555"
	otherID  = "77777777-2222-4333-8444-555555555555"
)

// portal answers with what a test says, by method and path below /api/v1, and is strict about what every call must have.
type portal struct {
	testing.TB
	answers map[string]http.HandlerFunc

	mu     sync.Mutex
	calls  map[string]int // guarded by mu
	bodies []string       // guarded by mu
}

// say is a driver whose portal gives these answers.
func say(t testing.TB, o rest.Options, answers map[string]http.HandlerFunc) (*Driver, *portal) {
	t.Helper()
	p := &portal{TB: t, answers: answers, calls: map[string]int{}}
	if o.Email == "" {
		o.Token = testToken
	}
	o.URL, o.Transport = testURL, p
	if o.Attempts == 0 {
		o.Attempts = 1
	}
	d, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	return d, p
}

func (p *portal) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	key := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v1/")
	if r.URL.Host != "files.test" {
		key = r.Method + " " + r.URL.Host
	}
	p.mu.Lock()
	p.calls[key]++
	p.bodies = append(p.bodies, string(body))
	h := p.answers[key]
	p.mu.Unlock()
	if r.Header.Get("Accept") != "application/json" {
		p.Errorf("%s does not ask for JSON", key)
	}
	if h == nil {
		p.Errorf("unexpected call %s", key)
		h = status(http.StatusTeapot, "")
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	rec := httptest.NewRecorder()
	lost := false
	func() {
		defer func() { lost = recover() == errLost }()
		h(rec, r)
	}()
	if lost {
		return nil, errLost
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

var errLost = errors.New("connection reset by the test")

// lose has the answer get lost, whatever was done before.
func lose(http.ResponseWriter, *http.Request) { panic(errLost) }

func (p *portal) count(key string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[key]
}

func (p *portal) sent() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.bodies, "\n")
}

func (p *portal) total() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for v := range maps.Values(p.calls) {
		n += v
	}
	return n
}

func status(code int, body any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		if s, ok := body.(string); ok {
			_, _ = w.Write([]byte(s))
			return
		}
		_ = json.NewEncoder(w).Encode(body)
	}
}

func ok(body any) http.HandlerFunc { return status(http.StatusOK, body) }

func html(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(code)
		_, _ = w.Write([]byte("<!DOCTYPE html><title>Files</title>"))
	}
}

// inTurn gives one answer after another, the last one for ever.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		h(w, r)
	}
}

type object = map[string]any

func fileIn(parent, id, name string) object {
	return object{"data": object{"id": id, "type": "file", "attributes": object{
		"name": name, "parent_id": orNull(parent), "file_url": testURL + "/file/" + id, "filesize": "1.2 MB"}, "relationships": []any{}}}
}

func folderIn(parent, id, name string) object {
	rel := object{}
	if parent != "" {
		rel["parent"] = object{"data": object{"id": parent, "type": "folder"}}
	}
	return object{"data": object{"id": id, "type": "folder", "attributes": object{"name": name}, "relationships": rel}}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// listOf is a whole list of a folder; empty: of home, the trash, or all files.
func listOf(folder string, items ...object) object { return pageOf(folder, 1, 1, len(items), items...) }

func pageOf(folder string, n, last, total int, items ...object) object {
	var root any
	if folder != "" {
		root = folderIn("", folder, "root")
	}
	if items == nil {
		items = []object{}
	}
	return object{"data": items, "meta": object{"paginate": object{"currentPage": n, "lastPage": last, "total": total, "perPage": 50}, "root": root}}
}

// treeOf is a navigation tree of folders at home.
func treeOf(ids ...string) []object {
	var branches = []object{}
	for _, id := range ids {
		branches = append(branches, object{"id": id, "parent_id": nil, "name": "folder " + id[:2], "folders": []object{}})
	}
	return []object{{"location": "files", "folders": branches}, {"location": "team-folders", "folders": []object{{"id": otherID, "name": "team", "folders": []object{}}}}}
}

func codeIs(t testing.TB, err error, want remote.Code) *remote.Error {
	t.Helper()
	e, isOne := errors.AsType[*remote.Error](err)
	if !isOne || e.Code != want {
		t.Fatalf("got %v (%T), want code %q", err, err, want)
	}
	return e
}

func collect(seq func(func(remote.Entry, error) bool)) (names []string, gaps []remote.ID, err error) {
	for e, err := range seq {
		if gap, is := errors.AsType[*remote.Gap](err); is {
			gaps = append(gaps, gap.Folder)
			continue
		}
		if err != nil {
			return names, gaps, err
		}
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return names, gaps, nil
}

func uploadTo(parent remote.ID, name, content string) remote.Upload {
	u := remotetest.UploadOf(remote.Place{Parent: parent, Name: name}, []byte(content))
	u.Token = "3f9a1c77e2b04d58"
	return u
}

func fileEntry() remote.Entry {
	return remote.Entry{ID: fileID, Parent: folderID, Name: "a.pdf", Kind: remote.File, Size: -1, Content: fileID}
}

func numbered(n int) string { return fmt.Sprintf("%08d-2222-4333-8444-555555555555", n) }
