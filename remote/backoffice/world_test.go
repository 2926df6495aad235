package backoffice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
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

// world is a driver, signed in at a sandbox in memory, in a bubble of its own time.
type world struct {
	testing.TB
	*Driver
	office *sandbox.Server
	memory *sandbox.Memory
	log    *bytes.Buffer
	ledger remote.Ledger
	wire   *wire
	root   remote.ID // a client without files
	number int64     // of that client
	ctx    context.Context
}

func inWorld(t *testing.T, do func(w *world)) { inWorldOf(t, sandbox.Options{}, rest.Options{}, do) }

// inWorldWith is a world with these settings, and quirks.
func inWorldWith(t *testing.T, assume rest.Assume, quirks []string, do func(w *world)) {
	t.Helper()
	inWorldOf(t, sandbox.Options{}, rest.Options{Assume: assume}, func(w *world) {
		w.quirk(quirks...)
		do(w)
	})
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
		w := &world{TB: t, office: server, memory: memory, log: new(bytes.Buffer), ctx: t.Context(), ledger: newShortLedger()}
		w.wire = &wire{guard: guard{TB: t, base: &http.Transport{DialContext: memory.DialContext, MaxIdleConnsPerHost: 16}}}
		w.root = remote.ID(w.info().Folder)
		r, err := parse(w.root)
		if err != nil {
			t.Fatal(err)
		}
		w.number = r.client
		w.Driver = w.sign(ro)
		defer w.Driver.Close()
		server.ResetCalls()
		do(w)
	})
}

func (w *world) info() sandbox.PortalInfo { return w.memory.Info.Portals[sandbox.BackOffice] }

// storage is where the sandbox has contents.
func (w *world) storage() string { return w.info().URL + "/storage/{file}" }

// sign makes another driver of the same account, as after a restart. It has the same ledger, unless it is given another.
func (w *world) sign(o rest.Options) *Driver {
	w.Helper()
	o.URL, o.Transport, o.Email = w.info().URL, w.wire, w.info().Email
	if o.Password == "" {
		o.Password = rest.Secret(w.info().Password)
	}
	if o.Ledger == nil {
		o.Ledger = w.ledger
	}
	o.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d, err := open(o)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// wire keeps what was sent, in order.
type wire struct {
	guard
	sent []string
	auth map[string]bool // by host: whether our token went there
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.sent = append(w.sent, r.Method+" "+r.URL.RequestURI())
	if w.auth == nil {
		w.auth = map[string]bool{}
	}
	w.auth[r.URL.Host] = w.auth[r.URL.Host] || r.Header.Get("Authorization") != ""
	return w.guard.RoundTrip(r)
}

// calls expects exactly these calls since the last time, by route, sign-ins left out.
func (w *world) calls(want mischief.Calls) {
	w.Helper()
	got := w.office.Calls(sandbox.BackOffice)
	delete(got, "POST /api/v2/signin")
	if !maps.Equal(got, want) {
		w.Errorf("calls:\n got %v\nwant %v", got, want)
	}
	w.office.ResetCalls()
}

const (
	filesRoute  = "/api/v2/clients/{clientId}/files"
	fileRoute   = filesRoute + "/{fileId}"
	foldersPath = "/api/v2/clients/{clientId}/folders"
)

func (w *world) fault(f mischief.Fault) {
	w.Helper()
	f.Portal = sandbox.BackOffice
	if _, err := w.office.Fault(f); err != nil {
		w.Fatal(err)
	}
}

func (w *world) quirk(names ...string) {
	w.Helper()
	if err := w.office.SetQuirk(names...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) upload(name, content string) remote.Upload {
	return remotetest.UploadOf(remote.Place{Parent: w.root, Name: name}, []byte(content))
}

func (w *world) create(name, content string) remote.Entry { return w.createIn(w.root, name, content) }

func (w *world) createIn(folder remote.ID, name, content string) remote.Entry {
	w.Helper()
	u := w.upload(name, content)
	u.At.Parent = folder
	e, err := w.Create(w.ctx, u)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

func (w *world) mkdir(name string) remote.Entry {
	w.Helper()
	e, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: name})
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// put lets somebody make a file in the web pages.
func (w *world) put(at, content string) {
	w.Helper()
	if _, err := w.office.Put(sandbox.BackOffice, below(at), strings.NewReader(content), time.Time{}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) trash(at string) {
	w.Helper()
	if err := w.office.Trash(sandbox.BackOffice, below(at)); err != nil {
		w.Fatal(err)
	}
}

// shown crawls the client: the paths of what is there.
func (w *world) shown() []string {
	w.Helper()
	paths, err := w.crawl()
	if err != nil {
		w.Fatal(err)
	}
	return paths
}

func (w *world) crawl() (paths []string, err error) {
	at := map[remote.ID]string{w.root: ""}
	for e, err := range w.Crawl(w.ctx, w.root) {
		if err != nil {
			return nil, err
		}
		at[e.ID] = at[e.Parent] + "/" + e.Name
		paths = append(paths, strings.TrimPrefix(at[e.ID], "/"))
	}
	slices.Sort(paths)
	return paths, nil
}

func (w *world) shows(want ...string) {
	w.Helper()
	if got := w.shown(); !slices.Equal(got, want) {
		w.Errorf("shown are %q, want %q", got, want)
	}
}

// there is what really lies at the portal, by path.
func (w *world) there() (paths []string) {
	for at := range w.office.Tree(sandbox.BackOffice) {
		if below, ok := strings.CutPrefix(at, sandbox.ClientsFolder+"/"); ok {
			paths = append(paths, below)
		}
	}
	slices.Sort(paths)
	return paths
}

func (w *world) read(e remote.Entry) (string, error) {
	rc, err := w.Download(w.ctx, e, 0)
	if err != nil {
		return "", err
	}
	defer rc.Close()
	data, err := io.ReadAll(rc)
	return string(data), err
}

// code expects an error of this code.
func code(t testing.TB, err error, want remote.Code) *remote.Error {
	t.Helper()
	e, ok := errors.AsType[*remote.Error](err)
	if !ok || e.Code != want {
		t.Fatalf("got %v (%T), want code %q", err, err, want)
	}
	return e
}

// say is a driver whose portal gives these answers, by method and path, for shapes that the sandbox does not play.
func say(t testing.TB, assume rest.Assume, answers map[string]http.HandlerFunc) *Driver {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v2/signin" {
			reply(200, `{"2faRequired":false,"accessToken":{"token":"access-token","expiresAt":"2099-01-01T00:00:00+00:00"}}`)(w, r)
			return
		}
		if answer := answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v2")]; answer != nil {
			answer(w, r)
			return
		}
		t.Errorf("unexpected call %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusTeapot)
	})
	d, err := open(rest.Options{URL: "https://office.test", Email: "a@office.test", Password: "password", Transport: handled{h}, Assume: assume,
		Limits: rest.Limits{Calls: 1_000_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// handled is a transport that asks a handler.
type handled struct{ h http.Handler }

func (t handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	rec := httptest.NewRecorder()
	t.h.ServeHTTP(rec, r)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

func reply(status int, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if s, ok := v.(string); ok {
			_, _ = w.Write([]byte(s))
			return
		}
		_ = json.NewEncoder(w).Encode(v)
	}
}

// crawled is what a crawl of client 17 ends with.
func crawled(d *Driver) (found []remote.Entry, err error) {
	for e, err := range d.Crawl(context.Background(), "17") {
		if err != nil {
			return found, err
		}
		found = append(found, e)
	}
	return found, nil
}
