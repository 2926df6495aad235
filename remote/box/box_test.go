package box

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
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
	box    *sandbox.Server
	memory *sandbox.Memory
	log    *bytes.Buffer
	root   remote.ID // an empty folder
	ctx    context.Context
}

func inWorld(t *testing.T, do func(w *world)) { inWorldOf(t, sandbox.Options{}, rest.Options{}, do) }

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
		w.root = remote.ID(memory.Info.Portals[sandbox.Box].Folder)
		w.Driver = w.sign(ro)
		defer w.Driver.Close()
		server.ResetCalls()
		do(w)
	})
}

// sign makes another driver of the same account.
func (w *world) sign(o rest.Options) *Driver {
	w.Helper()
	info := w.memory.Info.Portals[sandbox.Box]
	transport := &http.Transport{DialContext: w.memory.DialContext, MaxIdleConnsPerHost: 16}
	o.URL, o.Transport = info.URL, transport
	o.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.ClientID == "" {
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
	got := w.box.Calls(sandbox.Box)
	if !maps.Equal(got, want) {
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

func (w *world) upload(name, content string) remote.Upload {
	return remotetest.UploadOf(remote.Place{Parent: w.root, Name: name}, []byte(content))
}

func (w *world) create(name, content string) remote.Entry {
	w.Helper()
	e, err := w.Create(w.ctx, w.upload(name, content))
	if err != nil {
		w.Fatal(err)
	}
	return e
}

func (w *world) read(e remote.Entry, offset int64) (string, error) {
	rc, err := w.Download(w.ctx, e, offset)
	if err != nil {
		return "", err
	}
	defer rc.Close()
	data, err := io.ReadAll(rc)
	return string(data), err
}

// tree is what lies in the folder, by path.
func (w *world) tree() (paths []string) {
	for path := range w.box.Tree(sandbox.Box) {
		if below, ok := strings.CutPrefix(path, sandbox.ClientsFolder+"/"); ok {
			paths = append(paths, below)
		}
	}
	slices.Sort(paths)
	return paths
}

// code expects an error of this code.
func (w *world) code(err error, want remote.Code) *remote.Error {
	w.Helper()
	e, ok := errors.AsType[*remote.Error](err)
	if !ok || e.Code != want {
		w.Fatalf("got %v (%T), want code %q", err, err, want)
	}
	return e
}

func TestAccount(t *testing.T) {
	for _, quirk := range []string{"", "exponent-numbers", "number-ids"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			a, err := w.Account(w.ctx)
			if err != nil || a.ID == "" || a.Login == "" || a.Space != 1e15 {
				w.Errorf("%s: %+v, %v", quirk, a, err)
			}
		})
	}
}

// One call a new small file, a new version, a new folder, a rename, a deletion, a look that finds nothing (design §10).
func TestCallsAreCountedExactly(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.create("a.pdf", "one")
		w.calls(mischief.Calls{"POST /api/2.0/files/content": 1})
		a, err := w.Replace(w.ctx, a, w.upload("a.pdf", "two"))
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"POST /api/2.0/files/{id}/content": 1})
		folder, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"POST /2.0/folders": 1})
		a, err = w.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "b.pdf"})
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"PUT /2.0/files/{id}": 1})
		a, err = w.Move(w.ctx, a, remote.Place{Parent: folder.ID, Name: "c.pdf"})
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"PUT /2.0/files/{id}": 1, "GET /2.0/files/{id}": 2})
		if a.Parent != folder.ID || a.Name != "c.pdf" {
			w.Errorf("moved to %q in %q", a.Name, a.Parent)
		}
		if got, err := w.read(a, 0); got != "two" || err != nil {
			w.Errorf("read %q, %v", got, err)
		}
		if w.box.Calls(sandbox.Box)["GET /2.0/files/{id}/content"] != 1 {
			w.Errorf("a download made the calls %v", w.box.Calls(sandbox.Box))
		}
		cursor, err := w.Now(w.ctx)
		if err != nil {
			w.Fatal(err)
		}
		w.box.ResetCalls()
		if page, err := w.Changes(w.ctx, cursor); err != nil || len(page.Items) > 0 || page.More {
			w.Fatalf("%+v, %v", page, err)
		}
		w.calls(mischief.Calls{"GET /2.0/events": 1})
		if err := w.Delete(w.ctx, folder); err != nil {
			w.Error(err)
		}
		w.calls(mischief.Calls{"DELETE /2.0/folders/{id}": 1})
	})
}

