package mijnklantportaal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

const portal = sandbox.MijnKlantportaal

// everything is what a portal's driver is told that lists and deletes.
var everything = rest.Assume{assumeListing: true, assumeDelete: true}

// world is a driver, signed in at a sandbox in memory, in a bubble of its own time.
type world struct {
	testing.TB
	*Driver
	box    *sandbox.Server
	memory *sandbox.Memory
	log    *bytes.Buffer
	root   remote.ID // an empty folder
	ctx    context.Context
}

func inWorld(t *testing.T, assume rest.Assume, do func(w *world)) {
	inWorldOf(t, sandbox.Options{}, rest.Options{Assume: assume}, do)
}

func inWorldOf(t *testing.T, so sandbox.Options, ro rest.Options, do func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		so.Seed = 1
		server, err := sandbox.New(so)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		memory, err := server.InMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer memory.Close()
		w := &world{TB: t, box: server, memory: memory, log: new(bytes.Buffer), ctx: t.Context()}
		w.root = remote.ID(memory.Info.Portals[portal].Folder)
		w.Driver = w.sign(ro)
		defer w.Driver.Close()
		server.ResetCalls()
		do(w)
	})
}

// sign makes another driver of the same portal.
func (w *world) sign(o rest.Options) *Driver {
	w.Helper()
	info := w.memory.Info.Portals[portal]
	o.URL, o.Transport = info.URL, &http.Transport{DialContext: w.memory.DialContext, MaxIdleConnsPerHost: 16}
	o.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.ClientID == "" && o.Token == "" {
		o.Token = rest.Secret(info.Token)
	}
	d, err := open(o)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// calls expects exactly these calls since the last time, by route.
func (w *world) calls(want mischief.Calls) {
	w.Helper()
	if got := w.box.Calls(portal); !maps.Equal(got, want) {
		w.Errorf("calls:\n got %v\nwant %v", got, want)
	}
	w.box.ResetCalls()
}

func (w *world) fault(f mischief.Fault) {
	w.Helper()
	if _, err := w.box.Fault(f); err != nil {
		w.Fatal(err)
	}
}

func (w *world) quirk(names ...string) {
	w.Helper()
	if err := w.box.SetQuirk(names...); err != nil {
		w.Fatal(err)
	}
}

// put is somebody's file, below the root.
func (w *world) put(path, content string) remote.ID {
	w.Helper()
	e, err := w.box.Put(portal, sandbox.ClientsFolder+"/"+path, strings.NewReader(content), time.Time{})
	if err != nil {
		w.Fatal(err)
	}
	return remote.ID(e.ID)
}

func (w *world) at(name string) remote.Place { return remote.Place{Parent: w.root, Name: name} }

func (w *world) upload(name, content string) remote.Upload {
	return remotetest.UploadOf(w.at(name), []byte(content))
}

func (w *world) create(name, content string) remote.Entry {
	w.Helper()
	e, err := w.Create(w.ctx, w.upload(name, content))
	if err != nil {
		w.Fatal(err)
	}
	return e
}

func (w *world) mkdir(name string) remote.Entry {
	w.Helper()
	e, err := w.MakeFolder(w.ctx, w.at(name))
	if err != nil {
		w.Fatal(err)
	}
	return e
}

func (w *world) read(e remote.Entry, offset int64) (string, error) {
	r, err := w.Download(w.ctx, e, offset)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// names lists a folder, with the error that its list ended with.
func (w *world) names(folder remote.ID) (names []string, err error) {
	for e, err := range w.Children(w.ctx, folder) {
		if err != nil {
			return names, err
		}
		names = append(names, e.Name)
	}
	return names, nil
}

// code expects an error of that code.
func (w *world) code(err error, want remote.Code) *remote.Error {
	w.Helper()
	return coded(w, err, want)
}

func coded(t testing.TB, err error, want remote.Code) *remote.Error {
	t.Helper()
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		t.Errorf("error is %v, want %s", err, want)
		return &remote.Error{}
	}
	if e.Code != want {
		t.Errorf("error is %q, want %s", err, want)
	}
	return e
}

// say is a driver whose portal gives these answers, by method and path, and for what is not named, by "".
func say(t testing.TB, assume rest.Assume, answers map[string]http.HandlerFunc) *Driver {
	t.Helper()
	d, err := open(rest.Options{URL: "https://mkp.test", Token: "key-123456", Assume: assume, Attempts: 1,
		Transport: transport{func(w http.ResponseWriter, r *http.Request) {
			h := answers[r.Method+" "+r.URL.Path]
			if h == nil {
				h = answers[""]
			}
			if h == nil {
				t.Errorf("unexpected call %s %s", r.Method, r.URL)
				h = reply(http.StatusTeapot, `{}`)
			}
			h(w, r)
		}}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// transport asks a handler, for what the sandbox does not play.
type transport struct{ h http.HandlerFunc }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	rec := httptest.NewRecorder()
	t.h(rec, r)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

func reply(status int, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if s, ok := v.(string); ok {
			_, _ = io.WriteString(w, s)
			return
		}
		_ = json.NewEncoder(w).Encode(v)
	}
}

// file is an item as the portal writes it.
func file(id, name string, size int) map[string]any {
	return map[string]any{"id": id, "type": "file", "name": name, "size": size, "mime": "text/plain", "fileShareId": nil, "createdAt": "2026-04-29T21:00:00+02:00"}
}

func folder(id, name string) map[string]any {
	return map[string]any{"id": id, "type": "directory", "name": name, "size": nil, "mime": nil, "fileShareId": nil, "createdAt": "2026-04-29T21:00:00+02:00"}
}

// pageOf is a page of a list.
func pageOf(n int, more bool, items ...map[string]any) map[string]any {
	p := map[string]any{"current_page": n, "data": items, "next_page_url": nil, "path": "https://mkp.test/v1/files", "per_page": 15}
	if items == nil {
		p["data"] = []any{}
	}
	if more {
		p["next_page_url"] = fmt.Sprintf("https://mkp.test/v1/files?page=%d,", n+1)
	}
	return p
}
