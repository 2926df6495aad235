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

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	good := func() rest.Options {
		return rest.Options{URL: "https://office.test", Email: "a@office.test", Password: "p"}
	}
	if _, err := Open(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*rest.Options){
		"no address":                    func(o *rest.Options) { o.URL = "" },
		"plain http":                    func(o *rest.Options) { o.URL = "http://office.test" },
		"no e-mail":                     func(o *rest.Options) { o.Email = "" },
		"no password":                   func(o *rest.Options) { o.Password = "" },
		"a setting that is not there":   func(o *rest.Options) { o.Assume = rest.Assume{"listing": true} },
		"a setting of another kind":     func(o *rest.Options) { o.Assume = rest.Assume{assumePaging: "yes"} },
		"a way of sending not known":    func(o *rest.Options) { o.Assume = rest.Assume{assumeUpload: "ftp"} },
		"a title not known":             func(o *rest.Options) { o.Assume = rest.Assume{assumeTitle: "label"} },
		"a folder's path that is none":  func(o *rest.Options) { o.Assume = rest.Assume{assumeFolderPath: "files"} },
		"an extension that goes lost":   func(o *rest.Options) { o.Assume = rest.Assume{assumeUpload: byBase64, assumeExtensions: false} },
		"a folder that is none":         func(o *rest.Options) { o.Assume = rest.Assume{assumeFolderNames: "17/f5 = x"} },
		"a folder without a name":       func(o *rest.Options) { o.Assume = rest.Assume{assumeFolderNames: "17/d5"} },
		"a download in the clear":       func(o *rest.Options) { o.Download = "http://storage.test/{file}" },
		"a download of always the same": func(o *rest.Options) { o.Download = "https://office.test/storage" },
		"a download from a host told":   func(o *rest.Options) { o.Download = "https://{file}/x" },
		"a download not understood":     func(o *rest.Options) { o.Download = "https://office.test/{file}/{x}" },
	} {
		o := good()
		spoil(&o)
		if _, err := Open(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// No id but those that this driver has made becomes part of an address.
func TestIDs(t *testing.T) {
	for id, want := range map[remote.ID]ref{
		"clients": {}, "17": {client: 17}, "17/d5": {client: 17, folder: 5}, "17/f9": {client: 17, file: 9},
	} {
		if got, err := parse(id); got != want || err != nil {
			t.Errorf("%q: %+v, %v", id, got, err)
		}
	}
	for _, id := range []remote.ID{"", "0", "017", "-1", "17/", "17/d", "17/d0", "17/x5", "17/d5/f9", "17/f9 ", "17/../18", "17/f9?x", "17/d٣", "clients/17", "1234567890123456789"} {
		if r, err := parse(id); remote.CodeOf(err) != remote.Corrupt {
			t.Errorf("%q is taken for %+v, %v", id, r, err)
		}
	}
}

func TestAssumptionsAreNumberedAndPlayed(t *testing.T) {
	known := map[string]bool{}
	for _, q := range sandbox.Quirks() {
		known[q.Name] = q.Portal == sandbox.BackOffice
	}
	named := map[string]bool{}
	for i, a := range Assumptions {
		if want := "B-" + itoa(i+1); a.ID != want {
			t.Errorf("%s stands where %s should", a.ID, want)
		}
		if a.Says == "" || a.Setting == "" && a.Why == "" || len(a.Quirks) == 0 && a.Why == "" {
			t.Errorf("%s does not say why it has no setting, or no quirk", a.ID)
		}
		for _, q := range a.Quirks {
			named[q] = true
			if !known[q] {
				t.Errorf("%s: the sandbox has no quirk %s", a.ID, q)
			}
		}
	}
	for q, ours := range known {
		if ours && !named[q] {
			t.Errorf("%s plays no assumption", q)
		}
	}
}

func itoa(n int) string { return string(clientID(int64(n))) }

// One call a new file, a folder and a deletion; two a change, and two a look at less than a hundred files.
func TestCallsAreCountedExactly(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.create("a.pdf", "one")
		w.calls(mischief.Calls{"POST " + filesRoute: 1})
		folder := w.mkdir("2026")
		w.calls(mischief.Calls{"POST " + foldersPath: 1})
		a, err := w.Move(w.ctx, a, remote.Place{Parent: folder.ID, Name: "b.pdf"})
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"PATCH " + fileRoute: 1, "GET " + filesRoute: 1})
		w.shows("2026", "2026/b.pdf")
		w.calls(mischief.Calls{"GET " + filesRoute: 2})
		if _, err := w.Move(w.ctx, folder, remote.Place{Parent: w.root, Name: "2027"}); err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"PATCH " + foldersPath + "/{folderId}": 1})
		if err := w.Delete(w.ctx, a); err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"DELETE " + fileRoute: 1})
	})
}