func TestEntryTellsEverything(t *testing.T) {
	for _, quirk := range []string{"", "exponent-numbers", "number-ids", "sha1-upper"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			u := w.upload("Jaarrekening 2025.pdf", strings.Repeat("x", 1500))
			made, err := w.Create(w.ctx, u)
			if err != nil {
				w.Fatal(err)
			}
			want := remote.Entry{ID: made.ID, Parent: w.root, Name: "Jaarrekening 2025.pdf", Kind: remote.File, Size: 1500, Content: made.Content,
				SHA1: u.SHA1, Guard: made.Guard, Seq: made.Seq, Modified: u.Modified, Uploader: made.Uploader}
			if made != want || made.Content == "" || made.Guard == "" || made.ID == "" {
				w.Errorf("%s: %+v\nwant %+v", quirk, made, want)
			}
			if got, err := w.Get(w.ctx, made.ID, remote.File); err != nil || got != made {
				w.Errorf("%s: got %+v, %v\nwant %+v", quirk, got, err, made)
			}
			next, err := w.Replace(w.ctx, made, w.upload("", "other"))
			if err != nil {
				w.Fatal(err)
			}
			if next.ID != made.ID || next.Content == made.Content || next.Guard == made.Guard || next.Name != made.Name {
				w.Errorf("%s: a new version is %+v after %+v", quirk, next, made)
			}
		})
	}
}

func TestSignIns(t *testing.T) {
	inWorld(t, func(w *world) {
		info := w.memory.Info.Portals[sandbox.Box]
		app := rest.Options{ClientID: info.ClientID, ClientSecret: rest.Secret(info.ClientSecret)}
		refresh, user, enterprise := app, app, app
		refresh.RefreshToken, refresh.Store = rest.Secret(info.RefreshToken), &shelf{}
		user.Subject, enterprise.Subject = "user:"+info.UserID, "enterprise:"+info.EnterpriseID
		for name, o := range map[string]rest.Options{"refresh": refresh, "user": user, "enterprise": enterprise} {
			d := w.sign(o)
			a, err := d.Account(w.ctx)
			if err != nil || (name != "enterprise" && a.ID != info.UserID) {
				w.Errorf("%s: %+v, %v", name, a, err)
			}
			d.Close()
		}
		wrong := app
		wrong.Subject = "user:999"
		d := w.sign(wrong)
		defer d.Close()
		_, err := d.Account(w.ctx)
		w.code(err, remote.SignIn)
	})
}

// Tokens end after a minute here: reads, writes and transfers get new ones by themselves, and each is saved before it is used.
func TestTokensAreRenewedUnderWay(t *testing.T) {
	inWorld(t, func(w *world) {
		w.quirk("short-tokens", "refresh-ends-access")
		info := w.memory.Info.Portals[sandbox.Box]
		store := &shelf{}
		d := w.sign(rest.Options{ClientID: info.ClientID, ClientSecret: rest.Secret(info.ClientSecret), RefreshToken: rest.Secret(info.RefreshToken), Store: store})
		defer d.Close()
		for i := range 5 {
			if _, err := d.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: string(rune('a' + i))}); err != nil {
				w.Fatal(err)
			}
			_ = rest.Sleep(w.ctx, 61*time.Second)
		}
		if store.saves < 5 {
			w.Errorf("%d tokens were saved", store.saves)
		}
	})
}

type shelf struct {
	t     rest.Tokens
	saves int
}

func (s *shelf) Exchange(_ context.Context, fn func(rest.Tokens) (rest.Tokens, error)) error {
	t, err := fn(s.t)
	if err == nil && t != s.t {
		s.t, s.saves = t, s.saves+1
	}
	return err
}

func TestOpenRefusesHalfASignIn(t *testing.T) {
	for name, o := range map[string]rest.Options{
		"nothing":               {},
		"an app without a word": {ClientID: "a", ClientSecret: "b"},
		"refresh without store": {ClientID: "a", ClientSecret: "b", RefreshToken: "c"},
		"a subject of no kind":  {ClientID: "a", ClientSecret: "b", Subject: "group:7"},
		"an address of no kind": {URL: "ftp://x", Token: "t"},
		"plain http":            {URL: "http://portal.test", Token: "t"},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// With the vendor's own hosts our token goes to https addresses of Box's domain only.
func TestTrusted(t *testing.T) {
	vendor, own := trusted(""), trusted("https://box.office.test")
	for address, want := range map[string][2]bool{
		"https://api.box.com/2.0":             {true, false},
		"https://upload.box.com/api/2.0":      {true, false},
		"https://upload-las.app.box.com/x":    {true, false},
		"https://fupload-ec2.box.com:8443/x":  {false, false},
		"http://api.box.com/2.0":              {false, false},
		"https://box.com.evil.test/":          {false, false},
		"https://evilbox.com/":                {false, false},
		"https://dl.boxcloud.com/":            {false, false},
		"https://box.office.test/2.0":         {false, true},
		"http://box.office.test/2.0":          {false, false},
		"https://box.office.test:444/2.0":     {false, false},
		"https://a@box.office.test.evil.test": {false, false},
	} {
		u := mustURL(t, address)
		if got := [2]bool{vendor(u), own(u)}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestVendorBudgetIsAssumedWithoutURLOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for url, slow := range map[string]bool{"": true, "https://box.office.test": false} {
			d, err := open(rest.Options{URL: url, Token: "tok123456", Transport: handler(http.NotFoundHandler())})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for range 1500 {
				_, _ = d.Get(t.Context(), "1", remote.File)
			}
			if took := time.Since(began); (took > 80*time.Second) != slow {
				t.Errorf("url %q: 1,500 calls took %v", url, took)
			}
		}
	})
}