// Many files are witnessed to be gone by one list.
func TestWitnessesShareAList(t *testing.T) {
	inWorld(t, func(w *world) {
		var made []remote.Entry
		for i := range 150 {
			made = append(made, w.create(itoa(i+1)+".pdf", "x"))
		}
		for _, e := range made[1:] {
			w.trash(e.Name)
		}
		w.office.ResetCalls()
		for _, e := range made[1:] {
			if a, err := w.Confirm(w.ctx, e); err != nil || !a.Gone {
				w.Fatalf("%+v, %v", a, err)
			}
		}
		w.calls(mischief.Calls{"GET " + filesRoute: 2})
		time.Sleep(witnessFor)
		if a, err := w.Confirm(w.ctx, made[0]); err != nil || a.Now == nil {
			w.Errorf("%+v, %v", a, err)
		}
		w.calls(mischief.Calls{"GET " + filesRoute: 2})
		if err := w.Delete(w.ctx, made[0]); err != nil {
			w.Fatal(err)
		}
		if a, err := w.Confirm(w.ctx, made[0]); err != nil || !a.Gone {
			w.Errorf("an older list is a witness: %+v, %v", a, err)
		}
	})
}

func TestAccount(t *testing.T) {
	inWorld(t, func(w *world) {
		a, err := w.Account(w.ctx)
		if err != nil || !strings.HasPrefix(a.ID, w.info().Email+" at ") || a.Login != w.info().Email {
			w.Errorf("%+v, %v", a, err)
		}
		w.calls(mischief.Calls{"GET /api/v2/clients": 1})
		wrong := w.sign(rest.Options{Password: "wrong-password"})
		defer wrong.Close()
		_, err = wrong.Account(w.ctx)
		code(w, err, remote.SignIn)
	})
}

// Clients are found below the root, and crawled one after the other; one who cannot be read is a gap.
func TestClients(t *testing.T) {
	inWorld(t, func(w *world) {
		w.put("a.pdf", "a")
		other, err := w.office.MkdirAll(sandbox.BackOffice, "Bakkerij Jansen")
		if err != nil {
			w.Fatal(err)
		}
		var names []string
		for e, err := range w.Children(w.ctx, rootID) {
			if err != nil || e.Parent != rootID || e.Kind != remote.Folder || e.Pinned == "" {
				w.Errorf("%+v, %v", e, err)
			}
			names = append(names, e.Name)
		}
		if slices.Sort(names); !slices.Equal(names, []string{"Bakkerij Jansen", sandbox.ClientsFolder}) {
			w.Errorf("clients are %q", names)
		}
		w.fault(mischief.Fault{Do: mischief.Status, Status: 403, Path: "/clients/" + other + "/files"})
		var told, gaps []remote.ID
		for e, err := range w.Crawl(w.ctx, rootID) {
			if gap, ok := errors.AsType[*remote.Gap](err); ok {
				gaps = append(gaps, gap.Folder)
			} else if err != nil {
				w.Fatal(err)
			} else {
				told = append(told, e.ID)
			}
		}
		if len(told) != 3 || !slices.Equal(gaps, []remote.ID{remote.ID(other)}) {
			w.Errorf("told are %q, gaps %q", told, gaps)
		}
		if e, err := w.Get(w.ctx, w.root, remote.Folder); err != nil || e.Name != sandbox.ClientsFolder {
			w.Errorf("%+v, %v", e, err)
		}
	})
}

// Clients are neither made, nor changed, nor deleted, and nothing is put where only they are.
func TestClientsAreNeverChanged(t *testing.T) {
	inWorld(t, func(w *world) {
		client, err := w.Get(w.ctx, w.root, remote.Folder)
		if err != nil {
			w.Fatal(err)
		}
		w.office.ResetCalls()
		_, err = w.MakeFolder(w.ctx, remote.Place{Parent: rootID, Name: "New client"})
		code(w, err, remote.Denied)
		u := w.upload("a.pdf", "a")
		u.At.Parent = rootID
		_, err = w.Create(w.ctx, u)
		code(w, err, remote.Denied)
		_, err = w.Move(w.ctx, client, remote.Place{Parent: rootID, Name: "Other"})
		if err == nil {
			w.Error("a client was renamed")
		}
		code(w, w.Delete(w.ctx, client), remote.Unsupported)
		code(w, w.Delete(w.ctx, remote.Entry{ID: rootID, Kind: remote.Folder}), remote.Unsupported)
		w.calls(mischief.Calls{})
	})
}

// A machine that is not the writer reads, and changes nothing, its ledger included.
func TestOnlyTheWriterWrites(t *testing.T) {
	inWorld(t, func(w *world) {
		a, folder := w.create("a.pdf", "one"), w.mkdir("2026")
		w.office.ResetCalls()
		reader := w.sign(rest.Options{Assume: rest.Assume{assumeWriter: "another-pc"}})
		defer reader.Close()
		_, create := reader.Create(w.ctx, w.upload("b.pdf", "b"))
		_, mkdir := reader.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2027"})
		_, move := reader.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "b.pdf"})
		for what, err := range map[string]error{"create": create, "make folder": mkdir, "move": move,
			"delete a file": reader.Delete(w.ctx, a), "delete a folder": reader.Delete(w.ctx, folder)} {
			if e := code(w, err, remote.Denied); !strings.Contains(e.Error(), "another-pc") {
				w.Errorf("%s: %v", what, e)
			}
		}
		w.calls(mischief.Calls{})
		w.shows("2026", "a.pdf")
		writer := w.sign(rest.Options{Assume: rest.Assume{assumeWriter: strings.ToUpper(reader.host)}})
		defer writer.Close()
		if _, err := writer.Create(w.ctx, w.upload("b.pdf", "b")); err != nil {
			w.Error(err)
		}
	})
}
